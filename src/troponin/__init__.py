"""Troponin: a heart cell from ion to tension.

    cell = load("torord-land", variant="endo")             a published model, frozen
    beat = pacing.regular("1000 ms", beats=100)            what is done to it
    run = simulate(cell, beat, save=Save(["v", "Ta"]))     an xarray Dataset with units

This face hands names on and defines nothing; each name is imported from the module that defines it when it is
first asked for, so that `import troponin` itself is immediate.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from troponin import plot
    from troponin.analysis import biomarkers, channel, excitation, mechanics, restitution
    from troponin.analysis.cycle.limit_cycle import LimitCycle, limit_cycle
    from troponin.analysis.disturbances import disturbances
    from troponin.analysis.in_loop.measure import measure
    from troponin.errors import TroponinError
    from troponin.formats.registry import read as read_model
    from troponin.formats.registry import save as save_model
    from troponin.library.catalogue import describe
    from troponin.library.catalogue import names as models
    from troponin.model.carrier import carried
    from troponin.model.check import check
    from troponin.model.derivatives import derivatives
    from troponin.model.differences import differences
    from troponin.model.model import Model
    from troponin.model.step import gaps, state_in, step, translated
    from troponin.model.transform import clamped, stimulated
    from troponin.physiology.buffer import KineticBuffer, RapidBuffer
    from troponin.physiology.cell import Cell
    from troponin.physiology.channel import Channel, Current
    from troponin.physiology.compartment import Compartment, Concentration
    from troponin.physiology.contraction import Contraction
    from troponin.physiology.dynamic_clamp import dynamic_clamp
    from troponin.physiology.flux import Flux
    from troponin.physiology.gate import Gate
    from troponin.physiology.ion import Ion
    from troponin.physiology.markov import Markov
    from troponin.physiology.membrane import StimulusCurrent
    from troponin.physiology.transporter import Transporter
    from troponin.protocol import pacing
    from troponin.results import open_run as open
    from troponin.results import save
    from troponin.simulation.final_state import final_state
    from troponin.simulation.load import load
    from troponin.simulation.resume import resume
    from troponin.simulation.save import Save
    from troponin.simulation.simulate import simulate
    from troponin.solvers.method import BDF, Rosenbrock, RushLarsen
    from troponin.units import Quantity, Unit, parse_quantity, parse_unit

__all__ = [
    "BDF",
    "Cell",
    "Channel",
    "Compartment",
    "Concentration",
    "Contraction",
    "Current",
    "Flux",
    "Gate",
    "Ion",
    "KineticBuffer",
    "LimitCycle",
    "Markov",
    "Model",
    "Quantity",
    "RapidBuffer",
    "Rosenbrock",
    "RushLarsen",
    "Save",
    "StimulusCurrent",
    "Transporter",
    "TroponinError",
    "Unit",
    "biomarkers",
    "carried",
    "channel",
    "check",
    "clamped",
    "derivatives",
    "describe",
    "differences",
    "disturbances",
    "dynamic_clamp",
    "excitation",
    "final_state",
    "gaps",
    "limit_cycle",
    "load",
    "measure",
    "mechanics",
    "models",
    "open",
    "pacing",
    "parse_quantity",
    "parse_unit",
    "plot",
    "read_model",
    "restitution",
    "resume",
    "save",
    "save_model",
    "simulate",
    "state_in",
    "step",
    "stimulated",
    "translated",
]

_HOMES = {
    "BDF": "troponin.solvers.method:BDF",
    "Cell": "troponin.physiology.cell:Cell",
    "Channel": "troponin.physiology.channel:Channel",
    "Compartment": "troponin.physiology.compartment:Compartment",
    "Concentration": "troponin.physiology.compartment:Concentration",
    "Contraction": "troponin.physiology.contraction:Contraction",
    "Current": "troponin.physiology.channel:Current",
    "Flux": "troponin.physiology.flux:Flux",
    "Gate": "troponin.physiology.gate:Gate",
    "Ion": "troponin.physiology.ion:Ion",
    "KineticBuffer": "troponin.physiology.buffer:KineticBuffer",
    "LimitCycle": "troponin.analysis.cycle.limit_cycle:LimitCycle",
    "Markov": "troponin.physiology.markov:Markov",
    "Model": "troponin.model.model:Model",
    "Quantity": "troponin.units:Quantity",
    "RapidBuffer": "troponin.physiology.buffer:RapidBuffer",
    "Rosenbrock": "troponin.solvers.method:Rosenbrock",
    "RushLarsen": "troponin.solvers.method:RushLarsen",
    "Save": "troponin.simulation.save:Save",
    "StimulusCurrent": "troponin.physiology.membrane:StimulusCurrent",
    "Transporter": "troponin.physiology.transporter:Transporter",
    "TroponinError": "troponin.errors:TroponinError",
    "Unit": "troponin.units:Unit",
    "biomarkers": "troponin.analysis.biomarkers",
    "channel": "troponin.analysis.channel",
    "carried": "troponin.model.carrier:carried",
    "check": "troponin.model.check:check",
    "clamped": "troponin.model.transform:clamped",
    "derivatives": "troponin.model.derivatives:derivatives",
    "describe": "troponin.library.catalogue:describe",
    "differences": "troponin.model.differences:differences",
    "disturbances": "troponin.analysis.disturbances:disturbances",
    "dynamic_clamp": "troponin.physiology.dynamic_clamp:dynamic_clamp",
    "excitation": "troponin.analysis.excitation",
    "final_state": "troponin.simulation.final_state:final_state",
    "gaps": "troponin.model.step:gaps",
    "limit_cycle": "troponin.analysis.cycle.limit_cycle:limit_cycle",
    "load": "troponin.simulation.load:load",
    "measure": "troponin.analysis.in_loop.measure:measure",
    "mechanics": "troponin.analysis.mechanics",
    "models": "troponin.library.catalogue:names",
    "open": "troponin.results:open_run",
    "pacing": "troponin.protocol.pacing",
    "parse_quantity": "troponin.units:parse_quantity",
    "parse_unit": "troponin.units:parse_unit",
    "plot": "troponin.plot",
    "read_model": "troponin.formats.registry:read",
    "restitution": "troponin.analysis.restitution",
    "resume": "troponin.simulation.resume:resume",
    "save": "troponin.results:save",
    "save_model": "troponin.formats.registry:save",
    "simulate": "troponin.simulation.simulate:simulate",
    "state_in": "troponin.model.step:state_in",
    "step": "troponin.model.step:step",
    "stimulated": "troponin.model.transform:stimulated",
    "translated": "troponin.model.step:translated",
}
"""Where each name lives: a module, or a module and what it defines."""


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        from troponin.errors import nearest

        close = nearest(name, __all__)
        hint = f". Did you mean {' or '.join(close)}?" if close else ""
        # without `obj`, for which the interpreter would add its own guess to a traceback
        raise AttributeError(f"module 'troponin' has no attribute '{name}'{hint}", name=name)
    module, _, attribute = home.partition(":")
    found = import_module(module)
    value = getattr(found, attribute) if attribute else found
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
