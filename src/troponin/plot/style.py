"""How figures look: sizes for a journal page, colours that everybody can tell apart, names as mathematics."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

__all__ = [
    "COLOURS",
    "DOUBLE_COLUMN",
    "INK",
    "SINGLE_COLUMN",
    "STYLE",
    "as_mathematics",
    "axis_label",
    "colours",
    "told_apart",
    "unit_text",
]

SINGLE_COLUMN: Final = 3.5
DOUBLE_COLUMN: Final = 7.2
"""Widths in inches of one and of two columns of a journal page."""

INK: Final = "#1b1f24"

COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5C3E", "#6B6B6B")
"""M. Okabe and K. Ito's palette for all kinds of colour vision (2008), without its yellow, which is faint on white."""

STYLE: Any = {
    "font.family": "sans-serif",
    "font.size": 8.0,
    "axes.labelsize": 8.0,
    "axes.titlesize": 8.0,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "legend.fontsize": 7.0,
    "legend.frameon": False,
    "mathtext.default": "regular",
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.1,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
    "savefig.dpi": 300,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}
"""Settings of matplotlib while a figure is drawn; nothing is changed outside."""

_SYMBOLS: Final = {
    "v": "v",
    "cai": r"[Ca$^{2{+}}$]$_i$",
    "nai": r"[Na$^{{+}}$]$_i$",
    "ki": r"[K$^{{+}}$]$_i$",
    "cli": r"[Cl$^{{-}}$]$_i$",
    "Ta": r"T$_a$",
    "I_ion": r"I$_{ion}$",
}


def as_mathematics(name: str) -> str:
    """A variable's name as papers print it: `IKr.IKr` becomes I with the subscript Kr."""
    symbol = name.rpartition(".")[2]
    if symbol in _SYMBOLS:
        return _SYMBOLS[symbol]
    current = re.fullmatch(r"[Ii]_?([A-Za-z0-9]+)(?:_\w+)?", symbol)
    return f"I$_{{{current[1]}}}$" if current else symbol


def told_apart(names: Sequence[str]) -> list[str]:
    """Variables' names as mathematics, no two alike: the whole subscript, or the component, where two share one."""
    short = [as_mathematics(name) for name in names]
    whole = [_whole(name) if short.count(shown) > 1 else shown for name, shown in zip(names, short, strict=True)]
    return [
        f"{shown} ({name.rpartition('.')[0]})" if whole.count(shown) > 1 else shown
        for name, shown in zip(names, whole, strict=True)
    ]


def _whole(name: str) -> str:
    current = re.fullmatch(r"[Ii]_?(\w+)", name.rpartition(".")[2])
    return f"I$_{{{current[1].replace('_', ',')}}}$" if current else as_mathematics(name)


def colours(count: int) -> list[str]:
    """So many colours, no two alike: those of the palette, or where they do not suffice steps from dark to light."""
    if count <= len(COLOURS):
        return list(COLOURS[:count])
    import matplotlib as mpl
    from matplotlib.colors import to_hex

    return [to_hex(mpl.colormaps["viridis"](0.92 * number / (count - 1))) for number in range(count)]


def axis_label(name: str, unit: str) -> str:
    """What stands beside an axis: a name and its unit in brackets."""
    return name if unit in ("", "1", "dimensionless") else f"{name} ({unit_text(unit)})"


def unit_text(unit: str) -> str:
    """A unit as print has it: with raised exponents and a Greek micro."""
    raised = re.sub(r"\^(-?\d+)", r"$^{\1}$", unit)
    return re.sub(r"\bu(?=[A-Za-z])", "µ", raised)
