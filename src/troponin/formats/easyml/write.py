"""A Model written as an EasyML file for openCARP.

openCARP advances the membrane potential itself, from Iion: where the model's rate is -(X + stimulus), X is
Iion; elsewhere Iion is what makes it so, and the stimulus stays a parameter that is zero.  Every
state's rate is written out as diff_X.
"""

from __future__ import annotations

import re

from troponin.expr.graph import depends_on
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation
from troponin.formats.easyml.expressions import FUNCTIONS
from troponin.formats.functions import COMMON, names_of
from troponin.formats.naming import flat_names
from troponin.formats.printing import Notation, print_expression
from troponin.formats.remarks import remarks_of
from troponin.formats.written import lines_of, time_of
from troponin.model.model import Model, State
from troponin.model.pacing import paced_input
from troponin.units import DIMENSIONLESS, Unit, parse_unit

__all__ = ["NOTATION", "write_easyml"]

_Op = Operation
_RESERVED = {"t", "dt", "if", "else", "elif", "elseif", "group", "and", "or", "not", "Iion", "stimulus", *FUNCTIONS}
_CLAIMED = re.compile(r"(diff|alpha|beta|tau|a|b)_\w+|\w+_(init|inf)")
"""Names that openCARP would take for a gate's; they stay as they are only where no state has that name."""


def _number(number: Number) -> str:
    return repr(number.value)


NOTATION = Notation(
    infix={
        _Op.OR: (" || ", 10),
        _Op.AND: (" && ", 20),
        _Op.EQ: (" == ", 30),
        _Op.NE: (" != ", 30),
        _Op.LT: (" < ", 40),
        _Op.LE: (" <= ", 40),
        _Op.GT: (" > ", 40),
        _Op.GE: (" >= ", 40),
        _Op.ADD: (" + ", 50),
        _Op.SUB: (" - ", 50),
        _Op.MUL: ("*", 60),
        _Op.DIV: ("/", 60),
    },
    prefix={_Op.NEG: ("-", 70), _Op.NOT: ("!", 70)},
    calls={
        **names_of(*COMMON, _Op.POW, _Op.EXPM1, _Op.LOG10, _Op.CEIL, _Op.SINH, _Op.COSH, _Op.TANH),
        _Op.ABS: "fabs",
        _Op.REMAINDER: "fmod",
        _Op.SELECT: lambda condition, yes, no: f"(({condition}) ? ({yes}) : ({no}))",
    },
    number=_number,
)


def write_easyml(model: Model) -> str:
    """The text of a .model file; raises `FormatError` for what EasyML has no words for."""
    states = {s.name.rpartition(".")[2] for s in model.states}
    names = flat_names(model, lambda name: name not in _RESERVED and not _claimed(name, states))
    names[time_of(model).name] = "t"
    potential = _potential(model)
    driven = paced_input(model)
    if potential is not None and driven is not None:
        names[driven.name] = "stimulus"
    current = _named_current(model, potential)
    if current is not None:
        names[current] = "Iion"
    text = [f"// {line}" for line in remarks_of(model, names, has_time_unit=False, pacing=True)]
    if potential is not None:
        text += ["", f"{names[potential.name]}; .nodal(); .external(Vm); .units(mV);"]
        text += ["Iion; .nodal(); .external(); .units(A/F);"]
    text.append("")
    for state in model.states:
        text.append(f"{names[state.name]}; .units({_unit(state.unit)});")
        text.append(f"{names[state.name]}_init = {state.initial!r};")
    text.append("")
    lines = lines_of(model, with_pacing=False)
    added = _added_stimulus(model, potential)
    constants = [line for line in lines if line.formula is None and line.name != added]
    text.append("group {")
    text += [f"  {names[line.name]} = {line.value!r};" for line in constants]
    text.append("} .param();")
    text += [f"{names[c.name]}; .units({_unit(c.unit)});" for c in constants if c.unit != DIMENSIONLESS]
    text.append("")
    for line in lines:
        if line.formula is not None:
            formula = print_expression(line.formula, NOTATION, names)
            text.append(f"{names[line.name]} = {formula}; .units({_unit(line.unit)});")
    for state in model.states:
        if state is not potential:
            rate = "0" if state.rate is None else print_expression(state.rate, NOTATION, names)
            text.append(f"diff_{names[state.name]} = {rate};")
    if potential is not None and current is None:
        text.append(f"Iion = {print_expression(_ionic_current(model, potential), NOTATION, names)};")
    return "\n".join([*text, ""])


def _claimed(name: str, states: set[str]) -> bool:
    if _CLAIMED.fullmatch(name) is None:
        return False
    before, _, after = name.partition("_")
    start = name.rpartition("_")[0]
    return (
        name.startswith("diff_")
        or (after in states and before in ("alpha", "beta", "tau", "a", "b"))
        or start in states
    )


def _potential(model: Model) -> State | None:
    """The state that openCARP advances: the membrane potential in mV, with time in ms."""
    name = model.meanings.get("v")
    found = next((s for s in model.states if s.name == name), None)
    if found is None or found.unit != parse_unit("mV") or model.time_unit != parse_unit("ms"):
        return None
    if found.rate is None or any(
        e.expression is not None and depends_on(e.expression, Symbol("Iion")) for e in model.equations
    ):
        return None
    return found


def _added_stimulus(model: Model, potential: State | None) -> str | None:
    """The stimulus input, where openCARP's own does all that it does."""
    driven = paced_input(model)
    if potential is None or driven is None or potential.rate is None:
        return None
    symbol = Symbol(driven.name)
    elsewhere = [s.rate for s in model.states if s is not potential and s.rate is not None]
    elsewhere += [e.expression for e in model.equations]
    if any(depends_on(root, symbol) for root in elsewhere) or _without_stimulus(potential.rate, symbol) is None:
        return None
    return driven.name


def _without_stimulus(rate: Node, stimulus: Symbol) -> Node | None:
    """X of a rate -(X + stimulus)."""
    if not isinstance(rate, Apply) or rate.operation is not _Op.NEG:
        return None
    inside = rate.args[0]
    if not isinstance(inside, Apply) or inside.operation is not _Op.ADD or stimulus not in inside.args:
        return None
    rest = inside.args[1] if inside.args[0] is stimulus else inside.args[0]
    return None if depends_on(rest, stimulus) else rest


def _named_current(model: Model, potential: State | None) -> str | None:
    """The equation that Iion is, where the model has one."""
    if potential is None or potential.rate is None or _added_stimulus(model, potential) is None:
        return None
    current = _ionic_current(model, potential)
    equations = {e.name for e in model.equations if e.unit == parse_unit("A/F")}
    return current.name if isinstance(current, Symbol) and current.name in equations else None


def _ionic_current(model: Model, potential: State) -> Node:
    """Iion, such that -(Iion + stimulus) is the rate of the potential."""
    assert potential.rate is not None
    driven = paced_input(model)
    if driven is None:
        return -potential.rate
    symbol = Symbol(driven.name)
    if _added_stimulus(model, potential) is not None:
        plain = _without_stimulus(potential.rate, symbol)
        assert plain is not None
        return plain
    return -potential.rate - symbol


def _unit(unit: Unit) -> str:
    return "1" if unit == DIMENSIONLESS else str(unit)
