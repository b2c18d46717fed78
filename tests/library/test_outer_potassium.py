"""Outer potassium: the conductances that grow with it, where every reference has one concentration only."""

from __future__ import annotations

import math

import pytest

from troponin.library.catalogue import load_library
from troponin.model.derivatives import intermediates
from troponin.model.model import Model

KO = {
    "ten-tusscher-panfilov-2006": "extracellular.Ko", "ohara-rudy-2011": "extracellular.ko",
    "tomek-2020": "extracellular.ko", "torord-land": "extracellular.ko",
}  # fmt: skip


def conductance(model: Model, current: str, ko: float, v: float) -> float:
    """I / (v - E_K) [mS/uF] with outer potassium `ko` [mM] at `v` [mV]."""
    now = intermediates(model, {KO[model.name]: ko, "v": v})
    return now[f"{current}.{current}"] / (v - now["reversal.EK"])


def e_k(model: Model, ko: float) -> float:
    return intermediates(model, {KO[model.name]: ko})["reversal.EK"]


@pytest.mark.parametrize("name", KO)
def test_ikr_grows_with_the_square_root_of_outer_potassium(name: str) -> None:
    model = load_library(name)
    if name == "ohara-rudy-2011":
        model = model.with_values({"IKr.xrf": 0.3, "IKr.xrs": 0.3})  # it starts with all of them shut
    ratio = conductance(model, "IKr", 8.0, -20.0) / conductance(model, "IKr", 4.0, -20.0)
    assert ratio == pytest.approx(math.sqrt(2.0), rel=1e-12)


@pytest.mark.parametrize("name", ["ten-tusscher-panfilov-2006", "tomek-2020", "torord-land"])
def test_ik1_grows_with_the_square_root_of_outer_potassium_and_shifts_with_e_k(name: str) -> None:
    model = load_library(name)
    low, high = (conductance(model, "IK1", ko, e_k(model, ko) + 20.0) for ko in (4.0, 8.0))
    assert high / low == pytest.approx(math.sqrt(2.0), rel=1e-12)


def test_ik1_of_ohara_and_rudy_shifts_by_2_6_mv_for_each_mm_of_outer_potassium() -> None:
    model = load_library("ohara-rudy-2011")
    low, high = (conductance(model, "IK1", ko, -100.0 + 2.6 * ko) for ko in (4.0, 8.0))
    assert high / low == pytest.approx(math.sqrt(2.0), rel=1e-12)


def test_ikatp_opens_with_lack_of_atp_and_with_outer_potassium() -> None:
    model = load_library("tomek-2020").with_values({"IKATP.fkatp": 0.05})
    for ko in (5.0, 10.0):
        expected = 4.3195 * 0.05 * (ko / 5.0) ** 0.24 / (1.0 + (2.0 / 0.25) ** 2)
        assert conductance(model, "IKATP", ko, -40.0) == pytest.approx(expected, rel=1e-12)
    assert intermediates(load_library("tomek-2020"))["IKATP.IKATP"] == 0.0
