"""`troponin models`, `info` and `check`: what there is, what a model is made of, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from troponin.cli.text import columns

if TYPE_CHECKING:
    from troponin.model.model import Model

__all__ = ["check", "info", "models"]

_NOT_SOUND = 1

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="A model of the library or a file.")]
Variant = Annotated[str | None, typer.Option(help="Cell type, such as endo.", show_default="the first")]


def models() -> None:
    """List the models of the library, with their variants and papers."""
    import troponin as tn

    entries = [tn.describe(name) for name in tn.models()]
    rows = [(e.name, " ".join(e.variants), e.paper.species, f"doi:{e.paper.doi}") for e in entries]
    print("\n".join(columns([("model", "variants", "species", "paper"), *rows])))


def info(name: ModelName, variant: Variant = None) -> None:
    """Show a model: its paper, states, parameters, inputs and the names for its meanings."""
    import troponin as tn

    print("\n".join(_description(tn.load(name, variant))))


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
    kinds = {
        "error": report.errors,
        "warning": report.warnings,
        "note": (*said, *report.notes),
        "fact": (*report.facts, *(conservation_facts(model) if report.sound else ())),
    }
    if as_json:
        import json

        found = {f"{kind}s": list(complaints) for kind, complaints in kinds.items()}
        print(json.dumps({"model": report.model, "sound": report.sound, **found}, indent=2))
        return 0 if report.sound else _NOT_SOUND
    for kind, complaints in kinds.items():
        for complaint in complaints:
            print(f"{kind}: {complaint}")
    counts = ", ".join(f"{len(complaints)} {kind}s" for kind, complaints in kinds.items())
    print(f"{report.model}: {'sound' if report.sound else 'not sound'}; {counts}")
    return 0 if report.sound else _NOT_SOUND


def _description(model: Model) -> list[str]:
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
    states = [(s.name, f"{s.initial:.6g}", str(s.unit), s.doc) for s in model.states]
    parameters = [(p.name, f"{p.value:.6g}", str(p.unit), p.doc) for p in model.parameters]
    inputs = [(i.name, f"{i.value:.6g}", str(i.unit), i.doc or i.role) for i in model.inputs]
    meanings = list(model.meanings.items())
    for heading, rows in (("states", states), ("parameters", parameters), ("inputs", inputs)):
        lines += ["", f"{len(rows)} {heading}", *(f"  {line}" for line in columns(rows))]
    return [*lines, "", "meanings", *(f"  {line}" for line in columns(meanings))]
