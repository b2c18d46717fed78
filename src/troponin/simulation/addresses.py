"""A compiled kernel as a solver wants it: kernels and solvers do not see each other, they meet here."""

from __future__ import annotations

from troponin.kernels.kernel import Kernel
from troponin.solvers.kernel_addresses import KernelAddresses

__all__ = ["addresses"]


def addresses(kernel: Kernel) -> KernelAddresses:
    """The addresses and sizes of a kernel; the kernel must stay alive while a solver uses them."""
    return KernelAddresses(
        rhs=kernel.rhs,
        jac=kernel.jac,
        factor=kernel.factor,
        solve=kernel.solve,
        monitor=kernel.monitor,
        step=kernel.step,
        states=kernel.n,
        jacobian=kernel.nnz,
        lu=kernel.nnz_lu,
        monitors=kernel.n_monitors,
        inputs=kernel.n_inputs,
        width=kernel.lanes,
    )
