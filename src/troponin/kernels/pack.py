"""Packing for one cell: which scalar operations of a program become the lanes of one vector operation.

A single cell gives the machine no lanes to fill, but its equations do: a heart cell has sixty exponentials
of the voltage, as many reciprocals behind them, and thirty gates written alike.  The plan is made from
seeds downwards:

  1. exponentials, logarithms, roots and reciprocals are the *costly* operations.  Those that have the same
     number of costly operations beneath them, their *phase*, cannot depend on each other: they are packed.
  2. Cheap operations that are computed alike are packed too, where they are stored side by side or where
     a whole tree of them (two exchangers, four currents of one form) saves more than gathering costs.
  3. What feeds the lanes of a pack is packed in the same lanes where it is the same operation; where it
     is not, lanes are gathered.

Larsen and Amarasinghe (PLDI 2000, doi 10.1145/349299.349320) call this superword-level parallelism.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation
from troponin.kernels.dataflow import CHEAP, Dataflow, is_constant
from troponin.kernels.program import Slot, slot_of

__all__ = ["Pack", "Plan", "consecutive", "plan_packs"]

_Op = Operation
LEAST_GAIN = 3
"""Instructions that a pack of cheap operations must save before it is made."""


@dataclass(frozen=True, eq=False)
class Pack:
    """Nodes of one operation, a lane each; None where a lane is empty.  Packs are numbered as they are made."""

    number: int
    operation: Operation
    lanes: tuple[Node | None, ...]

    def operand(self, position: int) -> tuple[Node | None, ...]:
        """The arguments at a position, lane by lane."""
        return tuple(node.args[position] if isinstance(node, Apply) else None for node in self.lanes)


@dataclass
class Plan:
    """The packs of a program, of `width` lanes or fewer, and the place (pack, lane) of every node in one.

    Once the plan is made, `packs` come in an order in which each needs only those before it.
    """

    width: int
    places: dict[Node, tuple[Pack, int]] = field(default_factory=dict)
    packs: list[Pack] = field(default_factory=list)

    def add(self, operation: Operation, lanes: Sequence[Node | None]) -> Pack:
        """Put nodes into a new pack."""
        # three lanes go into a vector of four: the narrower the vector, the less it costs
        filled = tuple(lanes) + (None,) * ((1 << (len(lanes) - 1).bit_length()) - len(lanes))
        pack = Pack(len(self.packs), operation, filled)
        self.packs.append(pack)
        for lane, node in enumerate(filled):
            if node is not None:
                self.places.setdefault(node, (pack, lane))
        return pack


def plan_packs(roots: Sequence[Node], width: int) -> Plan:
    """Plan the packs of a program that stores these expressions, for vectors of `width` doubles."""
    plan = Plan(width)
    graph = Dataflow(list(postorder(roots)), {root: row for row, root in enumerate(dict.fromkeys(roots))})
    for (_, operation), together in sorted(graph.costly().items(), key=lambda item: (item[0][0], item[0][1].spelling)):
        seeds = [node for node in together if node not in plan.places]
        for lanes in _chunks(seeds, graph, plan):
            if len(lanes) > 1:  # a vector of one is a scalar
                _grow(plan, graph, plan.add(operation, lanes))
    for group in sorted(graph.alike(plan.places), key=len, reverse=True):
        free = [node for node in group if node not in plan.places]
        for start in range(0, len(free), width):
            alike = tuple(free[start : start + width])
            if _is_worth_it(alike, graph, plan):
                _grow(plan, graph, plan.add(alike[0].operation, alike))
    plan.packs.sort(key=lambda pack: max(graph.level[node] for node in pack.lanes if node is not None))
    return plan


def _chunks(seeds: list[Node], graph: Dataflow, plan: Plan) -> Iterable[list[Node]]:
    """Vectors of costly operations: those written alike and used alike side by side, all vectors full."""
    order = sorted(
        seeds,
        key=lambda n: (
            _exponent(n),
            [graph.downward(a, plan.places) for a in n.args],  # type: ignore[attr-defined]
            _source(n, plan),
            graph.row.get(n, len(graph.nodes)),
            graph.upward(n),
            graph.order[n],
        ),
    )
    for _, same in groupby(order, key=_exponent):
        run = list(same)
        yield from (run[start : start + plan.width] for start in range(0, len(run), plan.width))


def _exponent(node: Node) -> float:
    """What a power is raised to: only equal exponents make one vector; 0 for anything else."""
    if isinstance(node, Apply) and node.operation is _Op.POW and isinstance(node.args[1], Number):
        return node.args[1].value
    return 0.0


def _source(node: Node, plan: Plan) -> tuple[int, int]:
    """The pack and the lane that a node's value comes from, by the nearest packed node beneath it."""
    level: list[Node] = [node]
    while level:
        for below in level:
            if below in plan.places:
                pack, lane = plan.places[below]
                return pack.number, lane
        level = [arg for below in level if isinstance(below, Apply) for arg in below.args]
    return 0, 0


