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
    from troponin import plot as plot
    from troponin.analysis import biomarkers as biomarkers
    from troponin.errors import TroponinError as TroponinError
    from troponin.library.catalogue import describe as describe
    from troponin.library.catalogue import names as models  # noqa: F401
    from troponin.model.check import check as check
    from troponin.model.derivatives import derivatives as derivatives
    from troponin.model.model import Model as Model
    from troponin.protocol import pacing as pacing
    from troponin.results import open_run as open  # noqa: F401
    from troponin.results import save as save
    from troponin.simulation.load import load as load
    from troponin.simulation.save import Save as Save
    from troponin.simulation.simulate import simulate as simulate
    from troponin.solvers.method import BDF as BDF
    from troponin.solvers.method import Rosenbrock as Rosenbrock
    from troponin.solvers.method import RushLarsen as RushLarsen
    from troponin.units import Quantity as Quantity
    from troponin.units import Unit as Unit
    from troponin.units import parse_quantity as parse_quantity
    from troponin.units import parse_unit as parse_unit

_HOMES = {
    "BDF": "troponin.solvers.method:BDF",
    "Model": "troponin.model.model:Model",
    "Quantity": "troponin.units:Quantity",
    "Rosenbrock": "troponin.solvers.method:Rosenbrock",
    "RushLarsen": "troponin.solvers.method:RushLarsen",
    "Save": "troponin.simulation.save:Save",
    "TroponinError": "troponin.errors:TroponinError",
    "Unit": "troponin.units:Unit",
    "biomarkers": "troponin.analysis.biomarkers",
    "check": "troponin.model.check:check",
    "derivatives": "troponin.model.derivatives:derivatives",
    "describe": "troponin.library.catalogue:describe",
    "load": "troponin.simulation.load:load",
    "models": "troponin.library.catalogue:names",
    "open": "troponin.results:open_run",
    "pacing": "troponin.protocol.pacing",
    "parse_quantity": "troponin.units:parse_quantity",
    "parse_unit": "troponin.units:parse_unit",
    "plot": "troponin.plot",
    "save": "troponin.results:save",
    "simulate": "troponin.simulation.simulate:simulate",
}
"""Where each name lives: a module, or a module and what it defines."""

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'troponin' has no attribute '{name}'")
    module, _, attribute = home.partition(":")
    found = import_module(module)
    value = getattr(found, attribute) if attribute else found
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
