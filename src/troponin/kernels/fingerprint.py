"""What decides a model's machine code, as a short text: two models with the same one share their code.

Values of parameters, initial states and names of papers do not decide it; the equations do, the order of
the variables, and the values of parameters that may decide a branch or an exponent.
"""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path

import llvmlite

from troponin.expr.graph import order_by_dependency, postorder
from troponin.expr.nodes import Apply, Node, Number, Symbol
from troponin.expr.operations import Operation
from troponin.kernels.target import Target
from troponin.model.model import Model
from troponin.model.structure import Formulas, equations_of, rates_of

__all__ = ["deciding_parameters", "fingerprint"]

Below = frozenset[str] | None
"""The parameters beneath an expression of parameters alone; None for one that depends on anything else."""


def fingerprint(model: Model, lanes: int, varied: tuple[str, ...], target: Target) -> str:
    """The digest of everything that the core of a kernel depends on."""
    values = {p.name: p.value for p in model.parameters}
    sha = hashlib.sha256(_structure(_names(model), rates_of(model), equations_of(model)))
    deciding = (f"{name} = {values[name].hex()}" for name in deciding_parameters(model, varied))
    for line in (*deciding, f"lanes {lanes}", f"varied {varied}", target.key, _tools()):
        sha.update(line.encode())
        sha.update(b"\n")
    return sha.hexdigest()[:32]


def deciding_parameters(model: Model, varied: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The parameters that may decide a branch or an exponent, in the model's order."""
    return _deciding(tuple(p.name for p in model.parameters), rates_of(model), equations_of(model), varied)


@lru_cache(maxsize=64)
def _deciding(
    parameters: tuple[str, ...], rates: Formulas, equations: Formulas, varied: tuple[str, ...]
) -> tuple[str, ...]:
    below: dict[Node, Below] = {Symbol(name): frozenset([name]) for name in parameters if name not in varied}
    found: set[str] = set()
    expressions = {name: root for name, root in equations if root is not None}
    needs = {name: [n.name for n in postorder([root]) if isinstance(n, Symbol)] for name, root in expressions.items()}
    for name in order_by_dependency(needs)[0]:
        below[Symbol(name)] = _walk(expressions[name], below, found)
    for _, rate in rates:
        if rate is not None:
            _walk(rate, below, found)
    return tuple(name for name in parameters if name in found)


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


def _names(model: Model) -> tuple[str, ...]:
    return (
        "parameters",
        *(p.name for p in model.parameters),
        "inputs",
        *(f"{i.name}:{i.role}" for i in model.inputs),
    )


@lru_cache(maxsize=64)
def _structure(names: tuple[str, ...], rates: Formulas, equations: Formulas) -> bytes:
    # remembered, because it takes as long as ten beats, and most runs change values only
    sha = hashlib.sha256(" ".join(names).encode())
    number: dict[Node, int] = {}
    roots = rates + equations
    for node in postorder(root for _, root in roots if root is not None):
        number[node] = len(number)
        if isinstance(node, Number):
            sha.update(f"{node.value.hex()}\n".encode())
        elif isinstance(node, Symbol):
            sha.update(f"{node.name}\n".encode())
        elif isinstance(node, Apply):
            sha.update(f"{node.operation.spelling} {' '.join(str(number[arg]) for arg in node.args)}\n".encode())
    for name, root in roots:
        sha.update(f"{name} {number.get(root) if root is not None else None}\n".encode())
    return sha.digest()


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
