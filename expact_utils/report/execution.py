"""Notebooks executed by papermill, and the gate that lets only whole ones through."""

import logging
from pathlib import Path

import nbformat

from expact_utils.run.errors import InputError, NotebookError
from expact_utils.run.files import atomic, verify
from expact_utils.run.house import HOUSE, within
from expact_utils.run.paths import shown
from expact_utils.run.provenance import provenance


def execute(source: Path, attempt: Path, page: Path, parameters: dict) -> None:
    """Execute a notebook with papermill; keep what it leaves as `attempt`, and as `page` only if it ran to its end.

    The page carries the provenance of its start, so that a commit made meanwhile does not pass for its code.

    Raises
    ------
    NotebookError
        When a cell fails; carries the cell's own error in one sentence. When the notebook's process dies.
    InputError
        When `attempt` or `page` cannot be written.
    """
    import papermill

    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    started = provenance()
    try:
        papermill.execute_notebook(
            _notebook(source), attempt, parameters, kernel_name="python3", progress_bar=False, log_output=True
        )
    except papermill.PapermillExecutionError as error:
        raise NotebookError(f"{source} failed: {error.ename}: {error.evalue} (all of it: {shown(attempt)})") from None
    except OSError as error:
        raise InputError(f"{source} failed: cannot write {shown(attempt)}: {error.strerror or error}.") from None
    except RuntimeError as error:  # of nbclient, about the kernel
        raise NotebookError(
            f"{source} failed: its process died, or was killed, as for lack of memory ({error})."
        ) from None
    accept(attempt, page, started)


def _notebook(path: Path) -> Path:
    """A notebook of the house, wherever that is, by its path in a clone; or any other."""
    return HOUSE / path if (HOUSE / path).is_file() else path


def accept(attempt: Path, page: Path, started: dict) -> None:
    """Copy an executed notebook to where the book takes it from, with its provenance, if it ran to its end.

    Raises
    ------
    NotebookError
        When a cell failed or did not run; names the notebook and the cell.
    """
    notebook = read_notebook(attempt)
    check_executed(notebook, attempt)
    notebook.metadata["expact"] = started
    if "input_path" in notebook.metadata["papermill"]:  # the same wherever the house is
        notebook.metadata["papermill"]["input_path"] = within(notebook.metadata["papermill"]["input_path"])
    with atomic(page) as partial:
        nbformat.write(notebook, partial)


def check_executed(notebook, where: str | Path) -> None:
    """Refuse a notebook that did not run to its end: Jupyter Book would publish it with its red error.

    Raises
    ------
    NotebookError
        When a cell failed, did not run or did not finish, or no cell put anything out.
    """
    if notebook.metadata.get("papermill", {}).get("exception", True):
        raise NotebookError(f"{where} was not executed to its end by papermill; its last output says why.")
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, start=1):
        status = cell.metadata.get("papermill", {}).get("status")
        if any(output.output_type == "error" for output in cell.outputs):
            raise NotebookError(f"{where}: code cell {number} failed.")
        if status != "completed" or cell.execution_count is None:
            raise NotebookError(f"{where}: code cell {number} did not run (papermill says {status}).")
    if not any(cell.outputs for cell in cells):
        raise NotebookError(f"{where} has no output in any cell; expected an executed notebook.")


def read_notebook(path: Path):
    """Read a notebook of a run.

    Raises
    ------
    InputError
        When it is missing, not as it was written, or no notebook.
    """
    verify(path)
    try:
        return nbformat.read(path, as_version=4)
    except OSError as error:
        raise InputError(f"cannot read {shown(path)}: {error.strerror}.") from None
    except ValueError as error:
        raise InputError(f"{shown(path)} is not a notebook: {error}.") from None
