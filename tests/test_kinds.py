"""A thing of the wrong kind is told by what it is, what is meant and how to get it."""

from collections.abc import Callable

import pytest
import xarray as xr

import troponin as tn
from troponin.errors import KindError, SolverError, ValueRangeError

potassium, inside = tn.Ion("K", charge=+1), tn.Compartment("i")


def beat() -> xr.Dataset:
    return tn.simulate(tn.load("beeler-reuter-1977"), tn.pacing.regular("500 ms"), save=tn.Save("v", every="1 ms"))


@pytest.mark.parametrize(
    ("make", "meant"),
    [
        (lambda: tn.check("torord-land"), "a Model"),
        (lambda: tn.derivatives(None), "a Model"),
        (lambda: tn.clamped("torord-land", "v"), "a Model"),
        (lambda: tn.pacing.shifted("10 ms", "1 ms"), "a protocol"),
        (lambda: tn.pacing.repeated(tn.pacing.on_demand("1 s"), 2), "a protocol"),
        (lambda: tn.pacing.on_baseline(None, "1 A/F"), "a protocol"),
        (lambda: tn.Channel("INa", ion="Na", conductance="1 mS/cm^2"), "an ion"),
        (lambda: tn.Channel(None, reversal="-80 mV", conductance="1 mS/cm^2"), "a name"),
        (lambda: tn.Concentration("ki", "K", inside, initial="140 mM"), "an ion"),
        (lambda: tn.Concentration("ki", potassium, "i", initial="140 mM"), "a compartment"),
        (lambda: tn.biomarkers.apd(None, "90"), "a number"),
        (lambda: tn.biomarkers.apd(beat(), 90, beat=1.5), "the number of a beat"),
        (lambda: tn.biomarkers.apd(beat(), 90, beat="last"), "the number of a beat"),
        (lambda: tn.carried("torord-land"), "a Model"),
        (lambda: tn.limit_cycle("torord-land", "1000 ms"), "a Model"),
        (lambda: tn.restitution.s1s2(None, "1000 ms", ["300 ms"]), "a Model"),
        (lambda: tn.excitation.threshold("torord-land"), "a Model"),
        (lambda: tn.measure(tn.load("land-2017"), tn.pacing.rest("1 s"), names=[5]), "the name of a biomarker"),
        (lambda: tn.clamped(tn.load("beeler-reuter-1977"), ["v"]), "the name of a variable"),
        (lambda: tn.pacing.on_crossing("v", "-20 mV", ["rising"]), "one of rising, falling, either"),
        (lambda: tn.pacing.recorded(5, "v"), "the Dataset of a run"),
        (lambda: tn.pacing.to_dict(5), "a protocol"),
        (lambda: tn.disturbances(beat(), relative_alternans="a"), "a number"),
    ],
)
def test_what_is_of_the_wrong_kind_is_refused_with_what_is_meant(make: Callable[[], object], meant: str):
    with pytest.raises(KindError, match=f"expected {meant}"):
        make()


def test_a_cell_under_construction_is_to_be_built_first():
    with pytest.raises(KindError, match=r"Build it first: \.build\(\)"):
        tn.simulate(tn.Cell("axon", capacitance="1 uF/cm^2", v="-60 mV"), duration="1 ms")


@pytest.mark.parametrize(
    "make",
    [
        lambda: tn.BDF(rtol="1e-6"),
        lambda: tn.Rosenbrock(max_step="1 ms"),
        lambda: tn.RushLarsen(step="0.01 ms"),
        lambda: tn.BDF(max_order="5"),
    ],
)
def test_settings_of_a_solver_are_numbers(make: Callable[[], object]):
    with pytest.raises(SolverError, match="expected a number in the model's own unit"):
        make()


def test_a_batch_without_cells_has_nothing_to_measure():
    many = tn.simulate(
        tn.load("beeler-reuter-1977"), tn.pacing.regular("500 ms"), values={"INa.gNa": [4.0]}, save=tn.Save("v")
    )
    with pytest.raises(ValueRangeError, match="without cells"):
        tn.biomarkers.table(many.isel(cell=[]))
