"""The catalogue of published models: their names, variants and papers, and how one is loaded.

A model of the library is a module with three names: `PAPER` says where it was published, `VARIANTS` names
its cell types (the first is the default), and `model(variant)` returns the `Model`.  A package outside this
one adds models by pointing entry points of the group "troponin.models" at modules of that shape:

    [project.entry-points."troponin.models"]
    noble-1962 = "purkinje.noble_1962"
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points

from troponin.errors import ModelError, UnknownNameError
from troponin.model.model import Model, Paper

__all__ = ["ENTRY_POINTS", "Entry", "describe", "load_library", "names"]

ENTRY_POINTS = "troponin.models"
"""The group of entry points through which other packages add their models."""

_OWN = {
    "hodgkin-huxley-1952": "troponin.library.hodgkin_huxley_1952",
    "beeler-reuter-1977": "troponin.library.beeler_reuter_1977",
    "ten-tusscher-panfilov-2006": "troponin.library.ten_tusscher_panfilov_2006",
    "ohara-rudy-2011": "troponin.library.ohara_rudy_2011",
    "land-2017": "troponin.library.land_2017",
    "tomek-2020": "troponin.library.tomek_2020",
    "torord-land": "troponin.library.torord_land",
}

_ALSO = {"mid": "M", "M": "mid"}
"""Midmyocardial cells go by two names; a model is found by either, and keeps that of its paper."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the library before it is built: its name, cell types, paper, and what builds it."""

    name: str
    variants: tuple[str, ...]
    paper: Paper
    build: Callable[[str], Model]


def names() -> tuple[str, ...]:
    """The names of all models of the library and of installed packages that add to it, oldest first."""
    return tuple(_modules())


def describe(name: str) -> Entry:
    """What the catalogue knows of a model.

    Raises `UnknownNameError` with the nearest names for a name that is not there, and `ModelError` for a
    model of another package that does not have the shape of a library model.
    """
    modules = _modules()
    if name not in modules:
        raise UnknownNameError("model", name, modules, where="library")
    module = import_module(modules[name])
    missing = [needed for needed in ("PAPER", "VARIANTS", "model") if not hasattr(module, needed)]
    if missing:
        raise ModelError(
            f"the module {module.__name__} lacks {', '.join(missing)}",
            where=f"model {name}",
            remedy="A library model defines PAPER, VARIANTS and model(variant).",
        )
    return Entry(name, tuple(module.VARIANTS), module.PAPER, module.model)


def load_library(name: str, variant: str | None = None) -> Model:
    """Build a model of the library.

    `variant` is a cell type such as "endo", "epi" or "mid" ("M" is the same); the first of the model's by default.
    Raises `UnknownNameError` with the nearest names for a model or a variant that is not there.
    """
    entry = describe(name)
    chosen = entry.variants[0] if variant is None else variant
    if chosen not in entry.variants and _ALSO.get(chosen) in entry.variants:
        chosen = _ALSO[chosen]
    if chosen not in entry.variants:
        known = " or ".join(entry.variants)
        fault = UnknownNameError("variant", chosen, entry.variants, where=f"model {name}")
        if not fault.suggestions:
            fault.remedy = f"{name} has {known}."
        raise fault
    return entry.build(chosen)


def _modules() -> dict[str, str]:
    """Module path by model name; a package outside cannot take the name of a model that is here."""
    modules = dict(_OWN)
    for point in entry_points(group=ENTRY_POINTS):
        if modules.setdefault(point.name, point.module) != point.module:
            warnings.warn(
                f"{point.value} names its model {point.name}, which {modules[point.name]} has already", stacklevel=3
            )
    return modules
