"""Land et al. 2017 written out by hand: steady states, tension at a velocity, and the transient of its programs."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from troponin.protocol.shapes import ramp
from troponin.protocol.timeline import Protocol, sequence

P: Mapping[str, float] = {
    "ca50": 0.805, "ku": 1.0, "n": 5.0, "trpn50": 0.35, "kuw": 0.182, "kws": 0.012, "rw": 0.5, "rs": 0.25,
    "gammas": 0.0085, "gammaw": 0.615, "phi": 2.23, "Aeff": 25.0, "Tref": 120.0,
}  # fmt: skip
A = P["Aeff"] * P["rs"] / ((1 - P["rs"]) * P["rw"] + P["rs"])
CW = P["phi"] * P["kuw"] * (1 - P["rw"]) / P["rw"]
CS = P["phi"] * P["kws"] * (1 - P["rs"]) * P["rw"] / P["rs"]

TRANSIENT = {
    0: .166, 50: .460, 100: .581, 129: .594, 150: .589, 200: .563, 250: .508, 300: .440, 350: .368, 400: .310,
    450: .266, 500: .236, 550: .216, 600: .201, 650: .191, 700: .184, 750: .178, 800: .173, 850: .170, 900: .167,
    950: .167, 1000: .166,
}  # fmt: skip
"""Free calcium [uM] by time [ms]."""


def h(stretch: float) -> float:
    """The length dependence of tension."""
    lam = min(stretch, 1.2)
    return max(0.0, 1.0 + 2.3 * (lam + min(lam, 0.87) - 1.87))


def bound(calcium: float, stretch: float = 1.0, velocity: float = 0.0) -> dict[str, float]:
    """XS, XW and the distortions in a steady state at a velocity of shortening in 1/ms."""
    zs, zw = -A * velocity / CS, -A * velocity / CW
    loss_s = P["gammas"] * max(zs, -zs - 1.0, 0.0)
    loss_w = P["gammaw"] * abs(zw)
    kwu = P["kuw"] * (1.0 / P["rw"] - 1.0) - P["kws"]
    ksu = P["kws"] * P["rw"] * (1.0 / P["rs"] - 1.0)
    r = (calcium / (P["ca50"] - 2.4 * (min(stretch, 1.2) - 1.0))) ** 2
    troponin = r / (1.0 + r)
    kb = P["ku"] * P["trpn50"] ** P["n"] / (1.0 - P["rs"] - (1.0 - P["rs"]) * P["rw"])
    blocked = kb * min(100.0, troponin ** (-P["n"] / 2)) / (P["ku"] * troponin ** (P["n"] / 2))
    weak = P["kuw"] / (kwu + P["kws"] + loss_w)
    strong = P["kws"] * weak / (ksu + loss_s)
    free = 1.0 / (1.0 + blocked + weak + strong)
    return {"XS": strong * free, "XW": weak * free, "zs": zs, "zw": zw}


def tension(state: Mapping[str, float], stretch: float = 1.0) -> float:
    """The active tension [kPa]."""
    pull = state["XS"] * (1.0 + state["zs"]) + state["XW"] * state["zw"]
    return h(stretch) * P["Tref"] / P["rs"] * pull


def steady(calcium: float, stretch: float = 1.0, velocity: float = 0.0) -> float:
    """The steady active tension [kPa]."""
    return tension(bound(calcium, stretch, velocity), stretch)


def transient() -> Protocol:
    """One beat of calcium."""
    return sequence(
        *(
            ramp(f"{TRANSIENT[a]} uM", f"{TRANSIENT[b]} uM", f"{b - a} ms", role="calcium")
            for a, b in pairwise(TRANSIENT)
        )
    )
