"""Nanoseconds per call of each kernel, and what share of the processor's limit that is: python benchmarks/kernels.py

rhs, jac (with rhs), factor and solve for one cell and for the natural block of lanes; beside them the same right-hand
side and the same Rush-Larsen step by gcc -O3 -ffast-math -march=native, taken in turns.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import machine_code
import numpy as np
from calls import repeat2, repeat3, repeat6, repeat8, sweep3, sweep6
from cases import DEFAULT_MODELS, Case, case_of
from contender import Doubles, Timing, alternate
from peers import gcc_kernels, jax_kernels

from troponin.kernels.kernel import Kernel, compile_model
from troponin.kernels.part import Layout, Request, build_core
from troponin.kernels.target import host, natural_lanes
from troponin.model.structure import flatten

__all__ = ["KernelTime", "StepTime", "kernel_times", "step_times"]

_CALLS = 2000
_STEP = 0.01  # ms


@dataclass(frozen=True)
class KernelTime:
    """Seconds per call of one function for a block of so many lanes; `limit` is the least that it could take."""

    model: str
    function: str
    lanes: int
    timing: Timing
    limit: float | None = None
    peer: Timing | None = None


@dataclass(frozen=True)
class StepTime:
    """Seconds per cell and step of a fixed-step method over so many cells: ours and, where installed, the peers'."""

    model: str
    method: str
    cells: int
    timings: Mapping[str, Timing]

    def ratio(self, peer: str) -> float | None:
        """How many times longer a peer takes; None where it is not installed."""
        found = self.timings.get(peer)
        return None if found is None else found.median / self.timings["ours"].median


@dataclass(frozen=True)
class _Arrays:
    """Everything that the functions of a kernel read and write."""

    kernel: Kernel
    tau: Doubles
    y: Doubles
    u: Doubles
    k: Doubles
    q: Doubles
    dy: Doubles
    jacobian: Doubles
    ft: Doubles
    c: Doubles
    lu: Doubles

    @classmethod
    def of(cls, case: Case, kernel: Kernel) -> _Arrays:
        lanes = kernel.lanes
        y = np.repeat(case.y0[:, np.newaxis], lanes, axis=1)
        sizes = (kernel.n, kernel.nnz, kernel.n, 1, kernel.nnz_lu)
        dy, jacobian, ft, c, lu = (np.zeros((rows, lanes)) for rows in sizes)
        c += 0.1
        u = case.table.u[0].copy()
        q = np.zeros((max(kernel.n_q, 1), lanes))
        return cls(kernel, np.zeros(lanes), y, u, kernel.constants(), q, dy, jacobian, ft, c, lu)

    def calls(self) -> dict[str, Callable[[], object]]:
        """Each function as a run of many calls; jac and factor are run first by their order, for solve to be sane."""
        six = [a.ctypes.data for a in (self.tau, self.y, self.u, self.k, self.q, self.dy)]
        eight = [*six, self.jacobian.ctypes.data, self.ft.ctypes.data]
        factor = [a.ctypes.data for a in (self.jacobian, self.c, self.lu)]
        solve = [a.ctypes.data for a in (self.lu, self.dy)]
        kernel = self.kernel
        return {
            "rhs": lambda: repeat6(_CALLS, kernel.rhs, *six),
            "jac": lambda: repeat8(_CALLS, kernel.jac, *eight),
            "factor": lambda: repeat3(_CALLS, kernel.factor, *factor),
            "solve": lambda: repeat2(_CALLS, kernel.solve, *solve),
        }


def kernel_times(case: Case, rounds: int = 5) -> list[KernelTime]:
    """Every function, for one cell and for the natural block, with gcc's right-hand side in turns."""
    widths = (1, natural_lanes())
    runs: list[Callable[[], object]] = []
    labels: list[tuple[str, int, str]] = []
    kept = []
    for lanes in widths:
        arrays = _Arrays.of(case, compile_model(case.model, lanes=lanes))
        kept.append(arrays)
        for function, run in arrays.calls().items():
            runs.append(run)
            labels.append((function, lanes, "ours"))
        for bits in gcc_kernels.WIDTHS if gcc_kernels.available() else ():
            runs.append(_gcc_call(gcc_kernels.addresses(case.model, ["rhs"], lanes, bits)["rhs"], arrays))
            labels.append(("rhs", lanes, f"gcc {bits}"))
    timings = [Timing(tuple(s / _CALLS for s in t.seconds)) for t in alternate(runs, rounds, visit=0.003)]
    by_label = dict(zip(labels, timings, strict=True))
    limits = {lanes: _limits(case, lanes) for lanes in widths}
    return [
        KernelTime(case.name, name, lanes, timing, limits[lanes].get(name), _faster(by_label, (name, lanes)))
        for (name, lanes, whose), timing in by_label.items()
        if whose == "ours"
    ]


