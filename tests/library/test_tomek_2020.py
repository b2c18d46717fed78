import pytest

from tests.library.corrected_pump import with_corrected_pump
from tests.library.reference import assert_derivatives_agree, assert_second_agrees, load
from troponin import BDF, Save, simulate
from troponin.analysis import biomarkers
from troponin.library.catalogue import load_library
from troponin.model.model import Model
from troponin.protocol import pacing

IONS = ("nai", "nass", "ki", "kss", "cai", "cass", "cansr", "cajsr", "cli", "clss")
MMT_COMPONENTS = {"INa": "ina", "INaL": "inal", "Ito": "ito", "ICaL": "ical", "IKr": "ikr", "IKs": "iks"}
MMT = {
    "membrane.v": "membrane.V", "CaMK.CaMKt": "camk.CaMK_trapped", "ryr.Jrel_np": "ryr.Jrelnp",
    "ryr.Jrel_p": "ryr.Jrelp", "IKs.xs1": "iks.x1", "IKs.xs2": "iks.x2", "INaL.mL": "inal.m", "INaL.hL": "inal.h",
    "INaL.hLp": "inal.hp", "Ito.iF": "ito.if", "Ito.iS": "ito.is", "Ito.iFp": "ito.ifp", "Ito.iSp": "ito.isp",
    "sodium.nai": "sodium.Na_i", "sodium.nass": "sodium.Na_ss", "potassium.ki": "potassium.K_i",
    "potassium.kss": "potassium.K_ss", "calcium.cai": "calcium.Ca_i", "calcium.cass": "calcium.Ca_ss",
    "calcium.cansr": "calcium.Ca_nsr", "calcium.cajsr": "calcium.Ca_jsr", "chloride.cli": "chloride.Cl_i",
    "chloride.clss": "chloride.Cl_ss",
}  # fmt: skip


def cellml_names(model: Model) -> dict[str, str]:
    names = {}
    for state in model.states:
        short = state.name.rpartition(".")[2]
        names[state.name] = f"intracellular_ions.{short}" if short in IONS else state.name
    return names


def mmt_names(model: Model) -> dict[str, str]:
    names = {}
    for state in model.states:
        component, _, short = state.name.partition(".")
        names[state.name] = MMT.get(state.name, f"{MMT_COMPONENTS.get(component, component)}.{short}")
    return names


@pytest.mark.parametrize("variant", ["endo", "epi"])
def test_its_derivatives_are_those_of_the_authors_cellml(variant: str) -> None:
    model = load_library("tomek-2020", variant)
    reference = load(f"cellml/ToRORd_dynCl_{variant}")
    assert_derivatives_agree(model, reference, cellml_names(model), lambda probe: probe.values["membrane.Istim"])


def test_its_derivatives_are_those_of_myokit_once_the_pump_is_corrected() -> None:
    model = with_corrected_pump(load_library("tomek-2020", "endo"))
    reference = load("mmt/tomek-2020")
    assert_derivatives_agree(model, reference, mmt_names(model), lambda probe: probe.values["stimulus.i_stim"])


@pytest.mark.parametrize("variant", ["endo", "epi"])
def test_one_second_follows_the_authors_cellml(variant: str) -> None:
    model = load_library("tomek-2020", variant)
    reference = load(f"cellml/ToRORd_dynCl_{variant}")
    assert_second_agrees(model, reference, cellml_names(model), pacing.regular("1000 ms", beats=1))


def test_one_second_follows_myokit_once_the_pump_is_corrected() -> None:
    model = with_corrected_pump(load_library("tomek-2020", "endo"))
    beat = pacing.regular("1000 ms", beats=1, start="50 ms", amplitude="-106 A/F", duration="0.5 ms")
    assert_second_agrees(model, load("mmt/tomek-2020"), mmt_names(model), beat)


@pytest.mark.parametrize(
    ("variant", "beats", "rest", "apd50", "apd90", "lowest", "peak"),
    [
        ("endo", 300, -89.748, 219.41, 272.22, 0.0745, 0.385),
        ("epi", 200, -89.882, 197.88, 238.03, 0.0661, 0.671),
        ("mid", 200, -89.557, 277.31, 338.28, 0.0807, 1.084),
    ],
)
def test_its_biomarkers_are_those_of_myokit(
    variant: str, beats: int, rest: float, apd50: float, apd90: float, lowest: float, peak: float
) -> None:
    start = {state.name: state.initial for state in load_library("tomek-2020", "endo").states}
    model = load_library("tomek-2020", variant).with_values(start)  # Myokit's file starts every cell type from this
    kept = Save(["v", "cai"], every="0.1 ms", last="1000 ms")
    run = simulate(model, pacing.regular("1000 ms", beats=beats), solver=BDF(rtol=1e-08), save=kept)
    assert biomarkers.resting_potential(run) == pytest.approx(rest, abs=0.01)
    assert biomarkers.apd(run, 50) == pytest.approx(apd50, abs=0.1)
    assert biomarkers.apd(run, 90) == pytest.approx(apd90, abs=0.1)
    assert float(run["cai"].min()) * 1e3 == pytest.approx(lowest, abs=1e-4)
    assert biomarkers.calcium_peak(run) == pytest.approx(peak, abs=1e-3)