def _grow(plan: Plan, graph: Dataflow, seed: Pack) -> None:
    """Pack what feeds a pack, and what feeds that, while the lanes are alike."""
    waiting = [seed]
    while waiting:
        pack = waiting.pop()
        for position in range(pack.operation.arity):
            lanes = pack.operand(position)
            operation = _packable(lanes, graph, plan)
            if operation is not None:
                waiting.append(plan.add(operation, lanes))


def _packable(lanes: Sequence[Node | None], graph: Dataflow, plan: Plan) -> Operation | None:
    """The one cheap operation that all lanes are, if they can become a pack."""
    filled = [n for n in lanes if n is not None]
    first = filled[0]
    if not isinstance(first, Apply) or first.operation not in CHEAP or len(set(filled)) < 2:
        return None
    # nodes on one level cannot need each other, so that packs never wait for each other in a circle
    alike = all(
        isinstance(n, Apply)
        and n.operation is first.operation
        and n not in plan.places
        and graph.level[n] == graph.level[first]
        for n in filled
    )
    return first.operation if alike else None


def _is_worth_it(lanes: tuple[Apply, ...], graph: Dataflow, plan: Plan) -> bool:
    """Whether to pack cheap operations: results that are stored side by side, or a tree that saves enough."""
    if all(node in graph.row for node in lanes):
        return len(lanes) >= plan.width // 2
    return len(lanes) > 1 and _gain(lanes, graph, plan) >= LEAST_GAIN


def _gain(lanes: tuple[Apply, ...], graph: Dataflow, plan: Plan) -> int:
    """Scalar instructions that a pack of these nodes would save, with what feeds it, beyond what it costs."""
    count = len(lanes)
    gain = -count  # the results are taken out one by one
    gathered: set[tuple[Node, ...]] = set()
    waiting: list[tuple[Node, ...]] = [lanes]
    while waiting:
        pack = waiting.pop()
        gain += count - (2 if count > plan.width // 2 else 1)
        arguments = [node.args for node in pack if isinstance(node, Apply)]
        for operand in zip(*arguments, strict=True):
            if _packable(operand, graph, plan) is not None:
                waiting.append(operand)
            elif operand not in gathered:
                gathered.add(operand)
                gain -= _cost_of_gathering(operand, plan)
    return gain


def _cost_of_gathering(lanes: tuple[Node, ...], plan: Plan) -> int:
    """Instructions that bring lanes together."""
    if len(set(lanes)) == 1:
        return 1
    if all(map(is_constant, lanes)) or consecutive(lanes) is not None:
        return 0
    packs = {plan.places[node][0].number for node in lanes if node in plan.places}
    aligned = len(packs) == 1 and all(plan.places.get(node, (0, -1))[1] == lane for lane, node in enumerate(lanes))
    return 0 if aligned else len(packs) + sum(node not in plan.places for node in lanes)


def consecutive(lanes: Sequence[Node | None]) -> Slot | None:
    """The first row, where all lanes are consecutive rows of one array."""
    slots = [slot_of(node) for node in lanes if isinstance(node, Symbol)]
    if len(slots) < len(lanes):
        return None
    first = slots[0]
    return first if all(slot == Slot(first.array, first.row + i) for i, slot in enumerate(slots)) else None
