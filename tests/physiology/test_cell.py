"""The cell: names, units, initial values, and complaints that say what to do."""

from __future__ import annotations

import math

import pytest

from tests.physiology.cells import CA, NA, K, whole_cell
from troponin.errors import ModelError, UnitError, UnknownNameError, ValueRangeError
from troponin.expr.functions import exp, vtrap
from troponin.expr.nodes import Symbol
from troponin.model.derivatives import derivatives, intermediates
from troponin.model.model import Equation, Model, State
from troponin.physiology.cell import Cell
from troponin.physiology.channel import Channel, Current
from troponin.physiology.compartment import Compartment, Concentration
from troponin.physiology.gate import Gate, v
from troponin.physiology.membrane import StimulusCurrent, voltage
from troponin.units import Quantity, mM, mS, ms, mV, parse_unit


def leaky(**more: str) -> Cell:
    cell = Cell("leaky", capacitance="2 uF/cm^2", v="-50 mV", **more)
    cell.add(Channel("IL", reversal="-60 mV", conductance="0.3 mS/cm^2"))
    return cell


def test_a_leak_charges_the_membrane_as_its_conductance_and_capacitance_say() -> None:
    rate = derivatives(leaky().build())["membrane.v"]
    assert rate == pytest.approx(-0.3 * (-50.0 + 60.0) / 2.0, rel=1e-15)


def test_a_depolarising_stimulus_is_negative() -> None:
    cell = leaky()
    cell.add(StimulusCurrent("-20 uA/cm^2", "0.5 ms"))
    model = cell.build()
    quiet = derivatives(model)["membrane.v"]
    driven = derivatives(model, {"stimulus": -20.0})["membrane.v"]
    assert driven - quiet == pytest.approx(10.0, rel=1e-14)
    assert model.stimulus is not None
    assert (model.stimulus.amplitude, model.stimulus.duration, model.stimulus.carrier) == (-20.0, 0.5, None)


def test_building_twice_gives_the_same_model() -> None:
    cell = leaky()
    first, second = cell.build(), cell.build()
    assert first.states == second.states
    assert first.equations == second.equations
    assert first.parameters == second.parameters


def test_a_gate_gets_the_name_of_the_channel_that_it_opens() -> None:
    cell = leaky()
    n = Gate("n", alpha=0.01 * vtrap(v + 50, 10), beta=0.125 * exp(-(v + 60) / 80))
    cell.add(Channel("IK", ion=K, reversal="-72 mV", conductance="36 mS/cm^2", open=n**4))
    assert "IK.n" in cell.build().variables


def test_a_gate_shared_by_two_channels_is_one_state() -> None:
    cell = leaky()
    d = Gate("ICaL.d", inf=1 / (1 + exp(-v / 5)), tau=1.0)
    cell.add(Channel("Ia", reversal="0 mV", conductance="1 mS/cm^2", open=d))
    cell.add(Channel("Ib", reversal="0 mV", conductance="1 mS/cm^2", open=d**2))
    assert [s.name for s in cell.build().states if s.name.endswith(".d")] == ["ICaL.d"]


def test_a_gate_starts_in_the_steady_state_of_the_initial_voltage() -> None:
    cell = leaky()
    cell.add(Gate("x.p", inf=1 / (1 + exp(-(v + 40) / 6)), tau=5.0))
    model = cell.build()
    assert model["x.p"].value == pytest.approx(1.0 / (1.0 + math.exp(10.0 / 6.0)), rel=1e-15)
    assert derivatives(model)["x.p"] == pytest.approx(0.0, abs=1e-17)


def test_a_text_conductance_becomes_a_parameter_in_the_papers_spelling() -> None:
    model = whole_cell()
    assert str(model["INa.gNa"]) == "1 nS/pF" or model["INa.gNa"].to(parse_unit("mS/uF")).value == 1.0
    assert str(model["ICaL.PCaL"]) == "1e-05 cm/s"


