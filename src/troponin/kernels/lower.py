"""From a program to the text of a function: loads, instructions in order, stores."""

from __future__ import annotations

from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.kernels.abi import UNIFORM
from troponin.kernels.instructions import INSTRUCTIONS
from troponin.kernels.ir import Block, Kind, Value, broadcast
from troponin.kernels.program import Program, Slot, slot_of, slot_symbol
from troponin.kernels.target import Target

__all__ = ["function_text", "load", "lower", "store"]


def lower(program: Program, lanes: int, target: Target) -> tuple[str, set[str]]:
    """The function of a program for a number of lanes, as text, and the declarations that it needs."""
    block = Block(target)
    places: dict[Node, list[Slot]] = {}
    for slot, root in program.stores:
        places.setdefault(root, []).append(slot)
    nodes = list(postorder(places))
    last_use = {arg: i for i, node in enumerate(nodes) if isinstance(node, Apply) for arg in node.args}
    due: dict[int, list[tuple[Slot, Node]]] = {}
    for i, root in enumerate(nodes):
        for slot in places.get(root, ()):  # a row that is read too is overwritten after its last use
            due.setdefault(max(i, last_use.get(slot_symbol(slot.array, slot.row), i)), []).append((slot, root))
    values: dict[Node, Value] = {}
    for i, node in enumerate(nodes):
        values[node] = _lower_node(block, node, values, lanes)
        for slot, root in due.get(i, ()):
            store(block, slot, values[root], lanes)
    return function_text(program, block), block.declarations


def load(block: Block, slot: Slot, lanes: int) -> Value:
    """A row of an array in every lane."""
    width = 1 if slot.array in UNIFORM else lanes
    kind = Kind("double", width)
    row = _address(block, slot, width)
    return broadcast(block.emit(kind, f"load {kind}, ptr {row}, align 8"), lanes if width == 1 else 1)


def store(block: Block, slot: Slot, value: Value, lanes: int) -> None:
    """Write a row of an array of so many lanes; for one lane a vector fills the rows from there on."""
    row = _address(block, slot, lanes)
    block.do(f"store {value.kind} {value.text}, ptr {row}, align 8")


def function_text(program: Program, block: Block) -> str:
    """The function around a finished block."""
    arguments = ", ".join(f"ptr noalias %{name}" for name in program.arrays)
    return "\n".join([f"define void @{program.name}({arguments}) nounwind {{", *block.lines, "  ret void", "}"])


def _address(block: Block, slot: Slot, width: int) -> str:
    if slot.row == 0:
        return f"%{slot.array}"
    return block.emit(Kind("ptr", 1), f"getelementptr double, ptr %{slot.array}, i64 {slot.row * width}").text


def _lower_node(block: Block, node: Node, values: dict[Node, Value], lanes: int) -> Value:
    if isinstance(node, Number):
        return block.number(node.value, lanes)
    if isinstance(node, Symbol):
        return load(block, slot_of(node), lanes)
    assert isinstance(node, Apply)
    return INSTRUCTIONS[node.operation](*(values[arg] for arg in node.args))
