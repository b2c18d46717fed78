"""The L-type calcium channel of ToR-ORd: in two places, and driven by the activities of its ions.

80 % of the channels face the subspace and 20 % the myoplasm.  An ion's activity coefficient is Davies':

    ln gamma = -A z^2 ( sqrt(I) / (1 + sqrt(I)) - 0.3 I ),      A = 1.82e6 (74 T)^-1.5

with the ionic strength I in mol/L.  (That A belongs to the decimal logarithm; the model was fitted with the
natural one, and keeps it.)

Tomek J, Bueno-Orovio A, Passini E, et al. (2019), eLife 8:e48890, doi 10.7554/eLife.48890.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from troponin.expr.functions import exp, sqrt, where
from troponin.expr.nodes import NodeLike, Symbol
from troponin.library.rudy_calcium_channel import add_three_currents, calcium_channel
from troponin.library.rudy_myocyte import Myocyte
from troponin.physiology.compartment import Concentration
from troponin.physiology.gate import v
from troponin.physiology.ion import T
from troponin.units import K, mM

__all__ = ["Activities", "activities", "add_calcium_channel"]

Pair: TypeAlias = tuple[Symbol, Symbol]
"""Activity coefficients of ions of charge 1 and 2."""


@dataclass(frozen=True, slots=True)
class Activities:
    """Activity coefficients in the myoplasm, the subspace and the bath."""

    i: Pair
    ss: Pair
    o: Pair


def activities(own: Myocyte, clo: NodeLike, cli: NodeLike, clss: NodeLike) -> Activities:
    """Activity coefficients by Davies' equation; `clo`, `cli`, `clss` are the chloride in the bath, i and ss [mM]."""
    return Activities(
        i=_coefficients(own, "i", own.nai, own.ki, cli, own.cai),
        ss=_coefficients(own, "ss", own.nass, own.kss, clss, own.cass),
        o=_coefficients(own, "o", own.nao, own.ko, clo, own.cao),
    )


def _coefficients(
    own: Myocyte, space: str, na: Concentration, k: Concentration, cl: NodeLike, ca: Concentration
) -> Pair:
    A = 1.82e6 * (74.0 * T / K) ** -1.5
    molar = 0.5 * (na + k + cl + 4 * ca) / (1000.0 * mM)
    strength = own.cell.equation(f"ICaL.I_{space}", molar, doc=f"ionic strength in {space} [mol/L]")
    single = -A * (sqrt(strength) / (1 + sqrt(strength)) - 0.3 * strength)
    return (
        own.cell.equation(f"ICaL.gamma1_{space}", exp(single), doc=f"activity coefficient of Na and K in {space}"),
        own.cell.equation(f"ICaL.gamma2_{space}", exp(4 * single), doc=f"activity coefficient of Ca in {space}"),
    )


def add_calcium_channel(own: Myocyte, gamma: Activities, *, tau_jca: float) -> tuple[Symbol, Symbol]:
    """ICaL; returns the calcium currents in the subspace and in the myoplasm.

    `tau_jca` is the time constant of recovery from calcium in ms: 75 in 2019, 72.5 with dynamic chloride.
    """
    cell = own.cell
    share = cell.parameter("ICaL.ICaL_fractionSS", "0.8", "fraction of the channels in the subspace")
    channel = calcium_channel(
        own, permeability="8.3757e-5 cm/s", k2n="500 1/ms", tau_jca=tau_jca,
        d_inf=where(v >= 31.4978, 1, 1.0763 * exp(-1.007 * exp(-0.0829 * v))),
        jca_inf=1 / (1 + exp((v + 18.08) / 2.7916)),
    )  # fmt: skip
    in_ss = share * channel.open(own.f, channel.calcium_mode(own, "ICaL.nca_ss", own.cass))
    in_i = (1 - share) * channel.open(own.f, channel.calcium_mode(own, "ICaL.nca_i", own.cai))
    at_ss = add_three_currents(own, "_ss", own.ss, in_ss, gamma.ss, gamma.o)
    at_i = add_three_currents(own, "_i", own.i, in_i, gamma.i, gamma.o)
    for part, name in enumerate(("ICaL", "ICaNa", "ICaK")):
        cell.equation(f"ICaL.{name}", at_ss[part] + at_i[part], "A/F", f"{name} in both places")
    return at_ss[0], at_i[0]