def test_a_conductance_may_be_a_symbol_that_is_declared_later() -> None:
    cell = Cell("late", capacitance="1 uF/cm^2", v="-50 mV")
    cell.add(Channel("IKr", reversal="-80 mV", conductance=Symbol("IKr.GKr")))
    cell.parameter("IKr.GKr", "0.05 mS/cm^2")
    assert derivatives(cell.build())["membrane.v"] == pytest.approx(-0.05 * 30.0, rel=1e-15)


def test_the_reversal_potential_follows_the_concentrations() -> None:
    model = whole_cell()
    before = intermediates(model)["reversal.ENa"]
    after = intermediates(model, {"Na.nai": 20.0})["reversal.ENa"]
    assert before - after == pytest.approx(8.31446261815324 * 310 / 96.48533212331 * math.log(2.0), rel=1e-12)


def test_the_constants_of_a_published_model_are_its_own() -> None:
    cell = Cell(
        "legacy", capacitance="1 uF", v="-50 mV", gas_constant="8314 J/(K*kmol)", faraday_constant="96485 C/mol"
    )
    cell.equation("x.vfrt", voltage * Symbol("phys.F") / (Symbol("phys.R") * Symbol("phys.T")))
    cell.add(Channel("IL", reversal="-60 mV", conductance="0.3 mS/uF"))
    model = cell.build()
    assert model["phys.R"].value == 8314.0
    assert intermediates(model)["x.vfrt"] == pytest.approx(-50.0 * 96485.0 / (8314.0 * 310.0), rel=1e-15)


def test_equations_states_and_things_read_each_other_in_any_order() -> None:
    cell = leaky()
    cell.equation("CaMK.active", Symbol("CaMK.trap") + 0.05, "1", "active fraction")
    cell.state("CaMK.trap", "0.01", 0.05 * (1 - Symbol("CaMK.trap")) * Symbol("CaMK.k"))
    cell.parameter("CaMK.k", "1 1/ms")
    model = cell.build()
    assert derivatives(model)["CaMK.trap"] == pytest.approx(0.05 * 0.99, rel=1e-15)


def test_plain_v_in_an_equation_is_the_number_of_millivolts() -> None:
    cell = leaky()
    cell.equation("x.r", 1 / (1 + exp((v + 9) / 22.4)))
    assert intermediates(cell.build())["x.r"] == pytest.approx(1.0 / (1.0 + math.exp(-41.0 / 22.4)), rel=1e-15)


def test_a_wrong_unit_in_an_equation_names_the_equation_what_it_gives_and_what_was_said() -> None:
    cell = leaky()
    cell.equation("x.tension", 200 * mV, "kPa")
    with pytest.raises(ModelError, match=r"x\.tension gives mV where kPa is expected"):
        cell.build()


def test_all_complaints_of_a_cell_come_at_once() -> None:
    cell = leaky()
    cell.equation("a.x", Symbol("a.missing") + 1)
    cell.equation("a.x", 2.0)
    cell.equation("b.y", Symbol("b.z"))
    cell.equation("b.z", Symbol("b.y"))
    with pytest.raises(ModelError) as caught:
        cell.build()
    text = str(caught.value)
    assert "a.missing" in text
    assert "'a.x' is defined 2 times" in text
    assert "b.y" in text


@pytest.mark.parametrize("capacitance", ["-1 uF/cm^2", "-153 pF"])
def test_a_negative_capacitance_is_refused(capacitance: str) -> None:
    with pytest.raises(ValueRangeError, match="capacitance"):
        Cell("negative", capacitance=capacitance, v="0 mV")


def test_a_conductance_without_a_unit_is_refused() -> None:
    cell = Cell("bare", capacitance="1 uF/cm^2", v="-50 mV")
    cell.add(Channel("IL", reversal="-60 mV", conductance=0.3))
    with pytest.raises(ModelError, match=r"IL\.gL needs a unit"):
        cell.build()


@pytest.mark.parametrize("value", ["-1 mM", "nan mM"])
@pytest.mark.parametrize("kind", ["initial", "fixed"])
def test_a_concentration_that_no_cell_can_have_is_refused(value: str, kind: str) -> None:
    cell = Cell("no such concentration")
    cell.add(Concentration("cai", CA, Compartment("i", "1 pL"), **{kind: value}))
    with pytest.raises(ValueRangeError, match=r"finite|negative"):
        cell.build()


