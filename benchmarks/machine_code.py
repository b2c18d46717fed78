"""What a kernel's machine code holds, and how fast this processor could run it at best.

    limit = max over the units of the processor of sum (instructions of a kind) x (shortest time of one)

Multiplications, additions and fused ones share some pipes, divisions and square roots another.  The shortest times
are measured here, register width by register width, with independent instructions in a row.  Loads, stores, shuffles
and latencies are left out, so no code can be faster, and none will reach it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from calls import repeat2

from troponin.kernels.engine import compile_object, load_object
from troponin.kernels.target import host

__all__ = ["NEEDS", "Kinds", "available", "instructions", "limit"]

NEEDS = "objdump (binutils)"

Kinds = Mapping[tuple[str, int], int]
"""Number of instructions by kind ("multiply", "divide") and doubles in the register."""

_LANES = {"xmm": 2, "ymm": 4, "zmm": 8}
_MULTIPLY = re.compile(r"^v?(mul|fmadd|fmsub|fnmadd|fnmsub)\w*?(p|s)d$")
_DIVIDE = re.compile(r"^v?(div|sqrt)(p|s)d$")
_LINE = re.compile(r"^\s*[0-9a-f]+:\s+(?:[0-9a-f]{2} )+\s*([a-z][a-z0-9]*)\s*(.*)$")
_HEAD = re.compile(r"^[0-9a-f]+ <(\w+)>:$")


def available() -> bool:
    """Whether objdump is on the path."""
    return shutil.which("objdump") is not None


def instructions(code: bytes) -> dict[str, Kinds]:
    """The arithmetic instructions of each function of an object file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.o"
        path.write_bytes(code)
        listing = subprocess.run(["objdump", "-d", "-w", path], check=True, capture_output=True, text=True).stdout
    found: dict[str, Counter[tuple[str, int]]] = {}
    function = ""
    for line in listing.splitlines():
        if head := _HEAD.match(line):
            function = head[1]
            found[function] = Counter()
        elif read := _LINE.match(line):
            kind = "multiply" if _MULTIPLY.match(read[1]) else "divide" if _DIVIDE.match(read[1]) else None
            if kind is not None:
                register = re.search(r"%([xyz]mm)\d", read[2])
                found[function][kind, 1 if read[1].endswith("sd") or not register else _LANES[register[1]]] += 1
    return dict(found)


def limit(kinds: Kinds) -> float:
    """The shortest time, s, in which the instructions can pass through their units."""
    units: Counter[str] = Counter()
    for (kind, lanes), count in kinds.items():
        units[kind] += count * shortest(kind, lanes)  # type: ignore[assignment]
    return float(max(units.values(), default=0.0))


@cache
def shortest(kind: str, lanes: int) -> float:
    """Seconds that one of many independent instructions takes on this machine."""
    chains, length = 12, 40
    vector = "double" if lanes == 1 else f"<{lanes} x double>"
    # each chain starts from a place of its own: equal chains would be merged into one
    lines = [f"%v{i}x0 = load {vector}, ptr %r{i}, align 8" for i in range(chains)]
    lines.append(f"%c = load {vector}, ptr %q, align 8")
    for step in range(length):
        for i in range(chains):
            operation = "fmul" if kind == "multiply" else "fdiv"
            lines.append(f"%v{i}x{step + 1} = {operation} {vector} %v{i}x{step}, %c")
    lines += [f"store {vector} %v{i}x{length}, ptr %r{i}, align 8" for i in range(chains)]
    places = [f"%r{i} = getelementptr double, ptr %p, i64 {8 * (i + 1)}" for i in range(chains)]
    text = "\n".join(
        [f'target triple = "{host().triple}"', "define void @spin(ptr %p, ptr %q) {", *places, *lines, "ret void", "}"]
    )
    code = load_object(compile_object(text, host()), host())
    values, ones = np.ones(8 * (chains + 1)), np.full(8, 1.0)
    best = np.inf
    for _ in range(9):
        began = time.perf_counter()
        repeat2(2000, code.address("spin"), values.ctypes.data, ones.ctypes.data)
        best = min(best, time.perf_counter() - began)
    return float(best) / (2000 * chains * length)
