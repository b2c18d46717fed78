"""Active contraction of human cardiac muscle: calcium binds troponin, tropomyosin unblocks, crossbridges pull.

    blocked (TmB)  <->  unbound (XU)  <->  weakly bound (XW)  ->  strongly bound (XS)  ->  XU

Inputs are free calcium, the stretch lambda = SL / SL_rest and its rate; outputs the active tension Ta and the
passive tension Tp.  Inside, calcium is in uM.  With `troponin` the calcium that binds is taken from the
cytosol, so that stretch, which raises the affinity, lowers free calcium.

Source: S. Land, S.-J. Park-Holohan, N. P. Smith, C. G. dos Remedios, J. C. Kentish, S. A. Niederer, J. Mol. Cell.
Cardiol. 106 (2017) 68, doi 10.1016/j.yjmcc.2017.03.008.

The viscous passive stress is eta dCd/dt = k (C - Cd); several public codes multiply C - Cd by eta instead, which is
no stress.  The cap of 100 in the blocking rate is a part of the model: it acts all through diastole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from troponin.errors import ModelError, UnknownNameError
from troponin.expr.functions import absolute, expm1, maximum, minimum, where
from troponin.expr.nodes import Arithmetic, Node, NodeLike, Symbol, as_node
from troponin.model.model import Input, Role
from troponin.physiology.blueprint import Blueprint, add_equation, add_parameter, add_state, value_node
from troponin.physiology.buffer import Binding
from troponin.physiology.compartment import Concentration
from troponin.physiology.place import author_place
from troponin.units import DIMENSIONLESS, Quantity, Unit, kPa, mM, ms, parse_quantity, parse_unit, uM

__all__ = ["INTACT", "SKINNED", "Contraction", "declare_contraction"]

INTACT: Final[Mapping[str, str]] = {
    "ktrpn": "0.1 1/ms",
    "ntrpn": "2",
    "ca50_ref": "0.805 uM",
    "ku": "1 1/ms",
    "nTm": "5",
    "TRPN50": "0.35",
    "kuw": "0.182 1/ms",
    "kws": "0.012 1/ms",
    "rw": "0.5",
    "rs": "0.25",
    "gammas": "0.0085 1/ms",
    "gammaw": "0.615 1/ms",
    "phi": "2.23",
    "Aeff": "25",
    "beta0": "2.3",
    "beta1": "-2.4 uM",
    "Tref": "120 kPa",
    "p_a": "2.1 kPa",
    "p_b": "9.1",
    "p_k": "7",
    "etal": "200 ms",
    "etas": "20 ms",
}
"""The published parameters of intact muscle (whole organ) at 37 C."""

SKINNED: Final[Mapping[str, str]] = {
    **INTACT,
    "ca50_ref": "2.5 uM",
    "nTm": "2.2",
    "kuw": "0.026 1/ms",
    "kws": "0.004 1/ms",
    "Tref": "40.5 kPa",
}
"""The published parameters of skinned muscle."""

_PARAMETER_DOCS: Final[Mapping[str, str]] = {
    "ktrpn": "rate at which calcium leaves troponin",
    "ntrpn": "cooperativity of calcium binding to troponin",
    "ca50_ref": "calcium of half-maximal troponin binding at rest length",
    "ku": "rate of tropomyosin unblocking",
    "nTm": "cooperativity of tropomyosin",
    "TRPN50": "troponin occupancy at half-maximal unblocking",
    "kuw": "rate of weak binding",
    "kws": "rate of the power stroke",
    "rw": "steady-state share of weakly among not strongly bound crossbridges",
    "rs": "duty ratio: steady-state share of strongly bound crossbridges",
    "gammas": "detachment per distortion, strongly bound",
    "gammaw": "detachment per distortion, weakly bound",
    "phi": "decay of distortion relative to the crossbridge rates",
    "Aeff": "instantaneous response to a stretch",
    "beta0": "length dependence of tension",
    "beta1": "length dependence of calcium sensitivity",
    "Tref": "largest tension at rest length",
    "p_a": "stress scale of the passive element",
    "p_b": "stiffness of the passive spring",
    "p_k": "stiffness of the spring in series with the dashpot",
    "etal": "viscosity while it lengthens",
    "etas": "viscosity while it shortens",
}


@dataclass(frozen=True, eq=False, slots=True)
class Contraction(Arithmetic):
    """The contraction of a cell by the calcium around its myofilaments; in expressions it stands for Ta [kPa].

    `calcium` is a concentration [mM], or an expression in the unit `calcium_unit`.  `troponin` is the
    concentration of regulatory sites [mM] that the contraction takes its calcium from (two-way coupling);
    None leaves the cytosol alone.  `values` replaces parameters by name, `initial` states by name (numbers);
    other states start in the steady state of the initial calcium and stretch.
    """

    calcium: NodeLike
    troponin: Quantity | str | NodeLike | None = None
    values: Mapping[str, Quantity | str] = field(default_factory=dict)
    parameters: Mapping[str, Quantity | str] = field(default_factory=lambda: INTACT)
    initial: Mapping[str, float] = field(default_factory=dict)
    calcium_unit: Unit = mM
    where: str | None = field(default_factory=author_place, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        for name in self.values:
            if name not in self.parameters:
                raise UnknownNameError("contraction parameter", name, self.parameters)
        for name in self.initial:
            if name not in _STATES:
                raise UnknownNameError("contraction state", name, _STATES)

    @property
    def symbol(self) -> Symbol:
        """The symbol of the active tension."""
        return Ta


# ---------------------------------------------------------------- the paper's symbols

_STATES: Final = ("XS", "XW", "CaTrpn", "TmB", "Zetas", "Zetaw", "Cd")


def _land(names: str) -> tuple[Symbol, ...]:
    return tuple(Symbol(f"land.{name}") for name in names.split())


XS, XW, CaTrpn, TmB, Zetas, Zetaw, Cd = _land("XS XW CaTrpn TmB Zetas Zetaw Cd")
ktrpn, ntrpn, ca50_ref, ku, nTm, TRPN50 = _land("ktrpn ntrpn ca50_ref ku nTm TRPN50")
kuw, kws, rw, rs, gammas, gammaw, phi, Aeff = _land("kuw kws rw rs gammas gammaw phi Aeff")
beta0, beta1, Tref, a, b, k, etal, etas = _land("beta0 beta1 Tref p_a p_b p_k etal etas")
Ca, lam_m, h, Ca50, kwu, ksu, A, cw, cs, kb = _land("Ca lam_m h Ca50 kwu ksu A cw cs kb")
XU, gammawu, gammasu, eta, Ta, Tp, T, J_TRPN = _land("XU gammawu gammasu eta Ta Tp T J_TRPN")
stretch, stretch_rate = Symbol("mechanics.stretch"), Symbol("mechanics.stretch_rate")
"""lambda = SL / SL_rest [1] and d(lambda)/dt [1/ms]."""

per_ms: Final = parse_unit("1/ms")

# ---------------------------------------------------------------- the paper's equations

_EQUATIONS: Final[tuple[tuple[Symbol, Node, Unit, str], ...]] = (
    # rates that follow from the crossbridge ratios
    (kwu, kuw * (1 / rw - 1) - kws, per_ms, "rate XW to XU"),
    (ksu, kws * rw * (1 / rs - 1), per_ms, "rate XS to XU"),
    (A, Aeff * rs / ((1 - rs) * rw + rs), DIMENSIONLESS, "distortion per stretch"),
    (cw, phi * kuw * (1 - rw) / rw, per_ms, "decay of distortion, weakly bound"),
    (cs, phi * kws * (1 - rs) * rw / rs, per_ms, "decay of distortion, strongly bound"),
    (kb, ku * TRPN50**nTm / (1 - rs - (1 - rs) * rw), per_ms, "blocking rate"),
    # length dependence
    (lam_m, minimum(stretch, 1.2), DIMENSIONLESS, "stretch as far as it acts"),
    (h, maximum(0, 1 + beta0 * (lam_m + minimum(lam_m, 0.87) - 1.87)), DIMENSIONLESS, "length dependence of tension"),
    (Ca50, ca50_ref + beta1 * (lam_m - 1), uM, "calcium of half-maximal troponin binding"),
    # distortion-dependent detachment
    (gammawu, gammaw * absolute(Zetaw), per_ms, "detachment of strained weak crossbridges"),
    (gammasu, gammas * maximum(0, maximum(Zetas, -Zetas - 1)), per_ms, "detachment of strained strong crossbridges"),
    (XU, (1 - TmB) - XS - XW, DIMENSIONLESS, "unblocked, unbound"),
    # tension
    (Ta, h * (Tref / rs) * (XS * (1 + Zetas) + XW * Zetaw), kPa, "active tension"),
    (eta, where(stretch - 1 - Cd >= 0, etal, etas), ms, "viscosity of the passive element"),
    (Tp, a * (expm1(b * (stretch - 1)) + k * (stretch - 1 - Cd)), kPa, "passive tension"),
    (T, Ta + Tp, kPa, "total tension"),
)

_RATES: Final[Mapping[Symbol, Node]] = {
    CaTrpn: ktrpn * ((Ca / Ca50) ** ntrpn * (1 - CaTrpn) - CaTrpn),
    TmB: kb * minimum(100, CaTrpn ** (-nTm / 2)) * XU - ku * CaTrpn ** (nTm / 2) * TmB,
    XW: kuw * XU - kwu * XW - kws * XW - gammawu * XW,
    XS: kws * XW - ksu * XS - gammasu * XS,
    Zetaw: A * stretch_rate - cw * Zetaw,
    Zetas: A * stretch_rate - cs * Zetas,
    Cd: k * (stretch - 1 - Cd) / eta,
}

_DOCS: Final[Mapping[Symbol, str]] = {
    CaTrpn: "troponin C sites with calcium",
    TmB: "sites blocked by tropomyosin",
    XW: "weakly bound crossbridges",
    XS: "strongly bound crossbridges",
    Zetaw: "mean distortion of weakly bound crossbridges",
    Zetas: "mean distortion of strongly bound crossbridges",
    Cd: "strain of the passive dashpot",
}


def _steady_state() -> dict[Symbol, Node]:
    """The steady state of an isometric muscle in constant calcium, in closed form."""
    r = (Ca / Ca50) ** ntrpn
    bound = r / (1 + r)
    blocked = kb * minimum(100, bound ** (-nTm / 2)) / (ku * bound ** (nTm / 2))
    weak = kuw / (kwu + kws)
    strong = kws * weak / ksu
    free = 1 / (1 + blocked + weak + strong)
    zero = as_node(0.0)
    occupied = {CaTrpn: bound, TmB: blocked * free, XW: weak * free, XS: strong * free}
    return occupied | {Zetaw: zero, Zetas: zero, Cd: stretch - 1}


def declare_contraction(muscle: Contraction, plan: Blueprint) -> None:
    """Declare parameters, inputs, equations and states of the contraction, and the calcium that it binds."""
    for name, value in {**muscle.parameters, **muscle.values}.items():
        unit = parse_quantity(INTACT[name]).unit
        add_parameter(plan, f"land.{name}", value, _PARAMETER_DOCS[name], unit=unit, signed=name == "beta1")
    plan.inputs.append(Input(stretch.name, DIMENSIONLESS, Role.STRETCH, 1.0, "stretch SL / SL_rest"))
    plan.inputs.append(Input(stretch_rate.name, per_ms, Role.STRETCH_RATE, 0.0, "rate of stretch"))
    factor = float(muscle.calcium_unit.scale / uM.scale)
    in_uM = (
        as_node(muscle.calcium) if factor == 1.0 else as_node(muscle.calcium) * (factor * (uM / muscle.calcium_unit))
    )
    add_equation(plan, Ca.name, in_uM, uM, "free calcium")
    for symbol, expression, unit, doc in _EQUATIONS:
        add_equation(plan, symbol.name, expression, unit, doc)
    rest = _steady_state()
    for symbol, rate in _RATES.items():
        given = muscle.initial.get(symbol.name.removeprefix("land."))
        add_state(
            plan, symbol.name, rest[symbol] if given is None else as_node(given), rate, DIMENSIONLESS, _DOCS[symbol]
        )
    if muscle.troponin is not None:
        _bind_calcium(muscle, plan)
    for meaning, symbol in (("Ta", Ta), ("Tp", Tp), ("T", T), ("stretch", stretch), ("stretch_rate", stretch_rate)):
        plan.meanings.setdefault(meaning, symbol.name)


def _bind_calcium(muscle: Contraction, plan: Blueprint) -> None:
    """Take the calcium on troponin from the cytosol: J_TRPN = trpnmax dCaTrpn/dt."""
    if not isinstance(muscle.calcium, Concentration) or muscle.troponin is None:
        raise ModelError(
            "contraction that binds calcium needs the concentration to take it from",
            where=plan.name,
            remedy="Give calcium=Concentration(...), or leave troponin out.",
        )
    trpnmax = value_node(plan, muscle.troponin, "land.trpnmax", mM, "troponin C sites")
    add_equation(plan, J_TRPN.name, trpnmax * _RATES[CaTrpn], mM / ms, "binding of calcium to troponin C")
    plan.things.append(Binding("troponin C", muscle.calcium, trpnmax * CaTrpn, J_TRPN))
