"""From a program to the text of a function: loads, instructions in order, stores."""

from __future__ import annotations

from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.kernels.abi import UNIFORM
from troponin.kernels.instructions import INSTRUCTIONS
from troponin.kernels.ir import Block, Kind, Value, broadcast
from troponin.kernels.program import Program, Slot, slot_of
from troponin.kernels.target import Target

__all__ = ["function_text", "load", "lower", "store"]


def lower(program: Program, lanes: int, target: Target) -> tuple[str, set[str]]:
    """The function of a program for a number of lanes, as text, and the declarations that it needs."""
    block = Block(target)
    values: dict[Node, Value] = {}
    written = {slot.array for slot, _ in program.stores}
    for symbol, slot in program.loads().items():
        if slot.array in written:  # read before anything overwrites it
            values[symbol] = load(block, slot, lanes)
    places: dict[Node, list[Slot]] = {}
    for slot, root in program.stores:
        places.setdefault(root, []).append(slot)
    for node in postorder(places):
        if node not in values:
            values[node] = _lower_node(block, node, values, lanes)
        for slot in places.get(node, ()):
            store(block, slot, values[node], lanes)
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
