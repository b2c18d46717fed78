"""What decides a model's machine code, as a short text: two models with the same one share their code.

Values of parameters, initial states and names of papers do not decide it; the equations do, the order of
the variables, and the values of parameters that may decide a branch or an exponent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

import llvmlite

from troponin.expr.graph import order_by_dependency, postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation
from troponin.kernels.target import Target
from troponin.model.model import Model

__all__ = ["deciding_parameters", "fingerprint"]

Below = frozenset[str] | None
"""The parameters beneath an expression of parameters alone; None for one that depends on anything else."""


def fingerprint(model: Model, lanes: int, varied: tuple[str, ...], target: Target) -> str:
    """The digest of everything that the core of a kernel depends on."""
    sha = hashlib.sha256()
    for line in (*_structure(model, varied), f"lanes {lanes}", f"varied {varied}", target.key, _tools()):
        sha.update(line.encode())
        sha.update(b"\n")
    return sha.hexdigest()[:32]


def deciding_parameters(model: Model, varied: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The parameters that may decide a branch or an exponent, in the model's order."""
    below: dict[Node, Below] = {Symbol(p.name): frozenset([p.name]) for p in model.parameters if p.name not in varied}
    found: set[str] = set()
    equations = {e.name: e.expression for e in model.equations}
    needs = {name: [n.name for n in postorder([root]) if isinstance(n, Symbol)] for name, root in equations.items()}
    for name in order_by_dependency(needs)[0]:
        below[Symbol(name)] = _walk(equations[name], below, found)
    for state in model.states:
        if state.rate is not None:
            _walk(state.rate, below, found)
    return tuple(p.name for p in model.parameters if p.name in found)


def _walk(root: Node, below: dict[Node, Below], found: set[str]) -> Below:
    for node in postorder([root]):
        if node in below:
            continue
        if isinstance(node, Number):
            below[node] = frozenset()
        elif isinstance(node, Apply):
            parts = [below[arg] for arg in node.args]
            below[node] = None if None in parts else frozenset().union(*(p for p in parts if p is not None))
            decider = {Operation.POW: parts[-1], Operation.SELECT: parts[0]}.get(node.operation)
            found.update(decider or ())
        else:
            below[node] = None
    return below[root]


def _structure(model: Model, varied: tuple[str, ...]) -> Iterable[str]:
    values = {p.name: p.value for p in model.parameters}
    yield " ".join(["parameters", *values])
    yield " ".join(["states", *(s.name for s in model.states)])
    yield " ".join(["inputs", *(f"{i.name}:{i.role}" for i in model.inputs)])
    for name in deciding_parameters(model, varied):
        yield f"{name} = {values[name].hex()}"
    number: dict[Node, int] = {}
    roots = [*((s.name, s.rate) for s in model.states), *((e.name, e.expression) for e in model.equations)]
    for node in postorder(root for _, root in roots if root is not None):
        number[node] = len(number)
        if isinstance(node, Number):
            yield node.value.hex()
        elif isinstance(node, Symbol):
            yield node.name
        elif isinstance(node, Apply):
            yield f"{node.operation.spelling} {' '.join(str(number[arg]) for arg in node.args)}"
    for name, root in roots:
        yield f"{name} {number.get(root) if root is not None else None}"


@cache
def _tools() -> str:
    """The versions of what makes the code, the text of our own modules among them."""
    sha = hashlib.sha256()
    house = Path(__file__).parent.parent
    for folder in ("expr", "kernels", "model"):
        for path in sorted((house / folder).glob("*.py")):
            sha.update(path.read_bytes())
    try:
        version = metadata.version("troponin")
    except metadata.PackageNotFoundError:
        version = "uninstalled"
    return f"troponin {version} {sha.hexdigest()} llvmlite {llvmlite.__version__}"
