from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troponin.errors import ExpressionError
from troponin.expr.infix import FUNCTIONS, INFIX, PREFIX, parse_infix, to_infix
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import COMPARISONS, Operation
from troponin.units import DIMENSIONLESS, mM, mV, parse_unit

a, b, c, v, x = (Symbol(name) for name in "abcvx")


def negative(node: Node) -> Node:
    return Apply(Operation.NEG, node)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a + b * c", a + b * c),
        ("(a + b) * c", (a + b) * c),
        ("a - b - c", (a - b) - c),
        ("a - (b - c)", a - (b - c)),
        ("a + (b + c)", a + (b + c)),
        ("a / b / c", (a / b) / c),
        ("a / (b * c)", a / (b * c)),
        ("a^b^c", a ** (b**c)),
        ("(a^b)^c", (a**b) ** c),
        ("-a^b", negative(a**b)),
        ("(-a)^b", negative(a) ** b),
        ("a^-b", a ** negative(b)),
        ("-a * b", negative(a) * b),
        ("-(a * b)", negative(a * b)),
        ("-5 * x", Number(-5) * x),
        ("-(5) * x", negative(Number(5)) * x),
        ("-5^2", negative(Number(5) ** 2)),
        ("(-5)^2", Number(-5) ** 2),
        ("2^-1", Number(2) ** -1),
        ("-0", Number(-0.0)),
        ("--a", negative(negative(a))),
        ("5 [mV]", Number(5, mV)),
        ("-84 [mV] - v", Number(-84, mV) - v),
        ("1 [dimensionless]", Number(1, DIMENSIONLESS)),
        ("1e-05 [mM/ms]", Number(1e-5, parse_unit("mM/ms"))),
        ("IKr.GKr * a", Symbol("IKr.GKr") * a),
        ("if(v < -40 [mV], a, b)", Apply(Operation.SELECT, v < Number(-40, mV), a, b)),
        ("max(a, min(b, 0))", Apply(Operation.MAX, a, Apply(Operation.MIN, b, Number(0)))),
        ("x / (exp(x) - 1)", x / (Apply(Operation.EXP, x) - 1)),
        ("`d/dt v` + `if`", Symbol("d/dt v") + Symbol("if")),
        ("a < b and not c == x or v >= 0", None),
        ("(a < b) == (b < c)", None),
        ("not (a or b) and c", None),
    ],
)
def test_an_expression_is_read_and_written_as_mathematics_is(text: str, node: Node | None) -> None:
    read = parse_infix(text)
    assert node is None or read is node
    assert to_infix(read) == text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a**b", "a^b"),
        (" a+b\n*c ", "a + b * c"),
        ("((a))", "a"),
        ("+a", "a"),
        ("ln(a)", "log(a)"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1E3[ms]", "1000 [ms]"),
        ("a<=b", "a <= b"),
        ("2 * 3 + -4", "2 * 3 + -4"),
    ],
)
def test_other_spellings_mean_the_same(text: str, same: str) -> None:
    assert parse_infix(text) is parse_infix(same)
    assert to_infix(parse_infix(text)) == same


@pytest.mark.parametrize(
    ("text", "column", "what"),
    [
        ("", 1, "an operand is missing"),
        ("a +", 4, "an operand is missing"),
        ("a + * b", 5, "an operand is missing"),
        ("exp()", 5, "an operand is missing"),
        ("a b", 3, "an operator is missing"),
        ("(a) (b)", 5, "an operator is missing"),
        ("(a + b", 1, "never closed"),
        ("a + b)", 6, "never opened"),
        ("exq(a)", 1, "unknown function 'exq'.*Did you mean exp"),
        ("1 + exp(a, b)", 5, "takes 1 arguments, not 2"),
        ("if(a, b)", 1, "takes 3 arguments, not 2"),
        ("a < b < c", 7, "do not chain"),
        ("5 [mv]", 1, "unknown unit 'mv'.*Did you mean mV"),
        ("a, b", 2, "an operator is missing"),
        ("a $ b", 3, r"cannot read '\$'"),
        ("1.2.3", 1, "cannot read"),
        ("2x", 1, "cannot read"),
        ("1e999", 1, "too large"),
        ("a == ", 6, "an operand is missing"),
    ],
)
def test_a_fault_is_shown_where_it_is(text: str, column: int, what: str) -> None:
    with pytest.raises(ExpressionError, match=what) as caught:
        parse_infix(text)
    assert f"in column {column}" in str(caught.value)
    *_, line, caret = str(caught.value).split("\n")
    assert line[4:].rstrip() == text.rstrip()
    assert len(caret) == 4 + column


