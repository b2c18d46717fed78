"""What a benchmark ran on: the processor and the versions, never the name of the machine."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

from troponin.kernels.target import host

__all__ = ["describe"]

_TOLD = ("troponin", "numpy", "numba", "llvmlite", "myokit", "pydiffsol", "casadi", "scikit-sundae", "jax")


def describe() -> str:
    """One line: processor, cores, register width, load, system, versions."""
    versions = []
    for name in _TOLD:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    processor = f"{_processor()} ({host().cpu}, {host().width} doubles abreast), {os.cpu_count()} cores, load {load}"
    return f"{processor}; {platform.system()}, Python {platform.python_version()}, {', '.join(versions)}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
