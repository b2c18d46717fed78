"""Figures of the channel bench: what they show, by their axes, lines and labels."""

from __future__ import annotations

import numpy as np
import pytest

from troponin.analysis.channel.family import family
from troponin.analysis.channel.gating import activation, inactivation
from troponin.analysis.channel.iv import iv
from troponin.analysis.channel.recovery import deactivation, recovery
from troponin.analysis.channel.steady_state import steady_state
from troponin.analysis.channel.voltages import voltages
from troponin.errors import OutputError
from troponin.library.catalogue import load_library
from troponin.plot.experiments import figure

AXON = load_library("hodgkin-huxley-1952")
STEPS = voltages("-60 mV", "60 mV", "20 mV")


def test_a_family_shows_a_line_for_each_step_over_the_potential_that_drives_it() -> None:
    drawn = figure(family(AXON, "IK", holding="-75 mV", steps=STEPS, duration="10 ms"))
    current, voltage = drawn.axes
    lines = [line for line in current.lines if len(line.get_xdata()) > 2]
    assert len(lines) == len(STEPS)
    assert current.get_ylabel() == "I$_{K}$ (µA/cm$^{2}$)"
    assert voltage.get_ylabel() == "Membrane potential (mV)"
    assert voltage.get_xlabel() == "Time (ms)"
    assert len({str(line.get_color()) for line in lines}) == len(STEPS)
    # the same step has the same colour in both panels
    assert [str(a.get_color()) for a in lines] == [str(b.get_color()) for b in voltage.lines]


def test_currents_are_drawn_against_potential_with_the_reversal_where_it_is_in_sight() -> None:
    data = iv(AXON, "INa.INa", holding="-75 mV", steps=voltages("-60 mV", "80 mV", "20 mV"), duration="10 ms")
    currents, times = figure(data).axes
    told = [text.get_text() for text in currents.get_legend().get_texts()]
    assert told == ["peak", "end of the step", f"E$_{{rev}}$ = {data.attrs['reversal']:.1f} mV"]
    assert times.get_ylabel() == "Time to peak (ms)"
    far = figure(iv(AXON, "INa.INa", holding="-75 mV", steps=STEPS[:3], duration="10 ms")).axes[0]
    assert [text.get_text() for text in far.get_legend().get_texts()] == ["peak", "end of the step"]


def test_a_current_that_is_largest_at_the_end_has_no_time_to_peak() -> None:
    mixed = iv(AXON, "INa.INa", holding="-80 mV", steps=voltages("-80 mV", "20 mV", "20 mV"), duration="50 ms")
    times = figure(mixed).axes[1]
    inside = mixed["time_to_peak"].to_numpy() < 50.0
    assert 0 < inside.sum() < len(inside)
    assert len(times.lines[0].get_xdata()) == inside.sum()
    assert times.get_ylim()[1] < 50.0
    rising = figure(iv(AXON, "IK.IK", steps=STEPS, duration="50 ms")).axes[1]
    assert [text.get_text() for text in rising.get_legend().get_texts()] == ["largest at the end of the step"]


def test_a_family_is_shown_to_where_its_currents_rest_with_a_key_to_its_colours() -> None:
    data = family(AXON, "INa.INa", holding="-75 mV", steps=voltages("-20 mV", "40 mV", "20 mV"), duration="500 ms")
    current, _ = figure(data).axes
    assert [text.get_text() for text in current.get_legend().get_texts()] == ["−20 mV", "0 mV", "20 mV", "40 mV"]
    end = current.get_xlim()[1]
    left = data["current"].sel(time=slice(end, None)) - data["current"][:, -1]
    assert end < 100.0
    assert float(np.abs(left).max()) <= 0.01 * float(np.abs(data["current"]).max())


@pytest.mark.parametrize("measure", [activation, inactivation])
def test_gating_is_drawn_with_its_curve_and_what_was_fitted(measure: type) -> None:
    data = measure(AXON, "INa.INa", holding="-110 mV", duration="20 ms")
    (axes,) = figure(data).axes
    (note,) = axes.texts
    assert note.get_text().startswith("V$_{1/2}$ = −")
    curve, points = axes.lines
    at = int(np.nanargmin(np.abs(np.asarray(curve.get_xdata()) - data.attrs["v_half"])))
    middle = 0.5 * (data.attrs["base"] + data.attrs["top"])
    assert float(np.asarray(curve.get_ydata())[at]) == pytest.approx(middle, abs=0.02)
    assert len(points.get_xdata()) == data.sizes[next(iter(data.dims))]


def test_activation_and_availability_go_into_one_panel_in_whatever_order() -> None:
    opening = activation(AXON, "INa.INa", holding="-110 mV", duration="20 ms")
    closing = inactivation(AXON, "INa.INa", holding="-110 mV", duration="20 ms")
    for pair in ((opening, closing), (closing, opening)):
        (axes,) = figure(*pair).axes
        assert [text.get_text().partition("\n")[0] for text in axes.texts] == ["activation", "availability"]
    few = activation(AXON, "INa.INa", holding="-110 mV", duration="20 ms", steps=["-20 mV", "0 mV"])
    assert figure(few, closing).axes[0].texts[0].get_text() == "activation"
    with pytest.raises(OutputError, match="of one experiment"):
        figure(opening, closing, closing.assign_attrs(experiment="iv"))


def test_the_curve_of_recovery_goes_through_the_fit_at_the_points() -> None:
    data = recovery(AXON, "INa.INa", holding="-75 mV", pulse="-10 mV", duration="30 ms", test_duration="5 ms")
    curve, points = figure(data).axes[0].lines
    drawn = np.interp(np.log(data["interval"]), np.log(np.asarray(curve.get_xdata())), np.asarray(curve.get_ydata()))
    np.testing.assert_allclose(drawn, data["fit"], rtol=0.0, atol=2e-3)
    np.testing.assert_array_equal(points.get_ydata(), data["recovery"])


def test_time_constants_have_a_panel_and_shares_another_where_there_are_several() -> None:
    one = deactivation(AXON, "IK", holding="-75 mV", duration="20 ms", tail_duration="50 ms")
    assert [axes.get_ylabel() for axes in figure(one).axes] == ["Time constant (ms)"]
    two = one.isel(component=[0, 0])
    assert [axes.get_ylabel() for axes in figure(two).axes] == ["Time constant (ms)", "Share of the tail"]


def test_steady_states_are_drawn_with_the_time_constants_that_there_are() -> None:
    gate, current = steady_state(AXON, "INa.m"), steady_state(AXON, "INa.INa")
    assert [axes.get_ylabel() for axes in figure(gate).axes] == ["Steady m", "Time constant (ms)"]
    assert [axes.get_ylabel() for axes in figure(current).axes] == ["Steady I$_{Na}$ (µA/cm$^{2}$)"]
    chain = figure(steady_state(load_library("torord-land"), "IKr.O", voltages("-80 mV", "40 mV", "10 mV")))
    assert len(chain.axes[1].lines) == 4  # five states, one sum that is conserved
