"""Stiffness against small sinusoidal changes of length, in constant calcium.

    lambda(t) = lambda_0 + eps sin(2 pi f t),    E(f) = T_1 / eps

with T_1 the first harmonic of tension once it repeats itself: the real part is the elastic modulus, in phase with
length, and the imaginary part the viscous one, a quarter of a cycle ahead.  Crossbridges that resist a stretch and
then let go show as a dip of the elastic modulus at some Hertz (M. Kawai and P. W. Brandt, J. Muscle Res. Cell Motil. 1
(1980) 279, doi 10.1007/BF00711932).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, cos, pi, sin
from typing import TYPE_CHECKING, Final

import numpy as np

from troponin.analysis.account import account
from troponin.analysis.mechanics.muscle import muscle_alone, require_stretch
from troponin.errors import ValueRangeError
from troponin.model.model import Model, Role
from troponin.protocol.timeline import Piece, Protocol, Repeat, Train, Wave
from troponin.simulation.course import Method
from troponin.simulation.save import Save
from troponin.simulation.simulate import simulate
from troponin.solvers.method import BDF
from troponin.units import DIMENSIONLESS, Quantity, as_quantity, exact_value, ms, parse_unit, uM

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["dynamic_stiffness"]

HZ: Final = parse_unit("1/s")

_PIECES: Final = 24
"""Hermite cubics to a cycle: 1e-5 of the amplitude from a sine."""

_SAMPLES: Final = 48

_FASTEST: Final = 1e4
"""1/s: the crossbridges follow nothing so fast, and a thousand ms of it are millions of pieces."""

_SETTLES: Final = 1000.0
"""ms that the crossbridges are given to take up the rhythm, and ten cycles at least."""


def dynamic_stiffness(
    model: Model,
    frequencies: Sequence[Quantity | str],
    *,
    amplitude: float = 0.001,
    calcium: Quantity | str = "10 uM",
    stretch: float = 1.0,
    solver: Method | None = None,
) -> xr.Dataset:
    """The complex stiffness of a muscle over `frequency` (1/s): `elastic`, `viscous`, `modulus` (kPa), `phase` (rad).

    frequencies   such as ["1 Hz", "10 Hz"]
    amplitude     of stretch; tension contains the passive part
    calcium       free calcium, held constant

    Raises `ModelError` for a model that does not contract, and `ValueRangeError` for what is not positive.
    """
    import xarray as xr

    if not 0.0 < amplitude < 0.1:
        raise ValueRangeError("a small amplitude of stretch is needed", where="dynamic_stiffness", got=amplitude)
    require_stretch(stretch)
    if isinstance(frequencies, str) or not len(frequencies):
        expected = 'several, such as ["1 Hz", "10 Hz"]'
        raise ValueRangeError("frequencies are needed", where="dynamic_stiffness", got=frequencies, expected=expected)
    periods = []
    for frequency in frequencies:
        given = as_quantity(frequency, HZ, what="a frequency")
        if not given.value > 0.0:
            raise ValueRangeError("a frequency must be positive", where="dynamic_stiffness", got=frequency)
        if given.to(HZ).value > _FASTEST:
            raise ValueRangeError(
                "no muscle is shaken so fast",
                where="dynamic_stiffness",
                got=frequency,
                expected=f"{_FASTEST:g} 1/s or less",
            )
        periods.append(1000 / exact_value(given, HZ))
    muscle = muscle_alone(model, ("cai",))
    muscle = muscle.with_values({"cai": as_quantity(calcium, uM, what="calcium"), "stretch": stretch})
    method = BDF(rtol=1e-8) if solver is None else solver
    found = np.array([_response(muscle, period, amplitude, stretch, method) for period in periods])
    kPa = {"units": "kPa"}
    moduli = xr.Dataset(
        {
            "elastic": ("frequency", found.real, {**kPa, "long_name": "elastic modulus"}),
            "viscous": ("frequency", found.imag, {**kPa, "long_name": "viscous modulus"}),
            "modulus": ("frequency", np.abs(found), {**kPa, "long_name": "complex modulus, its size"}),
            "phase": ("frequency", np.angle(found), {"units": "rad", "long_name": "phase of tension before length"}),
        },
        {"frequency": ("frequency", [float(1000 / p) for p in periods], {"units": "1/s", "long_name": "frequency"})},
    )
    facts = {"amplitude": amplitude, "calcium": as_quantity(calcium, uM, what="calcium").to(uM).value}
    return account(moduli, "dynamic_stiffness", model, method, {**facts, "stretch": stretch})


def _response(muscle: Model, period: Fraction, amplitude: float, stretch: float, method: Method) -> complex:
    """The first harmonic of tension over the last cycle, per amplitude [kPa]."""
    cycles = max(10, ceil(_SETTLES / float(period)))
    wave = _sine(period, amplitude, stretch)
    train = Train(Role.STRETCH, wave, Fraction(0), (Repeat(period, cycles),))
    protocol = Protocol(period * cycles, (train,))
    step = Quantity(float(period / _SAMPLES), ms)
    tension = "T" if "T" in muscle.meanings else "Ta"
    run = simulate(muscle, protocol, solver=method, save=Save(tension, every=step, last=Quantity(float(period), ms)))
    time, value = run["time"].to_numpy(), run[tension].to_numpy()
    per = float(period * ms.scale / muscle.time_unit.scale)
    # the trapezoidal rule over one whole period, exact for smooth periodic functions
    turn = np.exp(-2j * pi * (time - cycles * per) / per)
    return complex(2j * np.trapezoid(value * turn, time) / per / amplitude)


def _sine(period: Fraction, amplitude: float, middle: float) -> Wave:
    """One cycle of a sine about a middle value."""
    length = period / _PIECES
    d, pieces = float(length), []
    for k in range(_PIECES):
        a, b = 2.0 * pi * k / _PIECES, 2.0 * pi * (k + 1) / _PIECES
        y0, y1 = middle + amplitude * sin(a), middle + amplitude * sin(b)
        s0, s1 = (amplitude * cos(x) * 2.0 * pi / float(period) for x in (a, b))
        terms = (y0, s0, (3.0 * (y1 - y0) / d - 2.0 * s0 - s1) / d, (s0 + s1 - 2.0 * (y1 - y0) / d) / d**2)
        c0, c1, c2, c3 = (Fraction(x) for x in terms)
        pieces.append(Piece(length, (c0, c1, c2, c3)))
    return Wave(DIMENSIONLESS, tuple(pieces))
