import pytest

from tests.library.reference import assert_derivatives_agree, assert_second_agrees, load
from troponin import BDF, Save, simulate
from troponin.analysis import biomarkers
from troponin.library.catalogue import load_library
from troponin.model.model import Model
from troponin.protocol import pacing

CELLML = {
    "membrane.v": "membrane.V",
    "IKr.Xr1": "rapid_time_dependent_potassium_current_Xr1_gate.Xr1",
    "IKr.Xr2": "rapid_time_dependent_potassium_current_Xr2_gate.Xr2",
    "IKs.Xs": "slow_time_dependent_potassium_current_Xs_gate.Xs",
    "INa.m": "fast_sodium_current_m_gate.m",
    "INa.h": "fast_sodium_current_h_gate.h",
    "INa.j": "fast_sodium_current_j_gate.j",
    "ICaL.d": "L_type_Ca_current_d_gate.d",
    "ICaL.f": "L_type_Ca_current_f_gate.f",
    "ICaL.f2": "L_type_Ca_current_f2_gate.f2",
    "ICaL.fCass": "L_type_Ca_current_fCass_gate.fCass",
    "Ito.s": "transient_outward_current_s_gate.s",
    "Ito.r": "transient_outward_current_r_gate.r",
    "calcium.Cai": "calcium_dynamics.Ca_i",
    "calcium.CaSR": "calcium_dynamics.Ca_SR",
    "calcium.CaSS": "calcium_dynamics.Ca_ss",
    "Irel.R": "calcium_dynamics.R_prime",
    "sodium.Nai": "sodium_dynamics.Na_i",
    "potassium.Ki": "potassium_dynamics.K_i",
}


def mmt_names() -> dict[str, str]:
    names = {}
    for ours in CELLML:
        component, _, short = ours.partition(".")
        names[ours] = f"{component.lower()}.{short.lower() if component.startswith('IK') else short}"
    return names | {"membrane.v": "membrane.V", "ICaL.fCass": "ical.fCaSS", "Irel.R": "jrel.R"}


def with_constants_of_myokit(model: Model) -> Model:
    return model.with_values({"phys.R": "8314 mJ/mol/K", "phys.F": "96485 C/mol"})


@pytest.mark.parametrize("variant", ["endo", "M", "epi"])
def test_its_derivatives_are_those_of_the_cellml_files(variant: str) -> None:
    model = load_library("ten-tusscher-panfilov-2006", variant)
    reference = load(f"cellml/ten_tusscher_model_2006_{variant}")
    assert_derivatives_agree(model, reference, CELLML, lambda probe: probe.values["membrane.i_Stim"])


def test_its_derivatives_are_those_of_myokit() -> None:
    model = with_constants_of_myokit(load_library("ten-tusscher-panfilov-2006", "epi"))
    reference = load("mmt/tentusscher-2006")
    assert_derivatives_agree(model, reference, mmt_names(), lambda probe: probe.values["stimulus.i_stim"])


@pytest.mark.parametrize("variant", ["endo", "M", "epi"])
def test_one_second_follows_the_cellml_files(variant: str) -> None:
    model = load_library("ten-tusscher-panfilov-2006", variant)
    reference = load(f"cellml/ten_tusscher_model_2006_{variant}")
    assert_second_agrees(model, reference, CELLML, pacing.regular("1000 ms", beats=1, start="100 ms"))


@pytest.mark.parametrize(
    ("variant", "rest", "apd50", "apd90", "peak"),
    [
        ("endo", -85.466, 274.46, 302.05, 0.836),
        ("epi", -85.432, 274.65, 301.76, 0.893),
        ("M", -85.308, 370.02, 400.41, 1.318),
    ],
)
def test_its_biomarkers_are_those_of_myokit(variant: str, rest: float, apd50: float, apd90: float, peak: float) -> None:
    start = {state.name: state.initial for state in load_library("ten-tusscher-panfilov-2006", "epi").states}
    model = load_library("ten-tusscher-panfilov-2006", variant).with_values(start)  # Myokit's file starts all from this
    beat = pacing.regular("1000 ms", beats=200, amplitude="-94 A/F", duration="0.5 ms")
    kept = Save(["v", "cai"], every="0.1 ms", last="1000 ms")
    run = simulate(with_constants_of_myokit(model), beat, solver=BDF(rtol=1e-08), save=kept)
    assert biomarkers.resting_potential(run) == pytest.approx(rest, abs=0.01)
    assert biomarkers.apd(run, 50) == pytest.approx(apd50, abs=0.1)
    assert biomarkers.apd(run, 90) == pytest.approx(apd90, abs=0.1)
    assert biomarkers.calcium_peak(run) == pytest.approx(peak, abs=1e-3)
