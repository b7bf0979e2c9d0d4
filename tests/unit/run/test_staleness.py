"""What a result follows from: which edits, in a package of a few lines, make nothing again, and which do."""

import json
from pathlib import Path

import pytest

from expact_utils.networks import code
from expact_utils.run import staleness
from expact_utils.run.errors import InputError

CODE = '''"""Three of something."""

import math

THREE = 3  # as everybody knows


def area(radius, times=2):
    """Area of circles."""
    return times * math.pi * radius**2
'''
HERE = Path("a.py")


def forget():
    """Read all files anew; a process of a run reads each once."""
    for function in vars(staleness).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of three folders, of which `top` imports the others; a function that writes a module."""
    (tmp_path / "notebooks").mkdir()
    folder = tmp_path / "expact_utils"
    monkeypatch.setattr(staleness, "HOUSE", tmp_path)
    monkeypatch.setattr(staleness, "PACKAGE", folder)

    def write(name, text):
        path = folder / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        forget()

    write("top.one", "from expact_utils.low import deep\nfrom expact_utils.low.far import THREE\n")
    write("low.deep", "from expact_utils.run.files import atomic\nfrom expact_utils.low.deeper import x\n")
    write("low.deeper", "import os\nx = 1\n")
    write("low.far", CODE)
    write("run.files", "atomic = 1\n")
    yield write
    forget()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Three of something."""', '"""Another text."""'),
        ('    """Area of circles."""\n', ""),
        ("  # as everybody knows", ""),
        ("import math\n", "import math\nimport os\n"),
        ("\n\n\ndef", "\n\n# A comment.\n\n\ndef"),
        ("(radius, times=2)", "(radius: float, times: int = 2) -> float"),
        ("times * math.pi * radius**2", "(times * math.pi * radius ** 2)"),
    ],
)
def test_an_edit_that_means_nothing(old, new):
    assert old in CODE
    assert staleness.meaning(CODE.replace(old, new), HERE) == staleness.meaning(CODE, HERE)


@pytest.mark.parametrize(("old", "new"), [("times=2", "times=3"), ("THREE = 3", "THREE = 4"), ("**2", "**3")])
def test_an_edit_that_decides_a_number(old, new):
    assert old in CODE
    assert staleness.meaning(CODE.replace(old, new), HERE) != staleness.meaning(CODE, HERE)


def test_a_text_that_is_used_counts():
    assert staleness.meaning('def f():\n    return "a"\n', HERE) != staleness.meaning(
        'def f():\n    return "b"\n', HERE
    )


def test_what_is_not_python_is_named():
    with pytest.raises(InputError, match="a.py is not valid Python: .*: def f"):
        staleness.meaning("def f(:\n", HERE)


def test_all_that_a_module_imports_but_files_and_errors(package):
    assert staleness.closure(["top.one"]) == ["low.deep", "low.deeper", "low.far", "top.one"]
    assert staleness.closure(["top.one"], ["low"]) == ["top.one"]
    assert staleness.closure(["low.deep"]) == ["low.deep", "low.deeper"]


def test_a_circle_ends(package):
    package("low.deeper", "from expact_utils.low import deep\n")
    assert staleness.closure(["low.deep"]) == ["low.deep", "low.deeper"]


def test_modules_by_meaning(package):
    before = staleness.of_modules(["top.one"])
    package("low.far", CODE.replace("as everybody knows", "still"))
    package("run.files", "atomic = 2\n")
    assert staleness.of_modules(["top.one"]) == before
    package("low.far", CODE.replace("times=2", "times=3"))
    assert staleness.of_modules(["top.one"]) != before


def test_a_file_beside_a_module_that_it_names(package):
    folder = staleness.PACKAGE / "low"

    def found(**texts):
        for name, text in texts.items():
            (folder / f"{name}.csv").write_text(text)
        forget()
        return staleness.of_modules(["low.deeper"])

    package("low.deeper", 'x = open("numbers.csv")\n')
    before = found(numbers="1\n", other="1\n")
    assert found(other="2\n") == before
    assert found(numbers="2\n") != before


