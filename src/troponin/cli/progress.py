"""A bar on long work: shown on a terminal, and only once a run has lasted a while."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["progress_bar"]

_PATIENCE_SECONDS: Final = 1.5


@contextmanager
def progress_bar(title: str, *, total: float | None = 1.0) -> Iterator[Callable[[float], None] | None]:
    """What `simulate` calls with the fraction done; None where standard error is no terminal.

    The bar appears by the clock, not at the first call: the first run on a computer compiles the solver before
    anything is done, which takes the better part of a minute.  Without a `total` it only shows that work goes on.
    """
    if sys.stderr is None or not sys.stderr.isatty():  # it may be closed
        yield None
        return
    shown: list[tuple[Progress, TaskID]] = []

    def show() -> None:
        bar = _bar()
        shown.append((bar, bar.add_task(title if total is None else f"{title}, getting ready", total=total)))
        bar.start()

    def tell(done: float) -> None:
        for bar, task in shown:
            bar.update(task, completed=done, description=title)

    clock = threading.Timer(_PATIENCE_SECONDS, show)
    clock.daemon = True
    clock.start()
    try:
        yield tell
    finally:
        clock.cancel()
        clock.join()
        for bar, _ in shown:
            bar.stop()


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True), transient=True)