def _faster(timings: Mapping[tuple[str, int, str], Timing], what: tuple[str, int]) -> Timing | None:
    """The better of gcc's two codes: which register width it should prefer depends on the model."""
    found = [timing for (name, lanes, whose), timing in timings.items() if (name, lanes) == what and whose != "ours"]
    return min(found, key=lambda timing: timing.median, default=None)


def _gcc_call(address: int, arrays: _Arrays) -> Callable[[], object]:
    x = np.array([0.0, 0.0, _STEP])
    return lambda: repeat3(_CALLS, address, arrays.y.ctypes.data, x.ctypes.data, arrays.dy.ctypes.data)


def _limits(case: Case, lanes: int) -> dict[str, float]:
    if not machine_code.available():
        return {}
    code, _ = build_core(flatten(case.model), Request(lanes, (), host()), Layout(0, 0))
    return {name: machine_code.limit(kinds) for name, kinds in machine_code.instructions(code).items()}


def step_times(
    case: Case, method: str = "rush_larsen", cells: int = 10_000, rounds: int = 5, *, jax: bool = False
) -> StepTime:
    """One step of every cell of a sweep through memory, ours and the peers' in turns; JAX only when asked for."""
    lanes = natural_lanes()
    kernel = compile_model(case.model, lanes=lanes, step=method)
    blocks = max(1, cells // lanes)
    one = np.repeat(case.y0[:, np.newaxis], lanes, axis=1)
    y = np.repeat(one[np.newaxis], blocks, axis=0)
    theirs, x = {bits: y.copy() for bits in gcc_kernels.WIDTHS}, np.array([0.0, 0.0, _STEP])
    tau, h, k = np.zeros(lanes), np.full(lanes, _STEP), kernel.constants()
    u, q = case.table.u[-1].copy(), np.zeros((max(kernel.n_q, 1), lanes))
    times, stride = max(1, 2000 // blocks), 8 * kernel.n * lanes
    given = [a.ctypes.data for a in (tau, y, u, k, q, h)]
    runs: dict[str, Callable[[], object]] = {"ours": lambda: sweep6(times, blocks, stride, kernel.step, *given)}
    for bits in gcc_kernels.WIDTHS if gcc_kernels.available() else ():
        runs[f"gcc {bits}"] = _gcc_sweep(case, method, bits, (times, blocks, stride), theirs[bits], x)
    if jax and jax_kernels.available():
        start = np.repeat(case.y0[:, np.newaxis], blocks * lanes, axis=1)
        runs["jax"] = jax_kernels.stepper(case.model, method, start, _STEP)
    for tool, run in runs.items():
        run()
        if tool.startswith("gcc"):
            _require_alike(f"{case.name}, {method}, {tool}", y, theirs[int(tool.split()[1])])
    found = dict(zip(runs, alternate(list(runs.values()), rounds, visit=0.01), strict=True))
    per_step = {
        tool: Timing(tuple(s / ((1 if tool == "jax" else times) * blocks * lanes) for s in t.seconds))
        for tool, t in found.items()
    }
    widths = [tool for tool in per_step if tool.startswith("gcc")]
    if widths:
        per_step["gcc"] = per_step[min(widths, key=lambda tool: per_step[tool].median)]
    return StepTime(case.name, method, blocks * lanes, per_step)


def _gcc_sweep(
    case: Case, method: str, bits: int, sizes: tuple[int, int, int], y: Doubles, x: Doubles
) -> Callable[[], object]:
    address = gcc_kernels.addresses(case.model, [method], natural_lanes(), bits)[method]
    return lambda: sweep3(*sizes, address, y.ctypes.data, x.ctypes.data)


def _require_alike(what: str, mine: Doubles, theirs: Doubles) -> None:
    """The peer must have computed the same, up to functions of 4 ulp and sums in another order."""
    apart = float(np.max(np.abs(mine - theirs) / (np.abs(mine) + 1e-6)))
    if not apart < 1e-7:
        raise SystemExit(f"{what}: ours and theirs are {apart:.1e} apart after the same steps.")


def main() -> None:
    from report import kernels_table, steps_table

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(DEFAULT_MODELS))
    parser.add_argument(
        "--jax", action="store_true", help="compare with JAX too, whose compilation takes half a minute"
    )
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    cases: Sequence[Case] = [case_of(name) for name in given.models]
    print(kernels_table([row for case in cases for row in kernel_times(case, given.rounds)]), end="\n\n")
    steps = [
        step_times(case, method, cells, given.rounds, jax=given.jax and cells > natural_lanes())
        for case in cases
        for method in ("rush_larsen", "grl1")
        for cells in (natural_lanes(), 10_000)
    ]
    print(steps_table(steps))


if __name__ == "__main__":
    main()
