"""Charge and mass are conserved by construction, along real motion and not only on paper."""

from __future__ import annotations

import numpy as np
import pytest

from tests.physiology.cells import CA, CL, NA, K, whole_cell
from tests.physiology.motion import move, quantity
from troponin.errors import ModelError
from troponin.expr.nodes import Symbol
from troponin.model.check import check
from troponin.model.derivatives import derivatives
from troponin.physiology.buffer import Binding, KineticBuffer, RapidBuffer
from troponin.physiology.cell import Cell
from troponin.physiology.channel import Channel
from troponin.physiology.compartment import Compartment, Concentration
from troponin.physiology.flux import Flux
from troponin.physiology.membrane import StimulusCurrent
from troponin.units import ms, parse_unit


def pulse(t: float) -> dict[str, float]:
    """1 ms of stimulus."""
    return {"membrane.I_stim": -53.0 if 5.0 <= t < 6.0 else 0.0}


@pytest.mark.parametrize("troponin", [False, True])
def test_charge_stays_the_same_through_an_action_potential_with_buffers_and_stimulus(troponin: bool) -> None:
    model = whole_cell(troponin=troponin)
    _, states = move(model, 60.0, pulse, every=2.0, rtol=1e-10, longest=0.5)
    charge = quantity(model, "charge", states)
    swing = 153e-6 * np.ptp(states["membrane.v"])  # nC on the capacitor: uF mV
    assert np.ptp(states["membrane.v"]) > 40.0
    assert np.ptp(charge) < 1e-6 * swing


def test_a_stimulus_that_nobody_carries_drifts_by_its_own_charge() -> None:
    model = whole_cell(carrier=None)
    _, states = move(model, 10.0, pulse, every=1.0, longest=0.25)
    charge = quantity(model, "charge", states)
    expected = -53.0 * 1.0 * 153e-6  # A/F ms uF = nC; it charges the capacitor and brings no ion
    assert charge[-1] - charge[0] == pytest.approx(expected, rel=1e-3)


def test_the_amount_of_an_ion_that_cannot_leave_stays_the_same() -> None:
    i, sr = Compartment("i", "25 pL"), Compartment("sr", "2 pL")
    cell = Cell("closed", inside=i)
    cai, casr = Concentration("cai", CA, i, initial="1 uM"), Concentration("casr", CA, sr, initial="1 mM")
    cell.add(cai, casr)
    cell.add(Flux("SR.Jrel", CA, 0.05 / ms * (casr - cai), source=sr, sink=i))
    cell.add(Flux("SR.Jup", CA, 0.5 / ms * cai, source=i, sink=sr))
    cell.add(RapidBuffer("CMDN", cai, "0.05 mM", "0.00238 mM"), RapidBuffer("CSQN", casr, "10 mM", "0.8 mM"))
    cell.add(KineticBuffer("TRPN", cai, "0.07 mM", "32.7 1/(mM*ms)", "0.0196 1/ms"))
    model = cell.build()
    assert [x.name for x in model.invariants] == ["amount of Ca"]
    _, states = move(model, 200.0, every=10.0, rtol=1e-10)
    amount = quantity(model, "amount of Ca", states)
    moved = 2e-6 * abs(states["Ca.casr"][-1] - states["Ca.casr"][0])  # uL mM = nmol
    assert moved > 0.0
    assert np.ptp(amount) < 1e-6 * moved


def test_an_ion_that_a_current_takes_out_is_not_closed() -> None:
    assert {x.name for x in whole_cell().invariants} == {"charge"}


def test_an_electroneutral_carrier_written_as_fluxes_keeps_charge() -> None:
    i, o = Compartment("i", "25 pL"), Compartment("o")
    cell = Cell("KCC", capacitance="100 pF", v="-60 mV", inside=i, outside=o)
    cell.add(Concentration("ki", K, i, initial="140 mM"), Concentration("cli", CL, i, initial="20 mM"))
    rate = 1e-4 * parse_unit("mM/ms")
    cell.add(Flux("KCC.JK", K, rate, source=i, sink=None), Flux("KCC.JCl", CL, rate, source=i, sink=None))
    model = cell.build()
    both = derivatives(model)
    assert both["K.ki"] == both["Cl.cli"] == pytest.approx(-1e-4, rel=1e-15)
    _, states = move(model, 10.0)
    assert np.ptp(quantity(model, "charge", states)) < 1e-12 * float(quantity(model, "charge", states)[0])


