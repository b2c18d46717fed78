"""Expression nodes: a number, a symbol, or an operation applied to nodes.

Nodes are immutable and interned: two nodes built alike are one object, so that equality is identity,
a shared subexpression is stored and compiled once, and a pass can memoise on the node itself.
Python operators build nodes exactly as written; nothing is simplified or reordered, because the order
of operations decides the last bits of a result.

    v, g = Symbol("v"), Symbol("g")
    i = g * (v - quantity("-84 mV"))

`<`, `<=`, `>`, `>=` build comparisons; `==` compares identity (use `functions.equal` to build one).
"""

from __future__ import annotations

import math
import weakref
from typing import Any, Protocol, TypeAlias, runtime_checkable

from troponin.errors import ExpressionError
from troponin.expr.operations import Operation
from troponin.units import Quantity, Unit

__all__ = ["Apply", "Expressible", "Node", "NodeLike", "Number", "Symbol", "as_node"]

_interned: weakref.WeakValueDictionary[tuple[Any, ...], Node] = weakref.WeakValueDictionary()


class Arithmetic:
    """The Python operators, for everything that can stand in an expression."""

    __slots__ = ()

    def __add__(self, other: NodeLike) -> Node:
        return _binary(Operation.ADD, self, other)

    def __radd__(self, other: NodeLike) -> Node:
        return _binary(Operation.ADD, other, self)

    def __sub__(self, other: NodeLike) -> Node:
        return _binary(Operation.SUB, self, other)

    def __rsub__(self, other: NodeLike) -> Node:
        return _binary(Operation.SUB, other, self)

    def __mul__(self, other: NodeLike) -> Node:
        return _binary(Operation.MUL, self, other)

    def __rmul__(self, other: NodeLike) -> Node:
        return _binary(Operation.MUL, other, self)

    def __truediv__(self, other: NodeLike) -> Node:
        return _binary(Operation.DIV, self, other)

    def __rtruediv__(self, other: NodeLike) -> Node:
        return _binary(Operation.DIV, other, self)

    def __pow__(self, other: NodeLike) -> Node:
        return _binary(Operation.POW, self, other)

    def __rpow__(self, other: NodeLike) -> Node:
        return _binary(Operation.POW, other, self)

    def __neg__(self) -> Node:
        return Apply(Operation.NEG, as_node(self))

    def __abs__(self) -> Node:
        return Apply(Operation.ABS, as_node(self))

    def __lt__(self, other: NodeLike) -> Node:
        return _binary(Operation.LT, self, other)

    def __le__(self, other: NodeLike) -> Node:
        return _binary(Operation.LE, self, other)

    def __gt__(self, other: NodeLike) -> Node:
        return _binary(Operation.GT, self, other)

    def __ge__(self, other: NodeLike) -> Node:
        return _binary(Operation.GE, self, other)

    def __bool__(self) -> bool:
        raise ExpressionError(
            "an expression has no truth value before it is evaluated",
            got=str(self),
            remedy="Write where(condition, a, b) instead of if/else, and functions.both/either instead of and/or.",
        )


class Node(Arithmetic):
    """An immutable, interned expression: `Number`, `Symbol` or `Apply`."""

    __slots__ = ("__weakref__",)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"expressions are immutable: cannot set {name}")

    def __repr__(self) -> str:
        return _spelled(self, depth=4)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class Number(Node):
    """A literal number, with its unit where it has one (`None`: a plain number)."""

    __slots__ = ("unit", "value")
    value: float
    unit: Unit | None

    def __new__(cls, value: float, unit: Unit | None = None) -> Number:
        """The one number of this value and unit; NaN is refused."""
        value = float(value)
        if math.isnan(value):
            raise ExpressionError("NaN cannot stand in an expression", remedy="Check where the number comes from.")
        key = ("number", value.hex(), unit)
        found = _interned.get(key)
        if found is None:
            found = object.__new__(cls)
            object.__setattr__(found, "value", value)
            object.__setattr__(found, "unit", unit)
            _interned[key] = found
        assert isinstance(found, Number)
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return (Number, (self.value, self.unit))


class Symbol(Node):
    """A name; `of` is the thing that the name stands for while a model is being built (a gate, a channel)."""

    __slots__ = ("name", "of")
    name: str
    of: Any

    def __new__(cls, name: str, of: Any = None) -> Symbol:
        """The one symbol of this name that stands for this thing."""
        key = ("symbol", name, id(of) if of is not None else None)
        found = _interned.get(key)
        if found is None:
            found = object.__new__(cls)
            object.__setattr__(found, "name", name)
            object.__setattr__(found, "of", of)
            _interned[key] = found
        assert isinstance(found, Symbol)
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return (Symbol, (self.name, self.of))


class Apply(Node):
    """An operation applied to its arguments."""

    __slots__ = ("args", "operation")
    operation: Operation
    args: tuple[Node, ...]

    def __new__(cls, operation: Operation, *args: Node) -> Apply:
        """The one node that applies this operation to these arguments."""
        key = (operation, *map(id, args))
        found = _interned.get(key)
        if found is None:
            if len(args) != operation.arity:
                raise ExpressionError(
                    f"'{operation.spelling}' takes {operation.arity} arguments", got=len(args), expected=operation.arity
                )
            found = object.__new__(cls)
            object.__setattr__(found, "operation", operation)
            object.__setattr__(found, "args", args)
            _interned[key] = found
        assert isinstance(found, Apply)
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return (Apply, (self.operation, *self.args))


@runtime_checkable
class Expressible(Protocol):
    """Something that can stand in an expression through the symbol that names it (a gate, an ion's concentration)."""

    @property
    def symbol(self) -> Symbol:
        """The symbol that names it."""
        ...


NodeLike: TypeAlias = Node | Quantity | Expressible | Arithmetic | float | int
"""What the operators accept: a node, a plain number, a quantity, or a thing named by a symbol."""


def as_node(value: NodeLike) -> Node:
    """The node that a value stands for: numbers become `Number`, quantities numbers with a unit.

    Raises `ExpressionError` where the value cannot stand in an expression.
    """
    if isinstance(value, Node):
        return value
    if isinstance(value, bool):
        raise ExpressionError("a truth value cannot stand in an expression", got=value)
    if isinstance(value, (int, float)):
        return Number(value)
    if isinstance(value, Quantity):
        return Number(value.value, value.unit)
    if isinstance(value, Expressible):
        return value.symbol
    raise ExpressionError(
        "this cannot stand in an expression",
        got=repr(value),
        expected="a number, a quantity, a symbol or an expression",
    )


def _spelled(node: Node, depth: int) -> str:
    """A node in functional form for a debugger; `infix.to_infix` prints it as a reader writes it."""
    if isinstance(node, Number):
        return f"{node.value:.17g}" if node.unit is None else f"{node.value:.17g} [{node.unit}]"
    if isinstance(node, Symbol):
        return node.name
    assert isinstance(node, Apply)
    inner = "..." if depth == 0 else ", ".join(_spelled(arg, depth - 1) for arg in node.args)
    return f"{node.operation.spelling}({inner})"


def _binary(operation: Operation, left: NodeLike, right: NodeLike) -> Node:
    return Apply(operation, as_node(left), as_node(right))
