"""A part of a kernel: one object file and what must be known about it to use it.

The core (rhs, jac, factor, solve) is one part and the monitored variables another, so that asking for other
variables compiles little.  Each part fills its own rows of the constants k and of the lane values q.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from troponin.expr.nodes import Node
from troponin.kernels.engine import compile_object
from troponin.kernels.hoist import hoist
from troponin.kernels.lower import module_text
from troponin.kernels.program import Program, stores
from troponin.kernels.sparse_lu import eliminate, factor_program, solve_program
from troponin.kernels.system import build_system, monitored
from troponin.kernels.target import Target
from troponin.model.structure import Flat

__all__ = ["Layout", "Request", "build_core", "build_monitors"]

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


def build_core(flat: Flat, request: Request) -> tuple[bytes, Layout]:
    """rhs, jac, factor and solve of a model."""
    system = build_system(flat, request.varied)
    n, m = len(system.rates), len(system.jacobian)
    found = hoist([*system.rates, *system.jacobian, *system.time_slopes])
    rates, entries, slopes = found.rows[:n], found.rows[n : n + m], found.rows[n + m :]
    elimination = eliminate(n, system.pattern)
    programs = [
        Program("rhs", stores("dy", rates)),
        Program("jac", stores("dy", rates) + stores("J", entries) + stores("ft", slopes)),
        factor_program(system.pattern, elimination),
        solve_program(elimination),
    ]
    layout = Layout(
        len(found.constants), len(found.lane_values), system.settled, system.pattern, elimination.size
    )
    return _compiled(programs, found.constants, found.lane_values, request), layout


def build_monitors(flat: Flat, names: Iterable[str], request: Request, core: Layout) -> tuple[bytes, Layout]:
    """monitor for some variables; its constants come after those of the core."""
    rows, settled = monitored(flat, names, request.varied)
    found = hoist(rows, k_start=core.constants, q_start=core.lane_values)
    programs = [Program("monitor", stores("out", found.rows))]
    code = _compiled(programs, found.constants, found.lane_values, request, core)
    return code, Layout(len(found.constants), len(found.lane_values), settled)


def _compiled(
    programs: list[Program],
    constants: list[Node],
    lane_values: list[Node],
    request: Request,
    before: Layout | None = None,
) -> bytes:
    k_start, q_start = (before.constants, before.lane_values) if before else (0, 0)
    once = Program("prepare", stores("k", constants, k_start))
    per_lane = Program("spread", stores("q", lane_values, q_start))
    functions = [(once, 1), *((program, request.lanes) for program in (*programs, per_lane))]
    text = module_text(functions, request.target)
    return compile_object(text, request.target)
