"""The model section of an mmt file taken apart: components, variables and what is said of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from troponin.errors import FormatError, UnitError
from troponin.formats.mmt.lines import Line
from troponin.formats.source import Source, raise_together
from troponin.unit_grammar import exact_number
from troponin.units import Unit, parse_unit

__all__ = ["Declarations", "Function", "Variable", "read_declarations", "unit_of"]

_COMPONENT = re.compile(r"\[\s*([A-Za-z]\w*)\s*\]")
_DEFINITION = re.compile(r"(?:dot\(\s*([A-Za-z]\w*)\s*\)|([A-Za-z]\w*))\s*=(?!=)(.*)", re.DOTALL)
_INITIAL = re.compile(r"([A-Za-z]\w*\.[A-Za-z]\w*)\s*=(?!=)(.*)", re.DOTALL)
_FUNCTION = re.compile(r"([A-Za-z]\w*)\s*\(([\w\s,]*)\)\s*=(?!=)(.*)", re.DOTALL)
_FIELD = re.compile(r"([A-Za-z_]\w*)\s*:(.*)", re.DOTALL)
_SAID = re.compile(r"\b(in)\s*\[([^\]]*)\]|\b(bind|label)\s+([A-Za-z]\w*)")
_USED = re.compile(r"([A-Za-z]\w*\.[A-Za-z]\w*)(?:\s+as\s+([A-Za-z]\w*))?")
_MULTIPLIED = re.compile(r"(.*?)\(\s*(\+?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*\)\s*", re.DOTALL)
_MYOKIT_OHM = re.compile(r"\b([munpkMG]?)R\b")
_DEEPEST = 20


@dataclass
class Variable:
    """A variable: its name with those of its component and parents, its formula, and what is said of it."""

    path: tuple[str, ...]
    formula: str
    line: int
    is_state: bool
    unit: Unit | None = None
    binding: str | None = None
    label: str | None = None
    doc: str = ""

    @property
    def qualified(self) -> str:
        """component.variable, or component.variable.nested."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Function:
    """A function that the file defines: the names of its arguments and its formula."""

    arguments: tuple[str, ...]
    formula: str
    line: int


@dataclass
class Declarations:
    """What a model section says."""

    about: dict[str, str] = field(default_factory=dict)
    initial: dict[str, tuple[str, int]] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    aliases: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)


def read_declarations(lines: list[Line], source: Source) -> Declarations:
    """The declarations of a model section; gathers every fault of form before it raises `FormatError`."""
    reader = _Reader(source)
    faults: list[FormatError] = []
    for line in lines:
        try:
            reader.take(line)
        except FormatError as fault:
            faults.append(fault)
    if faults:
        raise_together(faults, source)
    return reader.found


