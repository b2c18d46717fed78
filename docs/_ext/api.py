"""The directive `api`: names of a module with their signatures and docstrings, as they stand in the source.

    ```{api} troponin
    simulate
    Save
    ```

The docstrings of Troponin are plain text with aligned columns, so they are shown as they are.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Api(SphinxDirective):
    """A section for each name in the body, taken from the module in the argument."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """The sections, a name each; a name that is not there stops the build."""
        module = import_module(self.arguments[0])
        found: list[nodes.Node] = []
        for name in filter(None, map(str.strip, self.content)):
            thing = getattr(module, name)
            section = nodes.section(ids=[nodes.make_id(f"{self.arguments[0]}-{name}")])
            section += nodes.title("", "", nodes.literal("", name))
            section += nodes.literal_block("", _signature(name, thing) + _docstring(thing), language="text")
            found.append(section)
        return found


def _signature(name: str, thing: object) -> str:
    if not callable(thing) or (isinstance(thing, type) and issubclass(thing, Exception)):
        return ""
    parameters = inspect.signature(thing, eval_str=False).replace(return_annotation=inspect.Signature.empty)
    shown = ", ".join(_shown(p) for p in parameters.parameters.values())
    return f"{name}({shown})\n\n"


def _shown(parameter: inspect.Parameter) -> str:
    name = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "") + parameter.name
    return name if parameter.default is parameter.empty else f"{name}={parameter.default!r}"


def _docstring(thing: object) -> str:
    text = inspect.getdoc(thing)
    if not text:
        raise ValueError(f"{thing!r} has no docstring")
    return text


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directive known to Sphinx."""
    app.add_directive("api", Api)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