@pytest.mark.parametrize("kind", ["initial", "fixed"])
def test_a_concentration_without_a_unit_is_refused(kind: str) -> None:
    cell = Cell("bare")
    cell.add(Concentration("cai", CA, Compartment("i", "1 pL"), **{kind: 5.4}))  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"Ca\.cai needs a unit"):
        cell.build()


def test_a_concentration_is_either_dynamic_or_held() -> None:
    with pytest.raises(ModelError, match="either dynamic"):
        Concentration("cai", CA, Compartment("i", "1 pL"))


@pytest.mark.parametrize("initial", ["0.4", 0.4, Symbol("a.rest")])
def test_a_state_starts_at_a_number_or_at_what_a_formula_gives(initial: str | float | Symbol) -> None:
    cell = leaky()
    cell.parameter("a.rest", "0.4")
    cell.state("a.x", initial, -Symbol("a.x") / (1 * ms), "1")
    assert cell.build()["a.x"].value == 0.4


def test_a_table_of_initial_states_holds_instead_of_what_things_say() -> None:
    table: dict[str, Quantity | str] = {"membrane.v": -80 * mV, "IK.n": "0.3", "x.c": "2 uM"}
    cell = Cell("table", capacitance="1 uF/cm^2", start=table)
    n = Gate("IK.n", inf=1 / (1 + exp(-v / 5)), tau=1.0)
    cell.add(Channel("IK", reversal="-60 mV", conductance="1 mS/cm^2", open=n))
    cell.state("x.c", "7 mM", 0 * mM / ms)
    cell.state("x.rest", n, 0 / ms, "1")  # not in the table: evaluated from what is
    model = cell.build()
    assert [model[x].value for x in ("v", "IK.n", "x.rest")] == [-80.0, 0.3, 0.3]
    assert model["x.c"].unit == mM
    assert model["x.c"].value == pytest.approx(2e-3, rel=1e-15)


def test_an_initial_state_that_the_cell_does_not_have_is_answered_with_the_nearest() -> None:
    cell = Cell("table", capacitance="1 uF/cm^2", v="-80 mV", start={"IK.m": "0.3"})
    cell.add(Channel("IK", reversal="-60 mV", conductance="1 mS/cm^2", open=Gate("n", inf=0.5, tau=1.0)))
    with pytest.raises(UnknownNameError, match=r"unknown state 'IK\.m'.*IK\.n"):
        cell.build()


def test_states_are_listed_as_papers_do_voltage_concentrations_gates_by_current_and_the_rest() -> None:
    inside, bath = Compartment("i", "10 pL"), Compartment("o")
    cell = Cell("listed", capacitance="100 pF", v="-80 mV", inside=inside, outside=bath)
    trapped = cell.state("CaMK.trap", "0.1", 0 / ms)
    part = cell.state("Ib.n", "0", 0 / ms)
    second, first = Gate("Ib.d", inf=0.5, tau=1.0), Gate("m", inf=0.5, tau=1.0)
    cell.add(Concentration("ki", K, inside, initial="140 mM"), Concentration("ko", K, bath, fixed="5 mM"))
    cell.add(Channel("Ia", ion=K, conductance="1 mS/uF", open=first * trapped))
    cell.add(Channel("Ib", ion=K, conductance="1 mS/uF", open=second * part))
    names = [state.name for state in cell.build().states]
    assert names == ["membrane.v", "K.ki", "Ia.m", "Ib.d", "Ib.n", "CaMK.trap"]


def test_initial_values_that_need_each_other_are_refused() -> None:
    cell = leaky()
    cell.state("a.x", Symbol("a.y"), 0 / ms * Symbol("a.y"), "1")
    cell.state("a.y", Symbol("a.x"), 0 / ms * Symbol("a.x"), "1")
    with pytest.raises(ModelError, match="need each other"):
        cell.build()


