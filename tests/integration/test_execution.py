"""Notebooks that are really executed."""

import contextlib

import nbformat
import papermill
import pytest
from nbformat import v4

from expact_utils.report import execution
from expact_utils.run.errors import NotebookError


def executed(folder, *sources, **papermill_arguments):
    """Execute a notebook of these code cells and return its path, whether or not it fails."""
    cells = [v4.new_markdown_cell("# Title\n\nText."), *map(v4.new_code_cell, sources)]
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    nbformat.write(notebook, folder / "in.ipynb")
    with contextlib.suppress(papermill.PapermillExecutionError):
        papermill.execute_notebook(
            folder / "in.ipynb", folder / "out.ipynb", kernel_name="python3", progress_bar=False, **papermill_arguments
        )
    return folder / "out.ipynb"


def test_a_notebook_that_ran_becomes_a_page_with_the_provenance_of_its_start(tmp_path):
    executed(tmp_path, "print(1)")
    execution.execute(tmp_path / "in.ipynb", tmp_path / "attempt.ipynb", tmp_path / "page.ipynb", {})
    assert {"commit", "versions", "started"} <= nbformat.read(tmp_path / "page.ipynb", 4).metadata["expact"].keys()


def test_a_notebook_that_fails_leaves_one_sentence_and_no_page(tmp_path):
    executed(tmp_path, "1 / 0")
    with pytest.raises(NotebookError, match="in.ipynb failed: ZeroDivisionError: division by zero .all of it: "):
        execution.execute(tmp_path / "in.ipynb", tmp_path / "attempt.ipynb", tmp_path / "page.ipynb", {})
    assert (tmp_path / "attempt.ipynb").exists()
    assert not (tmp_path / "page.ipynb").exists()


@pytest.mark.parametrize(
    ("sources", "arguments", "sentence"),
    [
        (["print(1)", "1 / 0", "print(2)"], {}, "was not executed to its end by papermill"),
        (["print(1)"], {"prepare_only": True}, "was not executed to its end by papermill"),
        (["x = 1"], {}, "has no output in any cell"),
    ],
)
def test_a_notebook_that_did_not_run_is_refused(tmp_path, sources, arguments, sentence):
    path = executed(tmp_path, *sources, **arguments)
    with pytest.raises(NotebookError, match=sentence):
        execution.accept(path, tmp_path / "page.ipynb", {})
    assert not (tmp_path / "page.ipynb").exists()
