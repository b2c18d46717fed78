"""Contraction against closed forms: steady states, length dependence, distortion under constant stretch."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from tests.physiology.cells import CA
from tests.physiology.motion import move, quantity
from troponin.errors import ModelError, UnitError, UnknownNameError
from troponin.model.check import check
from troponin.model.derivatives import derivatives, intermediates
from troponin.model.model import Model
from troponin.physiology.cell import Cell
from troponin.physiology.compartment import Compartment, Concentration
from troponin.physiology.contraction import INTACT, SKINNED, Contraction
from troponin.units import uM

STATES = ("CaTrpn", "TmB", "XW", "XS", "Zetaw", "Zetas", "Cd")


def muscle(calcium: str = "0.5 uM", parameters: Mapping[str, str] = INTACT, **more: object) -> Model:
    cell = Cell("muscle")
    given = cell.input("calcium.cai", "calcium", calcium)
    cell.add(Contraction(given, parameters=parameters, calcium_unit=uM, **more))  # type: ignore[arg-type]
    return cell.build()


@pytest.mark.parametrize(
    ("stretch", "expected"),
    [(1.0, 1.0), (0.87, 0.701), (0.9, 0.77), (1.1, 1.23), (1.2, 1.46), (1.3, 1.46), (0.71, 0.0)],
)
def test_tension_depends_on_length_as_published(stretch: float, expected: float) -> None:
    assert intermediates(muscle(), {"stretch": stretch})["land.h"] == pytest.approx(expected, abs=1e-14)


def test_the_length_where_tension_ends_is_where_the_line_meets_zero() -> None:
    end = (1.87 - 1.0 / 2.3) / 2.0
    above, below = (intermediates(muscle(), {"stretch": end + x})["land.h"] for x in (1e-6, -1e-6))
    assert above == pytest.approx(2 * 2.3 * 1e-6, rel=1e-6)
    assert below == 0.0


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (INTACT, {"kwu": 0.170, "ksu": 0.018, "A": 10.0, "cw": 0.40586, "cs": 0.04014, "kb": 0.01400583}),
        (SKINNED, {"kwu": 0.022, "ksu": 0.006, "A": 10.0, "cw": 0.05798, "cs": 0.01338, "kb": 0.26480027}),
    ],
)
def test_rates_that_follow_from_ratios_have_the_published_values(
    parameters: Mapping[str, str], expected: dict[str, float]
) -> None:
    now = intermediates(muscle(parameters=parameters))
    got = {name: now[f"land.{name}"] for name in expected}
    assert got == pytest.approx(expected, rel=5e-7)


@pytest.mark.parametrize("parameters", [INTACT, SKINNED, {**INTACT, "rw": "0.4", "rs": "0.3"}])
@pytest.mark.parametrize("calcium", ["0.03 uM", "0.2 uM", "0.6 uM", "3 uM", "20 uM"])
def test_a_muscle_in_its_closed_form_steady_state_stays_there(parameters: Mapping[str, str], calcium: str) -> None:
    rates = derivatives(muscle(calcium, parameters))
    assert max(abs(x) for x in rates.values()) < 1e-14


def test_a_muscle_rests_at_its_rest_length() -> None:
    model = muscle()
    assert (model["stretch"].value, model["stretch_rate"].value, model["land.Cd"].value) == (1.0, 0.0, 0.0)


def test_a_muscle_that_starts_relaxed_ends_in_the_closed_form_steady_state() -> None:
    start = {"XS": 0.0, "XW": 0.0, "CaTrpn": 1e-4, "TmB": 1.0}
    _, states = move(muscle("0.5 uM", initial=start), 3000.0, every=1000.0, rtol=1e-12)
    rest = muscle("0.5 uM")
    for name in STATES:
        assert states[f"land.{name}"][-1] == pytest.approx(rest[f"land.{name}"].value, rel=1e-9, abs=1e-12)


def test_occupancies_and_the_unbound_fraction_add_up_to_one() -> None:
    now = intermediates(muscle("0.7 uM"))
    model = muscle("0.7 uM")
    whole = now["land.XU"] + sum(model[f"land.{x}"].value for x in ("TmB", "XW", "XS"))
    assert whole == pytest.approx(1.0, rel=1e-15)


def test_distortion_under_constant_stretch_follows_its_exact_solution() -> None:
    rate, strong, weak = 2e-3, 0.04014, 0.40586
    ramp = {"mechanics.stretch_rate": rate}
    t, states = move(muscle(), 40.0, lambda t: ramp | {"mechanics.stretch": 1.0 + rate * t}, every=2.0, rtol=1e-11)
    np.testing.assert_allclose(states["land.Zetas"], 10 * rate / strong * -np.expm1(-strong * t), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(states["land.Zetaw"], 10 * rate / weak * -np.expm1(-weak * t), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(
    ("distortion", "expected"), [(0.5, 0.5), (-0.5, 0.0), (-1.0, 0.0), (-1.5, 0.5), (0.0, 0.0), (2.0, 2.0)]
)
def test_strong_crossbridges_do_not_detach_faster_in_the_dead_zone(distortion: float, expected: float) -> None:
    now = intermediates(muscle(), {"land.Zetas": distortion})
    assert now["land.gammasu"] == pytest.approx(0.0085 * expected, abs=1e-16)


def test_weak_crossbridges_detach_faster_by_strain_of_either_sign() -> None:
    both = [intermediates(muscle(), {"land.Zetaw": x})["land.gammawu"] for x in (-0.3, 0.3)]
    assert both == pytest.approx([0.615 * 0.3] * 2, rel=1e-14)


def test_strained_crossbridges_leave_at_the_rates_of_their_detachment() -> None:
    strain = {"land.Zetas": -1.4, "land.Zetaw": 0.2}
    model = muscle("0.6 uM")
    xs, xw = (model[f"land.{x}"].value for x in ("XS", "XW"))
    rates = derivatives(model, strain)  # from the steady state nothing else is left
    assert rates["land.XS"] == pytest.approx(-0.0085 * 0.4 * xs, rel=1e-11)
    assert rates["land.XW"] == pytest.approx(-0.615 * 0.2 * xw, rel=1e-11)


def test_tension_is_that_of_bound_crossbridges_and_of_strained_weak_ones() -> None:
    now = intermediates(muscle(), {"land.XS": 0.1, "land.XW": 0.2, "land.Zetas": 0.05, "land.Zetaw": -0.1})
    assert now["land.Ta"] == pytest.approx(120.0 / 0.25 * (0.1 * 1.05 - 0.2 * 0.1), rel=1e-14)
    assert now["land.T"] == pytest.approx(now["land.Ta"] + now["land.Tp"], rel=1e-15)


@pytest.mark.parametrize(("lag", "viscosity"), [(1e-9, 200.0), (-1e-9, 20.0)])
def test_the_dashpot_is_stiffer_as_soon_as_it_lengthens(lag: float, viscosity: float) -> None:
    assert intermediates(muscle(), {"stretch": 1.1, "land.Cd": 0.1 - lag})["land.eta"] == viscosity


@pytest.mark.parametrize(("stretch", "expected"), [(0.9, 1.045), (1.0, 0.805), (1.2, 0.325), (1.3, 0.325)])
def test_troponin_binds_at_less_calcium_when_stretched_up_to_a_fifth(stretch: float, expected: float) -> None:
    assert intermediates(muscle(), {"stretch": stretch})["land.Ca50"] == pytest.approx(expected, rel=1e-14)


def test_strain_pulls_harder() -> None:
    model = muscle("0.6 uM")
    still = intermediates(model)["land.Ta"]
    strained = intermediates(model, {"land.Zetas": 0.2})["land.Ta"]
    assert strained / still == pytest.approx(1.2, rel=1e-14)


def test_passive_tension_is_a_spring_and_the_stress_of_a_dashpot() -> None:
    state = {"stretch": 1.1, "land.Cd": 0.04}
    now = intermediates(muscle(), state)
    assert now["land.Tp"] == pytest.approx(2.1 * (math.expm1(9.1 * 0.1) + 7.0 * 0.06), rel=1e-13)
    assert derivatives(muscle(), state)["land.Cd"] == pytest.approx(7.0 * 0.06 / 200.0, rel=1e-13)
    shortened = {"stretch": 1.0, "land.Cd": 0.04}
    assert derivatives(muscle(), shortened)["land.Cd"] == pytest.approx(7.0 * -0.04 / 20.0, rel=1e-13)


def test_the_cap_of_the_blocking_rate_acts_all_through_diastole() -> None:
    low = muscle("0.1 uM")
    bound = low["land.CaTrpn"].value
    unblocked, blocked = 1.0 * bound**2.5 * low["land.TmB"].value, 0.014005833333 * intermediates(low)["land.XU"]
    assert bound ** (-2.5) > 100.0
    assert unblocked / blocked == pytest.approx(100.0, rel=1e-9)


def bathed(troponin: str | None) -> Model:
    inside = Compartment("i", "25 pL")
    cell = Cell("bathed", inside=inside)
    cai = Concentration("cai", CA, inside, initial="0.3 uM", meaning="cai")
    cell.add(cai, Contraction(cai, troponin=troponin, initial={"CaTrpn": 0.001}))
    return cell.build()


def test_troponin_takes_its_calcium_from_the_cytosol() -> None:
    rate = derivatives(bathed("0.07 mM"))
    assert rate["Ca.cai"] == pytest.approx(-0.07 * rate["land.CaTrpn"], rel=1e-15)
    assert derivatives(bathed(None))["Ca.cai"] == 0.0


def test_calcium_on_troponin_is_counted_in_the_amount_of_calcium() -> None:
    model = bathed("0.07 mM")
    assert check(model).warnings == ()
    _, states = move(model, 50.0, every=5.0, rtol=1e-10)
    assert abs(states["Ca.cai"][-1] - 3e-4) > 1e-5
    assert np.ptp(quantity(model, "amount of Ca", states)) < 1e-9 * 25e-6 * 3e-4


def test_stretch_lowers_free_calcium() -> None:
    model = bathed("0.07 mM")
    free = [
        move(model, 1000.0, lambda t, at=at: {"mechanics.stretch": at}, every=500.0)[1]["Ca.cai"][-1]
        for at in (1.0, 1.1)
    ]
    assert free[1] < free[0]


def test_two_way_coupling_needs_a_concentration_to_take_from() -> None:
    with pytest.raises(ModelError, match="needs the concentration"):
        muscle(troponin="0.07 mM")


def test_a_mistyped_parameter_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean nTm"):
        Contraction(1.0 * uM, values={"ntm": "2"})
    with pytest.raises(UnknownNameError, match="CaTrpn"):
        Contraction(1.0 * uM, initial={"Catrpn": 0.1})


def test_a_parameter_in_a_wrong_unit_is_refused() -> None:
    with pytest.raises(UnitError, match=r"land\.Tref"):
        muscle(values={"Tref": "120 mV"})


def test_the_slope_of_calcium_sensitivity_may_be_set_and_stays_negative() -> None:
    model = muscle().with_values({"land.beta1": "-1.2 uM"})
    assert intermediates(model, {"stretch": 1.1})["land.Ca50"] == pytest.approx(0.805 - 0.12, rel=1e-13)
