import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from troponin.errors import ModelError, UnknownNameError
from troponin.library import catalogue
from troponin.library.catalogue import describe, load_library, names
from troponin.model.check import check
from troponin.model.model import Model, Paper
from troponin.units import DIMENSIONLESS, ms

EVERY = [(name, variant) for name in names() for variant in describe(name).variants]
EXCITABLE = [(name, variant) for name, variant in EVERY if name != "land-2017"]
HEART = [(name, variant) for name, variant in EXCITABLE if name != "hodgkin-huxley-1952"]


def test_the_library_has_the_models_that_it_says() -> None:
    assert set(names()) >= {
        "hodgkin-huxley-1952", "beeler-reuter-1977", "ten-tusscher-panfilov-2006", "ohara-rudy-2011", "tomek-2020",
        "land-2017", "torord-land",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "variant"), EVERY)
def test_every_model_is_sound_and_says_where_it_was_published(name: str, variant: str) -> None:
    model = load_library(name, variant)
    assert check(model).sound
    assert (model.name, model.variant, model.time_unit) == (name, variant, ms)
    assert model.paper == describe(name).paper
    assert model.paper.doi.startswith("10.")
    assert model.paper.species
    assert set(model.meanings.values()) | set(model.main_currents) <= set(model.variables)


@pytest.mark.parametrize(("name", "variant"), EXCITABLE)
def test_every_membrane_has_its_meanings_and_its_own_stimulus(name: str, variant: str) -> None:
    model = load_library(name, variant)
    assert {"v", "I_ion", "stimulus", "time"} <= set(model.meanings)
    assert model.main_currents
    assert model.stimulus is not None
    assert model.stimulus.amplitude < 0.0 < model.stimulus.duration


@pytest.mark.parametrize(("name", "variant"), HEART)
def test_every_heart_cell_says_which_variable_is_its_calcium_and_starts_with_a_physiological_one(
    name: str, variant: str
) -> None:
    assert 5e-5 <= load_library(name, variant)["cai"].value <= 2e-4  # mM


@pytest.mark.parametrize(("name", "variant"), EVERY)
def test_every_variable_says_what_it_is_and_every_parameter_is_used(name: str, variant: str) -> None:
    model = load_library(name, variant)
    silent = [x.name for x in (*model.parameters, *model.states) if not x.doc]
    assert silent == []
    assert not [note for note in check(model).notes if "never used" in note or "unused" in note]


@pytest.mark.parametrize(
    ("name", "amplitude", "duration", "carrier"),
    [
        ("torord-land", -53.0, 1.0, "K"),
        ("tomek-2020", -53.0, 1.0, "K"),
        ("ten-tusscher-panfilov-2006", -52.0, 1.0, "K"),
        ("ohara-rudy-2011", -80.0, 0.5, "K"),
        ("beeler-reuter-1977", -25.0, 2.0, None),
    ],
)
def test_the_own_stimulus_is_that_of_the_publication(
    name: str, amplitude: float, duration: float, carrier: str | None
) -> None:
    stimulus = load_library(name).stimulus
    assert stimulus is not None
    assert (stimulus.amplitude, stimulus.duration, stimulus.carrier) == (amplitude, duration, carrier)


def test_conductances_keep_their_papers_names_and_cell_types_differ_by_the_papers_factors() -> None:
    endo, mid, epi = (load_library("torord-land", variant) for variant in ("endo", "mid", "epi"))
    assert float(endo["IKr.GKr"]) == 0.0321
    assert float(epi["IKr.GKr"]) == pytest.approx(1.3 * 0.0321, rel=1e-15)
    assert float(mid["ICaL.PCa"]) == pytest.approx(1.8 * 8.3757e-5, rel=1e-15)
    assert float(load_library("tomek-2020", "mid")["ICaL.PCa"]) == pytest.approx(2.0 * 8.3757e-5, rel=1e-15)


def test_a_mistyped_model_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown model 'torord-lnd'.*torord-land"):
        load_library("torord-lnd")


def test_a_mistyped_variant_is_answered_with_the_nearest_or_all() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown variant 'edno'.*endo"):
        load_library("torord-land", "edno")
    with pytest.raises(UnknownNameError, match="has endo or M or epi"):
        load_library("ten-tusscher-panfilov-2006", "purkinje")


def outside(monkeypatch: pytest.MonkeyPatch, name: str, **content: object) -> None:
    """Let another package, with one module of the given content, add a model under a name."""
    module = ModuleType("another_package")
    module.__dict__.update(content)
    monkeypatch.setitem(sys.modules, "another_package", module)
    point = EntryPoint(name, "another_package", catalogue.ENTRY_POINTS)
    monkeypatch.setattr(catalogue, "entry_points", lambda group: (point,) if group == point.group else ())


def test_another_package_adds_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def model(variant: str) -> Model:
        return Model("own", DIMENSIONLESS, (), variant=variant)

    outside(monkeypatch, "own-2030", PAPER=Paper(doi="10.1/own"), VARIANTS=("left", "right"), model=model)
    assert "own-2030" in names()
    assert load_library("own-2030").variant == "left"
    assert load_library("own-2030", "right").variant == "right"


def test_a_model_of_another_package_with_something_missing_says_what(monkeypatch: pytest.MonkeyPatch) -> None:
    outside(monkeypatch, "own-2030", PAPER=Paper())
    with pytest.raises(ModelError, match="lacks VARIANTS, model"):
        load_library("own-2030")


def test_another_package_cannot_take_a_name_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    outside(monkeypatch, "tomek-2020", PAPER=Paper(), VARIANTS=("x",), model=None)
    with pytest.warns(UserWarning, match="tomek-2020"):
        found = describe("tomek-2020")
    assert found.variants == ("endo", "mid", "epi")


def test_midmyocardial_cells_are_found_by_either_of_their_names() -> None:
    assert load_library("ten-tusscher-panfilov-2006", "mid").variant == "M"
    assert load_library("tomek-2020", "M").variant == "mid"
