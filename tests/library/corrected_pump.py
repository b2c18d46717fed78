"""The sodium-potassium pump of O'Hara and Rudy with the two corrections that Myokit's files have."""

from __future__ import annotations

from dataclasses import replace

from troponin.expr.nodes import Symbol
from troponin.model.model import Model


def with_corrected_pump(model: Model) -> Model:
    """The model with [H+] of pH 7, and with b1 in the second way into E1."""
    a1, a2, a4, b1, b3, b4 = (Symbol(f"INaK.{x}") for x in ("a1", "a2", "a4", "b1", "b3", "b4"))
    x1 = a4 * a1 * a2 + b1 * b4 * b3 + a2 * b4 * b3 + b3 * a1 * a2
    equations = tuple(replace(e, expression=x1) if e.name == "INaK.x1" else e for e in model.equations)
    return replace(model, equations=equations).with_values({"INaK.H": "1e-4 mM"})
