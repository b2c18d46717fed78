"""Which biomarkers a model has, and what a name of one stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from troponin.analysis.markers.marker import (
    BEAT_MARKERS,
    QNET_CURRENTS,
    UPSTROKE,
    UPSTROKE_TIME,
    Marker,
    apd_at,
    calcium_duration_at,
    charge_of,
    own_upstroke_of,
    qnet_of,
    tension_relaxation_at,
    triangulation_between,
)
from troponin.errors import ModelError, UnitError, UnknownNameError, ValueRangeError, require_kind
from troponin.model.model import Model, Parameter
from troponin.units import conversion_factor

__all__ = ["markers_of"]

_NAMED: Final = {marker.name: marker for marker in (*BEAT_MARKERS, UPSTROKE, UPSTROKE_TIME, own_upstroke_of())}
_QNET: Final = "qnet"

_AT: Final[dict[str, Callable[[float], Marker]]] = {
    "apd": apd_at,
    "ca_duration": calcium_duration_at,
    "ta_rt": tension_relaxation_at,
}
"""Biomarkers whose name ends with a percentage."""

_PERCENT: Final = re.compile(rf"({'|'.join(_AT)})(\d+(?:\.\d+)?)")
_TRIANGULATION: Final = re.compile(r"triangulation(\d+(?:\.\d+)?)_(\d+(?:\.\d+)?)")


def markers_of(model: Model, names: Iterable[str] | None) -> tuple[Marker, ...]:
    """The biomarkers of these names: those of a table that the model allows, where none are given.

    A name is that of a biomarker, with any percentage (`apd75`), or that of a variable, whose integral over the beat
    is meant (`IKr`).  Raises `UnknownNameError` or `ModelError` for what there is not, and `UnitError` for a signal in
    a unit from which the biomarker does not follow.
    """
    if names is None:
        found = tuple(marker for marker in BEAT_MARKERS if not _missing(model, marker))
        if not found:
            raise ModelError(
                "this model has nothing to be measured",
                where=f"model {model.name}",
                complaints=[f"nothing means '{name}'" for name in ("v", "cai", "Ta")],
                remedy="Name variables, whose integrals over the beat are then measured.",
            )
    else:
        found = tuple(marker_named(model, name) for name in dict.fromkeys(names))
        if not found:
            raise ValueRangeError("no biomarkers are named", where="names", remedy='Name one, such as "apd90".')
    _require_signals(model, found)
    return found


def marker_named(model: Model, name: str) -> Marker:
    """The biomarker that a name stands for."""
    require_kind(name, str, "names", 'the name of a biomarker, such as "apd90"')
    if name in _NAMED:
        return _NAMED[name]
    if name == _QNET:
        return qnet_of(
            [next((own for own in reversed(names) if _has(model, own)), names[0]) for names in QNET_CURRENTS]
        )
    at, between = _PERCENT.fullmatch(name), _TRIANGULATION.fullmatch(name)
    if at is not None:
        percent, make = float(at[2]), _AT[at[1]]
        _require_percentages(name, percent)
        return make(percent)
    if between is not None:
        _require_percentages(name, float(between[2]), float(between[1]))
        return triangulation_between(float(between[2]), float(between[1]))
    known = [*_NAMED, _QNET, *model.variables, *model.meanings]
    try:
        variable = model.variable(name)
    except UnknownNameError:
        raise UnknownNameError("biomarker or variable", name, known, where=f"model {model.name}") from None
    if isinstance(variable, Parameter):
        raise ModelError(
            f"'{name}' is a parameter and does not change", where=f"model {model.name}", remedy="Leave it out."
        )
    return charge_of(name, variable.unit)


def _require_percentages(name: str, *ascending: float) -> None:
    if not all(0.0 < percent < 100.0 for percent in ascending) or sorted(set(ascending)) != list(ascending):
        raise ValueRangeError("percentages lie between 0 and 100, the later one first", where="names", got=name)


def _require_signals(model: Model, markers: Sequence[Marker]) -> None:
    complaints = {f"{marker.name} needs {name}" for marker in markers for name in _missing(model, marker)}
    if complaints:
        raise ModelError(
            "this model does not have what is to be measured",
            where=f"model {model.name}",
            complaints=sorted(complaints),
            remedy="Leave these out, or take a model that has it.",
        )
    for marker in markers:
        for signal in marker.reads:
            try:
                conversion_factor(model.variable(signal.name).unit, signal.unit)
            except UnitError as fault:
                unit = model.variable(signal.name).unit
                raise UnitError(
                    f"{marker.name} cannot be read from a signal in this unit",
                    where=signal.name,
                    got=unit,
                    expected=signal.unit,
                ) from fault


def _missing(model: Model, marker: Marker) -> list[str]:
    return [signal.name for signal in marker.reads if not _has(model, signal.name)]


def _has(model: Model, name: str) -> bool:
    # without `model.qualified`, whose error would look for the nearest names, which takes as long as ten beats
    full = name if name in model.variables else model.meanings.get(name)
    found = [full] if full else [each for each in model.variables if each.rpartition(".")[2] == name]
    return len(found) == 1 and not isinstance(model.variables.get(found[0]), Parameter | None)
