"""A program: what a kernel loads, computes and stores, as a shared graph of expressions without control flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from troponin.expr.graph import symbols
from troponin.expr.nodes import Node, Symbol
from troponin.kernels.abi import ARGUMENTS

__all__ = ["Program", "Slot", "slot_symbol"]


@dataclass(frozen=True, slots=True)
class Slot:
    """A row of one of a kernel's arrays."""

    array: str
    row: int


@dataclass(frozen=True)
class Program:
    """The body of a kernel: stores of expressions whose symbols are loads.

    `name` is one of the functions of the calling convention; `stores` pairs each row written with its value.
    """

    name: str
    stores: tuple[tuple[Slot, Node], ...]

    @property
    def arrays(self) -> tuple[str, ...]:
        """The arguments, in order."""
        return ARGUMENTS[self.name]

    def loads(self) -> Mapping[Symbol, Slot]:
        """The rows read, by the symbol that stands for each."""
        return {symbol: slot_of(symbol) for symbol in symbols(*(node for _, node in self.stores))}


def slot_symbol(array: str, row: int) -> Symbol:
    """The symbol that stands for a row of an array: y[3]."""
    return Symbol(f"{array}[{row}]")


def slot_of(symbol: Symbol) -> Slot:
    """The row that a symbol made by `slot_symbol` stands for."""
    array, _, row = symbol.name.partition("[")
    return Slot(array, int(row.rstrip("]")))


def stores(array: str, nodes: Iterable[Node], start: int = 0) -> tuple[tuple[Slot, Node], ...]:
    """Store expressions in consecutive rows."""
    return tuple((Slot(array, start + row), node) for row, node in enumerate(nodes))
