"""The exceptions of Troponin: each says what, where, got and expected, and what to do.

TroponinError                 catch this one to catch them all
├── UnitError                 a unit that cannot be read, or two that do not fit
├── ExpressionError           an expression that cannot be read, built or differentiated
├── ModelError                a model that is not whole; gathers every complaint of a check
├── UnknownNameError          a name that is not there; suggests the nearest ones
├── KindError                 a thing of the wrong kind, such as a name where a model is meant; a TypeError too
├── ValueRangeError           a value that no cell can have (NaN, a negative concentration)
├── ProtocolError             a protocol that cannot be carried out
├── FormatError               a file that cannot be read, with file and line
├── KernelError               a model that cannot be turned into machine code
├── SolverError               an integration that failed, with time, state and remedy
└── OutputError               a result that cannot be written
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "ExpressionError",
    "FormatError",
    "KernelError",
    "KindError",
    "ModelError",
    "OutputError",
    "ProtocolError",
    "SolverError",
    "TroponinError",
    "UnitError",
    "UnknownNameError",
    "ValueRangeError",
    "nearest",
    "require_kind",
]

_LONGEST_SHOWN = 60
"""Characters of a thing that an error shows."""


class TroponinError(Exception):
    """What went wrong, where, what was got and expected, and the remedy; the fields are the facts."""

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        got: object | None = None,
        expected: object | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.got = got
        self.expected = expected
        self.remedy = remedy

    def __str__(self) -> str:
        parts = [self.what if self.where is None else f"{self.where}: {self.what}"]
        if self.got is not None:
            parts.append(f"got {self.got}")
        if self.expected is not None:
            parts.append(f"expected {self.expected}")
        sentence = "; ".join(parts)
        return sentence if self.remedy is None else f"{sentence}. {self.remedy}"

    def __reduce__(self) -> tuple[object, ...]:
        # pickle would call the class with `what` alone; an error must come home from another process whole
        return _restored, (type(self), self.args, self.__dict__)


class UnitError(TroponinError):
    """A unit that cannot be read, or two units that do not fit together."""


class ExpressionError(TroponinError):
    """An expression that cannot be read, built, differentiated or evaluated."""


class ModelError(TroponinError):
    """A model that is not whole; `complaints` holds every fault that the check found."""

    def __init__(
        self, what: str, *, complaints: Iterable[str] = (), where: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.complaints = tuple(complaints)

    def __str__(self) -> str:
        return "\n  - ".join([super().__str__(), *self.complaints])


class UnknownNameError(TroponinError):
    """A name that is not there; the message suggests the nearest names that are."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str | None = None) -> None:
        self.kind = kind
        self.name = name
        self.suggestions = nearest(name, known)
        hint = f"Did you mean {' or '.join(self.suggestions)}?" if self.suggestions else None
        super().__init__(f"unknown {kind} '{name}'", where=where, remedy=hint)


class KindError(TroponinError, TypeError):
    """A thing of the wrong kind, such as the name of a model where a model is meant."""


class ValueRangeError(TroponinError):
    """A value that no cell can have, such as NaN or a negative concentration."""


class ProtocolError(TroponinError):
    """A protocol that cannot be carried out, such as a beat shorter than its stimulus."""


class FormatError(TroponinError):
    """A file that cannot be read as what it claims to be; `where` is file:line."""


class KernelError(TroponinError):
    """A model that cannot be turned into machine code."""


class SolverError(TroponinError):
    """An integration that could not go on; carries the time, the state and the remedy.

    `partial` is the Dataset of what a run had computed by then, where it had computed anything.
    """

    partial: xr.Dataset | None = None


class OutputError(TroponinError):
    """A result that cannot be written where it was asked for."""


def nearest(name: str, known: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """The names nearest to a mistyped one, compared without case and without their component."""
    name, names = str(name), list(dict.fromkeys(known))  # what is looked up may be anything
    folded: dict[str, str] = {}
    for candidate in names:
        folded.setdefault(candidate.lower(), candidate)
        folded.setdefault(candidate.rpartition(".")[2].lower(), candidate)
    hits = difflib.get_close_matches(name.lower(), list(folded), n=2 * limit, cutoff=0.6)
    tail = name.lower().rpartition(".")[2]
    hits += difflib.get_close_matches(tail, list(folded), n=limit, cutoff=0.75)
    return tuple(dict.fromkeys(folded[hit] for hit in hits))[:limit]


def require_kind(thing: object, kinds: type | tuple[type, ...], where: str, expected: str) -> None:
    """Raise `KindError` for what is none of some kinds; `expected` says what is meant, and how to get it."""
    if not isinstance(thing, kinds):
        text = repr(thing)
        shown = text if len(text) <= _LONGEST_SHOWN else f"an object of type {type(thing).__name__}"
        # a Cell under construction is easily given in the place of its Model
        remedy = "Build it first: .build()." if callable(getattr(thing, "build", None)) else None
        raise KindError("this is of the wrong kind", where=where, got=shown, expected=expected, remedy=remedy)


def _restored(kind: type[TroponinError], args: tuple[object, ...], fields: dict[str, object]) -> TroponinError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error
