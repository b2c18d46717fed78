"""From the text of a module to addresses of its functions, through object code that can be kept on disk."""

from __future__ import annotations

import ctypes
from typing import Any, Final

import llvmlite.binding as llvm

from troponin.errors import KernelError
from troponin.kernels.target import Target, target_machine

__all__ = ["Code", "compile_object", "library_declaration", "library_pointer", "load_object"]

LIBRARY: Final = (
    "fmod", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
)  # fmt: skip
"""Functions of the C library that code may call, through pointers that are set when it is loaded."""


class Code:
    """Machine code in memory; it stays there as long as this object lives."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def address(self, name: str) -> int:
        """The address of a function; zero where there is none of that name."""
        return int(self._engine.get_function_address(name))


def library_pointer(name: str) -> str:
    """The name of the variable that holds the address of a C library function."""
    return f"address_of_{name}"


def library_declaration(name: str) -> str:
    """The definition of that variable, for the text of a module."""
    return f"@{library_pointer(name)} = global ptr null"


def compile_object(text: str, target: Target) -> bytes:
    """The object code of a module.

    No optimisation passes run: the text is straight-line code in single-assignment form whose common
    subexpressions are shared already, and the code generator fuses products with sums.  Raises
    `KernelError` where LLVM refuses the text.
    """
    try:
        module = llvm.parse_assembly(text)
        module.verify()
    except RuntimeError as fault:
        remedy = "This is a defect of Troponin: please report it."
        raise KernelError("the compiler refused a kernel", got=str(fault), remedy=remedy) from fault
    return bytes(target_machine(target).emit_object(module))


def load_object(code: bytes, target: Target) -> Code:
    """Put object code into memory.  Raises `KernelError` for bytes that are not object code."""
    try:
        empty = llvm.parse_assembly(f'target triple = "{target.triple}"')
        # one contiguous piece of memory for all sections, as the small code model requires
        engine = llvm.create_mcjit_compiler(empty, target_machine(target), use_lmm=target.contiguous)
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
    except RuntimeError as fault:
        raise KernelError("object code that cannot be loaded", got=str(fault)) from fault
    for name in LIBRARY:
        place = engine.get_global_value_address(library_pointer(name))
        if place:
            ctypes.c_void_p.from_address(place).value = llvm.address_of_symbol(name)
    return Code(engine)
