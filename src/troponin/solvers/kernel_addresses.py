"""A compiled kernel as a solver sees it: the addresses of its functions and its sizes."""

from __future__ import annotations

from dataclasses import dataclass

from troponin.errors import SolverError

__all__ = ["LANE_WIDTHS", "KernelAddresses"]

LANE_WIDTHS = (1, 2, 4, 8)
"""Lanes that a block of cells may have."""


@dataclass(frozen=True, slots=True)
class KernelAddresses:
    """Addresses of the functions described in `troponin.kernels.abi`, and the sizes of their arrays.

    rhs, jac, factor, solve, monitor, step   addresses; zero for a function the kernel lacks
    states, jacobian, lu, monitors           rows n, nnz, nnz_lu, m of y, J, LU and the monitors
    inputs                                   inputs of the model
    width                                    lanes W of a block, 1, 2, 4 or 8
    Raises SolverError for sizes no kernel can have.
    """

    rhs: int
    jac: int
    factor: int
    solve: int
    states: int
    jacobian: int
    lu: int
    monitor: int = 0
    monitors: int = 0
    inputs: int = 0
    width: int = 1
    step: int = 0

    def __post_init__(self) -> None:
        complaints = []
        if self.width not in LANE_WIDTHS:
            complaints.append(f"width: got {self.width}, expected one of {LANE_WIDTHS}")
        if self.states < 1:
            complaints.append(f"states: got {self.states}, expected at least 1")
        if min(self.jacobian, self.lu, self.monitors, self.inputs) < 0:
            complaints.append("jacobian, lu, monitors and inputs must not be negative")
        if self.monitors and not self.monitor:
            complaints.append("monitors are promised, but the address of the monitor function is zero")
        if complaints:
            raise SolverError("; ".join(complaints), where="KernelAddresses")