def test_a_membrane_needs_its_initial_voltage() -> None:
    with pytest.raises(ModelError, match="initial voltage"):
        Cell("no voltage", capacitance="1 uF/cm^2").build()


def test_a_current_without_a_membrane_is_refused() -> None:
    cell = Cell("no membrane")
    cell.add(Channel("IL", reversal="-60 mV", conductance="0.3 mS/cm^2"))
    with pytest.raises(ModelError, match="needs a membrane"):
        cell.build()


def test_a_membrane_without_channels_keeps_its_voltage() -> None:
    assert derivatives(Cell("bare membrane", capacitance="1 uF/cm^2", v="-20 mV").build())["membrane.v"] == 0.0


def test_a_conductance_of_another_dimension_is_refused() -> None:
    cell = Cell("odd", capacitance="1 uF/cm^2", v="-50 mV")
    cell.add(Channel("IL", reversal="-60 mV", conductance="0.3 mS"))
    with pytest.raises(UnitError, match=r"IL\.gL"):
        cell.build()


def test_a_conductance_in_another_unit_of_the_same_dimension_is_converted() -> None:
    cell = Cell("converted", capacitance="1 uF", v="-50 mV")
    cell.add(Channel("IL", reversal="-60 mV", conductance="0.3 S/F"))
    assert derivatives(cell.build())["membrane.v"] == pytest.approx(-0.3e-3 * 10.0, rel=1e-14)


def test_a_channel_without_the_concentrations_it_needs_says_which() -> None:
    inside = Compartment("i", "10 pL")
    cell = Cell("empty", capacitance="1 uF", v="-50 mV", inside=inside)
    cell.add(Concentration("ki", K, inside, initial="140 mM"))
    cell.add(Channel("IK1", ion=K, conductance="1 mS/uF"))
    with pytest.raises(ModelError, match="concentration of K outside"):
        cell.build()


def test_a_channel_needs_an_ion_or_a_reversal_potential() -> None:
    with pytest.raises(ModelError, match="no ion"):
        Channel("IL", conductance="1 mS/uF")


def test_a_thing_that_is_no_part_of_a_cell_is_refused() -> None:
    cell = leaky()
    cell.add("a string")
    with pytest.raises(ModelError, match="cannot take 'str'"):
        cell.build()


def test_a_thing_added_twice_is_refused() -> None:
    cell = leaky()
    channel = Channel("IK", reversal="-72 mV", conductance="1 mS/cm^2")
    cell.add(channel)
    with pytest.raises(ModelError, match="added twice"):
        cell.add(channel)


def test_a_compartment_in_which_something_moves_needs_a_volume() -> None:
    inside = Compartment("i")
    cell = Cell("no volume", capacitance="1 uF", v="-50 mV", inside=inside)
    cell.add(Concentration("ki", K, inside, initial="140 mM"))
    cell.add(Channel("IK1", ion=K, conductance="1 mS/uF", reversal="-80 mV"))
    with pytest.raises(ModelError, match="compartment i has no volume"):
        cell.build()


def test_a_model_built_from_physics_holds_plain_symbols_only() -> None:
    model = whole_cell(troponin=True)
    formulas = [x.rate for x in model.states if isinstance(x, State)] + [
        x.expression for x in model.equations if isinstance(x, Equation)
    ]
    from troponin.expr.graph import symbols

    assert all(s.of is None for s in symbols(*(f for f in formulas if f is not None)))


def test_meanings_point_at_the_names_of_this_cell() -> None:
    model: Model = whole_cell(troponin=True)
    assert {"v", "cai", "I_ion", "time", "stimulus", "Ta", "stretch"} <= set(model.meanings)
    assert model.qualified("cai") == "Ca.cai"


