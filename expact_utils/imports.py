"""Which modules decide a step's result: those that its notebook imports, itself or through others."""

import ast
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from expact_utils.runs import ROOT

PACKAGE = Path(__file__).parent
# They carry no number: without them, a new message would train every network again.
INERT = {"config", "errors", "files", "imports", "progress", "runs"}
BY_NAME = {"engine": {"engine_jax", "engine_tensorflow"}}  # imported by the name of Keras's backend


def modules(notebook: str, but: Iterable[str] = ()) -> list[str]:
    """Modules of the package that decide what a notebook leaves.

    Parameters
    ----------
    notebook : str
        Its name, such as `02_training`.
    but : Iterable[str]
        Modules that only show what it leaves; what they import does not count either.

    Returns
    -------
    list[str]
        Names, in order.
    """
    content = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text())
    code = ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "code"]
    found, left = set(), set().union(*map(_imported, code))
    while left := left - found - INERT - set(but):
        found |= left
        left = set().union(*(_of_module(name) for name in left))
    return sorted(found)


@cache
def _of_module(name: str) -> set[str]:
    return _imported((PACKAGE / f"{name}.py").read_text()) | BY_NAME.get(name, set())


def _imported(source: str) -> set[str]:
    """Modules of the package that a source text imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == PACKAGE.name:
            _, _, module = node.module.partition(".")
            found |= {module} if module else {alias.name for alias in node.names}
    return found
