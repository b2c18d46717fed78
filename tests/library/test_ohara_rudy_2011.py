import pytest

from tests.library.corrected_pump import with_corrected_pump
from tests.library.reference import assert_derivatives_agree, assert_second_agrees, load
from troponin import BDF, Save, simulate
from troponin.analysis import biomarkers
from troponin.library.catalogue import load_library
from troponin.model.model import Model
from troponin.protocol import pacing

IONS = {"sodium": "Na", "potassium": "K", "calcium": "Ca"}
MMT_GATES = {
    "INaL": {"mL": "m", "hL": "h", "hLp": "hp"},
    "Ito": {"iF": "if", "iS": "is", "iFp": "ifp", "iSp": "isp"},
    "IKr": {"xrf": "xf", "xrs": "xs"},
    "IKs": {"xs1": "x1", "xs2": "x2"},
    "IK1": {"xk1": "x"},
    "ryr": {"Jrel_np": "Jrelnp", "Jrel_p": "Jrelp"},
    "CaMK": {"CaMKt": "CaMK_trapped"},
}


def cellml_names(model: Model) -> dict[str, str]:
    names = {}
    for state in model.states:
        component, _, short = state.name.partition(".")
        theirs = f"intracellular_ions.{short}" if component in IONS else state.name
        names[state.name] = theirs.replace("Jrel_", "Jrel")
    return names


def mmt_names(model: Model) -> dict[str, str]:
    names = {}
    for state in model.states:
        component, _, short = state.name.partition(".")
        if component in IONS:
            names[state.name] = f"{component}.{IONS[component]}_{short.removeprefix(IONS[component].lower())}"
        else:
            names[state.name] = f"{component.lower()}.{MMT_GATES.get(component, {}).get(short, short)}"
    return names | {"membrane.v": "membrane.V"}


@pytest.mark.parametrize("variant", ["endo", "epi"])
def test_its_derivatives_are_those_of_the_cellml_files(variant: str) -> None:
    model = load_library("ohara-rudy-2011", variant)
    reference = load(f"cellml/ohara_rudy_2011_{variant}")
    assert_derivatives_agree(model, reference, cellml_names(model), lambda probe: probe.values["membrane.Istim"])


def test_its_derivatives_are_those_of_myokit_once_the_pump_is_corrected() -> None:
    model = with_corrected_pump(load_library("ohara-rudy-2011", "epi"))
    reference = load("mmt/ohara-2011")
    assert_derivatives_agree(model, reference, mmt_names(model), lambda probe: probe.values["stimulus.i_stim"])


@pytest.mark.parametrize("variant", ["endo", "epi"])
def test_one_second_follows_the_cellml_files(variant: str) -> None:
    model = load_library("ohara-rudy-2011", variant)
    reference = load(f"cellml/ohara_rudy_2011_{variant}")
    assert_second_agrees(model, reference, cellml_names(model), pacing.regular("1000 ms", beats=1, start="10 ms"))


def test_after_1000_beats_its_biomarkers_are_those_of_myokit() -> None:
    model = with_corrected_pump(load_library("ohara-rudy-2011", "epi"))  # the cell type of Myokit's file as it is
    beat = pacing.regular("1000 ms", beats=1000, amplitude="-116 A/F", duration="0.5 ms")
    run = simulate(model, beat, solver=BDF(rtol=1e-07), save=Save(["v", "cai"], every="0.1 ms", last="1000 ms"))
    assert biomarkers.resting_potential(run) == pytest.approx(-87.929, abs=0.01)
    assert biomarkers.peak_potential(run) == pytest.approx(38.703, abs=0.02)
    assert biomarkers.apd(run, 50) == pytest.approx(181.11, abs=0.1)
    assert biomarkers.apd(run, 90) == pytest.approx(227.97, abs=0.1)
    assert float(run["cai"].min()) * 1e3 == pytest.approx(0.0782, abs=1e-4)
    assert biomarkers.calcium_peak(run) == pytest.approx(0.648, abs=1e-3)
    assert biomarkers.calcium_time_to_peak(run) == pytest.approx(41.4, abs=0.1)


def test_the_slips_in_the_pump_are_not_seen_in_the_action_potential() -> None:
    published = load_library("ohara-rudy-2011", "endo")
    kept = Save(["v"], every="0.1 ms", last="1000 ms")
    apds = [
        biomarkers.apd(simulate(model, pacing.regular("1000 ms", beats=300), solver=BDF(rtol=1e-07), save=kept), 90)
        for model in (published, with_corrected_pump(published))
    ]
    assert apds[0] == pytest.approx(apds[1], abs=0.02)
