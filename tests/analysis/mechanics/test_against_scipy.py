"""A loaded twitch against Land et al. 2017 written out by hand and integrated by SciPy, phase by phase."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from tests.analysis.mechanics.land import CS, CW, TRANSIENT, A, P, h, transient
from troponin.analysis.mechanics.loaded import isotonic
from troponin.library.catalogue import load_library

Floats = NDArray[np.float64]
LOAD = 15.0
REF = P["Tref"] / P["rs"]


def rates(t: float, y: Floats, velocity: float) -> list[float]:
    """XS, XW, CaTrpn, TmB, Zetas, Zetaw, Cd at a rate of stretch; the stretch is the last of y."""
    xs, xw, bound, blocked, zs, zw, cd, stretch = y
    calcium = np.interp(t, list(TRANSIENT), list(TRANSIENT.values()))
    ca50 = P["ca50"] - 2.4 * (min(stretch, 1.2) - 1.0)
    kwu, ksu = P["kuw"] - P["kws"], P["kws"] * P["rw"] * 3.0
    kb = P["ku"] * P["trpn50"] ** P["n"] / (1.0 - P["rs"] - (1.0 - P["rs"]) * P["rw"])
    free = 1.0 - blocked - xs - xw
    strain = stretch - 1.0 - cd
    return [
        P["kws"] * xw - ksu * xs - P["gammas"] * max(zs, -zs - 1.0, 0.0) * xs,
        P["kuw"] * free - (kwu + P["kws"] + P["gammaw"] * abs(zw)) * xw,
        0.1 * ((calcium / ca50) ** 2 * (1.0 - bound) - bound),
        kb * min(100.0, bound ** (-P["n"] / 2)) * free - P["ku"] * bound ** (P["n"] / 2) * blocked,
        A * velocity - CS * zs,
        A * velocity - CW * zw,
        7.0 * strain / (200.0 if strain >= 0.0 else 20.0),
        velocity,
    ]


def pull(y: Floats) -> float:
    """Total tension [kPa]."""
    xs, xw, _, _, zs, zw, cd, stretch = y
    passive = 2.1 * (np.expm1(9.1 * (stretch - 1.0)) + 7.0 * (stretch - 1.0 - cd))
    return h(stretch) * REF * (xs * (1.0 + zs) + xw * zw) + float(passive)


def velocity_under_load(t: float, y: Floats) -> float:
    """The rate of stretch at which tension stays, from differences of `pull` along both directions of motion."""
    still, moving = (np.array(rates(t, y, v)) for v in (0.0, 1.0))
    step = 1e-6

    def slope(direction: Floats) -> float:
        return (pull(y + step * direction) - pull(y - step * direction)) / (2.0 * step)

    return -slope(still) / slope(moving - still)


def test_a_loaded_twitch_is_that_of_scipy() -> None:
    model = load_library("land-2017")
    order = ("XS", "XW", "CaTrpn", "TmB", "Zetas", "Zetaw", "Cd")
    y0 = np.array([*(model[f"land.{name}"].value for name in order), 1.0])
    settings = {"method": "LSODA", "rtol": 1e-9, "atol": 1e-11, "max_step": 2.0, "dense_output": True}

    def reached(t: float, y: Floats) -> float:
        return pull(y) - LOAD

    def back(t: float, y: Floats) -> float:
        return float(y[-1]) - 1.0 + 1e-9

    reached.terminal, reached.direction = True, 1.0  # type: ignore[attr-defined]
    back.terminal, back.direction = True, 1.0  # type: ignore[attr-defined]
    held = solve_ivp(lambda t, y: rates(t, y, 0.0), (0.0, 1000.0), y0, events=reached, **settings)
    start = float(held.t_events[0][0])
    short = solve_ivp(
        lambda t, y: rates(t, y, velocity_under_load(t, y)), (start, 1000.0), held.y[:, -1], events=back, **settings
    )
    end = float(short.t_events[0][-1])

    run = isotonic(model, transient(), afterload=f"{LOAD} kPa", beats=1)
    part = run.isel(time=np.flatnonzero(run["loaded"].to_numpy() == 1.0))
    time = part["time"].to_numpy()
    np.testing.assert_allclose(time[0], start, atol=1e-4)
    np.testing.assert_allclose(time[-1], end, atol=0.01)
    inside = (time > start) & (time < end)
    np.testing.assert_allclose(part["stretch"].to_numpy()[inside], short.sol(time[inside])[-1], atol=2e-6)
