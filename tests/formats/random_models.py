"""Random models for round trips: a few states, parameters and equations over every operation."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import COMPARISONS, LOGICAL, Operation
from troponin.formats.literal import literal_value
from troponin.model.model import Equation, Input, Model, Parameter, Role, State, Stimulus
from troponin.units import parse_unit

_UNITS = ("mV", "ms", "mM", "1", "A/F", "uA/cm^2", "1/ms", "mS/uF", "L/F/ms", "1/(mM*ms)", "kPa", "K")
UNITS = [parse_unit(text) for text in _UNITS]
NAMES = (
    "v",
    "m",
    "h",
    "cai",
    "GKr",
    "tau_m",
    "x",
    "i_tot",
    "E",
    "alpha",
    "_odd",
    "e1",
    "t",
    "time",
    "if",
    "bind",
    "dt",
    "exp",
)
COMPONENTS = ("membrane", "INa", "IKr", "model")

# left out: expm1, which exp(x) - 1 in an author's own words could be; B' and B'', which only derivatives hold
NOT_WRITTEN = (
    Operation.SELECT, Operation.EXPM1, Operation.BERNOULLI_SLOPE, Operation.BERNOULLI_CURVATURE,
)  # fmt: skip
NUMERIC = [o for o in Operation if o not in COMPARISONS | LOGICAL and o not in NOT_WRITTEN]

numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: Number(x)) | st.sampled_from(
    [Number(x) for x in (0.0, 1.0, -1.0, 0.1, 1e-300, 1e300, 5e-324, math.pi, 35.0)]
)


def expressions(names: list[str]) -> st.SearchStrategy[Node]:
    """Numeric expressions over the symbols of those names."""
    leaves = numbers | st.sampled_from([Symbol(n) for n in names]) if names else numbers

    def grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        def apply(operation: Operation) -> st.SearchStrategy[Node]:
            return st.tuples(*[inner] * operation.arity).map(lambda args: Apply(operation, *args))

        comparison = st.sampled_from(sorted(COMPARISONS, key=lambda o: o.name)).flatmap(apply)
        logical = st.sampled_from([Operation.AND, Operation.OR])
        condition = (
            comparison
            | st.tuples(logical, comparison, comparison).map(lambda x: Apply(*x))
            | comparison.map(lambda c: Apply(Operation.NOT, c))
        )
        choice = st.tuples(condition, inner, inner).map(lambda args: Apply(Operation.SELECT, *args))
        return st.sampled_from(NUMERIC).flatmap(apply) | choice

    return st.recursive(leaves, grow, max_leaves=12)


@st.composite
def models(draw: st.DrawFn) -> Model:
    """A model whose equations read states, parameters, time and the equations before them."""
    spots = [f"{c}.{n}" for c in COMPONENTS for n in NAMES]
    names = draw(st.lists(st.sampled_from(spots), min_size=3, max_size=9, unique=True))
    count = draw(st.integers(1, len(names) - 2))
    kinds = names[:count], names[count : count + 1], names[count + 1 :]
    unit = st.sampled_from(UNITS)
    value = st.floats(-1e4, 1e4, allow_nan=False) | st.sampled_from([0.1, 1e-7, -84.6, 1e300])
    positive = st.floats(0, 1e4, allow_nan=False)
    time = Input("environment.time", draw(st.sampled_from([parse_unit("ms"), parse_unit("s")])), Role.TIME)
    parameters = [Parameter(n, draw(unit), draw(positive)) for n in kinds[1]]
    known = [*kinds[0], *kinds[1], time.name]
    equations = []
    for name in kinds[2]:
        root = draw(expressions(known).filter(lambda e: literal_value(e) is None))
        equations.append(Equation(name, draw(unit), root))
        known.append(name)
    inputs = [time]
    stimulus = None
    if draw(st.booleans()):
        inputs.append(Input("stimulus.pulse", draw(unit), Role.STIMULUS, 0.0))
        known.append("stimulus.pulse")
        stimulus = Stimulus(draw(value), draw(st.floats(0.1, 10)), draw(st.sampled_from([None, "K"])))
    states = [State(n, draw(unit), draw(positive), draw(expressions(known))) for n in kinds[0]]
    meanings = {i.role: i.name for i in inputs} | {"v": names[0]}
    return Model(
        "a model", time.unit, tuple(states), tuple(parameters), tuple(inputs), tuple(equations), meanings, stimulus
    )
