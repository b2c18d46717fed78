"""Which variable is the membrane potential, the calcium, the stimulus: from metadata, labels or names.

`find_meanings` asks, in this order: what the file says (the Oxford metadata of Chaste and the Web Lab, the
labels of Myokit), then the names that the field uses together with the unit.  Where two answers are equally
good none is taken, since a wrong meaning is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from troponin.model.model import Equation, Input, Model, Parameter, State, Variable
from troponin.units import DIMENSIONLESS, parse_unit

__all__ = ["MEANINGS", "Meaning", "find_meanings"]

_CONCENTRATION = (parse_unit("mM").dimension, parse_unit("mol").dimension)
_VOLTAGE = (parse_unit("mV").dimension,)
_CAPACITANCE = (parse_unit("uF").dimension, parse_unit("uF/cm^2").dimension)
_STRESS = (parse_unit("kPa").dimension,)
_ANY: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Meaning:
    """A meaning: its name, the terms that files say it with, and the names and dimensions that suggest it."""

    name: str
    terms: tuple[str, ...]
    names: str
    dimensions: tuple[object, ...] = _ANY
    kinds: tuple[type[Variable], ...] = (State, Equation, Parameter, Input)


MEANINGS = (
    Meaning(
        "v", ("membrane_voltage", "membrane_potential"), r"v|v_?m|e_?m|vmem|membrane_potential|u", _VOLTAGE, (State,)
    ),
    Meaning(
        "cai",
        ("cytosolic_calcium_concentration", "calcium_concentration", "Ca_i"),
        r"ca_?i|cai_?c?|ca_?cyt|cacytosol|ca_myo",
        _CONCENTRATION,
        (State,),
    ),
    Meaning(
        "cass",
        ("dyadic_space_calcium_concentration", "Ca_d"),
        r"ca_?ss|ca_?d|cadyad|ca_?jct",
        _CONCENTRATION,
        (State,),
    ),
    Meaning(
        "nai", ("cytosolic_sodium_concentration", "sodium_concentration", "Na_i"), r"na_?i", _CONCENTRATION, (State,)
    ),
    Meaning(
        "ki", ("cytosolic_potassium_concentration", "potassium_concentration", "K_i"), r"k_?i", _CONCENTRATION, (State,)
    ),
    Meaning(
        "Ta",
        ("active_tension", "tension", "isometric_tension"),
        r"t_?a|ta_?act|tension|active_tension|force",
        _STRESS,
        (State, Equation),
    ),
    Meaning(
        "I_ion",
        ("cellular_current", "membrane_current", "total_ionic_current"),
        r"i_?ion|i_?tot(al)?|iion_?tot",
        _ANY,
        (Equation,),
    ),
    Meaning("capacitance", ("membrane_capacitance",), r"c_?m|cap(acitance)?|acap", _CAPACITANCE, (Parameter, Equation)),
)
"""The meanings that are looked for; "time" and "stimulus" are found by the readers themselves."""


def find_meanings(model: Model, terms: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, str], list[str]]:
    """The meanings that the model does not have yet: meaning to qualified name, and a sentence for each find."""
    found: dict[str, str] = {}
    said: list[str] = []
    for meaning in MEANINGS:
        if meaning.name in model.meanings:
            continue
        labelled = [name for name, own in terms.items() if set(own) & set(meaning.terms) and name in model.variables]
        if labelled:
            found[meaning.name] = labelled[0]
            said.append(f"{meaning.name} is {labelled[0]}, as the file says")
            continue
        likely = [v.name for v in model.variables.values() if _fits(v, meaning)]
        if not likely:
            likely = [v.name for v in model.variables.values() if _fits_without_unit(v, meaning)]
        if len(likely) == 1:
            found[meaning.name] = likely[0]
            said.append(f"{meaning.name} is {likely[0]}, by its name and unit")
        elif likely:
            said.append(f"{meaning.name} is not decided: it could be {', '.join(likely[:5])}")
    return found, said


def _fits(variable: Variable, meaning: Meaning) -> bool:
    if not isinstance(variable, meaning.kinds):
        return False
    if meaning.dimensions and variable.unit.dimension not in meaning.dimensions:
        return False
    name = variable.name.rpartition(".")[2]
    return re.fullmatch(meaning.names, name, re.IGNORECASE) is not None


def _fits_without_unit(variable: Variable, meaning: Meaning) -> bool:
    """Whether a variable without a unit has the name: the very name, unless it is a state.

    A time constant `ta` is no tension, and `Acap` without a unit may be an area.
    """
    if not meaning.dimensions or variable.unit != DIMENSIONLESS:
        return False
    if isinstance(variable, Equation) and variable.name.rpartition(".")[2] != meaning.name:
        return False
    kinds = tuple(kind for kind in meaning.kinds if kind in (State, Equation))
    return _fits(variable, replace(meaning, dimensions=_ANY, kinds=kinds))
