"""An mmt file read into a Model, with the pacing that its protocol section describes."""

from __future__ import annotations

from dataclasses import replace

from troponin.errors import FormatError
from troponin.expr.nodes import Symbol
from troponin.formats.imported import Imported
from troponin.formats.mmt.assemble import assemble
from troponin.formats.mmt.declarations import read_declarations
from troponin.formats.mmt.lines import logical_lines, sections
from troponin.formats.mmt.protocol import pacing_of, read_events
from troponin.formats.source import Note, Source
from troponin.model.model import Role
from troponin.model.pacing import own_stimulus, paced_input

__all__ = ["read_mmt"]


def read_mmt(source: Source) -> Imported:
    """The model of an mmt file; its script is kept aside and never run.

    Raises `FormatError`, with file and line, for everything that cannot be read.
    """
    found = sections(source)
    if "model" not in found:
        raise FormatError("an mmt file without a section [[model]]", where=source.place(1))
    first, lines = found["model"]
    said = read_declarations(logical_lines(lines, first, source), source)
    model, notes = assemble(said, source)
    aside = {"script": "\n".join(found["script"][1])} if "script" in found else {}
    if "protocol" in found:
        first, lines = found["protocol"]
        events = read_events(logical_lines(lines, first, source), source)
        paced = paced_input(model)
        time = next(i for i in model.inputs if i.role == Role.TIME)
        if events and paced is None:
            notes.append(Note(source.place(first), "the protocol paces nothing: no variable is bound to pace"))
        elif paced is not None:
            pacing = pacing_of(events, Symbol(time.name), model.time_unit, paced.unit)
            model = replace(model, pacing=pacing)
            model = replace(model, stimulus=own_stimulus(model))
    terms = {v.qualified: (v.label,) for v in said.variables.values() if v.label is not None}
    return Imported(model, "mmt", tuple(notes), terms, aside)
