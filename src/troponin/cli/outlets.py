"""Where the results of a command go: made sure of before anything is computed, and nothing lost afterwards."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from troponin.errors import OutputError, TroponinError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from troponin.model.model import Model

__all__ = ["Outlets", "asked_by", "keep_partial", "outlets", "written"]

_PICTURE_OPTION = "Use --plot for a picture; --save writes numbers, as in --save run.nc."


@dataclass(frozen=True, slots=True)
class Outlets:
    """The file and the figure to write; None for what is not wanted."""

    save: Path | None
    plot: Path | None


def outlets(save: Path | None, plot: Path | None, *, named_for: Model | None = None) -> Outlets:
    """Where to write, made sure of; where nothing is asked for, a file and a figure named for the model, if any."""
    import troponin as tn
    from troponin.destination import require_writable

    if save is None and plot is None and named_for is not None:
        stem = re.sub(r"[^\w.-]+", "-", named_for.name)  # a file's model may be called anything
        save, plot = Path(f"{stem}.nc"), Path(f"{stem}.png")
    if save is not None:
        with asked_by("--save"):
            if save.suffix.lower() in tn.plot.FORMATS:
                raise OutputError("this is the name of a picture", got=str(save), remedy=_PICTURE_OPTION)
            save = require_writable(save)
    if plot is not None:
        with asked_by("--plot"):
            plot = tn.plot.require_picture(plot)
    return Outlets(save, plot)


def written(to: Outlets, data: xr.Dataset, draw: Callable[[], Figure]) -> tuple[list[Path], list[str]]:
    """The files that were written, and what is to be said of those that could not be."""
    import troponin as tn

    done, complaints = [], []
    if to.save:
        try:
            done.append(tn.save(data, to.save))
        except OutputError as fault:
            complaints.append(f"{fault} {_elsewhere(data, to.save)}")
    if to.plot:
        try:
            done.append(tn.plot.write(draw(), to.plot))
        except OutputError as fault:
            complaints.append(str(fault))
    return done, complaints


def keep_partial(data: xr.Dataset | None, to: Outlets) -> str:
    """Keep what a run computed before it failed, in a file of its own: an older result stays as it is."""
    import troponin as tn

    beside = to.save or to.plot
    if data is None or beside is None:
        return "Nothing was computed and nothing is written."
    try:
        place = tn.save(data, beside.with_suffix(".partial.nc"))
    except OutputError as fault:
        return f"What was computed until then is lost: {fault}"
    return f"What was computed until then is in {place}."


@contextmanager
def asked_by(option: str) -> Iterator[None]:
    """Errors without a place get that of the option."""
    try:
        yield
    except TroponinError as fault:
        fault.where = fault.where or option
        raise


def _elsewhere(data: xr.Dataset, save: Path) -> str:
    """Keep a result that cannot be written where it should: it may have taken hours."""
    import troponin as tn

    try:
        place = tn.save(data, Path(tempfile.mkdtemp(prefix="troponin-")) / save.name)
    except (OutputError, OSError):
        return "It could not be kept anywhere else either."
    return f"The run is kept in {place}."
