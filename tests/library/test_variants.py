import pytest

from troponin.errors import UnknownNameError
from troponin.library.catalogue import load_library
from troponin.library.variants import as_variant, initial_state

TABLES = [
    ("ten_tusscher_panfilov_2006", "M", "ten-tusscher-panfilov-2006", "M"),
    ("ohara_rudy_2011", "all", "ohara-rudy-2011", "epi"),
    ("tomek_2020", "mid", "tomek-2020", "mid"),
    ("torord_land", "epi", "torord-land", "epi"),
]


@pytest.mark.parametrize(("table", "column", "name", "variant"), TABLES)
def test_a_model_starts_from_every_value_of_its_table(table: str, column: str, name: str, variant: str) -> None:
    model = load_library(name, variant)
    states = initial_state(table, column)
    absent = {state.name for state in model.states} - set(states)
    assert absent <= {"land.Cd"}  # the passive dashpot rests at zero strain
    for state, value in states.items():
        assert model[state] == value


def test_a_variant_without_a_column_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown variant 'edno'.*endo"):
        initial_state("tomek_2020", "edno")


def test_factors_multiply_the_values_of_the_first_cell_type() -> None:
    endo = load_library("tomek-2020")
    changed = as_variant(endo, "epi", {"IKr.GKr": {"epi": 2.0}, "IKs.GKs": {"mid": 3.0}})
    assert float(changed["IKr.GKr"]) == 2.0 * float(endo["IKr.GKr"])
    assert changed["IKs.GKs"] == endo["IKs.GKs"]
