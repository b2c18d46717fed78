"""Cell types of one paper: its initial states as a table beside the code, and the factors between cell types."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from troponin.errors import UnknownNameError
from troponin.model.model import Model
from troponin.units import Quantity, parse_unit

__all__ = ["as_variant", "initial_state"]


@lru_cache(maxsize=16)
def initial_state(paper: str, variant: str) -> Mapping[str, Quantity]:
    """The initial value of every state of a variant, from the table `paper`.csv beside this module.

    Its columns are the state's name, its unit and one column for each variant; lines with # are remarks.
    Raises `UnknownNameError` for a variant without a column.
    """
    text = (files("troponin.library") / f"{paper}.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    columns = list(rows.fieldnames or ())[2:]
    if variant not in columns:
        raise UnknownNameError("variant", variant, columns, where=f"{paper}.csv")
    return {row["state"]: Quantity(float(row[variant]), parse_unit(row["unit"])) for row in rows}


def as_variant(model: Model, variant: str, factors: Mapping[str, Mapping[str, float]]) -> Model:
    """The model with the parameters of a cell type, which are a factor apart.

    `factors` gives by parameter and variant what multiplies the value for the first cell type; 1 where absent.
    """
    return model.with_values({name: by_variant.get(variant, 1.0) * model[name] for name, by_variant in factors.items()})
