"""The stimulus that a model's source writes into it, as pulses, and the other times at which a model switches.

`Model.pacing` is an expression of time and parameters: what drives the stimulus input when a model is run
as it is written.  Changing a parameter that it reads (a period, an amplitude) changes the pulses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from troponin.errors import ModelError
from troponin.expr.graph import order_by_dependency, postorder, substitute, symbols
from troponin.expr.nodes import Apply, Node, Symbol
from troponin.expr.operations import COMPARISONS, Operation
from troponin.model.clock import Exact, breakpoints, exact_number, exact_value
from troponin.model.model import Input, Model, Role, Stimulus
from troponin.model.structure import Formulas, equations_of, rates_of
from troponin.units import Quantity, ms
from troponin.units import exact_value as exact_value_of

__all__ = [
    "SWITCHING",
    "Pulse",
    "by_the_clock",
    "own_stimulus",
    "paced_input",
    "pacing_value",
    "pulses",
    "resting_value",
    "switches",
]

SWITCHING = COMPARISONS | {
    Operation.FLOOR,
    Operation.CEIL,
    Operation.REMAINDER,
    Operation.ABS,
    Operation.MIN,
    Operation.MAX,
}
"""The operations that are not smooth."""


_HORIZONS_MS = (100, 1_000, 10_000, 100_000)  # in which a first pulse is looked for, one after the other


@dataclass(frozen=True, slots=True)
class Pulse:
    """A constant value of the stimulus input between two times, in the model's time unit and the input's unit."""

    start: Fraction
    stop: Fraction
    value: float


def paced_input(model: Model) -> Input | None:
    """The input that a stimulus drives."""
    return next((i for i in model.inputs if i.role == Role.STIMULUS), None)


def by_the_clock(model: Model) -> Mapping[str, Node]:
    """The equations that depend on time and parameters alone, written out in these, by name."""
    times = {i.name for i in model.inputs if i.role == Role.TIME}
    return _by_the_clock(equations_of(model), {p.name for p in model.parameters} | times)


def _by_the_clock(equations: Formulas, known: set[str]) -> dict[str, Node]:
    expressions = {name: root for name, root in equations if root is not None}
    needs = {name: tuple(s.name for s in symbols(root)) for name, root in expressions.items()}
    found: dict[str, Node] = {}
    replacements: dict[Node, Node] = {}
    for name in order_by_dependency(needs)[0]:
        if all(n in known or n in found for n in needs[name] if n != name):
            found[name] = replacements[Symbol(name)] = substitute(expressions[name], replacements)
    return found


def pulses(model: Model, start: Fraction, stop: Fraction) -> list[Pulse] | None:
    """What the model's own pacing does in [start, stop) of its time unit, its resting value left out.

    None for a model without pacing, and for one whose pacing is not piecewise constant.
    """
    if model.pacing is None:
        return []
    root, time, values = _written_out(model, model.pacing)
    steps = _steps(root, time, values, start, stop)
    if steps is None:
        return None
    driven = paced_input(model)
    rest = driven.value if driven is not None else 0.0
    return [pulse for pulse in steps if pulse.value != rest]


def resting_value(model: Model, root: Node, start: Fraction, stop: Fraction) -> float | None:
    """The value that a piecewise constant expression of time has for longest; None where it is not such a one."""
    expression, time, values = _written_out(model, root)
    steps = _steps(expression, time, values, start, stop)
    if not steps:
        return None
    lasting: dict[float, Fraction] = {}
    for step in steps:
        lasting[step.value] = lasting.get(step.value, Fraction(0)) + step.stop - step.start
    return max(lasting, key=lambda value: lasting[value])


def pacing_value(model: Model, t: float) -> float | None:
    """The value of the stimulus input at a time when the model runs as written; None without pacing."""
    if model.pacing is None:
        return None
    root, time, values = _written_out(model, model.pacing)
    return float(exact_value(root, {**values, time: exact_number(t)}))


def own_stimulus(model: Model) -> Stimulus | None:
    """The pulse that a protocol repeats by default: that of the model's pacing at its present parameters.

    For a model without pacing it is `model.stimulus`.
    """
    if model.pacing is None:
        return model.stimulus
    for horizon_ms in _HORIZONS_MS:
        horizon = exact_value_of(Quantity(horizon_ms, ms), model.time_unit)
        found = pulses(model, Fraction(0), horizon)
        if found is None:
            return model.stimulus
        if found and found[0].stop < horizon:
            carrier = model.stimulus.carrier if model.stimulus is not None else None
            return Stimulus(found[0].value, float(found[0].stop - found[0].start), carrier)
    return None


def switches(model: Model, start: Fraction, stop: Fraction) -> list[Fraction]:
    """The times inside (start, stop) at which the equations themselves switch by the clock, in order.

    These are what is left once the stimulus is an input: a step of the solver must not cross them.
    """
    time = _time_of(model)
    if time is None:
        return []
    clockwork = _clockwork(rates_of(model), equations_of(model), time, tuple(p.name for p in model.parameters))
    values = _parameters(model) if clockwork else {}
    found: set[Fraction] = set()
    for node in clockwork:
        found.update(breakpoints(node, time, values, start, stop))
    return sorted(found)


@lru_cache(maxsize=64)
def _clockwork(rates: Formulas, equations: Formulas, time: str, parameters: tuple[str, ...]) -> tuple[Node, ...]:
    """The operations that switch by time and parameters alone; the same for every model that differs in values only."""
    written = [root for _, root in (*rates, *equations) if root is not None]
    if Symbol(time) not in symbols(*written):  # most published models, once the stimulus is an input
        return ()
    clock = _by_the_clock(equations, {time, *parameters})
    replacements: dict[Node, Node] = {Symbol(name): root for name, root in clock.items()}
    rows = [root for _, root in rates if root is not None]
    rows += [root for name, root in equations if root is not None and name not in clock]
    return tuple(
        node
        for node in postorder([substitute(row, replacements) for row in rows])
        if isinstance(node, Apply)
        and node.operation in SWITCHING
        and time in (names := {s.name for s in symbols(node)})
        and names <= {time, *parameters}
    )


def _steps(root: Node, time: str, values: Mapping[str, Exact], start: Fraction, stop: Fraction) -> list[Pulse] | None:
    """The constant pieces of an expression, equal neighbours joined; None where a piece is not constant."""
    cuts = [start, *breakpoints(root, time, values, start, stop), stop]
    steps: list[Pulse] = []
    for low, high in pairwise(cuts):
        at = {
            exact_value(root, {**values, time: low + (high - low) * part})
            for part in (Fraction(1, 3), Fraction(1, 2), Fraction(6, 7))
        }
        if len(at) != 1:
            return None
        value = float(at.pop())
        if steps and steps[-1].value == value:
            steps[-1] = replace(steps[-1], stop=high)
        else:
            steps.append(Pulse(low, high, value))
    return steps


def _written_out(model: Model, root: Node) -> tuple[Node, str, dict[str, Exact]]:
    clock = by_the_clock(model)
    expression = substitute(root, {Symbol(name): written for name, written in clock.items()})
    time = _time_of(model) or ""
    values = _parameters(model)
    missing = _missing(expression, {time, *values})
    if missing:
        raise ModelError("the pacing depends on more than time and parameters", where=model.name, complaints=missing)
    return expression, time, values


def _missing(root: Node, known: Iterable[str]) -> list[str]:
    names = set(known)
    return [s.name for s in symbols(root) if s.name not in names]


def _parameters(model: Model) -> dict[str, Exact]:
    return {p.name: exact_number(p.value) for p in model.parameters}


def _time_of(model: Model) -> str | None:
    return next((i.name for i in model.inputs if i.role == Role.TIME), None)
