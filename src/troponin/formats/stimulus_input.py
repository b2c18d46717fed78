"""A place for a stimulus in models that have none, so that any of them can be paced.

What the file calls the stimulus and holds constant becomes the input.  A model without any gets one beside
its currents:  dv/dt = f - stimulus,  in the unit of dv/dt (A/F for mV and ms), inward negative, zero at rest.
"""

from __future__ import annotations

from dataclasses import replace

from troponin.expr.nodes import Symbol
from troponin.model.model import Input, Model, Role

__all__ = ["with_stimulus_input"]


def with_stimulus_input(model: Model, labelled: list[str]) -> tuple[Model, list[str]]:
    """The model with a stimulus input, and what was done; unchanged if it has one, or no potential to move."""
    if any(i.role == Role.STIMULUS for i in model.inputs):
        return model, []
    constant = next((p for p in model.parameters if p.name in labelled), None)
    if constant is not None:
        driven = Input(constant.name, constant.unit, Role.STIMULUS, constant.value, constant.doc)
        parameters = tuple(p for p in model.parameters if p is not constant)
        said = f"the stimulus is {driven.name}, which the file holds at {driven.value:g} {driven.unit}"
        return _with(replace(model, parameters=parameters), driven), [said]
    v = next((s for s in model.states if s.name == model.meanings.get("v")), None)
    if v is None or v.rate is None:
        return model, []
    component = v.name.rpartition(".")[0]
    name = f"{component}.stimulus" if component else "stimulus"
    while name in model.variables:
        name += "_"
    driven = Input(name, v.unit / model.time_unit, Role.STIMULUS, 0.0, "added to pace the model, inward negative")
    moved = replace(v, rate=v.rate - Symbol(name))
    states = tuple(moved if s is v else s for s in model.states)
    return _with(replace(model, states=states), driven), [
        f"an input {name} is added, with which the model can be paced"
    ]


def _with(model: Model, driven: Input) -> Model:
    return replace(model, inputs=(*model.inputs, driven), meanings={**model.meanings, "stimulus": driven.name})
