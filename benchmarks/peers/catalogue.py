"""The peers by name: each is a module with NEEDS, available() and contenders(case)."""

from __future__ import annotations

import sys
from importlib import import_module

from cases import Case
from contender import Contender
from peers.equations import Unspellable

__all__ = ["PEERS", "missing", "peer_contenders"]

PEERS = {
    "myokit": "peers.myokit_cvodes",
    "pydiffsol": "peers.pydiffsol_bdf",
    "casadi": "peers.casadi_cvodes",
    "scikit-sundae": "peers.sundae_cvode",
}
"""The module of each peer."""


def missing(name: str) -> str | None:
    """What must be installed before this peer can take part; None when it can."""
    module = import_module(PEERS[name])
    return None if module.available() else str(module.NEEDS)


def peer_contenders(name: str, case: Case) -> list[Contender]:
    """The peer at each of its settings; none, and a line that says what it needs, where it is not installed."""
    needs = missing(name)
    if needs is not None:
        print(f"{name} is left out: it needs {needs}.", file=sys.stderr)
        return []
    try:
        found: list[Contender] = import_module(PEERS[name]).contenders(case)
    except Unspellable as fault:
        print(f"{name} is left out of {case.name}: {fault}.", file=sys.stderr)
        return []
    return found
