"""Fixed steps by exponentials: the state a step later as expressions of the state now.

Near a state each rate is linear in its own variable, dy_i/dt = f_i + a_i (y - y_i) with a_i = df_i/dy_i
exact, and this has the solution

    y_i(h) = y_i + h phi(a_i h) f_i,     phi(z) = (e^z - 1) / z,  phi(0) = 1.

    rush_larsen   so for rates that are linear in their own variable (gates), forward Euler for the others;
                  first order.  Rush and Larsen, IEEE Trans. Biomed. Eng. 25, 389 (1978),
                  doi 10.1109/TBME.1978.326270
    grl1          so for all variables; first order
    grl2          a half step of grl1, then a whole step with f_i and a_i of the middle; second order.
                  Sundnes et al., IEEE Trans. Biomed. Eng. 56, 2546 (2009), doi 10.1109/TBME.2009.2014739.
                  f_i is wanted where y_i alone is still at the start: it is taken along the line, which
                  differs in third order of h, and not at all for rates linear in y_i.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from troponin.expr.calculus import jacobian
from troponin.expr.functions import equal, exp, expm1, where
from troponin.expr.graph import depends_on, rebuild
from troponin.expr.nodes import Apply, Node, Symbol
from troponin.expr.operations import Operation
from troponin.expr.simplify import ONE, ZERO, negative, product, quotient, sum_of

__all__ = ["METHODS", "state_later"]

Rule: TypeAlias = Callable[[Symbol, Node, Node, Node], Node]
"""(y, f, a, h) -> y a step later."""


def state_later(
    method: str, rates: Sequence[Node], states: Sequence[Symbol], h: Node, middle: Mapping[Node, Node]
) -> list[Node]:
    """The state a step of length h later, by one of `METHODS`.

    `middle` maps each input to its value half a step later.
    """
    slopes = _diagonal(rates, states)
    rule = METHODS[method]
    if rule is not None:
        return [rule(y, f, a, h) for y, f, a in zip(states, rates, slopes, strict=True)]
    half = [_along_line(y, f, a, 0.5 * h) for y, f, a in zip(states, rates, slopes, strict=True)]
    moved: dict[Node, Node] = {**middle, **dict(zip(states, half, strict=True))}
    fresh = rebuild([*rates, *slopes], lambda node: moved.get(node, node))
    result = []
    for y, y_half, f, a in zip(states, half, rates, slopes, strict=True):
        from_start = sum_of(fresh[f], product(fresh[a], y - y_half))
        result.append(_along_line(y, from_start, fresh[a], h))
    return result


def _diagonal(rates: Sequence[Node], states: Sequence[Symbol]) -> list[Node]:
    rows = jacobian(rates, states)
    return [row.get(state, ZERO) for row, state in zip(rows, states, strict=True)]


def _along_line(y: Node, f: Node, a: Node, h: Node) -> Node:
    """y + h phi(a h) f."""
    if a is ZERO:
        return y + h * f
    if isinstance(f, Apply) and f.operation is Operation.DIV and a is negative(quotient(ONE, f.args[1])):
        # a gate, dy/dt = (y_inf - y) / tau: what is left of the distance to y_inf keeps all its digits
        distance = f.args[0]
        return _steady(y, distance) - distance * exp(a * h)
    return where(equal(a, 0.0), y + h * f, y + f / a * expm1(a * h))


def _steady(y: Node, distance: Node) -> Node:
    """y + distance; y_inf itself where the distance is written as y_inf - y."""
    if isinstance(distance, Apply) and distance.operation is Operation.SUB and distance.args[1] is y:
        return distance.args[0]
    return y + distance


def _gates_alone(y: Symbol, f: Node, a: Node, h: Node) -> Node:
    return y + h * f if depends_on(a, y) else _along_line(y, f, a, h)


METHODS: Final[Mapping[str, Rule | None]] = {"rush_larsen": _gates_alone, "grl1": _along_line, "grl2": None}
"""The methods by name; None for the one of two stages."""
