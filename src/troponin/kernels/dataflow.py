"""A program as a graph of operations: phases, levels, users, and what is written alike."""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation

__all__ = ["CHEAP", "COSTLY", "Dataflow", "is_constant"]

_Op = Operation
COSTLY = frozenset({_Op.EXP, _Op.EXPM1, _Op.LOG, _Op.SQRT, _Op.POW, _Op.DIV})
"""Operations that take as long as ten others: worth gathering their arguments from anywhere."""

CHEAP = frozenset(
    {_Op.ADD, _Op.SUB, _Op.MUL, _Op.NEG, _Op.ABS, _Op.SELECT, _Op.MIN, _Op.MAX, _Op.LT, _Op.LE, _Op.GT, _Op.GE}
)
"""Operations of one or two instructions: worth packing where their arguments are packed or stand side by side."""

MANY = 8
"""Users that make a variable one that is worth a broadcast."""

DEPTH = 4
"""How far down, and up, two expressions are compared to find out whether they are written alike."""


class Dataflow:
    """A program's nodes with their phases and their users, and the order of those that are stored."""

    def __init__(self, nodes: list[Node], row: dict[Node, int]) -> None:
        self.nodes = nodes
        self.row = row
        self.order = {node: i for i, node in enumerate(nodes)}
        self.users: dict[Node, list[Apply]] = {node: [] for node in nodes}
        self.phase: dict[Node, int] = {}
        self.level: dict[Node, tuple[int, int]] = {}
        self._uses: dict[tuple[Node, int], int] = {}
        for node in nodes:
            level = (0, 0)
            if isinstance(node, Apply):
                for arg in node.args:
                    self.users[arg].append(node)
                    phase, depth = self.level[arg]
                    costly = isinstance(arg, Apply) and arg.operation in COSTLY
                    level = max(level, (phase + 1, 0) if costly else (phase, depth + 1))
            self.level[node] = level
            self.phase[node] = level[0]

    def costly(self) -> dict[tuple[int, Operation], list[Node]]:
        """The costly nodes by phase and operation."""
        found: dict[tuple[int, Operation], list[Node]] = {}
        for node in self.nodes:
            if isinstance(node, Apply) and node.operation in COSTLY:
                found.setdefault((self.phase[node], node.operation), []).append(node)
        return found

    def alike(self, packed: Mapping[Node, object]) -> list[list[Apply]]:
        """Groups of cheap nodes on one level that are computed in the same way, in the order of their stores."""
        groups: dict[tuple[tuple[int, int], str], list[Apply]] = {}
        stored = sorted(self.nodes, key=lambda node: self.row.get(node, len(self.nodes)))
        for node in stored:
            if isinstance(node, Apply) and node.operation in CHEAP and node not in packed:
                groups.setdefault((self.level[node], self.downward(node, packed, named=False)), []).append(node)
        return list(groups.values())

    def downward(self, node: Node, packed: Mapping[Node, object], depth: int = DEPTH, *, named: bool = True) -> str:
        """How a node is computed, down to constants, variables and what is packed already.

        `named`: a variable that many use stands under its name, since one broadcast serves all its lanes.
        """
        if is_constant(node):
            return "c"
        if node in packed:
            return "p"
        if isinstance(node, Apply):
            if depth == 0:
                return node.operation.spelling
            inner = (self.downward(arg, packed, depth - 1, named=named) for arg in node.args)
            return f"{node.operation.spelling}({','.join(inner)})"
        return node.name if named and isinstance(node, Symbol) and len(self.users[node]) > MANY else "s"

    def upward(self, node: Node, depth: int = DEPTH) -> int:
        """What a node is used for, as a number that is the same in every process."""
        if depth == 0:
            return 0
        if (node, depth) not in self._uses:
            uses = sorted(
                f"{user.operation.spelling} {user.args.index(node)} {any(map(is_constant, user.args))}"
                f" {self.upward(user, depth - 1)}"
                for user in self.users[node]
            )
            self._uses[node, depth] = crc32(";".join(uses).encode())
        return self._uses[node, depth]


def is_constant(node: Node | None) -> bool:
    """Whether a node is a number or a constant of the parameters."""
    return isinstance(node, Number) or (isinstance(node, Symbol) and node.name.startswith("k["))