def test_a_fault_in_a_long_text_is_shown_with_its_line_only() -> None:
    text = "a +\n" * 100 + "b * $ c +\n" + " + ".join(["x"] * 500)
    with pytest.raises(ExpressionError) as caught:
        parse_infix(text)
    assert str(caught.value).splitlines()[1:] == ["    b * $ c +", "        ^"]


def test_names_may_be_given_a_meaning() -> None:
    assert parse_infix("2 * V", {"V": v}.__getitem__) is 2 * v


def test_every_operation_has_one_notation() -> None:
    for operation in Operation:
        assert sum(operation in table for table in (INFIX, PREFIX, FUNCTIONS)) == 1
    assert len(set(FUNCTIONS.values())) == len(FUNCTIONS)
    assert all(INFIX[operation] for operation in COMPARISONS)


@pytest.mark.parametrize("operation", [Operation.ADD, Operation.SUB, Operation.POW, Operation.MAX])
@pytest.mark.parametrize("to_the_right", [False, True])
def test_no_nesting_is_too_deep(operation: Operation, to_the_right: bool) -> None:
    node: Node = x
    for number in range(5000):
        term = Symbol(f"x{number}")
        node = Apply(operation, term, node) if to_the_right else Apply(operation, node, term)
    assert parse_infix(to_infix(node)) is node


def test_a_long_text_can_be_broken_off() -> None:
    node: Node = x
    for _ in range(200):  # 2^200 terms when written out
        node = node * node
    text = to_infix(node, longest=80)
    assert len(text) == 81
    assert text.endswith("…")


leaves = st.one_of(
    st.builds(Number, st.floats(allow_nan=False), st.sampled_from([None, mV, mM, DIMENSIONLESS, parse_unit("1/ms")])),
    st.builds(Symbol, st.sampled_from(["a", "b", "IKr.GKr", "membrane.v", "and", "inf", "e1", "x y", "`", "", "é"])),
)


def applied(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def build(operation: Operation) -> st.SearchStrategy[Node]:
        return st.tuples(*[inner] * operation.arity).map(lambda args: Apply(operation, *args))

    return st.sampled_from(list(Operation)).flatmap(build)


@given(st.recursive(leaves, applied, max_leaves=25))
def test_reading_what_was_written_gives_the_same_node(node: Node) -> None:
    assert parse_infix(to_infix(node)) is node


@given(st.text(alphabet="ab1.5e-+*/^<>=()[], mVifnotd`\n", max_size=30))
def test_any_text_is_an_expression_or_an_expression_error(text: str) -> None:
    try:
        node = parse_infix(text)
    except ExpressionError:
        return
    assert parse_infix(to_infix(node)) is node


signs = st.sampled_from(["+", "-", "*", "/", "**"])
operands = st.sampled_from(["a", "-b", "c", "--v", "(a - b)", "-(x)", "x"])


@given(st.lists(st.tuples(operands, signs), max_size=8), operands)
def test_operators_bind_as_they_do_in_python(terms: list[tuple[str, str]], last: str) -> None:
    text = " ".join(f"{operand} {sign}" for operand, sign in terms) + f" {last}"
    assert parse_infix(text) is eval(text, {"a": a, "b": b, "c": c, "v": v, "x": x})
