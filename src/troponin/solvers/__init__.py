"""How time advances: stiff and fixed-step solvers that see a kernel only through its contract."""
