"""Which notebooks pass for executed; what papermill makes of some is in tests/integration/test_execution.py."""

import nbformat
import papermill
import pytest
from nbformat import v4

from expact_utils.report import execution
from expact_utils.run.errors import InputError, NotebookError


def executed():
    """A notebook of two cells as papermill leaves it."""
    cells = [v4.new_code_cell(f"print({i})", execution_count=i) for i in (1, 2)]
    for cell in cells:
        cell.metadata["papermill"] = {"status": "completed"}
        cell.outputs = [v4.new_output("stream", text="1")]
    return v4.new_notebook(cells=[v4.new_markdown_cell("# Title"), *cells], metadata={"papermill": {"exception": None}})


def test_a_notebook_that_ran_becomes_a_page_with_the_provenance_of_its_start(tmp_path):
    nbformat.write(executed(), tmp_path / "attempt.ipynb")
    execution.accept(tmp_path / "attempt.ipynb", tmp_path / "page.ipynb", {"commit": "0d7c"})
    assert nbformat.read(tmp_path / "page.ipynb", 4).metadata["expact"] == {"commit": "0d7c"}


def test_a_failed_cell_is_found_even_if_papermill_forgot_it(tmp_path):
    notebook = executed()
    notebook.cells[2].outputs = [v4.new_output("error", ename="ZeroDivisionError", evalue="", traceback=[])]
    nbformat.write(notebook, tmp_path / "attempt.ipynb")
    with pytest.raises(NotebookError, match="attempt.ipynb: code cell 2 failed"):
        execution.accept(tmp_path / "attempt.ipynb", tmp_path / "page.ipynb", {})
    assert not (tmp_path / "page.ipynb").exists()


def test_a_cell_that_did_not_run_is_found():
    notebook = executed()
    notebook.cells[2].metadata["papermill"]["status"] = "pending"
    with pytest.raises(NotebookError, match="here: code cell 2 did not run .papermill says pending"):
        execution.check_executed(notebook, "here")


def test_a_notebook_without_any_output():
    notebook = executed()
    for cell in notebook.cells[1:]:
        cell.outputs = []
    with pytest.raises(NotebookError, match="here has no output in any cell"):
        execution.check_executed(notebook, "here")


def test_a_notebook_that_papermill_did_not_finish():
    notebook = executed()
    notebook.metadata["papermill"]["exception"] = True
    with pytest.raises(NotebookError, match="here was not executed to its end by papermill"):
        execution.check_executed(notebook, "here")


def test_a_notebook_that_papermill_never_saw(tmp_path):
    with pytest.raises(NotebookError, match="was not executed to its end"):
        execution.check_executed(v4.new_notebook(cells=[v4.new_code_cell("1")]), "here")
    (tmp_path / "a.ipynb").write_text("no notebook")
    with pytest.raises(InputError, match="a.ipynb is not a notebook"):
        execution.accept(tmp_path / "a.ipynb", tmp_path / "b.ipynb", {})


@pytest.mark.parametrize(
    ("failure", "error", "sentence"),
    [
        (RuntimeError("Kernel died"), NotebookError, "in.ipynb failed: its process died, or was killed, .*Kernel died"),
        (
            OSError(28, "No space left on device"),
            InputError,
            "in.ipynb failed: cannot write .*out.ipynb: No space left",
        ),
    ],
)
def test_a_process_that_ends_and_a_disk_that_is_full(tmp_path, monkeypatch, failure, error, sentence):
    def fails(*_, **__):
        raise failure

    monkeypatch.setattr(papermill, "execute_notebook", fails)
    with pytest.raises(error, match=sentence):
        execution.execute(tmp_path / "in.ipynb", tmp_path / "out.ipynb", tmp_path / "page.ipynb", {})
    assert not (tmp_path / "page.ipynb").exists()
