"""What a format has no words for, kept in its comments: meanings, the stimulus, inputs, names, the source.

    troponin: meaning v = membrane.V
    troponin: input lambda = stretch 1.0 dimensionless
    troponin: stimulus = -53.0 1.0 K

A writer puts such lines into comments; `apply_remarks` finds them in any file and gives the model back
what they say.  Names in them are those of the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from troponin.errors import ExpressionError, UnitError
from troponin.expr.graph import substitute
from troponin.expr.infix import parse_infix, to_infix
from troponin.expr.nodes import Node, Symbol
from troponin.formats.source import Source
from troponin.model.model import Input, Model, Paper, Parameter, Role, Stimulus
from troponin.units import parse_unit

__all__ = ["apply_remarks", "has_remarks", "remarks_of", "stimulus_in"]

_REMARK = re.compile(
    r"troponin: (?P<key>[\w ]+?)(?: (?P<name>[\w.]+))? = (?P<value>.*?)\s*(?:-->|\*/)?\s*$", re.MULTILINE
)
_MOST = 20_000


def remarks_of(
    model: Model, names: Mapping[str, str], *, has_time_unit: bool = True, pacing: bool = False
) -> list[str]:
    """The lines that say about a model what its file cannot; `pacing` says the pacing too."""
    lines = [f"model = {model.name}"]
    if model.variant:
        lines.append(f"variant = {model.variant}")
    for key in ("authors", "title", "doi", "species"):
        value = _one_line(getattr(model.paper, key))
        if value:
            lines.append(f"paper {key} = {value}")
    if model.paper.year is not None:
        lines.append(f"paper year = {model.paper.year}")
    if not has_time_unit:
        lines.append(f"time unit = {model.time_unit}")
    lines.append(f"states = {', '.join(names[s.name] for s in model.states)}")
    lines += [f"meaning {meaning} = {names[name]}" for meaning, name in model.meanings.items() if name in names]
    for given in model.inputs:
        if given.role != Role.TIME:
            lines.append(f"input {names[given.name]} = {given.role} {given.value!r} {given.unit}")
    if model.stimulus is not None:
        stimulus = model.stimulus
        lines.append(f"stimulus = {stimulus.amplitude!r} {stimulus.duration!r} {stimulus.carrier or '-'}")
    if model.main_currents:
        lines.append(f"main currents = {', '.join(names[n] for n in model.main_currents if n in names)}")
    if pacing and model.pacing is not None:
        written = substitute(model.pacing, {Symbol(old): Symbol(new) for old, new in names.items()})
        lines.append(f"pacing = {to_infix(written)}")
    lines += [f"name {new} = {old}" for old, new in names.items() if old != new]
    return [f"troponin: {line}" for line in lines]


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("--", "-")).strip()


@dataclass
class _Said:
    """The remarks of a file, sorted."""

    plain: dict[str, str]
    named: dict[str, dict[str, str]]


def apply_remarks(model: Model, source: Source) -> Model:
    """The model with what the remarks in its file say; unchanged where there are none.

    A remark that does not fit the model (its variable was renamed by hand, say) is left aside.
    """
    said = _read(source)
    if not said.plain and not said.named:
        return model
    model = _with_inputs(model, said.named.get("input", {}))
    meanings = {m: name for m, name in said.named.get("meaning", {}).items() if name in model.variables}
    model = replace(model, meanings={**model.meanings, **meanings})
    model = _in_order(_with_plain(model, said.plain), said.plain)
    model = replace(model, paper=_paper(model.paper, said.named.get("paper", {})))
    return _renamed(model, said.named.get("name", {}))


def has_remarks(source: Source) -> bool:
    """Whether a file is of our own writing."""
    return bool(_read(source).plain.get("model"))


def stimulus_in(source: Source) -> list[str]:
    """The names, as in the file, of what its remarks call the stimulus input."""
    return [name for name, what in _read(source).named.get("input", {}).items() if what.startswith(Role.STIMULUS)]


def _read(source: Source) -> _Said:
    said = _Said({}, {})
    for number, found in enumerate(_REMARK.finditer(source.data.decode("utf-8", "replace"))):
        if number > _MOST:
            break
        if found["name"] is None:
            said.plain[found["key"]] = found["value"]
        elif found["key"] in ("meaning", "input", "name", "paper"):
            said.named.setdefault(found["key"], {})[found["name"]] = found["value"]
        else:  # a key of two words
            said.plain[f"{found['key']} {found['name']}"] = found["value"]
    return said


def _with_inputs(model: Model, said: Mapping[str, str]) -> Model:
    """Parameters that were inputs are inputs again, with their resting values."""
    table: dict[str, Input] = {}
    variables: tuple[Parameter | Input, ...] = (*model.parameters, *model.inputs)
    for variable in variables:
        role, value, unit = [*said.get(variable.name, "").split(" ", 2), "", "", ""][:3]
        if not role or _number(value) is None or (isinstance(variable, Input) and variable.role != role):
            continue
        try:
            own = parse_unit(unit) if unit else variable.unit
        except UnitError:
            own = variable.unit
        table[variable.name] = Input(variable.name, own, role, float(value), variable.doc)
    added = [table[p.name] for p in model.parameters if p.name in table]
    return replace(
        model,
        parameters=tuple(p for p in model.parameters if p.name not in table),
        inputs=(*(table.get(i.name, i) for i in model.inputs), *added),
    )


def _with_plain(model: Model, plain: Mapping[str, str]) -> Model:
    changes: dict[str, object] = {}
    if plain.get("model"):
        changes["name"] = plain["model"]
    if plain.get("variant"):
        changes["variant"] = plain["variant"]
    parts = plain.get("stimulus", "").split()
    if len(parts) == 3 and _number(parts[0]) is not None and _number(parts[1]) is not None:
        carrier = None if parts[2] == "-" else parts[2]
        changes["stimulus"] = Stimulus(float(parts[0]), float(parts[1]), carrier)
    currents = tuple(name.strip() for name in plain.get("main currents", "").split(","))
    if currents and all(name in model.variables for name in currents):
        changes["main_currents"] = currents
    try:
        if "time unit" in plain:
            unit = parse_unit(plain["time unit"])
            changes["time_unit"] = unit
            changes["inputs"] = tuple(replace(i, unit=unit) if i.role == Role.TIME else i for i in model.inputs)
        if "pacing" in plain and any(i.role == Role.STIMULUS for i in model.inputs):
            changes["pacing"] = _pacing(plain["pacing"], model)
    except (UnitError, ExpressionError):
        pass  # edited by hand: the file's own words count
    return replace(model, **changes)  # type: ignore[arg-type]


def _in_order(model: Model, plain: Mapping[str, str]) -> Model:
    """The states in the order that they had."""
    order = {name.strip(): place for place, name in enumerate(plain.get("states", "").split(","))}
    states = sorted(model.states, key=lambda s: order.get(s.name, len(order)))
    return replace(model, states=tuple(states))


def _pacing(text: str, model: Model) -> Node:
    def known(name: str) -> Node:
        if name not in model.variables:
            raise ExpressionError(f"unknown name '{name}'")
        return Symbol(name)

    return parse_infix(text, known)


def _paper(paper: Paper, said: Mapping[str, str]) -> Paper:
    texts = {key: said[key] for key in ("authors", "title", "doi", "species") if key in said}
    year = said.get("year", "")
    return replace(paper, **texts, year=int(year) if re.fullmatch(r"\d{4}", year) else paper.year)


def _renamed(model: Model, names: Mapping[str, str]) -> Model:
    """The model with the names that it had before it was written; none are taken where two would be alike."""
    table = {old: new for old, new in names.items() if old in model.variables and new}
    final = [table.get(name, name) for name in model.variables]
    if not table or len(set(final)) < len(final):
        return model
    swap: dict[Node, Node] = {Symbol(old): Symbol(new) for old, new in table.items()}

    def fresh(name: str) -> str:
        return table.get(name, name)

    return replace(
        model,
        states=tuple(
            replace(s, name=fresh(s.name), rate=None if s.rate is None else substitute(s.rate, swap))
            for s in model.states
        ),
        parameters=tuple(replace(p, name=fresh(p.name)) for p in model.parameters),
        inputs=tuple(replace(i, name=fresh(i.name)) for i in model.inputs),
        equations=tuple(
            replace(e, name=fresh(e.name), expression=substitute(e.expression, swap)) for e in model.equations
        ),
        meanings={meaning: fresh(name) for meaning, name in model.meanings.items()},
        main_currents=tuple(fresh(name) for name in model.main_currents),
        pacing=None if model.pacing is None else substitute(model.pacing, swap),
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
