"""What the options of `troponin run` mean: texts become values, checked before anything is computed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from troponin.errors import OutputError, ProtocolError, TroponinError, UnknownNameError, ValueRangeError

if TYPE_CHECKING:
    from troponin.model.model import Model
    from troponin.protocol.timeline import Protocol
    from troponin.simulation.course import Method
    from troponin.simulation.save import Save
    from troponin.units import Unit

__all__ = ["BCL", "BEATS", "assignments", "method", "protocol", "require_times", "what_to_keep", "where_to_write"]

BEATS = 3
BCL = "1000 ms"
_ALL = "all"
_PICTURE_OPTION = "Use --plot for a picture; --save writes numbers, as in --save run.nc."


def assignments(texts: Iterable[str]) -> dict[str, str]:
    """The values of `--set NAME=VALUE`."""
    values: dict[str, str] = {}
    for text in texts:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not (sign and name and value):
            raise ValueRangeError("a value is set by NAME=VALUE", where="--set", got=f"'{text}'")
        if name in values:
            raise ValueRangeError(f"'{name}' is set twice", where="--set", got=f"{values[name]} and {value}")
        values[name] = value
    return values


def require_times(**options: str | None) -> None:
    """Refuse what is no number with a unit, naming the option."""
    import troponin as tn

    for name, text in options.items():
        if text is not None:
            with _asked_by(f"--{name}"):
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
    if name in SCHEMES:
        if rtol is not None:
            raise ValueRangeError("fixed steps have no tolerance", where="--rtol", remedy="Give --step instead.")
        return tn.RushLarsen(scheme=name) if step is None else tn.RushLarsen(_number(step, time_unit), name)
    if step is not None:
        raise ValueRangeError(
            f"{solver} chooses its steps", where="--step", remedy="Give --rtol instead, or choose a fixed-step solver."
        )
    if rtol is None:
        return tn.BDF() if name == "bdf" else tn.Rosenbrock(tableaus[name])
    return tn.BDF(rtol) if name == "bdf" else tn.Rosenbrock(tableaus[name], rtol)


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


def where_to_write(cell: Model, save: Path | None, plot: Path | None) -> tuple[Path | None, Path | None]:
    """Where to write, made sure of: what is asked for, or a figure and a file named for the model."""
    import troponin as tn
    from troponin.destination import require_writable

    if save is None and plot is None:
        stem = re.sub(r"[^\w.-]+", "-", cell.name)  # a file's model may be called anything
        save, plot = Path(f"{stem}.nc"), Path(f"{stem}.png")
    if save is not None:
        with _asked_by("--save"):
            if save.suffix.lower() in tn.plot.FORMATS:
                raise OutputError("this is the name of a picture", got=str(save), remedy=_PICTURE_OPTION)
            save = require_writable(save)
    if plot is not None:
        with _asked_by("--plot"):
            plot = tn.plot.require_picture(plot)
    return save, plot


def _number(step: str, time_unit: Unit) -> float:
    import troponin as tn

    with _asked_by("--step"):
        return tn.parse_quantity(step).to(time_unit).value


@contextmanager
def _asked_by(option: str) -> Iterator[None]:
    """Errors without a place get that of the option."""
    try:
        yield
    except TroponinError as fault:
        fault.where = fault.where or option
        raise
