"""carried: a model whose stimulus current is brought into the cell by an ion.

A current that charges the membrane and changes no concentration takes a cell's charge out of balance with every beat:
paced for ever, its concentrations drift for ever (Hund et al. 2001, doi 10.1016/S0006-3495(01)75965-6).  Here the
stimulus I takes part in every balance that a current i of the named ion takes part in, in the same proportion:

    ds/dt = ... + (d(ds/dt)/di) / (d(dv/dt)/di) * d(dv/dt)/dI * I
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from troponin.errors import ModelError, require_kind
from troponin.expr.calculus import jacobian
from troponin.expr.evaluate import evaluate
from troponin.expr.graph import order_by_dependency, substitute, symbols
from troponin.expr.nodes import Node, Symbol
from troponin.expr.simplify import ONE, product, quotient, sum_of
from troponin.model.model import Equation, Model, State, Stimulus
from troponin.model.pacing import own_stimulus, paced_input
from troponin.model.structure import dependencies

__all__ = ["carried"]

_CONCENTRATIONS: Final = {"K": "ki", "Na": "nai", "Cl": "cli", "Ca": "cai"}
"""What the concentration of an ion in the cell is called, for every model that has it."""

_ALIKE: Final = 1e-9
"""Relative difference up to which two currents of an ion move it alike: products round."""


@dataclass(frozen=True)
class _Way:
    """How a current enters the balances.

    name     of the current
    slopes   derivatives of the rates by it, by state
    sizes    what it changes besides the voltage, per change of voltage, at the initial state
    """

    name: str
    slopes: Mapping[str, Node]
    sizes: Mapping[str, float]


def carried(model: Model, ion: str = "K", *, like: str | None = None) -> Model:
    """The model whose stimulus is carried by an ion, so that the cell's charge stays in balance when it is paced.

    ion    "K", "Na", "Cl" or "Ca"; or a concentration by its name or meaning, where a cell has several of an ion
    like   the current that shows the proportion; by default any that this ion alone carries

    The proportion in which a current changes concentrations is that of the model's own currents of this ion, those
    that enter the balance of the membrane and of the fewest concentrations.  Raises `ModelError` for a model without
    a stimulus, a voltage, or a current that this ion alone carries; for currents of the ion that disagree; and for a
    stimulus that an ion carries already.  `UnknownNameError` for what the model does not have.
    """
    require_kind(model, Model, "carried", 'a Model, such as load("torord-land")')
    where = f"model {model.name}"
    given, v = paced_input(model), model.meanings.get("v")
    if given is None or v is None:
        lacks = "stimulus" if given is None else "membrane potential"
        raise ModelError(f"the model has no {lacks}", where=where, remedy="Only a cell that is paced needs a carrier.")
    concentration = model.qualified(_CONCENTRATIONS.get(ion, ion))
    if concentration not in {state.name for state in model.states}:
        raise ModelError(f"'{concentration}' is no state", where=where, remedy="Name a concentration that changes.")
    by_stimulus = _slopes(model, given.name)
    if taken := sorted(name for name in by_stimulus if name != v):
        raise ModelError(
            f"the stimulus is carried already: it changes {', '.join(taken)}", where=where, remedy="Leave it as it is."
        )
    slopes = dict(_way(model, v, concentration, like).slopes)
    membrane = slopes.pop(v)
    # most models divide every current by the same capacitance: then this is one, and stays out of the equations
    unit = ONE if membrane is by_stimulus[v] else quotient(by_stimulus[v], membrane)
    current = product(unit, Symbol(given.name))
    states = tuple(_added(state, slopes, current) for state in model.states)
    own = own_stimulus(model)
    stimulus = Stimulus(own.amplitude, own.duration, ion) if own is not None else None
    return replace(model, states=states, stimulus=stimulus)


def _added(state: State, slopes: Mapping[str, Node], current: Node) -> State:
    if state.name not in slopes or state.rate is None:
        return state
    return replace(state, rate=sum_of(state.rate, product(slopes[state.name], current)))


def _way(model: Model, v: str, concentration: str, like: str | None) -> _Way:
    """How the currents of an ion enter the balances; raises `ModelError` where there are none or they disagree."""
    where = f"model {model.name}"
    reach = _reach(model)
    rates = {state.name: {s.name for s in symbols(state.rate)} for state in model.states if state.rate is not None}
    near = [e for e in model.equations if any(e.name in reach[n] for n in rates[v] if n in reach)]
    if like is not None:
        near = [e for e in model.equations if e.name == model.qualified(like)]
    ways = [way for e in near if (way := _way_of(model, e, v, concentration)) is not None]
    if not ways:
        raise ModelError(f"no current moves both {v} and {concentration}", where=where, remedy="Name another ion.")
    fewest = min(len(way.sizes) for way in ways)
    ways = [way for way in ways if len(way.sizes) == fewest]
    odd = [way for way in ways if not _alike(way, ways[0])]
    if odd:
        raise ModelError(
            f"the currents that move {concentration} do so in different proportions",
            where=where,
            complaints=[f"{w.name}: {w.sizes[concentration]:.6g} per unit of dv/dt" for w in (ways[0], *odd)],
            remedy=f'Say which is meant, as in carried(model, like="{ways[0].name}").',
        )
    return ways[0]


def _way_of(model: Model, equation: Equation, v: str, concentration: str) -> _Way | None:
    """How an equation enters the balances; None where it is no current of the ion, one that they are linear in."""
    slopes = _slopes(model, equation.name)
    if v not in slopes or concentration not in slopes:
        return None
    values = {p.name: p.value for p in model.parameters} | {s.name: s.initial for s in model.states}
    fixed = {p.name for p in model.parameters}
    sizes = {}
    for name, slope in slopes.items():
        allowed = fixed if name == v else fixed | {name}
        if not {s.name for s in symbols(slope)} <= allowed:
            return None
        if name != v:
            sizes[name] = float(evaluate([quotient(slope, slopes[v])], values)[0])
    return _Way(equation.name, slopes, sizes)


def _slopes(model: Model, name: str) -> dict[str, Node]:
    """The derivatives of all rates by a variable that is left as it is, by state, those that are zero left out."""
    needs = {equation: reads for equation, reads in dependencies(model).items() if equation != name}
    expressions = {e.name: e.expression for e in model.equations}
    written: dict[Node, Node] = {}
    for equation in order_by_dependency(needs)[0]:  # literals keep their units, which the sum must have
        written[Symbol(equation)] = substitute(expressions[equation], written)
    rates = [(state.name, substitute(state.rate, written)) for state in model.states if state.rate is not None]
    rows = jacobian([rate for _, rate in rates], [Symbol(name)])
    return {state: row[Symbol(name)] for (state, _), row in zip(rates, rows, strict=True) if Symbol(name) in row}


def _alike(way: _Way, other: _Way) -> bool:
    return way.sizes.keys() == other.sizes.keys() and all(
        abs(size - other.sizes[name]) <= _ALIKE * abs(size) for name, size in way.sizes.items()
    )


def _reach(model: Model) -> dict[str, set[str]]:
    """Every equation with itself and the equations under it."""
    needs = dependencies(model)
    found: dict[str, set[str]] = {}

    def under(name: str) -> set[str]:
        if name not in found:
            found[name] = {name}.union(*(under(n) for n in needs[name] if n in needs))
        return found[name]

    for name in needs:
        under(name)
    return found
