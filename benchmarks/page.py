"""The page of the docs: what was measured, how, and the tables."""

from __future__ import annotations

from measurements import Measurements
from report import (
    crowd_table,
    kernels_table,
    points_table,
    ratios_table,
    shares_table,
    size_table,
    steps_table,
    threads_table,
)

__all__ = ["page"]

_HEAD = """# Benchmarks

This page is written by `python benchmarks/run.py`; `benchmarks/README.md` says what each part needs.

Measured on: {machine}.

How it is measured:

- Every tool solves the same equations with the same numbers: the peers' models are generated from ours, with
  subexpressions that are used twice named once.
- The cell starts from its default initial state and is paced five times at 1 Hz with its own stimulus, whose edges are
  exact for everybody. Errors are those of the fifth beat, at each tool's own step points (those on an edge of the
  stimulus left out), against a reference of relative tolerance 1e-12. The reference itself is in doubt by less than
  {doubt:.0e} mV. CasADi does not tell its steps; its error is looked at on a fine grid.
- Times are CPU times of one core, each tool in turns with the others in the same run: the median, and the best in
  brackets. A ratio is a peer's time over ours at equal error, by straight lines in log-log between the settings of each
  tool that no other setting of it beats; nothing is extrapolated.
"""

_SINGLE = """
## One cell

How many times faster we are than each peer with the method that is our default for one cell:

{ratios}

Our other methods against Myokit:

{others}

![Time per beat against the error of the membrane potential](figures/work-precision.png)

"""

_VARIED = """
## A varied population

{cells} cells, up to ten conductances log-normal with sigma 0.2, on one core, cost per cell. Ours run abreast in the
lanes of a block, Myokit's one after the other. The error is the worst of four cells.

{ratios}
"""

_KERNELS = """
## Kernels

The limit is the time in which this processor could at best pass the arithmetic instructions of a kernel through its
units, with nothing else to do. gcc stands for `gcc -O3 -ffast-math -march=native` on the same right-hand side, with the
parameters as literals, libmvec's functions of 4 ulp, and the better of 256 and 512 bit registers; our functions are
accurate to 1 ulp, and our kernels take parameters at run time.

{kernels}

### Fixed steps

{steps}
"""

_SHARES = """
## Where the time goes

The share of a run that is spent in each kernel (its calls times its cost alone), and what is left for the solver. With
several lanes all cells are alike; a step is then one of one cell for Rodas5P, and of the whole block for the BDF.

{shares}
"""

_GROWTH = """
## Threads

A batch through `simulate`. Where the run got fewer cores than it has threads, others were using the machine and the
wall time says little; the CPU time per cell then tells that the threads do not hinder each other.

{threads}

## Growth

One beat of a batch through `simulate` on one thread, v kept every 10 ms:

{crowds}

One beat of one cell by the BDF at its default tolerance:

{sizes}
"""


_POINTS = """
## Every point

Each tool at each of its settings: CPU time per beat (median and best), steps in the fifth beat, largest error of v,
relative errors of APD90 and of the calcium peak; in the last column how many times faster the best of our methods is at
a peer's error.
"""


def page(found: Measurements, machine: str) -> str:
    """The page in Markdown."""
    doubt = max(c.doubt for c in (*found.single, *found.varied))
    default = "Troponin BDF"
    others = [tool for tool in found.single[0].ours if tool != default]
    single = {
        "ratios": ratios_table(found.single, ours=[default]),
        "others": ratios_table(found.single, peers=["Myokit CVODES"], ours=others),
    }
    parts = [_HEAD.format(machine=machine, doubt=doubt), _SINGLE.format(**single)]
    parts.append(_VARIED.format(cells=found.cells, ratios=ratios_table(found.varied)))
    parts.append(_KERNELS.format(kernels=kernels_table(found.kernels), steps=steps_table(found.steps)))
    parts.append(_SHARES.format(shares=shares_table(found.shares)))
    growth = {"threads": threads_table(found.threads), "crowds": crowd_table(found.crowds)}
    parts.append(_GROWTH.format(**growth, sizes=size_table(found.sizes)))
    parts.append(_POINTS)
    parts += [f"### {c.case.name}\n\n{points_table(c)}\n" for c in found.single]
    parts += [f"### {c.case.name}, varied\n\n{points_table(c)}\n" for c in found.varied]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"