def test_currents_per_area_move_ions_through_the_area() -> None:
    i, o = Compartment("i", "10 pL"), Compartment("o")
    cell = Cell("per area", capacitance="1 uF/cm^2", area="5e-5 cm^2", v="-60 mV", inside=i, outside=o)
    cell.add(Concentration("nai", NA, i, initial="10 mM"), Concentration("nao", NA, o, fixed="140 mM"))
    cell.add(Channel("INa", ion=NA, conductance="0.1 mS/cm^2"))
    cell.add(StimulusCurrent("-20 uA/cm^2", "1 ms", carrier=NA))
    model = cell.build()
    assert check(model).warnings == ()
    rate = derivatives(model)
    current = 0.1 * (-60.0 - 70.49907317232496)
    assert rate["Na.nai"] == pytest.approx(-current * 5e-5 / (96485.33212331 * 10e-6), rel=1e-9)
    assert rate["membrane.v"] == pytest.approx(-current, rel=1e-9)


def patch(*, area: str | None, sodium: str) -> Cell:
    i, o = Compartment("i", "10 pL"), Compartment("o")
    more = {} if area is None else {"area": area}
    cell = Cell("patch", capacitance="1 uF/cm^2", v="-60 mV", inside=i, outside=o, **more)  # type: ignore[arg-type]
    cell.add(Concentration("nai", NA, i, **{sodium: "10 mM"}), Concentration("nao", NA, o, fixed="140 mM"))
    cell.add(Channel("INa", ion=NA, conductance="0.1 mS/cm^2"))
    return cell


def test_currents_per_area_need_an_area_to_move_ions() -> None:
    with pytest.raises(ModelError, match=r"Na\.nai, but the membrane has no area.*area='5e-5 cm\^2'"):
        patch(area=None, sodium="initial").build()


@pytest.mark.parametrize("area", [None, "5e-5 cm^2"])
def test_an_area_does_not_matter_where_concentrations_are_held(area: str | None) -> None:
    model = patch(area=area, sodium="fixed").build()
    assert derivatives(model)["membrane.v"] == pytest.approx(0.1 * (60.0 + 70.49907317232496), rel=1e-9)


def test_a_concentration_that_nothing_moves_stays() -> None:
    cell = Cell("still", inside=Compartment("i", "25 pL"))
    cell.add(Concentration("cai", CA, Compartment("i", "25 pL"), initial="1 uM"))
    assert derivatives(cell.build()) == {"Ca.cai": 0.0}


def test_an_ion_that_a_flux_takes_where_it_is_not_counted_is_not_closed() -> None:
    i, sr = Compartment("i", "25 pL"), Compartment("sr", "2 pL")
    cell = Cell("open", inside=i)
    cai = Concentration("cai", CA, i, initial="1 uM")
    cell.add(cai, Flux("SR.Jup", CA, 0.5 / ms * cai, source=i, sink=sr))
    assert cell.build().invariants == ()


def test_a_cleft_of_its_own_volume_gains_what_the_cell_loses() -> None:
    i, cleft = Compartment("i", "10 pL"), Compartment("cleft", "1 pL")
    cell = Cell("cleft", capacitance="100 pF", v="-60 mV", inside=i, outside=cleft)
    cell.add(Concentration("ki", K, i, initial="140 mM"), Concentration("kc", K, cleft, initial="5 mM"))
    cell.add(Channel("IK1", ion=K, conductance="0.5 mS/uF"))
    cell.add(StimulusCurrent("-50 A/F", "1 ms", carrier=K))
    model = cell.build()
    rate = derivatives(model)
    assert rate["K.kc"] == pytest.approx(-10.0 * rate["K.ki"], rel=1e-14)
    assert check(model).warnings == ()
    assert {x.name for x in model.invariants} == {"charge", "amount of K"}


def test_whatever_binds_an_ion_takes_part_in_its_conservation() -> None:
    i, o = Compartment("i", "25 pL"), Compartment("o")
    cell = Cell("binding", inside=i, outside=o)
    cai = Concentration("cai", CA, i, initial="1 uM")
    cell.add(cai, RapidBuffer("CMDN", cai, "0.05 mM", "0.00238 mM"))
    rate = cell.equation("X.rate", 0.1 / ms * cai - 0.05 / ms * Symbol("X.bound"), "mM/ms")
    cell.state("X.bound", "1 uM", rate, "mM")
    cell.add(Binding("X", cai, amount=Symbol("X.bound"), rate=rate))
    assert check(cell.build()).warnings == ()


def test_a_binding_whose_rate_is_not_the_derivative_of_its_amount_is_told() -> None:
    i = Compartment("i", "25 pL")
    cell = Cell("false binding", inside=i)
    cai = Concentration("cai", CA, i, initial="1 uM")
    speed = cell.parameter("X.k", "0.1 1/ms")
    bound = cell.state("X.bound", "0 mM", speed * cai)
    cell.add(cai, Binding("X", cai, amount=bound, rate=2.0 * speed * cai))
    (warning,) = check(cell.build()).warnings
    assert warning.startswith("amount of Ca changes by")
    assert "no flow accounts for it" in warning
