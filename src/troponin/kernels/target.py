"""The machine that code is made for: its name, its features, and how many doubles one instruction takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import llvmlite.binding as llvm

__all__ = ["Target", "host", "natural_lanes", "target_machine"]


@dataclass(frozen=True, slots=True)
class Target:
    """A processor as the compiler sees it.

    `width` is the number of doubles in its widest register; `scales` tells whether it multiplies by a power
    of two in one instruction (AVX-512), which halves the work at the end of an exponential.  `contiguous`:
    the code needs no function from outside, so that all of an object can lie in one piece of memory and
    constants can be operands.
    """

    triple: str
    cpu: str
    features: str
    width: int
    scales: bool
    contiguous: bool

    @property
    def key(self) -> str:
        """Everything that decides whether object code runs here."""
        return f"{self.triple} {self.cpu} {self.features}"


@cache
def host() -> Target:
    """The processor that this program runs on."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    known = llvm.get_host_cpu_features()
    wide = bool(known.get("avx512f")) and bool(known.get("avx512dq")) and bool(known.get("avx512vl"))
    features = known.flatten()
    if wide:
        # some processors are described as preferring 256-bit registers; these kernels gain from all 512
        features += ",-prefer-256-bit"
    width = 8 if wide else 4 if known.get("avx2") else 2
    triple = llvm.get_process_triple()
    # without fused multiply-adds or rounding instructions LLVM calls the C library instead
    complete = triple.startswith("aarch64") or (bool(known.get("fma")) and bool(known.get("sse4.1")))
    return Target(triple, llvm.get_host_cpu_name(), features, width, wide, complete)


def natural_lanes() -> int:
    """Cells that one instruction advances on this machine: 8 (AVX-512), 4 (AVX2) or 2."""
    return host().width


def target_machine(target: Target) -> Any:
    """A new code generator for a processor: an engine that is made with it takes it over.

    Optimisation level 2 of the code generator is as fast to run as 3.  The small code model is for objects
    that the engine keeps in one piece.
    """
    found = llvm.Target.from_triple(target.triple)
    model = "small" if target.contiguous else "jitdefault"
    return found.create_target_machine(
        cpu=target.cpu, features=target.features, opt=2, codemodel=model, reloc="pic", jit=True
    )
