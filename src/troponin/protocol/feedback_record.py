"""A protocol or feedback as plain data for a JSON file, and back; exact."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from troponin.errors import ProtocolError, require_kind
from troponin.protocol import record
from troponin.protocol.feedback import DIRECTIONS, Crossing, Feedback, Loop, Repolarisation, Silence, Trigger
from troponin.protocol.timeline import OwnStimulus, Protocol
from troponin.units import parse_quantity

__all__ = ["from_dict", "to_dict"]


def to_dict(protocol: Protocol | Feedback) -> dict[str, Any]:
    """The protocol as plain data that JSON can carry; times are exact fractions of a millisecond, as text."""
    require_kind(protocol, (Protocol, Feedback), "to_dict", 'a protocol, such as pacing.regular("1000 ms")')
    if isinstance(protocol, Protocol):
        return record.to_dict(protocol)
    timeline = None if protocol.protocol is None else record.to_dict(protocol.protocol)
    return {"feedback": [_loop_data(loop) for loop in protocol.loops], "protocol": timeline}


def from_dict(data: Mapping[str, Any]) -> Protocol | Feedback:
    """The protocol, or feedback, that `to_dict` wrote.

    Raises:
        ProtocolError: if the data is not of that form.
    """
    if not isinstance(data, Mapping) or "feedback" not in data:
        return record.from_dict(data)
    try:
        timeline = None if data["protocol"] is None else record.from_dict(data["protocol"])
        return Feedback(tuple(_loop(entry) for entry in data["feedback"]), timeline)
    except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError) as fault:
        raise ProtocolError("this data is no feedback", got=repr(fault), expected="what to_dict returns") from fault


def _loop_data(loop: Loop) -> dict[str, Any]:
    done = loop.response
    return {
        "trigger": _trigger_data(loop.trigger),
        "response": {"own_stimulus": record.own_data(done)} if isinstance(done, OwnStimulus) else record.to_dict(done),
        "delay": str(loop.delay),
        "refractory": None if loop.refractory is None else str(loop.refractory),
        "limit": loop.limit,
    }


def _trigger_data(trigger: Trigger) -> dict[str, Any]:
    if isinstance(trigger, Repolarisation):
        return {"repolarisation": trigger.percent, "threshold": str(trigger.threshold)}
    if isinstance(trigger, Crossing):
        return {"crossing": trigger.name, "level": str(trigger.level), "direction": trigger.direction}
    return {"silence": str(trigger.interval), "threshold": str(trigger.threshold)}


def _loop(entry: Mapping[str, Any]) -> Loop:
    response = entry["response"]
    own = response.get("own_stimulus")
    pause, limit = entry["refractory"], entry["limit"]
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int)):
        raise TypeError(f"a limit is a whole number, not {limit!r}")
    return Loop(
        _trigger(entry["trigger"]),
        record.from_dict(response) if own is None else record.own_stimulus(own),
        Fraction(entry["delay"]),
        None if pause is None else Fraction(pause),
        limit,
    )


def _trigger(entry: Mapping[str, Any]) -> Trigger:
    if "repolarisation" in entry:
        return Repolarisation(float(entry["repolarisation"]), parse_quantity(entry["threshold"]))
    if "crossing" in entry:
        if entry["direction"] not in DIRECTIONS:
            raise ValueError(f"no direction: {entry['direction']!r}")
        return Crossing(str(entry["crossing"]), parse_quantity(entry["level"]), entry["direction"])
    return Silence(Fraction(entry["silence"]), parse_quantity(entry["threshold"]))
