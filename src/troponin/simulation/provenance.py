"""Where a run comes from: everything needed to do it again, as attributes of its Dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import version

from troponin.errors import UnknownNameError
from troponin.model.model import Model
from troponin.model.structure import digest
from troponin.protocol.record import describe, to_dict
from troponin.protocol.timeline import Protocol
from troponin.results import Attribute
from troponin.simulation.course import Method
from troponin.simulation.load import published
from troponin.solvers.integrate import Counters

__all__ = ["changed_values", "origin", "provenance"]


def provenance(
    model: Model, protocol: Protocol, method: Method, counters: Counters | None, seconds: float
) -> dict[str, Attribute]:
    """The attributes of a run: version, model and what was changed in it, protocol, solver, work counted and its time.

    `digest` is the fingerprint of all that decides the model's numbers; texts that hold more than one fact are JSON.
    """
    attributes: dict[str, Attribute] = {
        **origin(model, method),
        "protocol": describe(protocol),
        "protocol_data": json.dumps(to_dict(protocol)),
        "wall_time_s": seconds,
    }
    if counters is None:
        return attributes
    return attributes | {f"count_{name}": getattr(counters, name) for name in counters.__slots__}


def origin(model: Model, method: Method) -> dict[str, Attribute]:
    """What any result comes from: the version, the model and what was changed in it, and the solver."""
    settings = {name: str(value) if value == float("inf") else value for name, value in asdict(method).items()}
    return {
        "troponin": _version(),
        "model": model.name,
        "variant": model.variant or "",
        "doi": model.paper.doi,
        "digest": digest(model),
        "changed": json.dumps(changed_values(model)),
        "meanings": json.dumps(dict(model.meanings)),
        "main_currents": json.dumps(list(model.main_currents)),
        "solver": type(method).__name__,
        "solver_settings": json.dumps(settings),
    }


def changed_values(model: Model) -> Mapping[str, float]:
    """The parameters, initial values and resting inputs that differ from the library's model of that name.

    Empty for a model that is not of the library.
    """
    try:
        original = _values(published(model.name, model.variant or ""))
    except UnknownNameError:
        return {}
    return {name: value for name, value in _values(model).items() if original.get(name) != value}


@cache
def _version() -> str:
    return version("troponin")


def _values(model: Model) -> dict[str, float]:
    values = {state.name: state.initial for state in model.states}
    values |= {parameter.name: parameter.value for parameter in model.parameters}
    return values | {given.name: given.value for given in model.inputs}
