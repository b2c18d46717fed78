"""carried: the stimulus of a cell enters the balance of an ion as the ion's own currents do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.formats.conformance import SHARED
from troponin.analysis.conservation import conserved_quantities
from troponin.errors import ModelError, UnknownNameError
from troponin.expr.nodes import Symbol
from troponin.formats.registry import load
from troponin.library.catalogue import load_library
from troponin.model.carrier import carried
from troponin.model.check import check
from troponin.model.derivatives import derivatives
from troponin.model.model import Equation, Input, Model, Parameter, Role, State, Stimulus
from troponin.units import ms, parse_unit

CORPUS = SHARED / "corpus" / "cellml"


def published(name: str) -> Model:
    path = CORPUS / f"{name}.cellml"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    return load(path)


def driven(model: Model, stimulus: float) -> Model:
    """The model with a constant stimulus."""
    inputs = tuple(replace(i, value=stimulus) if i.role == Role.STIMULUS else i for i in model.inputs)
    return replace(model, inputs=inputs, pacing=None)


def cell(share: float = 0.02) -> Model:
    """dv/dt = -(IK + INa + Ip + I)/C,  dK/dt = -(IK - 2 Ip) a,  dNa/dt = -(INa + 3 Ip) a: the stimulus is no ion's."""
    v, k, na, a = Symbol("cell.v"), Symbol("cell.k"), Symbol("cell.na"), Symbol("cell.a")
    ik, ina, ip, i = Symbol("IK.i"), Symbol("INa.i"), Symbol("pump.i"), Symbol("outside.i")
    mV, mM, A_F, one = parse_unit("mV"), parse_unit("mM"), parse_unit("A/F"), parse_unit("1")
    unit = parse_unit("mM/mV")
    return Model(
        "small",
        ms,
        states=(
            State("cell.v", mV, -80.0, -(ik + ina + ip + i)),
            State("cell.k", mM, 140.0, -a * (ik - 2.0 * ip)),
            State("cell.na", mM, 10.0, -a * (ina + 3.0 * ip)),
        ),
        parameters=(Parameter("cell.a", unit, share),),
        inputs=(Input("outside.i", A_F, Role.STIMULUS),),
        equations=(
            Equation("IK.i", A_F, 0.1 * (v + 90.0 - 0.01 * k)),
            Equation("INa.i", A_F, 0.001 * (v - 50.0 + na)),
            Equation("pump.i", A_F, 0.01 * na),
            Equation("unused.i", one, ik + ina),
        ),
        meanings={"v": "cell.v", "ki": "cell.k", "nai": "cell.na", "stimulus": "outside.i"},
        stimulus=Stimulus(-20.0, 1.0),
    )


def test_a_stimulus_into_the_whole_cell_is_shared_out_by_the_capacitance() -> None:
    # the currents are per capacitance, the stimulus is not: 50 pF make 1 pA to 0.02 A/F
    small = cell()
    first = small.states[0]
    i, capacitance = Symbol("outside.i"), Symbol("cell.capacitance")
    rate = -(Symbol("IK.i") + Symbol("INa.i") + Symbol("pump.i") + i / capacitance)
    whole = replace(
        small,
        states=(replace(first, rate=rate), *small.states[1:]),
        parameters=(*small.parameters, Parameter("cell.capacitance", parse_unit("pF"), 50.0)),
        inputs=(Input("outside.i", parse_unit("pA"), Role.STIMULUS),),
    )
    model = carried(whole)
    at_rest, under_drive = derivatives(driven(model, 0.0)), derivatives(driven(model, -500.0))
    assert under_drive["cell.v"] - at_rest["cell.v"] == pytest.approx(10.0)
    assert under_drive["cell.k"] - at_rest["cell.k"] == pytest.approx(0.02 * 10.0)


@pytest.mark.parametrize(("ion", "state"), [("K", "cell.k"), ("Na", "cell.na"), ("cell.k", "cell.k")])
def test_the_stimulus_changes_the_ion_as_much_as_a_current_of_the_ion_would(ion: str, state: str) -> None:
    model = carried(cell(), ion)
    at_rest, under_drive = derivatives(driven(model, 0.0)), derivatives(driven(model, -10.0))
    changes = {name: under_drive[name] - at_rest[name] for name in at_rest}
    others = {name for name in changes if name not in ("cell.v", state)}
    assert changes["cell.v"] == pytest.approx(10.0)
    assert changes[state] == pytest.approx(0.2)
    assert all(changes[name] == 0.0 for name in others)
    assert model.stimulus == Stimulus(-20.0, 1.0, ion)


def test_charge_that_was_conserved_at_rest_only_is_conserved_under_a_stimulus() -> None:
    assert not conserved_quantities(cell())
    assert len(conserved_quantities(cell(), driven=False)) == 1
    assert [q.states for q in conserved_quantities(carried(cell()))] == [("cell.v", "cell.k", "cell.na")]


def test_without_a_stimulus_nothing_is_changed() -> None:
    before, after = derivatives(cell()), derivatives(carried(cell()))
    assert before == after


@pytest.mark.parametrize("name", ["courtemanche_ramirez_nattel_1998", "earm_noble_model_1990"])
def test_published_cells_whose_stimulus_no_ion_carries_conserve_their_charge_with_a_carrier(name: str) -> None:
    model = published(name)
    charge = conserved_quantities(model, driven=False)[0].states
    assert not conserved_quantities(model)
    with_carrier = carried(model, "K")
    assert [q.states for q in conserved_quantities(with_carrier)] == [charge]
    assert len(check(with_carrier).errors) == len(check(model).errors)


def test_a_current_that_leaves_a_cleft_brings_the_stimulus_from_there() -> None:
    model = carried(published("nygren_atrial_model_1998"), "K")
    at_rest, under_drive = derivatives(driven(model, 0.0)), derivatives(driven(model, -280.0))
    assert under_drive["intracellular_ion_concentrations.K_i"] > at_rest["intracellular_ion_concentrations.K_i"]
    assert under_drive["cleft_space_ion_concentrations.K_c"] < at_rest["cleft_space_ion_concentrations.K_c"]


def test_currents_that_disagree_are_listed_and_one_may_be_chosen() -> None:
    model = published("mahajan_shiferaw_2008")
    with pytest.raises(ModelError, match=r'(?s)like="INa\.xina".*INaK\.xiNaK'):
        carried(model, "Na")
    assert carried(model, "Na", like="INa.xina").stimulus is not None


def test_what_cannot_be_carried_says_why() -> None:
    with pytest.raises(ModelError, match="carried already"):
        carried(load_library("ten-tusscher-panfilov-2006"))
    with pytest.raises(ModelError, match="no stimulus"):
        carried(load_library("land-2017"))
    with pytest.raises(UnknownNameError, match="cli"):
        carried(cell(), "Cl")
    with pytest.raises(ModelError, match="no state"):
        carried(cell(), "cell.a")
    without_currents = replace(cell(), equations=(), states=cell().states[:1] + cell().states[1:2])
    with pytest.raises(ModelError, match="no current moves both"):
        carried(without_currents)
