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
import threading
import weakref
from numbers import Real
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

from troponin.errors import ExpressionError
from troponin.expr.operations import Operation
from troponin.units import Quantity, Unit

__all__ = ["Apply", "Expressible", "Node", "NodeLike", "Number", "Symbol", "as_node"]

_interned: weakref.WeakValueDictionary[tuple[Any, ...], Node] = weakref.WeakValueDictionary()
_interning = threading.RLock()


_OPERATORS = {
    "add": Operation.ADD,
    "subtract": Operation.SUB,
    "multiply": Operation.MUL,
    "divide": Operation.DIV,
    "power": Operation.POW,
    "less": Operation.LT,
    "less_equal": Operation.LE,
    "greater": Operation.GT,
    "greater_equal": Operation.GE,
}
"""NumPy's names for the operators, which it calls where its scalar stands on the left."""

_OFFERED = ("exp", "expm1", "log", "log10", "sqrt", "sinh", "cosh", "tanh", "floor", "ceil", "maximum", "minimum")
"""NumPy's functions that `expr/functions.py` has under the same name."""


class Arithmetic:
    """The Python operators, for everything that can stand in an expression."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **_: Any) -> Any:
        """What NumPy asks: its scalars stand in an expression as numbers do, its arrays and functions do not."""
        name = str(ufunc.__name__)
        if name in ("equal", "not_equal"):
            return name == "not_equal"  # identity: a number is no expression
        if name in _OPERATORS and method == "__call__":
            # NumPy hands a scalar on as an array without a dimension
            return _binary(_OPERATORS[name], *(x.item() if getattr(x, "shape", None) == () else x for x in inputs))
        raise ExpressionError(
            f"numpy.{name} works on numbers, and this is an expression",
            got=str(self),
            remedy=f"Use the functions of troponin.expr.functions, such as {name if name in _OFFERED else 'exp'}.",
        )

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

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"expressions are immutable: cannot delete {name}")

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
        return _intern(cls, ("number", value.hex(), unit), value=value, unit=unit)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Number, (self.value, self.unit))


class Symbol(Node):
    """A name; `of` is the thing that the name stands for while a model is being built (a gate, a channel)."""

    __slots__ = ("name", "of")
    name: str
    of: Any

    def __new__(cls, name: str, of: Any = None) -> Symbol:
        """The one symbol of this name that stands for this thing."""
        return _intern(cls, ("symbol", name, None if of is None else id(of)), name=name, of=of)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Symbol, (self.name, self.of))


class Apply(Node):
    """An operation applied to its arguments."""

    __slots__ = ("args", "operation")
    operation: Operation
    args: tuple[Node, ...]

    def __new__(cls, operation: Operation, *args: Node) -> Apply:
        """The one node that applies this operation to these arguments."""
        if len(args) != operation.arity:
            raise ExpressionError(
                f"'{operation.spelling}' takes {operation.arity} arguments", got=len(args), expected=operation.arity
            )
        return _intern(cls, (operation, *map(id, args)), operation=operation, args=args)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_from_rows, (_as_rows(self),))


@runtime_checkable
class Expressible(Protocol):
    """Something that can stand in an expression through the symbol that names it (a gate, an ion's concentration)."""

    @property
    def symbol(self) -> Symbol:
        """The symbol that names it."""
        ...


NodeLike: TypeAlias = Node | Quantity | Unit | Expressible | Arithmetic | float | int
"""What the operators accept: a node, a plain number, a quantity, a unit, or a thing named by a symbol."""


def as_node(value: NodeLike) -> Node:
    """The node that a value stands for: numbers become `Number`, quantities numbers with a unit, a unit one of it.

    Raises `ExpressionError` where the value cannot stand in an expression.
    """
    if isinstance(value, Node):
        return value
    if isinstance(value, bool):
        raise ExpressionError("a truth value cannot stand in an expression", got=value)
    if isinstance(value, Real):
        return Number(float(value))
    if isinstance(value, Quantity):
        return Number(value.value, value.unit)
    if isinstance(value, Unit):
        return Number(1.0, value)
    if isinstance(value, Expressible):
        return value.symbol
    raise ExpressionError(
        "this cannot stand in an expression",
        got=repr(value),
        expected="a number, a quantity, a unit, a symbol or an expression",
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


_AnyNode = TypeVar("_AnyNode", bound=Node)


def _intern(cls: type[_AnyNode], key: tuple[Any, ...], **fields: object) -> _AnyNode:
    """The node already built alike, or a new one with these fields."""
    found = _interned.get(key)
    if found is None:
        with _interning:  # two threads that build the same symbol must end with one
            found = _interned.get(key)
            if found is None:
                found = object.__new__(cls)
                for name, value in fields.items():
                    object.__setattr__(found, name, value)
                _interned[key] = found
    assert isinstance(found, cls)
    return found


def _as_rows(root: Apply) -> list[Node | tuple[Any, ...]]:
    """A node as rows, leaves as they are and the rest as (operation, rows of its arguments).

    Pickle recurses into what an object holds; rows keep a sum of ten thousand terms from being too deep.
    """
    rows: dict[Node, int] = {}
    written: list[Node | tuple[Any, ...]] = []
    stack: list[Node] = [root]
    while stack:
        node = stack[-1]
        pending = [arg for arg in node.args if arg not in rows] if isinstance(node, Apply) else []
        if pending and node not in rows:
            stack.extend(pending)
            continue
        stack.pop()
        if node not in rows:
            rows[node] = len(written)
            written.append((node.operation, *(rows[arg] for arg in node.args)) if isinstance(node, Apply) else node)
    return written


def _from_rows(rows: list[Node | tuple[Any, ...]]) -> Node:
    nodes: list[Node] = []
    for row in rows:
        nodes.append(Apply(row[0], *(nodes[i] for i in row[1:])) if isinstance(row, tuple) else row)
    return nodes[-1]
