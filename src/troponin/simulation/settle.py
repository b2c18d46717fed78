"""What is done to this model in particular: a protocol with the model's own stimulus, as long as it is asked for."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from troponin.errors import ProtocolError, TroponinError, UnknownNameError
from troponin.model.model import Equation, Model, Parameter, Role, State
from troponin.model.pacing import own_stimulus, paced_input
from troponin.protocol.feedback import Feedback
from troponin.protocol.own_stimulus import needs_stimulus, with_stimulus
from troponin.protocol.segments import onsets
from troponin.protocol.table import tabulate
from troponin.protocol.timeline import Protocol, Train, exact_time, time_text, together
from troponin.simulation.answers import Answers
from troponin.simulation.as_written import as_written
from troponin.units import Quantity, exact_value, ms

__all__ = ["settle", "settle_feedback", "stimuli"]


_GIVE_A_STIMULUS = (
    "Give amplitude and duration to the pacing; or give the model a stimulus, by troponin.stimulated(model, ...)"
    ' or --stimulus "-20 A/F, 1 ms".'
)


def settle(model: Model, protocol: Protocol | None, duration: Quantity | str | None) -> Protocol:
    """The protocol with nothing left open: its stimulus is that of the model where it is not given, its length known.

    Without a protocol the model runs as it is written, with the pacing that its source gives it, if any.
    Raises `ProtocolError` where neither a protocol nor a duration is given, where the duration is shorter than
    the protocol, and where the model has no stimulus of its own and needs one; `UnknownNameError` for what the
    protocol drives and the model computes or does not have.
    """
    if protocol is None:
        if duration is None:
            raise ProtocolError(
                "it is not said how long to run",
                where=f"model {model.name}",
                remedy='Give a protocol, such as pacing.regular("1000 ms", beats=10), or duration="1000 ms".',
            )
        return as_written(model, exact_time(duration, "the duration"))
    if needs_stimulus(protocol):
        protocol = _with_own_stimulus(model, protocol)
    _require_inputs(model, protocol)
    if duration is None:
        return protocol
    length = exact_time(duration, "the duration")
    if length < protocol.duration:
        raise ProtocolError(
            "the run is shorter than its protocol",
            got=time_text(length),
            expected=f"{time_text(protocol.duration)} or more",
            remedy="Leave the duration out, or shorten the protocol.",
        )
    return replace(protocol, duration=length)


def settle_feedback(model: Model, feedback: Feedback, duration: Quantity | str | None) -> Answers:
    """Feedback with nothing left open, and nothing answered yet; its timeline is settled as a protocol is.

    Raises what `settle` raises, and `UnitError` for a response that drives an input in a unit that does not fit.
    """
    if feedback.protocol is not None:
        timeline = settle(model, feedback.protocol, duration)
    elif duration is None:
        raise ProtocolError(
            "it is not said how long to run", where=f"model {model.name}", remedy='Give duration="10 s".'
        )
    else:
        timeline = Protocol(exact_time(duration, "the duration"))
    loops = []
    for loop in feedback.loops:
        given = loop.response
        if not isinstance(given, Protocol):
            length = given.given_length or _own_length(model)
            given = Protocol(length, (Train(Role.STIMULUS, given, Fraction(0)),))
        response = settle(model, given, None)
        together(timeline, response)  # what drives one input must fit together
        tabulate(response, [driven for driven in model.inputs if driven.role != Role.TIME], model.time_unit)
        loops.append(replace(loop, response=response))
    return Answers(timeline, tuple(loops))


def stimuli(model: Model, protocol: Protocol, first: Fraction, end: Fraction) -> NDArray[np.float64]:
    """The times in [first, end) at which the protocol's stimuli begin, in the model's unit of time, shape [beat]."""
    within = takewhile(lambda onset: onset < end, onsets(protocol, Role.STIMULUS, start=first))
    per = ms.scale / model.time_unit.scale
    return np.array([float(onset * per) for onset in within if onset >= first])


def _require_inputs(model: Model, protocol: Protocol) -> None:
    """Refuse to drive what is no input; a parameter, or a variable that the model computes, can be made one."""
    roles = {given.role for given in model.inputs}
    for role in protocol.units:
        if role in roles:
            continue
        fault = UnknownNameError("input of the model", role, roles - {Role.TIME}, where="protocol")
        with suppress(TroponinError):
            if isinstance(model.variable(role), State | Equation | Parameter):
                fault.remedy = f'Make it an input first: troponin.clamped(model, "{role}").'
        raise fault


def _with_own_stimulus(model: Model, protocol: Protocol) -> Protocol:
    given = paced_input(model)
    own = own_stimulus(model)
    if given is None or own is None:
        raise ProtocolError(
            "the model has no stimulus of its own",
            where=f"model {model.name}",
            remedy=_GIVE_A_STIMULUS if given else "It has no stimulus input to drive.",
        )
    return with_stimulus(protocol, Quantity(own.amplitude, given.unit), time_text(_own_length(model)))


def _own_length(model: Model) -> Fraction:
    """How long the model's own stimulus lasts, in ms."""
    own = own_stimulus(model)
    if own is None:
        raise ProtocolError("the model has no stimulus of its own", where=f"model {model.name}")
    return exact_value(Quantity(own.duration, model.time_unit), ms)
