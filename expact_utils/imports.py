"""Which modules decide a step's result: those that its notebook imports, itself or through others."""

import ast
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from expact_utils.errors import InputError
from expact_utils.runs import ROOT, shown

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

    Raises
    ------
    InputError
        When the notebook or a module is not valid Python.
    """
    path = ROOT / "notebooks" / f"{notebook}.ipynb"
    cells = (cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code")
    # IPython's own lines, as %matplotlib, import nothing.
    code = "\n".join(re.sub(r"^\s*[%!?].*", "", "".join(cell["source"]), flags=re.MULTILINE) for cell in cells)
    found, left = set(), _imported(path, code)
    while left := left - found - INERT - set(but):
        found |= left
        left = set().union(*(_of_module(name) for name in left))
    return sorted(found)


@cache
def _of_module(name: str) -> set[str]:
    path = PACKAGE / f"{name}.py"
    return _imported(path, path.read_text()) | BY_NAME.get(name, set())


def _imported(path: Path, source: str) -> set[str]:
    """Modules of the package that a source text imports."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise InputError(f"{shown(path)} is not valid Python: {error.msg}: {(error.text or '').strip()}") from None
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == PACKAGE.name:
            _, _, module = node.module.partition(".")
            found |= {module} if module else {alias.name for alias in node.names}
    return {name for name in found if (PACKAGE / f"{name}.py").is_file()}
