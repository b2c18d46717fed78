"""Walks over expressions as a graph: order, symbols, dependencies, cycles, substitution.

Every walk is iterative, so that a sum of ten thousand terms needs no deep recursion, and visits a
shared subexpression once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from troponin.expr.nodes import Apply, Node, Symbol

__all__ = ["depends_on", "order_by_dependency", "postorder", "rebuild", "substitute", "symbols"]


def postorder(roots: Iterable[Node]) -> Iterator[Node]:
    """Every node under the roots once, arguments before the nodes that use them."""
    seen: set[Node] = set()
    for root in roots:
        stack: list[tuple[Node, bool]] = [(root, False)]
        while stack:
            node, expanded = stack.pop()
            if node in seen:
                continue
            if expanded or not isinstance(node, Apply):
                seen.add(node)
                yield node
            else:
                stack.append((node, True))
                stack.extend((arg, False) for arg in reversed(node.args) if arg not in seen)


def symbols(*roots: Node) -> tuple[Symbol, ...]:
    """The symbols under the roots, in the order of their first use."""
    return tuple(node for node in postorder(roots) if isinstance(node, Symbol))


def depends_on(root: Node, symbol: Symbol) -> bool:
    """Whether a symbol stands anywhere under the root."""
    return any(node is symbol for node in postorder([root]))


def rebuild(roots: Iterable[Node], change: Callable[[Node], Node]) -> dict[Node, Node]:
    """Map every node under the roots to its changed form, bottom up.

    `change` receives each node with its arguments already changed and returns what replaces it.
    """
    result: dict[Node, Node] = {}
    for node in postorder(roots):
        fresh = Apply(node.operation, *(result[arg] for arg in node.args)) if isinstance(node, Apply) else node
        result[node] = change(fresh)
    return result


def substitute(root: Node, replacements: Mapping[Node, Node]) -> Node:
    """The expression with some of its nodes (usually symbols) replaced by others, all at once."""
    result: dict[Node, Node] = {}
    for node in postorder([root]):
        replaced = replacements.get(node)
        if replaced is not None:
            result[node] = replaced
        elif isinstance(node, Apply):
            result[node] = Apply(node.operation, *(result[arg] for arg in node.args))
        else:
            result[node] = node
    return result[root]


def order_by_dependency(needs: Mapping[str, Iterable[str]]) -> tuple[list[str], list[tuple[str, ...]]]:
    """Order names so that each comes after those it needs; return the order and the cycles found.

    Names that are needed but not keys of `needs` are given from outside and are left out.  A cycle is
    a tuple of names in which each needs the next and the last needs the first.
    """
    order: list[str] = []
    cycles: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in needs:
        if start in done:
            continue
        path: list[str] = [start]
        position = {start: 0}
        pending = [iter(needs[start])]
        while path:
            for name in pending[-1]:
                if name in position:
                    cycles.append(tuple(path[position[name] :]))
                elif name in needs and name not in done:
                    position[name] = len(path)
                    path.append(name)
                    pending.append(iter(needs[name]))
                    break
            else:
                name = path.pop()
                pending.pop()
                del position[name]
                done.add(name)
                order.append(name)
    return order, cycles
