"""What a model conserves, said in sentences: the charge of the cell first, declared or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from troponin.analysis.conservation import Conserved, conserved_quantities
from troponin.errors import ModelError
from troponin.model.model import Model
from troponin.units import mM

__all__ = ["conservation_facts"]

_SHOWN: Final = 6


def conservation_facts(model: Model) -> Iterator[str]:
    """Sentences about the conserved quantities that follow from a model's equations; none for a faulty model.

    A cell whose charge is conserved has a voltage that its concentrations decide: with a stimulus that no ion carries
    both drift apart, beat by beat (Hund et al. 2001, doi 10.1016/S0006-3495(01)75965-6).
    """
    try:
        always = conserved_quantities(model)
        at_rest = conserved_quantities(model, driven=False)
    except ModelError:
        return
    v = model.meanings.get("v")
    if v is not None and any(state.unit.dimension == mM.dimension for state in model.states):
        if charge := _with(always, v):
            yield f"charge is conserved: {_listed(charge.states)} balance each other"
        elif charge := _with(at_rest, v):
            yield f"charge is conserved at rest ({_listed(charge.states)}), but not by what drives the cell"
        else:
            yield f"charge is not conserved: nothing that holds {v} stays as it is"
    for quantity in always:
        if v not in quantity.states and len(quantity.states) > 1:
            yield f"conserved: a sum over {_listed(quantity.states)}"


def _with(quantities: Sequence[Conserved], state: str) -> Conserved | None:
    return next((q for q in quantities if state in q.states and len(q.states) > 1), None)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
