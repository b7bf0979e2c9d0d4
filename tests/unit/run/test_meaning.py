"""What code means, and what a notebook follows from."""

import json

import pytest

from expact_utils.networks import code
from expact_utils.run import staleness
from expact_utils.run.errors import InputError


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Write a notebook with one cell of code; return its name."""
    monkeypatch.setattr(staleness, "ROOT", tmp_path)
    (tmp_path / "notebooks").mkdir()

    def write(source: str) -> str:
        cell = {"cell_type": "code", "source": source.splitlines(keepends=True)}
        (tmp_path / "notebooks" / "mine.ipynb").write_text(json.dumps({"cells": [cell]}))
        return "mine"

    return write


def test_ipythons_own_lines_import_nothing(notebook):
    source = "%matplotlib inline\nimport numpy\n!ls\nfrom expact_utils.results import __doc__, inference\n?numpy\n"
    assert staleness.imported_by(notebook(source)) == {"results.inference"}


def test_a_notebook_that_is_not_python(notebook):
    with pytest.raises(InputError, match="mine.ipynb is not valid Python: .*def f"):
        staleness.imported_by(notebook("def f(:\n"))


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


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a = 1  # one", "a = 1", True),
        ('"""One."""\na = 1', '"""Another."""\n\na   =  1', True),
        ("import numpy\na = 1", "a = 1", True),
        ('def f(x=1):\n    """Say."""\n    return x', "def f(x=1):\n    return x  # said", True),
        ("def f(x=1):\n    return x", "def f(x=2):\n    return x", False),
        ('a = "one"', 'a = "other"', False),
        ("a = 1\nb = 2", "b = 2\na = 1", False),
    ],
)
def test_meaning_of_code(tmp_path, one, other, same):
    assert (staleness.meaning(one, tmp_path) == staleness.meaning(other, tmp_path)) == same


def test_a_definition_takes_what_it_uses_and_no_more():
    """CNN-50 is built with the size of the dense layer, and not by CNN-deep; what is not there has no meaning."""
    built = staleness.of_architecture("cnn-50")
    assert "def cnn_50" in built
    assert "DENSE_UNITS" in built
    assert "def cnn_deep" not in built
    assert staleness.of_activation("relu") == staleness.of_activation("exponential")  # both are Keras's own
