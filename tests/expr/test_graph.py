"""Walks over expressions: order, sharing, substitution, cycles."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.expr.oracle import X, Y, expressions
from troponin.expr.functions import exp, total
from troponin.expr.graph import depends_on, order_by_dependency, postorder, rebuild, substitute, symbols
from troponin.expr.nodes import Apply, Node, Number, Symbol

names = st.sampled_from("abcdefg")
needs = st.dictionaries(names, st.lists(names, max_size=3), max_size=7)


@given(root=expressions)
def test_arguments_come_before_the_nodes_that_use_them_and_each_node_once(root: Node) -> None:
    order = list(postorder([root]))
    position = {node: i for i, node in enumerate(order)}
    assert len(position) == len(order)
    assert order[-1] is root
    for node in order:
        if isinstance(node, Apply):
            assert all(position[arg] < position[node] for arg in node.args)


def test_a_subexpression_shared_a_billion_times_is_visited_once() -> None:
    node: Node = X
    for _ in range(30):
        node = node + node
    assert len(list(postorder([node]))) == 31


def test_symbols_come_in_the_order_of_their_first_use() -> None:
    assert symbols(Y * exp(X) + Y, X) == (Y, X)


def test_only_what_stands_in_an_expression_is_depended_on() -> None:
    assert depends_on(exp(X) + 1.0, X)
    assert not depends_on(exp(X) + 1.0, Y)


def test_substitution_is_simultaneous() -> None:
    assert substitute(X - Y, {X: Y, Y: X}) is Y - X


def test_substitution_takes_whole_subexpressions_too() -> None:
    assert substitute(exp(X + 1.0) * (X + 1.0), {X + 1.0: Y}) is exp(Y) * Y


@given(root=expressions)
def test_substituting_nothing_gives_back_the_same_node(root: Node) -> None:
    assert substitute(root, {}) is root
    assert rebuild([root], lambda node: node)[root] is root


@given(root=expressions)
def test_a_substituted_symbol_is_gone(root: Node) -> None:
    assert X not in symbols(substitute(root, {X: Number(0.5)}))


def test_rebuild_changes_from_the_leaves_up() -> None:
    def bump(node: Node) -> Node:
        return Number(node.value + 1.0) if isinstance(node, Number) else node

    assert rebuild([X * 2.0 + 3.0], bump)[X * 2.0 + 3.0] is X * 3.0 + 4.0


def test_ten_thousand_terms_need_no_deep_recursion() -> None:
    root = total([X * float(i) for i in range(10_000)])
    assert substitute(substitute(root, {X: Y}), {Y: X}) is root
    assert symbols(root) == (X,)


@given(needs)
def test_order_respects_every_need_or_names_a_cycle(wants: dict[str, list[str]]) -> None:
    order, cycles = order_by_dependency(wants)
    assert sorted(order) == sorted(wants)
    position = {name: i for i, name in enumerate(order)}
    violated = {(a, b) for a, needed in wants.items() for b in needed if b in position and position[b] >= position[a]}
    assert bool(violated) == bool(cycles)
    for cycle in cycles:
        for name, following in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            assert following in wants[name]


def test_names_given_from_outside_are_left_out_of_the_order() -> None:
    assert order_by_dependency({"a": ["v", "b"], "b": ["v"]}) == (["b", "a"], [])


def test_what_needs_itself_is_a_cycle_of_one() -> None:
    assert order_by_dependency({"a": ["a"]}) == (["a"], [("a",)])


def test_a_chain_of_ten_thousand_needs_no_deep_recursion() -> None:
    chain = {str(i): [str(i + 1)] for i in range(10_000)}
    order, cycles = order_by_dependency(chain)
    assert not cycles
    assert order[0] == "9999"
    assert Symbol(order[-1]).name == "0"
