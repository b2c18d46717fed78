"""A bar on long work: shown on a terminal, and only once a run has lasted a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["progress_bar"]

_PATIENCE_SECONDS: Final = 0.8


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[float], None] | None]:
    """What `simulate` calls with the fraction done; None where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    began = time.perf_counter()
    shown: list[Callable[[float], None]] = []
    closing: list[Callable[[], None]] = []

    def advance(done: float) -> None:
        if not shown and time.perf_counter() - began > _PATIENCE_SECONDS and done < 1.0:
            update, stop = _start_bar(title)
            shown.append(update)
            closing.append(stop)
        for update in shown:
            update(done)

    try:
        yield advance
    finally:
        for stop in closing:
            stop()


def _start_bar(title: str) -> tuple[Callable[[float], None], Callable[[], None]]:
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task(title, total=1.0)
    bar.start()
    return lambda done: bar.update(task, completed=done), bar.stop
