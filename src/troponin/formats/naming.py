"""Names as a format allows them: every variable of a model gets one, and no two get the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

from troponin.model.model import Model

__all__ = ["component_names", "flat_names"]

_LOOSE = "model"
"""The component of variables that have none."""


def flat_names(model: Model, allowed: Callable[[str], bool]) -> dict[str, str]:
    """A name without a component for each qualified name: the variable's own where that is unique and allowed."""
    own = Counter(_safe(name.rpartition(".")[2]) for name in model.variables)
    taken: set[str] = set()
    result: dict[str, str] = {}
    for name in model.variables:
        short = _safe(name.rpartition(".")[2])
        wanted = short if own[short] == 1 else _safe(name.replace(".", "_"))
        result[name] = _free(wanted, lambda n: n not in taken and allowed(n))
        taken.add(result[name])
    return result


def component_names(model: Model, reserved: Iterable[str] = ()) -> dict[str, tuple[str, str]]:
    """A component and a name within it for each qualified name."""
    kept = frozenset(reserved)
    taken: set[tuple[str, str]] = set()
    result: dict[str, tuple[str, str]] = {}
    for name in model.variables:
        component, _, rest = name.partition(".") if "." in name else (_LOOSE, "", name)
        component = _free(_safe(component), lambda n: n not in kept)

        def is_free(candidate: str, component: str = component) -> bool:
            return (component, candidate) not in taken and candidate not in kept

        result[name] = (component, _free(_safe(rest.replace(".", "_")), is_free))
        taken.add(result[name])
    return result


def _safe(name: str) -> str:
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    return plain if re.match(r"[A-Za-z]", plain) else f"x{plain}"


def _free(name: str, allowed: Callable[[str], bool]) -> str:
    if allowed(name):
        return name
    number = 1
    while not allowed(f"{name}_{number}"):
        number += 1
    return f"{name}_{number}"
