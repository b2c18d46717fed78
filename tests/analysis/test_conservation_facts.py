"""What `conservation_facts` says of cells whose conservation is known."""

from troponin.analysis.conservation_facts import conservation_facts
from troponin.library.catalogue import load_library
from troponin.model.model import Model


def first(model: Model) -> str:
    return next(conservation_facts(model))


def test_the_charge_of_a_cell_with_a_carried_stimulus_is_conserved():
    assert first(load_library("ten-tusscher-panfilov-2006")).startswith("charge is conserved: membrane.v")


def test_a_cell_whose_chloride_is_held_does_not_conserve_charge():
    assert first(load_library("torord-land")).startswith("charge is not conserved")


def test_a_stimulus_that_no_ion_carries_is_told():
    from troponin.physiology.cell import Cell
    from troponin.physiology.channel import Channel
    from troponin.physiology.compartment import Compartment, Concentration
    from troponin.physiology.ion import Ion
    from troponin.physiology.membrane import StimulusCurrent

    k, inside, bath = Ion("K", charge=+1), Compartment("i", "25 pL"), Compartment("o")
    cell = Cell("leak", capacitance="150 pF", v="-20 mV", inside=inside, outside=bath)
    cell.add(Concentration("K.ki", k, inside, initial="140 mM"), Concentration("K.ko", k, bath, fixed="5.4 mM"))
    cell.add(Channel("IL", ion=k, conductance="0.1 mS/uF"), StimulusCurrent("-50 A/F", "1 ms"))
    assert first(cell.build()) == ("charge is conserved at rest (membrane.v, K.ki), but not by what drives the cell")


def test_the_occupancies_of_a_markov_channel_are_conserved():
    assert any(
        "IKr.C3" in fact and fact.startswith("conserved") for fact in conservation_facts(load_library("tomek-2020"))
    )


def test_a_cell_without_moving_ions_is_not_asked_for_its_charge():
    assert list(conservation_facts(load_library("hodgkin-huxley-1952"))) == []
