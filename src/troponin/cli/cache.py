"""`troponin cache`: the compiled models kept on this computer."""

from __future__ import annotations

from typing import Annotated

import typer

from troponin.cli.text import columns

__all__ = ["cache"]


def cache(clear: Annotated[bool, typer.Option("--clear", help="Remove everything.")] = False) -> None:
    """List the compiled models kept on this computer, or remove them; a model that is run again is compiled again."""
    from troponin.kernels import cache as store

    folder = store.default_cache().folder
    if folder is None:
        print("no folder: TROPONIN_CACHE says that nothing is kept")
        return
    if clear:
        print(f"removed {store.clear()} compiled models from {folder}")
        return
    entries = store.entries()
    print(f"{folder}: {len(entries)} files, {sum(entry.size for entry in entries) / 1e6:.1f} MB")
    print("\n".join(columns((e.label, f"{e.size / 1e3:.0f} kB", f"used {e.days:.1f} days ago") for e in entries)))
