"""Time series as what drives an input: samples joined by lines or cubics, from arrays, pandas, xarray or a run.

    linear     a straight line between samples
    cubic      the spline with continuous second derivative (not-a-knot): smooth, and may overshoot at a jump
    monotone   piecewise cubic Hermite interpolation that never overshoots (Fritsch and Butland, SIAM J. Sci. Stat.
               Comput. 5 (1984) 300, doi 10.1137/0905021): smooth too, for an action potential with its upstroke

Every sample is an edge at which the solver restarts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from troponin.errors import ProtocolError, UnitError, UnknownNameError, require_kind
from troponin.protocol.shapes import once
from troponin.protocol.timeline import Cubic, Piece, Protocol, Wave, exact_time
from troponin.units import Quantity, Unit, conversion_factor, ms, parse_quantity, parse_unit

__all__ = ["recorded", "series"]

_KINDS: Final = ("linear", "cubic", "monotone")


def series(
    times: Any,
    values: Any,
    unit: str | Unit | None = None,
    *,
    role: str,
    kind: str = "linear",
    time_unit: str | Unit | None = None,
    at: Quantity | str = "0 ms",
) -> Protocol:
    """An input that follows samples; the first stands at `at`, whatever time it was taken at.

    times, values   one-dimensional and of one length: lists, arrays, a pandas index or column, xarray variables;
                    plain numbers, quantities, or text with a unit
    unit            of the values; by default what they say of themselves (`attrs["units"]`, quantities)
    role            of the input that is driven
    kind            "linear", "cubic" or "monotone"
    time_unit       of the times; by default what they say of themselves, else ms

    On the stimulus it is a background that begins no beat.  Raises `ProtocolError` for times that do not ascend and
    for samples that are no numbers, `UnitError` for units that are missing or do not fit, `UnknownNameError`.
    """
    if kind not in _KINDS:
        raise UnknownNameError("kind of interpolation", kind, _KINDS, where="series")
    y, value_unit = _numbers(values, unit, f"the values of the {role}")
    t, clock = _numbers(times, time_unit, "the times of a series", default=ms)
    _require_samples(t, y, role)
    conversion_factor(clock, ms)  # refuses what is no time
    per = clock.scale / ms.scale
    moments = [Fraction(repr(float(x))) * per for x in t]
    lengths = [b - a for a, b in pairwise(moments)]
    cubics = _lines(y, lengths) if kind == "linear" else _smooth(moments, y, kind)
    pieces = tuple(Piece(length, cubic) for length, cubic in zip(lengths, cubics, strict=True))
    return once(Wave(value_unit, pieces), exact_time(at, "the start of the series"), role, background=True)


def recorded(
    run: Mapping[Any, Any], name: str, *, role: str | None = None, kind: str = "monotone", at: Quantity | str = "0 ms"
) -> Protocol:
    """An input that follows a variable of a run, such as `recorded(run, "v")`: an action potential clamp.

    run    the Dataset of a run of one cell
    role   the input that is driven; the variable's name where it is not given

    Raises what `series` raises, and `UnknownNameError` for what the run does not hold.
    """
    require_kind(run, Mapping, "recorded", "the Dataset of a run")
    if name not in run:
        raise UnknownNameError("variable of the run", name, [str(key) for key in run], where="recorded")
    return series(run["time"], run[name], role=name if role is None else role, kind=kind, at=at)


def _numbers(
    given: Any, unit: str | Unit | None, what: str, default: Unit | None = None
) -> tuple[NDArray[np.float64], Unit]:
    """Numbers of one unit: the one that is given, or that they bring."""
    wanted = parse_unit(unit) if isinstance(unit, str) else unit
    attributes = getattr(given, "attrs", None)
    own = attributes.get("units") if isinstance(attributes, Mapping) else None
    listed = given if isinstance(given, list | tuple) else None
    if listed and isinstance(listed[0], str | Quantity):
        return _from_quantities(listed, wanted, what)
    found = wanted if own is None else parse_unit(str(own))
    found = default if found is None else found
    kind = getattr(getattr(given, "dtype", None), "kind", "")
    if kind in ("m", "M"):
        raise UnitError(
            f"{what} are {'durations' if kind == 'm' else 'dates'} of a calendar",
            where="series",
            remedy="Give plain numbers of ms, such as index.total_seconds() * 1000.",
        )
    if found is None:
        raise UnitError(f"{what} need a unit", where="series", remedy='Say which, as in series(t, x, "mV", role="v").')
    try:
        numbers = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise ProtocolError(f"{what} must be numbers", where="series", got=str(fault)) from fault
    return (numbers, found) if wanted is None else (numbers * conversion_factor(found, wanted), wanted)


def _from_quantities(
    listed: Sequence[str | Quantity], wanted: Unit | None, what: str
) -> tuple[NDArray[np.float64], Unit]:
    quantities = [parse_quantity(item) if isinstance(item, str) else item for item in listed]
    if not all(isinstance(item, Quantity) for item in quantities):
        raise UnitError(f"{what} are partly without a unit", where="series")
    found = quantities[0].unit if wanted is None else wanted
    return np.array([item.to(found).value for item in quantities]), found


def _require_samples(t: NDArray[np.float64], y: NDArray[np.float64], role: str) -> None:
    if t.ndim != 1 or t.shape != y.shape or t.size < 2:
        raise ProtocolError(
            "a series needs times and values of one length, two or more",
            where=role,
            got=f"shapes {t.shape} and {y.shape}",
            remedy="Choose one cell of a batch first." if y.ndim > 1 else None,
        )
    wrong = np.flatnonzero(~(np.isfinite(t) & np.isfinite(y)))
    if wrong.size:
        raise ProtocolError(
            f"sample {wrong[0]} of the series is no number", where=role, got=f"{t[wrong[0]]}, {y[wrong[0]]}"
        )
    back = np.flatnonzero(np.diff(t) <= 0.0)
    if back.size:
        raise ProtocolError(
            "the times of a series must ascend", where=role, got=f"{t[back[0]]:g} and then {t[back[0] + 1]:g}"
        )


def _lines(y: NDArray[np.float64], lengths: Sequence[Fraction]) -> list[Cubic]:
    exact, zero = [Fraction(repr(float(x))) for x in y], Fraction(0)
    return [(a, (b - a) / length, zero, zero) for (a, b), length in zip(pairwise(exact), lengths, strict=True)]


def _smooth(moments: Sequence[Fraction], y: NDArray[np.float64], kind: str) -> list[Cubic]:
    from scipy.interpolate import CubicSpline, PchipInterpolator

    t = np.array([float(moment - moments[0]) for moment in moments])
    curve = PchipInterpolator(t, y) if kind == "monotone" else CubicSpline(t, y, bc_type="not-a-knot")
    rows = np.vstack([np.zeros((4, t.size - 1)), curve.c])[-4:]  # two samples make a line
    return [
        (Fraction(c0), Fraction(c1), Fraction(c2), Fraction(c3)) for c3, c2, c1, c0 in rows.T.astype(float).tolist()
    ]
