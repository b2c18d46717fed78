"""From an ion to the tension of a heart cell, in six steps.

Each step adds one thing to the one before, computes it, holds it against what theory says, and draws it.

    python examples/from_ion_to_tension.py [folder for the figures]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import troponin as tn
from troponin import (
    Cell,
    Channel,
    Compartment,
    Concentration,
    Contraction,
    Flux,
    Gate,
    Ion,
    RapidBuffer,
    StimulusCurrent,
    Transporter,
    constants,
)
from troponin.expr.evaluate import evaluate
from troponin.expr.functions import exp, maximum, vtrap
from troponin.expr.nodes import Symbol
from troponin.model.model import Model
from troponin.model.transform import clamped
from troponin.physiology.gate import v
from troponin.physiology.ion import chemical_potential, nernst
from troponin.protocol.shapes import ramp, steps
from troponin.protocol.timeline import repeated, rest, sequence
from troponin.units import mM, ms, parse_unit

Step = tuple[dict[str, float], Figure]
"""What a step found, and its picture."""

A_per_F = parse_unit("A/F")
GUIDE = {"color": "0.5", "linestyle": ":"}
"""How a line to read values off is drawn."""

na, k, ca = Ion("Na", charge=+1), Ion("K", charge=+1), Ion("Ca", charge=+2)


# 1. An ion ------------------------------------------------------------------------------------------------
# To bring a mole of potassium to where its concentration is c and the voltage v takes the work
# mu = RT ln(c / 1 mM) + zF v.  Inside there is more of it, and it would leave; a negative voltage holds it back.
# Where mu is the same on both sides it rests, and that voltage is Nernst's: v_S = RT/zF ln(c_o / c_i).


def ion() -> Step:
    """The voltage at which potassium rests, found as the crossing of two chemical potentials."""
    voltage = np.linspace(-120.0, 40.0, 321)
    both_sides = [chemical_potential(k, 140, Symbol("v")), chemical_potential(k, 5.4, 0)]
    inside, outside = evaluate(both_sides, world(310.0) | {"v": voltage})
    crossing = float(np.interp(0.0, inside - outside, voltage))
    v_s = nernst_at(k, 140, 5.4, 310.0)

    figure, axes = panel("1  An ion rests where its µ is equal on both sides", "voltage (mV)", "µ of K⁺ (kJ/mol)")
    axes.plot(voltage, inside / 1e6, label="inside, 140 mM")
    axes.plot(voltage, np.full_like(voltage, outside / 1e6), label="outside, 5.4 mM")
    axes.axvline(v_s, label=f"$v_S$ = {v_s:.2f} mV", **GUIDE)
    axes.set_ylim(-6.0, 18.0)
    axes.legend(loc="lower right")
    return {"v_S": v_s, "crossing": crossing}, figure


# 2. A leak ------------------------------------------------------------------------------------------------
# Pores for potassium in a membrane of capacitance C carry I = g (v - v_S).  C dv/dt = -I takes the voltage to
# v_S with the rate g / C, from wherever it starts.


def leak() -> Step:
    """A cell with one leakage channel relaxes to the Nernst potential of its ion."""
    inside, bath = Compartment("i"), Compartment("o")
    cell = Cell("leak", capacitance="1 uF/cm^2", v="-20 mV", inside=inside, outside=bath)
    cell.add(Concentration("ki", k, inside, fixed="140 mM"), Concentration("ko", k, bath, fixed="5.4 mM"))
    cell.add(Channel("IL", ion=k, conductance="0.3 mS/cm^2"))
    run = tn.simulate(cell.build(), duration="20 ms", save=tn.Save(["v"], every="0.1 ms"), solver=tn.BDF(rtol=1e-8))

    t, course = run["time"].values, run["v"].values
    v_s = nernst_at(k, 140, 5.4, 310.0)
    exact = v_s + (-20.0 - v_s) * np.exp(-0.3 * t)
    figure, axes = panel("2  A leak takes the membrane to $v_S$ with rate $g/C$", "time (ms)", "v (mV)")
    axes.plot(t, course, label="simulated")
    axes.plot(t[::10], exact[::10], "o", markersize=3, label="exact")
    axes.axhline(v_s, label="$v_S$", **GUIDE)
    axes.legend()
    return {"end": float(course[-1]), "error": float(np.abs(course - exact).max())}, figure


# 3. A gate ------------------------------------------------------------------------------------------------
# Four gates open a potassium channel of the squid axon.  Each opens and shuts by itself, with rates that the
# voltage sets.  Under a voltage clamp the rates are constant and the gate relaxes as one exponential.  In a gate's
# formula v is the number of mV and a rate a number of 1/ms, as papers print them; vtrap(x, y) is x / (1 - exp(-x/y)).


def gate() -> Step:
    """A voltage-gated channel under a step of voltage follows the exact solution of its gate."""
    alpha, beta = 0.01 * vtrap(v + 50, 10), 0.125 * exp(-(v + 60) / 80)
    n = Gate("n", alpha=alpha, beta=beta)
    cell = Cell("gate", capacitance="1 uF/cm^2", temperature="279.45 K", v="-90 mV")
    cell.add(Channel("IK", reversal="-72 mV", conductance="36 mS/cm^2", open=n**4))
    step = steps([("-90 mV", "2 ms"), ("0 mV", "10 ms"), ("-90 mV", "8 ms")], role="v")
    keep = tn.Save(["IK.n", "IK.IK", "v"], every="0.05 ms")
    run = tn.simulate(clamped(cell.build(), "v"), step, save=keep, solver=tn.BDF(rtol=1e-8))

    t, course = run["time"].values, run["IK.n"].values
    a, b = evaluate([alpha, beta], {"v": np.array([-90.0, 0.0])})
    steady, tau = a / (a + b), 1.0 / (a + b)
    opened = steady[1] + (steady[0] - steady[1]) * np.exp(-np.clip(t - 2.0, 0.0, 10.0) / tau[1])
    exact = np.where(t <= 12.0, opened, steady[0] + (opened - steady[0]) * np.exp(-(t - 12.0) / tau[0]))
    figure, axes = panel("3  A gate under a voltage step", "time (ms)", "fraction open")
    axes.plot(t, course, label="n, simulated")
    axes.plot(t[::10], exact[::10], "o", markersize=3, label="n, exact")
    axes.plot(t, course**4, label="open probability n⁴")
    axes.set_ylim(0.0, 1.35)
    axes.legend(loc="upper left", ncols=2)
    return {"open": float(course.max() ** 4), "error": float(np.abs(course - exact).max())}, figure


# 4. An action potential -----------------------------------------------------------------------------------
# A leak, a sodium and a potassium channel, and the concentrations of a squid: E_Na and E_K follow from them.  Three
# gates m open a sodium channel and a gate h shuts it, and n^4 lets potassium out (Hodgkin and Huxley 1952).


def action_potential() -> Step:
    """Sodium rushes in, potassium out: the action potential of the squid axon."""
    inside, sea = Compartment("i"), Compartment("o")
    axon = Cell("axon", capacitance="1 uF/cm^2", temperature="279.45 K", v="-60 mV", inside=inside, outside=sea)
    axon.add(Concentration("nai", na, inside, fixed="50 mM"), Concentration("nao", na, sea, fixed="440 mM"))
    axon.add(Concentration("ki", k, inside, fixed="400 mM"), Concentration("ko", k, sea, fixed="20 mM"))
    m = Gate("m", alpha=0.1 * vtrap(v + 35, 10), beta=4 * exp(-(v + 60) / 18))
    h = Gate("h", alpha=0.07 * exp(-(v + 60) / 20), beta=1 / (1 + exp(-(v + 30) / 10)))
    n = Gate("n", alpha=0.01 * vtrap(v + 50, 10), beta=0.125 * exp(-(v + 60) / 80))
    axon.add(Channel("INa", ion=na, conductance="120 mS/cm^2", open=m**3 * h))
    axon.add(Channel("IK", ion=k, conductance="36 mS/cm^2", open=n**4))
    axon.add(Channel("IL", reversal="-49.387 mV", conductance="0.3 mS/cm^2"))
    axon.add(StimulusCurrent("-20 uA/cm^2", duration="0.5 ms"))
    keep = tn.Save(["v", "INa.INa", "IK.IK"], every="0.02 ms")
    run = tn.simulate(axon.build(), tn.pacing.regular("20 ms", beats=1, start="1 ms"), save=keep)

    t, course = run["time"].values, run["v"].values
    figure, axes = panel("4  Leak, sodium, potassium: an action potential", "time (ms)", "v (mV)")
    axes.plot(t, course)
    for name, potential in (("Na", nernst_at(na, 50, 440, 279.45)), ("K", nernst_at(k, 400, 20, 279.45))):
        axes.axhline(potential, **GUIDE)
        axes.text(20.0, potential, f"$E_{{{name}}}$ ", ha="right", va="bottom", color="0.4")
    axes.set_ylim(-82.0, 65.0)
    return {"peak": float(course.max()), "lowest": float(course.min()), "end": float(course[-1])}, figure


# 5. Calcium -----------------------------------------------------------------------------------------------
# A heart cell: the voltage of a beat (given here, as by a clamp) opens the calcium channel; what enters sets free
# more from the store; one pump takes it back and another out; buffers hide nearly all of it.  Nobody writes
# d[Ca]/dt: it follows from who carries calcium where.  The numbers are made up to be like a human myocyte's.


def myocyte(*, contracts: bool = False) -> Model:
    """A calcium channel, a store, two pumps and buffers; troponin is one of these, or part of the contraction."""
    i, store, bath = Compartment("i", "25.8 pL"), Compartment("store", "2.1 pL"), Compartment("o")
    cell = Cell("myocyte", capacitance="153 pF", temperature="310 K", v="-85 mV", inside=i, outside=bath)
    cai = Concentration("cai", ca, i, initial="0.06 uM", meaning="cai")
    casr = Concentration("casr", ca, store, initial="1.46 mM")
    cell.add(cai, casr, Concentration("cao", ca, bath, fixed="1.8 mM"))

    d = Gate("d", inf=1 / (1 + exp(-(v + 4) / 4.2)), tau=1.0)
    f = Gate("f", inf=1 / (1 + exp((v + 28) / 5)), tau=20.0)
    ical = Channel("ICaL", ion=ca, permeability="1e-4 cm/s", open=d * f, activity=(1.0, 0.341))
    opened = Gate("RyR.o", inf=maximum(0, -ical / A_per_F), tau=5.0)
    uptake = 0.007 * mM / ms * cai / (cai + 0.92e-3 * mM)
    cell.add(ical)
    cell.add(Flux("RyR.Jrel", ca, 0.005 / ms * opened * (casr - cai), source=store, sink=i))
    cell.add(Flux("SERCA.Jup", ca, uptake - 3e-4 / ms * casr, source=i, sink=store, per=store))
    cell.add(Transporter("IpCa", 0.34 * A_per_F * cai / (cai + 0.5e-3 * mM), moves={ca: 1}))

    cell.add(RapidBuffer("calmodulin", cai, total="0.05 mM", dissociation="2.38 uM"))
    cell.add(RapidBuffer("calsequestrin", casr, total="10 mM", dissociation="0.8 mM"))
    if contracts:
        cell.add(Contraction(cai, troponin="0.07 mM", values={"ku": "0.021 1/ms", "nTm": "2.036"}))
    else:
        cell.add(RapidBuffer("troponin", cai, total="0.07 mM", dissociation="0.5 uM"))
    return cell.build()


def last_beat(cell: Model, names: list[str]) -> xr.Dataset:
    """The last of a hundred beats, in which the clamp gives the voltage the course of an action potential."""
    plateau, repolarisation = ramp("30 mV", "0 mV", "200 ms", role="v"), ramp("0 mV", "-85 mV", "80 ms", role="v")
    beat = sequence(plateau, repolarisation, rest("720 ms"))
    return tn.simulate(clamped(cell, "v"), repeated(beat, 100), save=tn.Save(names, every="0.5 ms", last="1000 ms"))


def calcium() -> Step:
    """A calcium current, a store and buffers make a calcium transient; in the steady state, what enters leaves."""
    beat = last_beat(myocyte(), ["cai", "ICaL.ICaL", "IpCa.IpCa"])
    t, cai = beat["time"].values - beat["time"].values[0], 1e3 * beat["cai"].values
    entered, pumped = (float(np.trapezoid(beat[name].values, t)) for name in ("ICaL.ICaL", "IpCa.IpCa"))

    figure, axes = panel("5  Current, store, buffers: a calcium transient", "time (ms)", "[Ca²⁺]ᵢ (µM)")
    (free,) = axes.plot(t, cai, color="C1")
    other = axes.twinx()
    (current,) = other.plot(t, beat["ICaL.ICaL"].values, color="C0", linewidth=1.0)
    other.set_ylabel("calcium current (A/F)")
    axes.set_ylim(0.0, 0.6)
    other.set(ylim=(-10.5, 0.4), yticks=(-3, -2, -1, 0))
    axes.legend([free, current], ["calcium", "current"], loc="center right")
    found = {"diastolic": float(cai.min()), "peak": float(cai.max()), "time": float(t[cai.argmax()])}
    return found | {"entered": -entered, "pumped": pumped}, figure


# 6. Tension -----------------------------------------------------------------------------------------------
# Calcium binds troponin, tropomyosin uncovers the thin filament, crossbridges bind and pull.  What troponin holds
# is missing in the cytosol, so the transient of step 5 changes too.


def tension() -> Step:
    """The transient makes tension through the contraction of Land et al. (2017)."""
    beat = last_beat(myocyte(contracts=True), ["cai", "Ta"])
    t, cai, ta = beat["time"].values - beat["time"].values[0], 1e3 * beat["cai"].values, beat["Ta"].values

    figure, axes = panel("6  Contraction: from calcium to tension", "time (ms)", "active tension (kPa)")
    (pull,) = axes.plot(t, ta, color="C2")
    other = axes.twinx()
    (free,) = other.plot(t, cai, color="C1")
    other.set_ylabel("[Ca²⁺]ᵢ (µM)")
    axes.legend([pull, free], ["tension", "calcium"])
    return {
        "peak": float(ta.max()),
        "time": float(t[ta.argmax()]),
        "rest": float(ta.min()),
        "cai": float(cai.max()),
    }, figure


def world(temperature: float) -> dict[str, float]:
    """R [mJ/mol/K], F [C/mol] and T [K] for formulas that stand outside a cell, which has its own."""
    return {"phys.R": 1e3 * constants.R.value, "phys.F": constants.F.value, "phys.T": temperature}


def nernst_at(which: Ion, inside: float, outside: float, temperature: float) -> float:
    """The Nernst potential [mV] of concentrations [mM] at a temperature [K]."""
    return float(evaluate([nernst(which, inside, outside)], world(temperature))[0])


def panel(title: str, across: str, up: str) -> tuple[Figure, Axes]:
    """A figure with one pair of axes."""
    figure = Figure(figsize=(4.2, 2.8), layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=across, ylabel=up)
    axes.set_title(title, loc="left", fontsize="medium")
    return figure, axes


STEPS = (ion, leak, gate, action_potential, calcium, tension)


def main(folder: str = "from_ion_to_tension") -> None:
    """Take all six steps, print what they found and draw their figures into a folder."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number, step in enumerate(STEPS, start=1):
        found, figure = step()
        figure.savefig(Path(folder) / f"{number}_{step.__name__}.png", dpi=200)
        print(
            f"{number}. {step.__name__.replace('_', ' ')}:", ", ".join(f"{name} {x:.4g}" for name, x in found.items())
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
