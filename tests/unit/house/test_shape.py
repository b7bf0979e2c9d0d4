"""The shape of the package: short functions, small modules, and rooms that take from the ones before them alone."""

import ast
from statistics import median

import pytest
from support import ROOT

PACKAGE = ROOT / "expact_utils"
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = ("run", "dna", "data", "networks", "motifs", "attribution", "results", "report")  # the way of the data
LONGEST_MODULE, LONGEST_FUNCTION, USUAL_FUNCTION = 350, 45, 8  # lines


def body_lines(function) -> int:
    """Lines of a function's code, without its docstring."""
    first = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
    return function.end_lineno - first.lineno + 1


def test_functions_are_short():
    functions = {
        f"{path.name}: {node.name}": body_lines(node)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert [name for name, lines in functions.items() if lines > LONGEST_FUNCTION] == []
    assert median(functions.values()) <= USUAL_FUNCTION


def test_modules_are_small_and_their_first_sentence_is_short():
    texts = {path: path.read_text() for path in MODULES}
    assert [path.name for path, text in texts.items() if text.count("\n") > LONGEST_MODULE] == []
    first = {path: (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0] for path, text in texts.items()}
    assert [path.name for path, sentence in first.items() if not sentence.endswith((".", ":"))] == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_takes_from_those_before_it_alone(room):
    later = ROOMS[ROOMS.index(room) + 1 :]
    for path in (PACKAGE / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            taken = {name.split(".")[1] for name in names if name.startswith("expact_utils.")}
            assert not taken.intersection(later), path
