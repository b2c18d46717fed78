"""What options of time and solver mean: texts become values, checked before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troponin.cli.outlets import asked_by
from troponin.errors import ProtocolError, SolverError, UnknownNameError, ValueRangeError

if TYPE_CHECKING:
    from troponin.model.model import Model
    from troponin.protocol.timeline import Protocol
    from troponin.simulation.course import Method
    from troponin.simulation.save import Save
    from troponin.solvers.method import BDF, Rosenbrock
    from troponin.units import Unit

__all__ = ["BCL", "BEATS", "method", "protocol", "require_times", "tolerant", "what_to_keep"]

BEATS = 3
BCL = "1000 ms"
_ALL = "all"


def require_times(**options: str | None) -> None:
    """Refuse what is no number with a unit, naming the option."""
    import troponin as tn

    for name, text in options.items():
        if text is not None:
            with asked_by(f"--{name}"):
                tn.parse_quantity(text)


def method(solver: str, rtol: float | None, step: str | None, time_unit: Unit) -> Method:
    """The solver of that name, with its tolerance or, where it takes fixed steps, its step."""
    import troponin as tn
    from troponin.solvers.method import SCHEMES, TABLEAU_NAMES

    tableaus = {name.lower(): name for name in TABLEAU_NAMES}
    name = solver.lower().replace("-", "_")
    known = ("bdf", *tableaus, *SCHEMES)
    if name not in known:
        fault = UnknownNameError("solver", solver, known, where="--solver")
        fault.remedy = fault.remedy or f"There are {', '.join(known)}."
        raise fault
    if name in SCHEMES and rtol is not None:
        raise ValueRangeError("fixed steps have no tolerance", where="--rtol", remedy="Give --step instead.")
    if name not in SCHEMES and step is not None:
        raise ValueRangeError(
            f"{solver} chooses its steps", where="--step", remedy="Give --rtol instead, or choose a fixed-step solver."
        )
    try:
        if name in SCHEMES:
            return tn.RushLarsen(scheme=name) if step is None else tn.RushLarsen(_number(step, time_unit), name)
        if rtol is None:
            return tn.BDF() if name == "bdf" else tn.Rosenbrock(tableaus[name])
        return tn.BDF(rtol) if name == "bdf" else tn.Rosenbrock(tableaus[name], rtol)
    except SolverError as fault:  # a setting out of bounds, not an integration that failed
        raise ValueRangeError(fault.what, where=fault.where, remedy=fault.remedy) from None


def tolerant(solver: str | None, rtol: float | None, time_unit: Unit) -> BDF | Rosenbrock | None:
    """The solver of an experiment, one that keeps to a tolerance; None for the experiment's own."""
    from troponin.solvers.method import RushLarsen

    if solver is None and rtol is None:
        return None
    found = method(solver or "bdf", rtol, None, time_unit)
    if isinstance(found, RushLarsen):
        remedy = "Choose bdf, ros34pw2, rodas4 or rodas5p."
        raise ValueRangeError(
            "an experiment needs a solver with a tolerance", where="--solver", got=solver, remedy=remedy
        )
    return found


def protocol(cell: Model, beats: int | None, bcl: str | None, duration: str | None) -> Protocol | None:
    """Pacing where it is asked for, or where the model has a stimulus and nothing else is said.

    Raises `ProtocolError` where it is asked for and nothing can be paced.
    """
    import troponin as tn

    if beats is None and bcl is None and (duration is not None or cell.stimulus is None):
        return None
    if not any(given.role == "stimulus" for given in cell.inputs):
        alone = "" if "v" in cell.meanings else ": it is a muscle alone"
        calcium = ", and --set cai=VALUE" if "cai" in cell.meanings else ""
        raise ProtocolError(f"{cell.name} has no stimulus{alone}", remedy=f"Give --duration{calcium}.")
    return tn.pacing.regular(BCL if bcl is None else bcl, beats=BEATS if beats is None else beats)


def what_to_keep(every: str | None, last: str | None, beat: str | None) -> Save:
    """What is asked for; of a run that ends with a beat of that length, the beat in fine steps."""
    import troponin as tn

    if every is None:
        every = "1 ms" if beat is None else "0.1 ms"
    if last is None:
        last = beat
    elif last.lower() == _ALL:
        last = None
    else:
        require_times(last=last)
    return tn.Save(every=every, last=last)


def _number(step: str, time_unit: Unit) -> float:
    import troponin as tn

    with asked_by("--step"):
        return tn.parse_quantity(step).to(time_unit).value
