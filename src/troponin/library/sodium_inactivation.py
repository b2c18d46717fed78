"""The inactivation of the fast sodium current of ten Tusscher et al. (2004), which Grandi and ToR-ORd took over.

h inactivates in a millisecond and j recovers in tens of them, towards one steady state.  Their rates follow one fit
below -40 mV and another above, as in Luo and Rudy (1991), so that the time constants jump at -40 mV.

ten Tusscher KHWJ, Noble D, Noble PJ, Panfilov AV (2004), Am J Physiol Heart 286:H1573, doi 10.1152/ajpheart.00794.2003.
"""

from __future__ import annotations

from typing import Final

from troponin.expr.functions import exp, where
from troponin.expr.nodes import Node
from troponin.physiology.gate import v

__all__ = ["h_inf", "m_inf", "tau_h", "tau_j"]

m_inf: Final[Node] = 1 / (1 + exp(-(v + 56.86) / 9.03)) ** 2
"""The steady state of activation."""

h_inf: Final[Node] = 1 / (1 + exp((v + 71.55) / 7.43)) ** 2
"""The steady state of h and of j."""

_low = v < -40
_alpha_h = where(_low, 0.057 * exp(-(v + 80) / 6.8), 0)
_beta_h = where(_low, 2.7 * exp(0.079 * v) + 3.1e5 * exp(0.3485 * v), 0.77 / (0.13 * (1 + exp(-(v + 10.66) / 11.1))))
_alpha_j = where(
    _low,
    (-2.5428e4 * exp(0.2444 * v) - 6.948e-6 * exp(-0.04391 * v)) * (v + 37.78) / (1 + exp(0.311 * (v + 79.23))),
    0,
)
_beta_j = where(
    _low,
    0.02424 * exp(-0.01052 * v) / (1 + exp(-0.1378 * (v + 40.14))),
    0.6 * exp(0.057 * v) / (1 + exp(-0.1 * (v + 32))),
)

tau_h: Final[Node] = 1 / (_alpha_h + _beta_h)
"""The time constant of h [ms]."""

tau_j: Final[Node] = 1 / (_alpha_j + _beta_j)
"""The time constant of j [ms]."""