DEFINITIONS = '''"""Builders."""

WIDTH = 19
OTHER = 5


def cnn_2():
    """The first."""
    return _layers(WIDTH)


def cnn_50():
    return OTHER


def _layers(width):
    return width
'''


def test_a_definition_is_what_it_uses(package):
    def meaning_of(name, text=DEFINITIONS):
        package("networks.architectures", text)
        return staleness.of_architecture(name)

    first, second = meaning_of("cnn-2"), meaning_of("cnn-50")
    assert "_layers" in first
    assert "19" in first
    assert "cnn_50" not in first
    for text, changed in (
        (DEFINITIONS.replace("The first.", "One."), (False, False)),
        (DEFINITIONS.replace("19", "20"), (True, False)),
        (DEFINITIONS.replace("return width", "return width + 1"), (True, False)),
        (DEFINITIONS.replace("OTHER = 5", "OTHER = 6"), (False, True)),
        (DEFINITIONS + "\n\ndef cnn_9():\n    return WIDTH\n", (False, False)),  # a new row
    ):
        found = meaning_of("cnn-2", text) != first, meaning_of("cnn-50", text) != second
        assert found == changed, text


def notebook(markdown, *code):
    cells = [{"cell_type": "markdown", "source": [markdown]}]
    cells += [{"cell_type": "code", "source": [text]} for text in code]
    (staleness.HOUSE / "notebooks" / "a.ipynb").write_text(json.dumps({"cells": cells}))
    forget()
    return staleness.of_notebook("a")


def test_a_notebook_is_its_text_its_code_and_what_it_imports(package):
    code = "%matplotlib inline\nfrom expact_utils.low import deep\n", "x = 1\n"
    before = notebook("# Title", *code)
    assert notebook("# Title", code[0], "x = 1  # one\n") == before
    assert notebook("# Another", *code) != before
    assert notebook("# Title", code[0], "x = 2\n") != before
    package("low.deeper", "x = 2\n")
    assert notebook("# Title", *code) != before


def test_modules_that_a_notebook_imports_by_name(package):
    alone = notebook("# Title", "x = 1\n")
    assert staleness.of_notebook("a", also=["low.far"]) != alone
    assert staleness.of_notebook("a", also=["low.far"], but=["low"]) == alone


@pytest.fixture
def one_cell(tmp_path, monkeypatch):
    """Write a notebook with one cell of code; return its name."""
    monkeypatch.setattr(staleness, "HOUSE", tmp_path)
    (tmp_path / "notebooks").mkdir()

    def write(source: str) -> str:
        cell = {"cell_type": "code", "source": source.splitlines(keepends=True)}
        (tmp_path / "notebooks" / "mine.ipynb").write_text(json.dumps({"cells": [cell]}))
        return "mine"

    return write


def test_ipythons_own_lines_import_nothing(one_cell):
    source = "%matplotlib inline\nimport numpy\n!ls\nfrom expact_utils.results import __doc__, inference\n?numpy\n"
    assert staleness.imported_by(one_cell(source)) == {"results.inference"}


def test_a_notebook_that_is_not_python(one_cell):
    with pytest.raises(InputError, match="mine.ipynb is not valid Python: .*def f"):
        staleness.imported_by(one_cell("def f(:\n"))


def test_what_a_notebook_imports():
    """By hand: 07_claims imports claims, plots, tables; these, in turn, no module of training."""
    found = staleness.closure(staleness.imported_by("07_claims"))
    assert {"results.claims", "results.inference", "report.plots", "results.tables", "motifs.tomtom"} <= set(found)
    assert not {"networks.training", "networks.trial", "networks.engine", "run.files", "run.errors"} & set(found)


def test_a_training_is_known_by_the_code_that_makes_it():
    """What a history is compared with, and what Snakemake sees, are the same modules; data are compared themselves."""
    but = code.COMPARED_THEMSELVES
    seen = staleness.closure(staleness.imported_by("02_training"), [staleness.SHOWS, *but])
    assert seen == staleness.closure(["networks.training"], but)
    assert {"networks.engine_jax", "networks.engine_tensorflow", "networks.scores"} <= set(seen)