class _Reader:
    """Where in a model section we are: its component, and the variables that the present line may belong to."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found = Declarations()
        self.component: str | None = None
        self.open: list[tuple[int, Variable]] = []

    def take(self, line: Line) -> None:
        """Take in one line."""
        header = _COMPONENT.fullmatch(line.text)
        if header is not None:
            if any(v.path[0] == header[1] for v in self.found.variables.values()) or header[1] == self.component:
                raise self._fault(line, f"component [{header[1]}] is declared twice")
            self.component, self.open = header[1], []
        elif self.component is None:
            self._before_components(line)
        elif re.match(r"use\s", line.text):
            self._aliases(line, self.component)
        elif (definition := _DEFINITION.fullmatch(line.text)) is not None:
            self._variable(line, definition, self.component)
        else:
            self._remark(line)

    def _before_components(self, line: Line) -> None:
        if (initial := _INITIAL.fullmatch(line.text)) is not None:
            if initial[1] in self.found.initial:
                raise self._fault(line, f"two initial values for '{initial[1]}'")
            self.found.initial[initial[1]] = (initial[2].strip(), line.number)
        elif (function := _FUNCTION.fullmatch(line.text)) is not None:
            names = tuple(part.strip() for part in function[2].split(",") if part.strip())
            self.found.functions[function[1]] = Function(names, function[3], line.number)
        elif (about := _FIELD.fullmatch(line.text)) is not None:
            self.found.about[about[1]] = about[2].strip()
        else:
            raise self._fault(line, f"cannot read '{line.text[:60]}'")

    def _aliases(self, line: Line, component: str) -> None:
        for part in line.text.removeprefix("use").split(","):
            used = _USED.fullmatch(part.strip())
            if used is None:
                raise self._fault(line, f"cannot read '{part.strip()[:60]}' after 'use'")
            alias = used[2] or used[1].partition(".")[2]
            if (component, alias) in self.found.aliases:
                raise self._fault(line, f"'{alias}' is used for two variables")
            self.found.aliases[component, alias] = (used[1], line.number)

    def _variable(self, line: Line, definition: re.Match[str], component: str) -> None:
        while self.open and self.open[-1][0] >= line.indent:
            self.open.pop()
        if len(self.open) > _DEEPEST:
            raise self._fault(line, f"variables nested deeper than {_DEEPEST}")
        parent = self.open[-1][1].path if self.open else (component,)
        path = (*parent, definition[1] or definition[2])
        formula, colon, doc = definition[3].partition(":")
        said = _SAID.search(formula)
        variable = Variable(path, formula[: said.start()] if said else formula, line.number, definition[1] is not None)
        if variable.qualified in self.found.variables:
            raise self._fault(line, f"variable '{variable.qualified}' is declared twice")
        if variable.is_state and len(path) > 2:
            raise self._fault(line, f"a nested variable cannot be a state: '{variable.qualified}'")
        variable.doc = doc.strip() if colon else ""
        if said:
            self._say(variable, formula[said.start() :], line)
        self.found.variables[variable.qualified] = variable
        self.open.append((line.indent, variable))

    def _remark(self, line: Line) -> None:
        """A line about the variable above it, or about the component."""
        about = _FIELD.fullmatch(line.text)
        if about is not None:
            if self.open and about[1] == "desc":
                self.open[-1][1].doc = about[2].strip()
            return
        if not self.open or _SAID.match(line.text) is None:
            raise self._fault(line, f"cannot read '{line.text[:60]}'")
        while len(self.open) > 1 and self.open[-1][0] >= line.indent:
            self.open.pop()
        self._say(self.open[-1][1], line.text, line)

    def _say(self, variable: Variable, text: str, line: Line) -> None:
        rest = _SAID.sub("", text).strip()
        if rest:
            raise self._fault(line, f"cannot read '{rest[:60]}'")
        for said in _SAID.finditer(text):
            if said[1]:
                if variable.unit is not None:
                    raise self._fault(line, f"a second unit for '{variable.qualified}'")
                variable.unit = unit_of(said[2], self.source.place(line.number))
            elif said[3] == "bind":
                variable.binding = said[4]
            else:
                variable.label = said[4]

    def _fault(self, line: Line, what: str) -> FormatError:
        return FormatError(what, where=self.source.place(line.number))


def unit_of(text: str, where: str) -> Unit:
    """The unit between an mmt file's brackets, such as `uA/cm^2` or `m/s (60)`; raises `FormatError`."""
    text = _MYOKIT_OHM.sub(r"\1ohm", text)  # Myokit writes R for it
    try:
        multiplied = _MULTIPLIED.fullmatch(text)
        if multiplied is None:
            return parse_unit(text.strip())
        unit = parse_unit(multiplied[1].strip() or "1")
        return Unit(unit.dimension, unit.scale * exact_number(multiplied[2].removeprefix("+")))
    except UnitError as fault:
        raise FormatError(
            f"a unit that cannot be read: {fault.what}", where=where, got=f"[{text[:60]}]", remedy=fault.remedy
        ) from None
