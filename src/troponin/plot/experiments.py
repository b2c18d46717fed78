"""The figure of an experiment, found by the name that its Dataset carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from troponin.errors import OutputError, TroponinError, UnknownNameError, require_kind
from troponin.plot.channel import activation, deactivation, family, inactivation, iv, recovery, steady_state, window
from troponin.plot.excitation import strength_duration
from troponin.plot.figures import overview
from troponin.plot.limit_cycle import limit_cycle
from troponin.plot.measure import measure
from troponin.plot.mechanics import dynamic_stiffness, force_calcium, force_length, force_velocity
from troponin.plot.redevelopment import ktr
from troponin.plot.restitution import dynamic, pace, post_pause, rate_dependence, s1s2
from troponin.plot.twitch import fixed_ends, isometric, isotonic, quick_release, work_loop
from troponin.plot.voltage_clamp import voltage_clamp

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["figure"]

_ONE: Final[dict[str, Callable[[Any], Figure]]] = {
    "s1s2": s1s2,
    "dynamic": dynamic,
    "rate_dependence": rate_dependence,
    "post_pause": post_pause,
    "pace": pace,
    "measure": measure,
    "strength_duration": strength_duration,
    "limit_cycle": limit_cycle,
    "force_calcium": force_calcium,
    "force_length": force_length,
    "force_velocity": force_velocity,
    "dynamic_stiffness": dynamic_stiffness,
    "family": family,
    "iv": iv,
    "activation": activation,
    "inactivation": inactivation,
    "recovery": recovery,
    "deactivation": deactivation,
    "steady_state": steady_state,
    "voltage_clamp": voltage_clamp,
}
"""By the attribute `experiment`, the figure of one Dataset."""

_SEVERAL: Final[dict[str, Callable[..., Figure]]] = {
    "isometric": isometric,
    "fixed_ends": fixed_ends,
    "isotonic": isotonic,
    "work_loop": work_loop,
    "quick_release": quick_release,
    "ktr": ktr,
}
"""The figures that lay several Datasets of a kind over each other."""


def figure(*data: xr.Dataset) -> Figure:
    """The figure of an experiment, by the attribute `experiment` of its Dataset; of a plain run, the overview.

    data   one Dataset, or of plain runs, twitches, loads and releases several of one kind, to be laid over each other;
           activation and inactivation of a channel go into one panel

    Raises `UnknownNameError` for an experiment that has no figure, and `OutputError` for Datasets that do not go
    into one or that do not hold what it shows.
    """
    import xarray as xr

    for each in data:
        require_kind(each, xr.Dataset, "plot", "a Dataset, such as an experiment gives")
    try:
        return _drawn(*data)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as fault:
        if isinstance(fault, TroponinError):
            raise
        raise OutputError(
            "this Dataset does not hold what its figure shows",
            where="plot",
            got=f"{type(fault).__name__}: {fault}",
            remedy="Draw what the experiment gave, with all of its variables, coordinates and attributes.",
        ) from fault


def _drawn(*data: xr.Dataset) -> Figure:
    kinds = {str(each.attrs.get("experiment", "")) for each in data}
    if kinds == {"activation", "inactivation"} and len(data) == len(kinds):
        return window(*sorted(data, key=lambda each: str(each.attrs["experiment"])))
    if len(kinds) != 1:
        got = ", ".join(sorted(kinds)) or "none"
        raise OutputError("a figure is made of Datasets of one experiment", where="plot", got=got)
    (kind,) = kinds
    if kind in _SEVERAL:
        return _SEVERAL[kind](*data)
    if kind and kind not in _ONE:
        raise UnknownNameError("experiment", kind, [*_ONE, *_SEVERAL], where="plot")
    if not kind:
        return overview(*data)
    if len(data) != 1:
        told = f"{len(data)} of {kind}"
        raise OutputError("this figure shows one Dataset", where="plot", got=told, remedy="Draw each by itself.")
    return _ONE[kind](data[0])
