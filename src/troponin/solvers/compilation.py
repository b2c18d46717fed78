"""Compiled loops, kept on disk where that is possible: a loop is compiled once on a computer.

numba keeps them, and stops where nothing can be kept (a read-only installation without a home) and where a file that
it kept is damaged.  Here such a cache counts as absent: the loop is compiled anew, which takes a while and is all.
"""
# mypy: disable-error-code="no-untyped-call, misc"

from __future__ import annotations

import hashlib
import logging
import pickle
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, Final, TypeVar, cast

from numba import njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

__all__ = ["compiled"]

_OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy"}

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """A decorator: machine code of a function of numbers and arrays, which holds no lock.

    A number divided by zero is infinite or NaN, as in arrays, and no error: one cell must not stop the others.
    """
    dispatcher: Any = njit(**_OPTIONS)(loop)
    with suppress(RuntimeError):  # numba's answer where neither the package nor the user has a folder to write to
        dispatcher._cache = _LoopCache(loop)
    return cast(Loop, dispatcher)


class _Sealed(CompileResultCacheImpl):
    """Code with a digest of it and of the options, which numba does not look at; damage would show as the code runs."""

    def reduce(self, result: Any) -> tuple[bytes, bytes]:
        """What is written to disk."""
        body = dumps(super().reduce(result))
        return _digest(body), body

    def rebuild(self, target_context: Any, payload: tuple[bytes, bytes]) -> Any:
        """The code of what was written; raises ValueError for what was not written so."""
        digest, body = payload
        if _digest(body) != digest:
            raise ValueError("the code is damaged")
        return super().rebuild(target_context, pickle.loads(body))


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(repr(_OPTIONS).encode() + body).digest()


@cache
def _tell_of_the_wait() -> None:
    """Say once in a process why nothing happens; a program without a log of its own has this on standard error."""
    logging.getLogger(__name__).warning("compiling a solver, once per installation (about half a minute)")


class _LoopCache(FunctionCache):
    """numba's cache of one function, which never stops a run."""

    _impl_class = _Sealed

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The code kept for these types of arguments, or None."""
        try:
            # numba would first import all that it can compile, which takes as long as a hundred beats; kept code
            # needs of it the support for arrays alone
            rtsys.initialize(target_context)
            kept = self._load_overload(sig, target_context)
        except Exception:  # there is nothing that a damaged pickle may not raise
            with suppress(OSError):
                self.flush()  # what is kept next would stumble over the same index
            kept = None
        if kept is None:
            _tell_of_the_wait()
        return kept

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep code, where that is possible."""
        with suppress(OSError):
            super().save_overload(sig, data)
