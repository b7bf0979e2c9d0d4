"""Notebooks run in the process of a test."""

from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from support import ROOT


def work_through(name: str, **parameters) -> dict:
    """Run a notebook's cells one by one, with parameters where papermill puts them, but without a kernel.

    Return its names.
    """
    notebook = parameterize_notebook(load_notebook_node(str(ROOT / "notebooks" / name)), parameters)
    namespace = {"In": [""], "__annotations__": {}}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            namespace["In"].append(cell.source)
            exec(compile(cell.source, name, "exec"), namespace)
    return namespace
