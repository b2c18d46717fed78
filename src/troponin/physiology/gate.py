"""Gates: the two-state kinetics that opens and closes a voltage-gated channel.

    dp/dt = alpha (1 - p) - beta p      or      dp/dt = (p_inf - p) / tau

with p_inf = alpha / (alpha + beta) and tau = 1 / (alpha + beta).  A gate's formulas are fits in plain numbers,
as papers print them: in them `v` is the number of mV, a rate is a number of 1/ms and a time constant a number
of ms.  With a Q10 rates grow by Q10^((T - T0) / 10 K) and time constants shrink by as much.

Source: A. L. Hodgkin and A. F. Huxley, J. Physiol. 117 (1952) 500, doi 10.1113/jphysiol.1952.sp004764.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from troponin.errors import ModelError, ValueRangeError
from troponin.expr.nodes import Arithmetic, Node, NodeLike, Symbol, as_node
from troponin.physiology.ion import T
from troponin.physiology.place import author_place
from troponin.units import DIMENSIONLESS, K, Quantity, as_quantity, ms

__all__ = ["Gate", "q10_factor", "v"]

v: Final = Symbol("v")
"""The plain number v / mV: what fits are written in."""

_UNITS: Final = {"alpha": DIMENSIONLESS / ms, "beta": DIMENSIONLESS / ms, "inf": DIMENSIONLESS, "tau": ms}
"""What the formulas of a gate count in."""


@dataclass(frozen=True, eq=False, slots=True)
class Gate(Arithmetic):
    """A gate given by its rates (`alpha`, `beta`) or by its steady state and time constant (`inf`, `tau`).

    A rate is a plain number of 1/ms, `tau` of ms (or quantities or text with such a unit), `inf` a fraction.
    It stands in expressions under its name; a name without a component gets that of the channel or equation
    that uses it first: gate m of channel INa is the state `INa.m`.  `initial` is a number, or None for the
    steady state at the cell's resting voltage.  `q10` needs the `reference` temperature of the fits.
    """

    name: str
    alpha: Quantity | str | NodeLike | None = None
    beta: Quantity | str | NodeLike | None = None
    inf: Quantity | str | NodeLike | None = None
    tau: Quantity | str | NodeLike | None = None
    initial: float | None = None
    q10: float | None = None
    reference: Quantity | str | None = None
    doc: str = ""
    where: str | None = field(default_factory=author_place, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        _ = self.formulas  # raises where one is no formula
        rates, relaxation = (self.alpha, self.beta), (self.inf, self.tau)
        given = [all(x is not None for x in pair) for pair in (rates, relaxation)]
        if given.count(True) != 1 or any(x is not None for x in (relaxation if given[0] else rates)):
            raise ModelError(f"gate {self.name} is given either by alpha and beta or by inf and tau")
        if (self.q10 is None) != (self.reference is None):
            raise ModelError(f"gate {self.name}: a Q10 goes with the reference temperature of the rates")
        if self.q10 is not None and not self.q10 > 0.0:
            raise ValueRangeError("a Q10 must be positive", where=f"gate {self.name}", got=self.q10)
        if isinstance(self.initial, float | int) and not 0.0 <= self.initial <= 1.0:
            raise ValueRangeError(
                "a gate is a fraction",
                where=f"gate {self.name}",
                got=self.initial,
                expected="an initial value in [0, 1]",
            )

    @property
    def formulas(self) -> dict[str, Node]:
        """What is given of `alpha`, `beta`, `inf` and `tau`, as expressions; a quantity is converted to ms."""
        given = {"alpha": self.alpha, "beta": self.beta, "inf": self.inf, "tau": self.tau}
        return {name: self._formula(name, given[name]) for name in given if given[name] is not None}

    def _formula(self, name: str, formula: Quantity | str | NodeLike | None) -> Node:
        if isinstance(formula, str | Quantity):
            unit = _UNITS[name]
            formula = as_quantity(formula, unit, what=f"{name} of gate {self.name}").to(unit)
        assert formula is not None
        return as_node(formula)

    @property
    def symbol(self) -> Symbol:
        """The symbol that stands for the gate while a cell is being put together."""
        return Symbol(self.name, of=self)

    @property
    def speed(self) -> Node | None:
        """The factor by which temperature speeds the gate up; None without a Q10."""
        return None if self.q10 is None or self.reference is None else q10_factor(self.q10, self.reference)


def q10_factor(q10: float, reference: Quantity | str) -> Node:
    """Q10^((T - T0) / 10 K): how much faster than at the reference temperature T0."""
    return as_node(q10) ** ((T - as_quantity(reference, K, what="the reference temperature").to(K)) / (10.0 * K))
