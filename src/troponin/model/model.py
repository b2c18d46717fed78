"""Model: a cell as a flat system of equations, the one value that every room above builds and below reads.

    ds/dt = f(s, p, u, t),     intermediate variables a = a(s, p, u, t)

with states s, parameters p, inputs u (time, stimulus, stretch) and named equations for the rates and the
intermediates.  Names are qualified as the paper's component and symbol, `IKr.GKr`; meanings (`v`, `cai`,
`Ta`) point at names, so that a program can ask any model for its membrane potential.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias

from troponin.errors import ModelError, TroponinError, UnknownNameError
from troponin.expr.nodes import Node
from troponin.model.values import Value, number_in
from troponin.units import Quantity, Unit

__all__ = ["Equation", "Input", "Invariant", "Model", "Paper", "Parameter", "Role", "State", "Stimulus", "Variable"]


@dataclass(frozen=True, slots=True)
class State:
    """A variable that a differential equation advances: d(name)/dt = rate."""

    name: str
    unit: Unit
    initial: float
    rate: Node | None
    doc: str = ""
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that stays as it is during a run."""

    name: str
    unit: Unit
    value: float
    doc: str = ""
    where: str | None = None


class Role:
    """The parts an input can play; a protocol addresses an input by its role."""

    TIME = "time"
    STIMULUS = "stimulus"
    STRETCH = "stretch"
    STRETCH_RATE = "stretch_rate"


@dataclass(frozen=True, slots=True)
class Input:
    """A variable that a protocol drives from outside; `value` is what it has when nothing drives it."""

    name: str
    unit: Unit
    role: str
    value: float = 0.0
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Equation:
    """An intermediate variable: name = expression."""

    name: str
    unit: Unit
    expression: Node
    doc: str = ""
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Stimulus:
    """The model's own stimulus: a pulse on the stimulus input, in that input's unit, inward negative.

    `carrier` names the ion that the current brings into the cell (Hund et al. 2001,
    doi 10.1016/S0006-3495(01)75965-6 discuss why one must): None where the model leaves it open.
    """

    amplitude: float
    duration: float
    carrier: str | None = None


@dataclass(frozen=True, slots=True)
class Invariant:
    """A quantity that the equations should conserve: d(expression)/dt = 0 along every solution.

    `flows` are the variables (currents, fluxes) whose contributions are audited one by one when it is not.
    """

    name: str
    unit: Unit
    expression: Node
    flows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """Where a model was published."""

    authors: str = ""
    year: int | None = None
    title: str = ""
    doi: str = ""
    species: str = ""
    notes: str = ""


Variable: TypeAlias = State | Parameter | Input | Equation


@dataclass(frozen=True, repr=False)
class Model:
    """A cell model: states, parameters, inputs and equations, with their meanings and their source.

    `time_unit` is the unit of time of every rate.  `pacing` is what drives the stimulus input when the model is
    run as its source writes it: an expression of time and parameters (see `model/pacing.py`).  Changing a model
    makes a copy (`with_values`); passes over it are functions in the modules beside this one.
    """

    name: str
    time_unit: Unit
    states: tuple[State, ...]
    parameters: tuple[Parameter, ...] = ()
    inputs: tuple[Input, ...] = ()
    equations: tuple[Equation, ...] = ()
    meanings: Mapping[str, str] = field(default_factory=dict)
    stimulus: Stimulus | None = None
    invariants: tuple[Invariant, ...] = ()
    main_currents: tuple[str, ...] = ()
    paper: Paper = Paper()
    variant: str | None = None
    pacing: Node | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "meanings", MappingProxyType(dict(self.meanings)))

    def __repr__(self) -> str:
        # one line: the equations of a cell would fill the screen of whoever looks at a variable
        name = f"{self.name} {self.variant or ''}".strip()
        sizes = f"{len(self.states)} states, {len(self.parameters)} parameters, {len(self.inputs)} inputs"
        return f"<Model {name}: {sizes}, time in {self.time_unit}>"

    def __reduce__(self) -> tuple[object, ...]:
        # a mapping proxy does not pickle, so a copy for another process is built from plain fields
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return _from_fields, (fields | {"meanings": dict(self.meanings)},)

    @cached_property
    def variables(self) -> Mapping[str, Variable]:
        """Every declared variable by its qualified name (the first, where a name is declared twice)."""
        declared: list[Variable] = [*self.states, *self.parameters, *self.inputs, *self.equations]
        table: dict[str, Variable] = {}
        for variable in declared:
            table.setdefault(variable.name, variable)
        return MappingProxyType(table)

    def qualified(self, name: str) -> str:
        """The qualified name that a name or a meaning stands for.

        A name without its component is accepted where only one component has it.  Raises
        `UnknownNameError` with the nearest names.
        """
        if name in self.variables:
            return name
        if name in self.meanings:
            return self.meanings[name]
        matches = [full for full in self.variables if full.rpartition(".")[2] == name]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise ModelError(
                f"'{name}' stands for several variables: {', '.join(matches)}",
                where=self.name,
                remedy="Write the component too, as in " + matches[0] + ".",
            )
        raise UnknownNameError("variable", name, [*self.variables, *self.meanings], where=f"model {self.name}")

    def variable(self, name: str) -> Variable:
        """The declaration that a name or a meaning stands for."""
        return self.variables[self.qualified(name)]

    def __getitem__(self, name: str) -> Quantity:
        """The value of a parameter, or the initial value of a state, with its unit."""
        variable = self.variable(name)
        if isinstance(variable, Equation):
            raise ModelError(
                f"'{variable.name}' is computed by an equation and has no value of its own",
                where=f"model {self.name}",
                remedy="Save it in a run to see it.",
            )
        return Quantity(variable.initial if isinstance(variable, State) else variable.value, variable.unit)

    def with_values(self, values: Mapping[str, Value]) -> Model:
        """A copy in which parameters, initial states or resting inputs have other values.

        Each value is a quantity, text with a unit, or a number in the variable's own unit.  Gathers every
        complaint: unknown names, one variable under two names, wrong units, NaN, and negative values of what
        cannot be negative.
        """
        fresh: dict[str, float] = {}
        faults: list[TroponinError] = []
        for name, value in values.items():
            try:
                variable = self.variable(name)
                if isinstance(variable, Equation):
                    raise ModelError(
                        f"'{variable.name}' is computed by an equation and cannot be set",
                        where=f"model {self.name}",
                        remedy="Set a parameter that it depends on.",
                    )
                if getattr(variable, "role", "") == Role.TIME:
                    raise ModelError(f"'{variable.name}' is the clock and cannot be set", where=f"model {self.name}")
                if variable.name in fresh:
                    raise ModelError(
                        f"'{variable.name}' is given twice",
                        where=f"model {self.name}",
                        remedy="Give it once, by its name or by its meaning.",
                    )
                now = variable.initial if isinstance(variable, State) else variable.value
                fresh[variable.name] = number_in(variable.unit, value, name=variable.name, signed=now < 0.0)
            except TroponinError as fault:
                faults.append(fault)
        if len(faults) == 1:
            raise faults[0]
        if faults:
            raise ModelError("values that cannot be set", complaints=map(str, faults), where=f"model {self.name}")
        return replace(
            self,
            states=tuple(replace(s, initial=fresh.get(s.name, s.initial)) for s in self.states),
            parameters=tuple(replace(p, value=fresh.get(p.name, p.value)) for p in self.parameters),
            inputs=tuple(replace(i, value=fresh.get(i.name, i.value)) for i in self.inputs),
        )


def _from_fields(fields: dict[str, object]) -> Model:
    return Model(**fields)  # type: ignore[arg-type]