def test_currents_of_a_whole_cell_move_its_ions_in_the_right_direction() -> None:
    rate = derivatives(whole_cell(), {"membrane.v": -60.0})
    now = intermediates(whole_cell(), {"membrane.v": -60.0})
    assert now["INa.INa"] < 0.0 < now["IK.IK"]
    per_mM = 153e-12 / (96485.33212331 * 25.8e-12) * 1.0  # A/F -> mM/ms
    sodium = now["INa.INa"] + 0.4 * now["Icat.Icat"] + 3 * now["INaK.INaK"] + 3 * now["INaCa.INaCa"]
    potassium = now["IK.IK"] + 0.6 * now["Icat.Icat"] - 2 * now["INaK.INaK"]
    assert rate["Na.nai"] == pytest.approx(-sodium * per_mM, rel=1e-9)
    assert rate["K.ki"] == pytest.approx(-potassium * per_mM, rel=1e-9)


@pytest.mark.parametrize(("activity", "unit"), [(None, "pF"), ((0.75, 0.341), "pF"), ((0.75, 0.341), "uF/cm^2")])
def test_a_constant_field_is_driven_by_activities(activity: tuple[float, float] | None, unit: str) -> None:
    inside, bath = Compartment("i", "10 pL"), Compartment("o")
    cell = Cell("field", capacitance=f"1 {unit}", area="1e-5 cm^2", v="20 mV", inside=inside, outside=bath)
    cell.add(Concentration("cai", CA, inside, initial="0.1 mM"), Concentration("cao", CA, bath, fixed="1.8 mM"))
    cell.add(Channel("ICaL", ion=CA, permeability="1e-4 cm/s", open=0.5, activity=activity))
    gamma_i, gamma_o = activity or (1.0, 1.0)
    xi = 2 * 20.0 * 96485.33212331 / (8314.46261815324 * 310.0)
    driven = xi * (gamma_i * 0.1 * math.exp(xi) - gamma_o * 1.8) / (math.exp(xi) - 1.0)
    expected = 1e-4 * 0.5 * 2 * 96485.33212331 * driven  # cm/s C/mol mM = uA/cm^2, or A/F at 1 uF/cm^2
    assert intermediates(cell.build())["ICaL.ICaL"] == pytest.approx(expected, rel=1e-11)


def test_rapid_buffers_slow_calcium_by_their_capacity() -> None:
    model = whole_cell()
    free = 1e-4
    capacity = 0.05 * 0.00238 / (0.00238 + free) ** 2
    assert intermediates(model)["Ca.beta_cai"] == pytest.approx(1.0 / (1.0 + capacity), rel=1e-14)


def test_a_current_with_its_own_formula_carries_what_it_says() -> None:
    inside = Compartment("i", "10 pL")
    cell = Cell("carrier", capacitance="100 pF", v="-50 mV", inside=inside)
    cell.add(Concentration("nai", NA, inside, initial="10 mM"), Concentration("cai", CA, inside, initial="1 mM"))
    cell.add(Current("If", 2.0 * parse_unit("A/F"), carries={NA: 0.25, CA: 0.75}))
    rate = derivatives(cell.build())
    assert rate["Ca.cai"] / rate["Na.nai"] == pytest.approx(0.75 / 2 / 0.25, rel=1e-14)


def test_an_ion_that_is_named_carries_all_of_a_current() -> None:
    inside = Compartment("i", "10 pL")
    cell = Cell("carrier", capacitance="100 pF", v="-50 mV", inside=inside)
    cell.add(Concentration("cai", CA, inside, initial="1 mM"))
    cell.add(Current("IpCa", 0.5 * parse_unit("A/F"), ion=CA))
    expected = -0.5 * 100e-12 / (2 * 96485.33212331 * 10e-12)  # A/F * F / (C/mol * L) = mol/L/s = mM/ms
    assert derivatives(cell.build())["Ca.cai"] == pytest.approx(expected, rel=1e-11)


def test_units_of_conductances_and_concentrations_are_values() -> None:
    assert (0.3 * mS * mV).unit == parse_unit("uA")
    assert (1 * mM).to(parse_unit("uM")).value == 1000.0


def test_a_unit_stands_in_an_expression_as_one_of_it() -> None:
    assert (v + 10) * mV is (v + 10) * (1.0 * mV)
    assert voltage / mV is voltage / (1.0 * mV)
    assert mM * v is (1.0 * mM) * v
