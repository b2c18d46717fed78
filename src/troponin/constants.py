"""The physical constants of a cell, once, exact as the SI of 2019 defines them.

Many published models carry rounded values of their own (F = 96485 C/mol, R = 8314 mJ/mol/K); those are
parameters of the model, so that its published numbers can be reproduced to the last bit.

Source: the SI brochure, 9th edition (BIPM 2019); CODATA 2018, doi:10.1103/RevModPhys.93.025010.
"""

from __future__ import annotations

from typing import Final

from troponin.units import Quantity, parse_quantity

__all__ = ["N_A", "F", "R", "k", "q"]

k: Final[Quantity] = parse_quantity("1.380649e-23 J/K")
"""Boltzmann constant."""

q: Final[Quantity] = parse_quantity("1.602176634e-19 C")
"""Elementary charge."""

N_A: Final[Quantity] = parse_quantity("6.02214076e23 1/mol")
"""Avogadro constant."""

# The exact products have 18 and 19 digits; these are the nearest doubles, which a product of the two
# doubles above misses by a last bit.
R: Final[Quantity] = parse_quantity("8.31446261815324 J/mol/K")
"""Gas constant, R = k N_A = 8.314 462 618 153 24 J/(mol K), exactly."""

F: Final[Quantity] = parse_quantity("96485.3321233100184 C/mol")
"""Faraday constant, F = q N_A = 96 485.332 123 310 018 4 C/mol, exactly."""
