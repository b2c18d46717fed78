"""The same fixed step by JAX: jit of a vmap over cells, doubles, on the CPU.  Needs: pip install jax."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from peers.equations import Unspellable, named_once
from peers.gcc_kernels import rows_of

from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation as Op
from troponin.model.model import Model

__all__ = ["NEEDS", "available", "stepper"]

NEEDS = "pip install jax"


def available() -> bool:
    """Whether JAX can be imported."""
    return find_spec("jax") is not None


def stepper(model: Model, method: str, start: Any, step: float) -> Callable[[], object]:
    """A call that takes every cell one step; `start` has shape [states, cells].  The first call compiles."""
    # one core for everybody: XLA's pool of threads is switched off
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    import jax

    jax.config.update("jax_enable_x64", True)
    advance = jax.jit(jax.vmap(_advance(model, method, step), in_axes=1, out_axes=1))
    cells = jax.numpy.asarray(start)

    def run() -> object:
        nonlocal cells
        cells = advance(cells).block_until_ready()
        return cells

    return run


def _advance(model: Model, method: str, step: float) -> Callable[[Any], Any]:
    import jax.numpy as jnp

    shared, rows = named_once(rows_of(model, method))
    table = _operations(jnp)
    states = [s.name for s in model.states]

    def advance(y: Any) -> Any:
        values: dict[str, Any] = {name: y[i] for i, name in enumerate(states)}
        values |= {"stimulus": 0.0, "time": 0.0, "step": step}
        for name, root in shared.items():
            values[name] = _value(root, values, table)
        return jnp.stack([_value(row, values, table) for row in rows])

    return advance


def _value(root: Node, values: dict[str, Any], table: dict[Op, Callable[..., Any]]) -> Any:
    found: dict[Node, Any] = {}
    for node in postorder([root]):
        if isinstance(node, Number):
            found[node] = node.value
        elif isinstance(node, Symbol):
            found[node] = values[node.name]
        elif isinstance(node, Apply):
            if node.operation not in table:
                raise Unspellable(f"'{node.operation.spelling}' is not known to the JAX peer")
            found[node] = table[node.operation](*(found[arg] for arg in node.args))
    return found[root]


def _operations(jnp: Any) -> dict[Op, Callable[..., Any]]:
    names = (Op.SQRT, Op.FLOOR, Op.CEIL, Op.EXP, Op.EXPM1, Op.LOG, Op.LOG10, Op.SIN, Op.COS, Op.TAN, Op.TANH, Op.ABS)
    return {
        **{op: getattr(jnp, op.spelling) for op in names},
        Op.ADD: jnp.add,
        Op.SUB: jnp.subtract,
        Op.MUL: jnp.multiply,
        Op.DIV: jnp.divide,
        Op.NEG: jnp.negative,
        Op.POW: jnp.power,
        Op.MIN: jnp.minimum,
        Op.MAX: jnp.maximum,
        Op.LT: jnp.less,
        Op.LE: jnp.less_equal,
        Op.GT: jnp.greater,
        Op.GE: jnp.greater_equal,
        Op.EQ: jnp.equal,
        Op.NE: jnp.not_equal,
        Op.AND: jnp.logical_and,
        Op.OR: jnp.logical_or,
        Op.NOT: jnp.logical_not,
        Op.SELECT: jnp.where,
    }
