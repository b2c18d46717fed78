"""The house rules that a machine can hold: layers, circles, sizes, docstrings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

from troponin.expr.graph import order_by_dependency

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src" / "troponin").rglob("*.py"))
LONGEST_FILE = 400
LONGEST_FUNCTION = 90
MOST_METHODS = 12
READERS_OF_THE_FACE = {"troponin.__main__", "troponin.cli", "troponin.lab"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Who imports whom inside the package, imports inside functions included."""
    graph = grimp.build_graph("troponin", cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


def public(name: str) -> bool:
    return not name.startswith("_")


def documentable(body: list[ast.stmt]) -> Iterator[Function | ast.ClassDef]:
    """The public functions, classes and methods of a module."""
    for node in body:
        if isinstance(node, Function | ast.ClassDef) and public(node.name):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from documentable(node.body)


def test_rooms_import_downwards_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    broken = lint_imports(config_filename=".importlinter", no_cache=True, no_logo=True)
    assert broken == 0, capsys.readouterr().out


def test_no_two_modules_import_each_other_in_a_circle(imports: dict[str, set[str]]) -> None:
    _, circles = order_by_dependency({module: sorted(needed) for module, needed in sorted(imports.items())})
    assert not circles, "\n".join(" -> ".join([*circle, circle[0]]) for circle in circles)


def test_nobody_reaches_a_sibling_through_the_face(imports: dict[str, set[str]]) -> None:
    readers = {module for module, needed in imports.items() if "troponin" in needed}
    strangers = [m for m in readers if not any(m == r or m.startswith(r + ".") for r in READERS_OF_THE_FACE)]
    assert not strangers, "import from the module that defines the name"


def test_nobody_reaches_a_sibling_through_the_face_of_its_room(imports: dict[str, set[str]]) -> None:
    rooms = {f"troponin.{p.parent.name}" for p in SOURCES if p.name == "__init__.py" and p.parent.name != "troponin"}
    # the face of the whole hands on the face of `plot`, as a room of its own for the user
    readers = {module: needed for module, needed in imports.items() if module != "troponin"}
    reached = {(module, room) for module, needed in readers.items() for room in needed & rooms}
    assert not reached, "import from the module that defines the name"


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_a_file_holds_one_idea(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_FILE, f"{lines} lines: which two ideas are these?"
    assert path.stem not in {"utils", "helpers", "misc", "base", "common"}, "name it for the noun that it holds"


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_a_class_is_one_idea(path: Path) -> None:
    # the operators (__add__, __lt__) are one idea however many Python has
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            methods = [m.name for m in node.body if isinstance(m, Function) and not m.name.startswith("__")]
            assert len(methods) <= MOST_METHODS, f"class {node.name} has {len(methods)} methods: {methods}"


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_a_function_fits_a_screen(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, Function):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_everything_public_says_what_it_is(path: Path) -> None:
    module = tree(path)
    silent = [node.name for node in documentable(module.body) if not ast.get_docstring(node)]
    assert ast.get_docstring(module), "a module opens with what it is"
    assert not silent, f"no docstring: {', '.join(silent)}"


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_no_error_is_swallowed_unnamed(path: Path) -> None:
    broad = {"Exception", "BaseException"}
    lines = path.read_text(encoding="utf-8").splitlines()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            names = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else broad
            says_why = "#" in lines[node.lineno - 1]
            assert says_why or not names & broad, f"line {node.lineno}: which error exactly is expected here?"
