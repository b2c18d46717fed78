"""`troponin models`, `info` and `check`: what there is, what a model is made of, and what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from troponin.cli.arguments import ModelName, Variant
from troponin.cli.text import columns
from troponin.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troponin.model.model import Model

__all__ = ["check", "info", "models"]

_NOT_SOUND = 1


def models() -> None:
    """List the models of the library, with their variants and papers."""
    import troponin as tn

    entries = [tn.describe(name) for name in tn.models()]
    rows = [(e.name, " ".join(e.variants), e.paper.species, f"doi:{e.paper.doi}") for e in entries]
    print("\n".join(columns([("model", "variants", "species", "paper"), *rows])))


def info(
    name: ModelName,
    parts: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Show only what has this in its name, as IKr.")
    ] = None,
    variant: Variant = None,
) -> None:
    """Show a model: its paper, states, parameters, inputs, variables and the names for its meanings."""
    import troponin as tn

    model = tn.load(name, variant)
    print("\n".join([*_heading(model), *_sections(model)] if not parts else _sections(model, parts)[1:]))


def check(
    name: ModelName,
    variant: Variant = None,
    strict: Annotated[
        bool | None,
        typer.Option(
            "--strict/--tolerant", help="Whether units that do not fit are errors.", show_default="not for a file"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> int:
    """Audit a model: names, units, cycles, singular points, jumps, gates, charge, stimulus, time scales."""
    import troponin as tn
    from troponin.analysis.conservation_facts import conservation_facts

    model = tn.load(name, variant)
    is_file = name not in tn.models()
    report = tn.check(model, strict=not is_file if strict is None else strict)
    said = [str(note) for note in tn.read_model(name).notes] if is_file else []
    driven = conservation_facts(model) if report.sound else ()
    report = replace(report, notes=(*said, *report.notes), facts=(*report.facts, *driven))
    if as_json:
        found = {f"{kind}s": list(complaints) for kind, complaints in report.kinds.items()}
        print(json.dumps({"model": report.model, "sound": report.sound, **found}, indent=2))
    else:
        print(report)
    return 0 if report.sound else _NOT_SOUND


def _heading(model: Model) -> list[str]:
    paper = model.paper
    title = f"{model.name} {model.variant or ''}".strip()
    source = [f"{paper.authors} ({paper.year}). {paper.title}. doi:{paper.doi}"] if paper.authors else []
    lines = [title, *source, *([f"species: {paper.species}"] if paper.species else [])]
    lines.append(f"time in {model.time_unit}")
    if model.stimulus is not None:
        own = model.stimulus
        carrier = f", carried by {own.carrier}" if own.carrier else ""
        unit = next((str(given.unit) for given in model.inputs if given.role == "stimulus"), "")
        lines.append(f"stimulus: {own.amplitude:g} {unit} for {own.duration:g} {model.time_unit}{carrier}")
    return lines


def _sections(model: Model, parts: Sequence[str] = ()) -> list[str]:
    """Everything declared, a blank line before each section; only what has one of the parts in its name, if any."""
    names = [*model.variables, *model.meanings]
    for part in parts:
        if not any(_holds(name, part) for name in names):
            raise UnknownNameError("variable", part, names, where=f"model {model.name}")
    states = [(s.name, f"{s.initial:.6g}", str(s.unit), s.doc) for s in model.states]
    parameters = [(p.name, f"{p.value:.6g}", str(p.unit), p.doc) for p in model.parameters]
    inputs = [(i.name, f"{i.value:.6g}", str(i.unit), i.doc or i.role) for i in model.inputs]
    variables = [(e.name, str(e.unit), e.doc) for e in model.equations]
    meanings = list(model.meanings.items())
    tables: dict[str, Sequence[tuple[str, ...]]] = {
        "states": states,
        "parameters": parameters,
        "inputs": inputs,
        "variables": variables,
        "meanings": meanings,
    }
    lines = []
    for heading, table in tables.items():
        rows = [row for row in table if not parts or any(_holds(row[0], part) for part in parts)]
        if rows or not parts:
            lines += ["", f"{len(rows)} {heading}", *(f"  {line}" for line in columns(rows))]
    return lines


def _holds(name: str, part: str) -> bool:
    return part.lower() in name.lower()
