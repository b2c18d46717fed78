"""A part of a kernel: one object file and what must be known about it to use it.

The core (rhs, jac, factor, solve) is one part and the monitored variables another, so that asking for other
variables compiles little.  Each part fills its own rows of the constants k and of the lane values q.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from troponin.expr.nodes import Node, Symbol
from troponin.kernels.engine import compile_object
from troponin.kernels.hoist import Hoisted, hoist
from troponin.kernels.lower import lower
from troponin.kernels.lower_packed import lower_packed
from troponin.kernels.program import Program, slot_of, stores
from troponin.kernels.sparse_lu import eliminate, factor_program, solve_program
from troponin.kernels.system import build_system, monitored, stepped
from troponin.kernels.target import Target
from troponin.model.structure import Flat

__all__ = ["Layout", "Request", "build_core", "build_monitors", "build_step"]


Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes of a part's arrays: rows of k and q that it fills, the Jacobian's pattern, entries of the factors.

    `settled` names the parameters whose values are part of the code.
    """

    constants: int
    lane_values: int
    settled: tuple[str, ...] = ()
    pattern: tuple[Position, ...] = ()
    factors: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What code to make: for how many lanes, which parameters vary between them, for which processor."""

    lanes: int
    varied: tuple[str, ...]
    target: Target


def build_core(flat: Flat, request: Request, before: Layout) -> tuple[bytes, Layout]:
    """rhs, jac, factor and solve of a model; the first of its parts."""
    system = build_system(flat, request.varied)
    n, m = len(system.rates), len(system.jacobian)
    found = hoist(
        [*system.rates, *system.jacobian, *system.time_slopes], k_start=before.constants, q_start=before.lane_values
    )
    rates, entries, slopes = found.rows[:n], found.rows[n : n + m], found.rows[n + m :]
    elimination = eliminate(n, system.pattern)
    programs = [
        Program("rhs", stores("dy", rates)),
        Program("jac", stores("dy", rates) + stores("J", entries) + stores("ft", slopes)),
        factor_program(system.pattern, elimination),
        solve_program(elimination),
    ]
    code, constants = _compiled(programs, found, request, before.constants, before.lane_values)
    return code, Layout(constants, len(found.lane_values), system.settled, system.pattern, elimination.size)


def build_step(flat: Flat, method: str, request: Request, before: Layout) -> tuple[bytes, Layout]:
    """step of a fixed-step method; its constants come after those of the parts before it."""
    rows, settled = stepped(flat, method, request.varied)
    return _further("step", "y", rows, settled, request, before)


def build_monitors(flat: Flat, names: Iterable[str], request: Request, before: Layout) -> tuple[bytes, Layout]:
    """monitor for some variables; its constants come after those of the parts before it."""
    rows, settled = monitored(flat, names, request.varied)
    return _further("monitor", "out", rows, settled, request, before)


def _further(
    name: str, array: str, rows: list[Node], settled: tuple[str, ...], request: Request, before: Layout
) -> tuple[bytes, Layout]:
    found = hoist(rows, k_start=before.constants, q_start=before.lane_values)
    programs = [Program(name, stores(array, found.rows))]
    code, constants = _compiled(programs, found, request, before.constants, before.lane_values)
    return code, Layout(constants, len(found.lane_values), settled)


def _compiled(
    programs: list[Program], found: Hoisted, request: Request, k_start: int, q_start: int
) -> tuple[bytes, int]:
    """The object code of some programs, with prepare and spread for their constants, and the rows of k they fill."""
    constants = ConstantRows(found.constants, k_start)
    texts = [_lowered(program, request, constants) for program in programs]
    texts.append(lower(Program("spread", stores("q", found.lane_values, q_start)), request.lanes, request.target))
    texts.append(lower(Program("prepare", stores("k", constants.nodes, k_start)), 1, request.target))
    declarations = sorted({line for _, needed in texts for line in needed})
    head = f'target triple = "{request.target.triple}"'
    text = "\n".join([head, *declarations, *(function for function, _ in texts)])
    return compile_object(text, request.target), len(constants.nodes)


def _lowered(program: Program, request: Request, constants: ConstantRows) -> tuple[str, set[str]]:
    if request.lanes == 1:
        return lower_packed(program, request.target, constants.row_of)
    return lower(program, request.lanes, request.target)


class ConstantRows:
    """The rows of k: the constants that were hoisted, then copies of them side by side as vectors need them."""

    def __init__(self, constants: list[Node], start: int) -> None:
        self.nodes = list(constants)
        self._start = start
        self._rows: dict[tuple[Node, ...], int] = {}

    def row_of(self, lanes: tuple[Node, ...]) -> int:
        """The first of consecutive rows that hold these constants."""
        if lanes not in self._rows:
            self._rows[lanes] = self._start + len(self.nodes)
            self.nodes.extend(self.nodes[slot_of(n).row - self._start] if isinstance(n, Symbol) else n for n in lanes)
        return self._rows[lanes]
