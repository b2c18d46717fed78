"""From a packed program to the text of a function for one cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.kernels.dataflow import is_constant
from troponin.kernels.instructions import INSTRUCTIONS
from troponin.kernels.ir import Block, Kind, Value, broadcast, extract, insert, resized, shuffle
from troponin.kernels.lower import function_text, load, store
from troponin.kernels.pack import Pack, Plan, consecutive, plan_packs
from troponin.kernels.program import Program, Slot, slot_of
from troponin.kernels.target import Target

__all__ = ["lower_packed"]

Lanes = tuple[Node | None, ...]
ConstantRow = Callable[[tuple[Node, ...]], int]
"""Reserves rows of k for constants that are to stand side by side, and tells the first of them."""


def lower_packed(program: Program, target: Target, constant_row: ConstantRow) -> tuple[str, set[str]]:
    """The function of a program for one cell, as text, and the declarations that it needs."""
    roots = [node for _, node in program.stores]
    work = _Packing(Block(target), plan_packs(roots, target.width), constant_row)
    written = {slot.array for slot, _ in program.stores}
    for symbol, slot in program.loads().items():
        if slot.array in written:
            work.scalars[symbol] = load(work.block, slot, 1)
    for pack in work.plan.packs:
        work.pack_value(pack)
    done = 0
    while done < len(program.stores):
        run = _run_of(program.stores, done, work.plan.width)
        work.store_run(program.stores[done : done + run])
        done += run
    return function_text(program, work.block), work.block.declarations


def _run_of(stores: Sequence[tuple[Slot, Node]], start: int, width: int) -> int:
    """How many stores from here on fill consecutive rows, at most a vector of them."""
    first = stores[start][0]
    run = 1
    while run < width and start + run < len(stores):
        slot = stores[start + run][0]
        if slot != Slot(first.array, first.row + run):
            break
        run += 1
    return run


class _Packing:
    """A function under construction: the values of nodes as scalars, and of packs as vectors."""

    def __init__(self, block: Block, plan: Plan, constant_row: ConstantRow) -> None:
        self.block = block
        self.plan = plan
        self.constant_row = constant_row
        self.scalars: dict[Node, Value] = {}
        self.vectors: dict[Pack, Value] = {}
        self.gathered: dict[Lanes, Value] = {}

    def store_run(self, stores: Sequence[tuple[Slot, Node]]) -> None:
        """Store consecutive rows: as one vector where they are the lanes of one pack, else one by one."""
        nodes: Lanes = tuple(node for _, node in stores)
        if self._pack_of(nodes) is not None:
            store(self.block, stores[0][0], self.vector(nodes), 1)
            return
        for slot, node in stores:
            store(self.block, slot, self.scalar(node), 1)

    def scalar(self, root: Node) -> Value:
        """The value of a node as a scalar, computing what it needs first."""
        for node in self._pending(root):
            self.scalars[node] = self._scalar(node)
        return self.scalars[root]

    def vector(self, lanes: Lanes) -> Value:
        """Nodes as the lanes of a vector."""
        pack = self._pack_of(lanes)
        if pack is not None:
            return self.pack_value(pack)
        if lanes not in self.gathered:
            self.gathered[lanes] = self._gather(lanes)
        return self.gathered[lanes]

    def _pending(self, root: Node) -> list[Node]:
        """The nodes to compute as scalars for a root, in order; those in packs come whole."""
        order: list[Node] = []
        seen: set[Node] = set()
        stack: list[tuple[Node, bool]] = [(root, False)]
        while stack:
            node, expanded = stack.pop()
            if node in seen or node in self.scalars:
                continue
            if expanded or not isinstance(node, Apply) or node in self.plan.places:
                seen.add(node)
                order.append(node)
            else:
                stack.append((node, True))
                stack.extend((arg, False) for arg in reversed(node.args))
        return order

    def _scalar(self, node: Node) -> Value:
        if isinstance(node, Number):
            return self.block.number(node.value, 1)
        if isinstance(node, Symbol):
            return load(self.block, slot_of(node), 1)
        assert isinstance(node, Apply)
        if node in self.plan.places:
            pack, lane = self.plan.places[node]
            return extract(self.pack_value(pack), lane)
        return INSTRUCTIONS[node.operation](*(self.scalars[arg] for arg in node.args))

    def pack_value(self, pack: Pack) -> Value:
        """A pack as a vector, computing what it needs first."""
        if pack not in self.vectors:
            operands = [self.vector(pack.operand(i)) for i in range(pack.operation.arity)]
            self.vectors[pack] = INSTRUCTIONS[pack.operation](*operands)
        return self.vectors[pack]

    def _pack_of(self, lanes: Lanes) -> Pack | None:
        """The pack that has these nodes in these lanes, if there is one."""
        first = next((node for node in lanes if node is not None), None)
        if first is None or first not in self.plan.places:
            return None
        pack = self.plan.places[first][0]
        if len(pack.lanes) != len(lanes):
            return None
        return pack if all(a is None or a is b for a, b in zip(lanes, pack.lanes, strict=True)) else None

    def _gather(self, lanes: Lanes) -> Value:
        filled = [node for node in lanes if node is not None]
        if all(isinstance(node, Number) for node in filled):
            return self.block.numbers([node.value if isinstance(node, Number) else 1.0 for node in lanes])
        if len(set(filled)) == 1:
            return broadcast(self.scalar(filled[0]), len(lanes))
        if all(map(is_constant, filled)):
            row = self.constant_row(tuple(node if node is not None else filled[0] for node in lanes))
            return self._load_vector(Slot("k", row), len(lanes))
        return self._assemble(lanes)

    def _load_vector(self, slot: Slot, width: int) -> Value:
        kind = Kind("double", width)
        address = self.block.emit(Kind("ptr", 1), f"getelementptr double, ptr %{slot.array}, i64 {slot.row}")
        return self.block.emit(kind, f"load {kind}, ptr {address.text}, align 8")

    def _assemble(self, lanes: Lanes) -> Value:
        """Lanes from wherever they are: shuffled from packs, then inserted one by one."""
        start = consecutive(lanes)
        if start is not None:
            return self._load_vector(start, len(lanes))
        sources: dict[Pack, None] = {}
        for node in lanes:
            if node in self.plan.places:
                sources[self.plan.places[node][0]] = None
        result: Value | None = None
        for pack in sources:
            value = self.pack_value(pack)
            mine = [node in self.plan.places and self.plan.places[node][0] is pack for node in lanes]
            if result is None:
                first = [self._lane(n) if own else -1 for n, own in zip(lanes, mine, strict=True)]
                result = shuffle(value, value, first)
            else:
                wide = max(len(lanes), value.kind.lanes)
                mask = [wide + self._lane(n) if own else i for i, (n, own) in enumerate(zip(lanes, mine, strict=True))]
                result = shuffle(resized(result, wide), resized(value, wide), mask)
        scalars = [(i, node) for i, node in enumerate(lanes) if node is not None and node not in self.plan.places]
        values = [(i, self.scalar(node)) for i, node in scalars]
        if result is None:
            result = Value(self.block, Kind(values[0][1].kind.scalar, len(lanes)), "poison")
        for i, value in values:
            result = insert(result, value, i)
        return result

    def _lane(self, node: Node | None) -> int:
        assert node is not None
        return self.plan.places[node][1]
