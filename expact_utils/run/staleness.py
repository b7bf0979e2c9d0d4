"""What decides a result: code compared by its meaning, so that a comment or a docstring makes nothing again.

The meaning of a module is its syntax tree without docstrings, comments, imports and the types of arguments, and the
files beside it that it names; of a notebook, its text too. A folder says what follows: modules of `run/` decide
nothing, those of `report/` only what a page shows. Architectures and activations are compared one by one, so that a
new one changes no other.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from expact_utils import EXPORTS
from expact_utils.run.errors import InputError
from expact_utils.run.house import HOUSE, PACKAGE
from expact_utils.run.paths import shown

INERT = "run"  # a new message there would train every network again
SHOWS = "report"
BY_NAME = {  # modules that import others by name
    "networks.engine": ("networks.engine_jax", "networks.engine_tensorflow"),
}
BY_DEFINITION = ("networks.architectures", "networks.activations")  # whose definitions are rows of the registry


def of_notebook(name: str, but: Iterable[str] = (), also: Iterable[str] = ()) -> str:
    """Hash of what decides what a notebook leaves: its text and code, and that of the modules it imports.

    Parameters
    ----------
    name : str
        Of the notebook, such as `02_training`.
    but : Iterable[str]
        Folders of the package that do not count, nor what is imported through them.
    also : Iterable[str]
        Modules that it imports by name, such as `data.simulate`.

    Raises
    ------
    InputError
        When the notebook or a module is not valid Python.
    """
    return hash_of([*_cells(name), *of_modules([*imported_by(name), *also], but)])


def of_modules(names: Iterable[str], but: Iterable[str] = ()) -> list[str]:
    """Meanings of modules, and of those that they import, in order of their names."""
    return [meaning(_source(name), _path(name)) + _files(name) for name in closure(names, but)]


def closure(names: Iterable[str], but: Iterable[str] = ()) -> list[str]:
    """Names of modules and of those that they import, themselves or through others, in order.

    Left out are `run/`, the folders in `but`, and modules that are compared by their definitions.
    """
    found: set[str] = set()
    left = set(names)
    while left := {name for name in left - found if name.partition(".")[0] not in (INERT, *but)}:
        found |= left
        left = set().union(*(_imports(name) for name in left))
    return sorted(found.difference(BY_DEFINITION))


def imported_by(notebook: str) -> set[str]:
    """Modules of the package that a notebook imports itself."""
    path = HOUSE / "notebooks" / f"{notebook}.ipynb"
    return _imported(path, "\n".join(_code(path)))


@cache
def meaning(source: str, where: Path) -> str:
    """Python source without comments, docstrings, imports and the types of arguments, in one form.

    Raises
    ------
    InputError
        When it is not valid Python.
    """
    tree = _parse(where, source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            body[:] = [one for one in body if not _says_nothing(one)] or [ast.Pass()]
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.unparse(tree)


def of_architecture(name: str) -> str:
    """Meaning of the function that builds an architecture."""
    return definition("networks.architectures", name.replace("-", "_"))


def of_activation(name: str) -> str:
    """Meaning of an activation's function, where it is ours; Keras's own are not compared."""
    return definition("networks.activations", name)


@cache
def definition(module: str, name: str) -> str:
    """Meaning of one function or constant of a module, and of all in it that this one uses; empty if there is none."""
    tree = _parse(_path(module), _source(module))
    by_name = {name: node for node in tree.body for name in _defined(node)}
    found: dict[str, ast.stmt] = {}
    left = {name}
    while left := left & by_name.keys() - found.keys():
        found |= {one: by_name[one] for one in left}
        left = {node.id for one in left for node in ast.walk(by_name[one]) if isinstance(node, ast.Name)}
    in_order = sorted({id(node): node for node in found.values()}.values(), key=lambda node: node.lineno)
    return meaning("\n".join(map(ast.unparse, in_order)), _path(module))


def hash_of(texts: Iterable[str]) -> str:
    """Hash of texts in order."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _says_nothing(node: ast.stmt) -> bool:
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return text or isinstance(node, (ast.Import, ast.ImportFrom))


def _defined(node: ast.stmt) -> list[str]:
    """Names that a statement of a module defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    return [name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)]


def _cells(notebook: str) -> list[str]:
    """Text and code of a notebook, cell by cell; comments in its code do not count."""
    path = HOUSE / "notebooks" / f"{notebook}.ipynb"
    texts = ["".join(cell["source"]) for cell in _read(path) if cell["cell_type"] == "markdown"]
    return [*texts, *(meaning(code, path) for code in _code(path))]


def _code(path: Path) -> list[str]:
    """Code cells of a notebook, without IPython's own lines, such as %matplotlib."""
    cells = ("".join(cell["source"]) for cell in _read(path) if cell["cell_type"] == "code")
    return [re.sub(r"^\s*[%!?].*", "", cell, flags=re.MULTILINE) for cell in cells]


def _read(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def _path(module: str) -> Path:
    return PACKAGE / f"{module.replace('.', '/')}.py"


@cache
def _source(module: str) -> str:
    return _path(module).read_text(encoding="utf-8")


@cache
def _files(module: str) -> str:
    """Content of the files beside a module that it names."""
    path = _path(module)
    texts = {node.value for node in ast.walk(_parse(path, _source(module))) if isinstance(node, ast.Constant)}
    files = (other for other in sorted(path.parent.iterdir()) if other.suffix != ".py" and other.is_file())
    beside = (other for other in files if other.name in texts)
    return "\0".join(other.read_text(encoding="utf-8") for other in beside)


@cache
def _imports(module: str) -> set[str]:
    return _imported(_path(module), _source(module)).union(BY_NAME.get(module, ()))


@cache
def _imported(path: Path, source: str) -> set[str]:
    """Modules of the package that a source text imports; of the package itself, all that it gives names to."""
    found: set[str] = set()
    for node in ast.walk(_parse(path, source)):
        if isinstance(node, ast.Import) and PACKAGE.name in [alias.name for alias in node.names]:
            found |= {there.partition(":")[0] for there in EXPORTS.values()}
        if isinstance(node, ast.ImportFrom):
            package, _, module = (node.module or "").partition(".")
            if package == PACKAGE.name:
                found |= {f"{module}.{alias.name}".strip(".") for alias in node.names} | {module}
    return {name for name in found if name and _path(name).is_file()}


def _parse(path: Path, source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise InputError(f"{shown(path)} is not valid Python: {error.msg}: {(error.text or '').strip()}") from None
