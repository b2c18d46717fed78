"""compile_model(model) -> Kernel: the addresses of a model's machine code, and the sizes of its arrays."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from troponin.errors import KernelError, ModelError, UnknownNameError
from troponin.kernels.cache import Cache, default_cache
from troponin.kernels.engine import Code
from troponin.kernels.part import Request, build_core, build_monitors, build_step
from troponin.kernels.shelf import Part, Shelf
from troponin.kernels.stepping import METHODS
from troponin.kernels.system import driven
from troponin.kernels.target import host
from troponin.model.model import Model, Parameter

__all__ = ["Kernel", "compile_model"]

LANES = (1, 2, 4, 8)
"""Cells that a kernel can advance at once."""


@dataclass(frozen=True)
class Kernel:
    """A model's machine code as `troponin.kernels.abi` describes it.

    rhs, jac, factor, solve            addresses
    monitor, step                      addresses; zero where none was asked for
    states, parameters, varied         names in the order of y, p and the varied parameters
    inputs                             names of the driven inputs in the order of u (time is u[0] + tau)
    monitors                           names in the order of the monitored rows, as they were asked for
    pattern                            (row, column) of each row of J
    n_k, n_q, nnz_lu                   rows of k, q and LU
    settled                            values of parameters that are part of the code and cannot be changed

    The code lives as long as the kernel does.
    """

    rhs: int
    jac: int
    factor: int
    solve: int
    monitor: int
    step: int
    lanes: int
    states: tuple[str, ...]
    inputs: tuple[str, ...]
    input_roles: tuple[str, ...]
    monitors: tuple[str, ...]
    parameters: tuple[str, ...]
    defaults: tuple[float, ...] = field(repr=False)
    varied: tuple[str, ...]
    pattern: tuple[tuple[int, int], ...] = field(repr=False)
    n_k: int
    n_q: int
    nnz_lu: int
    settled: Mapping[str, float]
    code: tuple[Code, ...] = field(repr=False)

    @property
    def n(self) -> int:
        """Number of states."""
        return len(self.states)

    @property
    def nnz(self) -> int:
        """Entries of the Jacobian."""
        return len(self.pattern)

    @property
    def n_inputs(self) -> int:
        """Number of driven inputs."""
        return len(self.inputs)

    @property
    def n_monitors(self) -> int:
        """Number of monitored rows."""
        return len(self.monitors)

    def constants(self, values: Mapping[str, float] | ArrayLike | None = None) -> NDArray[np.float64]:
        """The array k for parameter values: a mapping of those that change, or all of them in order.

        Raises `UnknownNameError` for a name that is no parameter and `KernelError` for a value that the code
        was made without.
        """
        p = self._parameter_values(values)
        k = np.zeros(max(self.n_k, 1))
        for code in self.code:
            _call(code.address("prepare"), p, k)
        return k

    def lane_constants(
        self, values: Mapping[str, float] | ArrayLike | None, varied: Mapping[str, ArrayLike]
    ) -> NDArray[np.float64]:
        """The array q[n_q, lanes] of one block: `varied` gives every varied parameter a value for each lane."""
        p = self._parameter_values(values)
        _check_names(varied, self.varied, "varied parameter")
        missing = [name for name in self.varied if name not in varied]
        if missing:
            raise KernelError("varied parameters without values", got=", ".join(missing))
        v = np.zeros((max(len(self.varied), 1), self.lanes))
        for row, name in enumerate(self.varied):
            v[row] = varied[name]
        q = np.zeros((max(self.n_q, 1), self.lanes))
        for code in self.code:
            _call(code.address("spread"), p, v, q)
        return q

    def _parameter_values(self, values: Mapping[str, float] | ArrayLike | None) -> NDArray[np.float64]:
        p = np.array(self.defaults, dtype=np.float64)
        if isinstance(values, Mapping):
            _check_names(values, self.parameters, "parameter")
            position = {name: i for i, name in enumerate(self.parameters)}
            for name, value in values.items():
                p[position[name]] = value
        elif values is not None:
            p[:] = np.asarray(values, dtype=np.float64)
        changed = [
            name for name, i in zip(self.parameters, p, strict=True) if name in self.settled and i != self.settled[name]
        ]
        if changed:
            raise KernelError(
                "parameters that decide a branch or an exponent are part of the code",
                got=", ".join(changed),
                remedy="Compile the model with these values, or name them as varied.",
            )
        return p


def compile_model(
    model: Model,
    *,
    lanes: int = 1,
    varied: Iterable[str] = (),
    monitors: Iterable[str] = (),
    step: str | None = None,
    cache: Cache | None = None,
) -> Kernel:
    """The machine code of a model for this computer.

    lanes      cells advanced at once: 1, 2, 4 or 8 (`target.natural_lanes()` fits this machine)
    varied     parameters that differ from lane to lane
    monitors   variables to compute on request, by qualified name or meaning
    step       a fixed-step method to compile too: "rush_larsen", "grl1" or "grl2"
    cache      where object code is kept; by default what `cache.default_cache()` finds

    Values of parameters are not part of the code, except of those that decide a branch or an exponent.
    Raises `UnknownNameError` for names that the model does not have, and `KernelError`.
    """
    if lanes not in LANES:
        raise KernelError("a kernel has 1, 2, 4 or 8 lanes", got=lanes)
    request = Request(lanes, _varied_names(model, varied), host())
    asked = tuple(monitors)
    for name in asked:
        model.qualified(name)
    if step is not None and step not in METHODS:
        raise UnknownNameError("fixed-step method", step, METHODS)
    shelf = Shelf(model, request, cache or default_cache())
    core = shelf.obtain("core", build_core)
    parts = {"core": core}
    if step is not None:
        parts["step"] = shelf.obtain(step, functools.partial(build_step, method=step), [core])
    if asked:
        names = tuple(model.qualified(name) for name in asked)
        build = functools.partial(build_monitors, names=names)
        parts["monitor"] = shelf.obtain("monitors " + " ".join(names), build, list(parts.values()))
    return _kernel(model, request, asked, parts)


def _kernel(model: Model, request: Request, asked: tuple[str, ...], parts: Mapping[str, Part]) -> Kernel:
    codes, layouts = tuple(part.code for part in parts.values()), [part.layout for part in parts.values()]
    core = parts["core"]
    values = {p.name: p.value for p in model.parameters}
    roles = {i.name: i.role for i in model.inputs}
    return Kernel(
        rhs=core.code.address("rhs"),
        jac=core.code.address("jac"),
        factor=core.code.address("factor"),
        solve=core.code.address("solve"),
        monitor=parts["monitor"].code.address("monitor") if "monitor" in parts else 0,
        step=parts["step"].code.address("step") if "step" in parts else 0,
        lanes=request.lanes,
        states=tuple(s.name for s in model.states),
        inputs=driven(model),
        input_roles=tuple(roles[name] for name in driven(model)),
        monitors=asked,
        parameters=tuple(values),
        defaults=tuple(values.values()),
        varied=request.varied,
        pattern=core.layout.pattern,
        n_k=sum(layout.constants for layout in layouts),
        n_q=sum(layout.lane_values for layout in layouts),
        nnz_lu=core.layout.factors,
        settled={name: values[name] for layout in layouts for name in layout.settled},
        code=codes,
    )


def _varied_names(model: Model, varied: Iterable[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(model.qualified(name) for name in varied))
    wrong = [name for name in names if not isinstance(model.variables[name], Parameter)]
    if wrong:
        raise ModelError("only parameters can vary between lanes", complaints=wrong, where=f"model {model.name}")
    return names


def _check_names(given: Iterable[str], known: tuple[str, ...], kind: str) -> None:
    for name in given:
        if name not in known:
            raise UnknownNameError(kind, name, known)


def _call(address: int, *arrays: NDArray[np.float64]) -> None:
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(arrays))(address)
    function(*(a.ctypes.data for a in arrays))
