"""The channel bench: voltage clamp of one current of any model.

family                     traces after steps of the potential
iv                         peak, late and tail current against potential, and the reversal potential
activation, inactivation   steady gating as experiments see it, with Boltzmann's curve
recovery, deactivation     pairs of pulses and tails, with time constants
steady_state               x_inf and tau of a gate or a chain, from the equations
voltages                   potentials from one to another

The current is taken out of the cell.  The states that it reads and that the potential moves obey their own equations;
all else is held at its initial value: concentrations, and what these alone move, such as calcium-dependent gates.
`free=[...]` lets named states move, `held=[...]` holds named ones; every result tells what was held, and where.  At a
potential that stands still gates and Markov chains are linear and solved exactly; what is not goes to an ODE solver.
"""

from troponin.analysis.channel.family import family
from troponin.analysis.channel.gating import activation, inactivation
from troponin.analysis.channel.iv import iv
from troponin.analysis.channel.recovery import deactivation, recovery
from troponin.analysis.channel.steady_state import steady_state
from troponin.analysis.channel.voltages import voltages

__all__ = [
    "activation",
    "deactivation",
    "family",
    "inactivation",
    "iv",
    "recovery",
    "steady_state",
    "voltages",
]
