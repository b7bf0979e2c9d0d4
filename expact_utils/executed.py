"""Executed notebooks as pages of the book: titles, folded parameters, and images as figures with their files."""

import re
from collections.abc import Collection

from nbformat.v4 import new_code_cell

VECTORS = ("svg", "pdf")  # formats of a figure to download
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")  # of ASCII; Markdown takes any of it as text behind a backslash


def figures(notebook) -> list[str]:
    """Names of the figures that a notebook shows, as `plots.show` gave them."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.metadata["figure"] for output in outputs if "figure" in output.get("metadata", {})]


def as_page(notebook, title: str, files: Collection[str] = ()):
    """Give an executed notebook its title, fold its parameters, and make its images figures.

    What libraries warned of, with paths of the machine, stays in the log.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Changed in place.
    title : str
        Of the page.
    files : collection of str
        Names of the files in `figures/` that the page may lead to, e.g. `synthetic_figure.svg`.
    """
    first = notebook.cells[0]
    first.source = f"# {title}\n" + first.source.partition("\n")[2]
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.metadata["tags"].append("hide-input")
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    notebook.cells = [part for cell in notebook.cells for part in _an_image_each(cell)]
    for cell in notebook.cells:
        for output in filter(_is_image, cell.get("outputs", [])):
            cell.metadata["mystnb"] = _as_figure(output.metadata, files)
    return notebook


def _an_image_each(cell) -> list:
    """Cut a cell before each image but the first: alt text and caption belong to a cell."""
    parts = [[]]
    for output in cell.get("outputs", []):
        if _is_image(output) and any(map(_is_image, parts[-1])):
            parts.append([])
        parts[-1].append(output)
    if len(parts) == 1:
        return [cell]
    cell.outputs = parts[0]
    return [cell, *(new_code_cell(outputs=outputs, metadata={"tags": ["remove-input"]}) for outputs in parts[1:])]


def _is_image(output) -> bool:
    return "image/png" in output.get("data", {})


def _as_figure(metadata: dict, files: Collection[str]) -> dict:
    """Settings of MyST-NB for an image: its alt text, and as caption the first sentence of that and where to go."""
    alt, name = metadata["image/png"]["alt"], metadata["figure"]
    sentence = PUNCTUATION.sub(r"\\\1", alt.partition(". ")[0].rstrip("."))  # names are the user's, and are text
    links = ['<a href="#how-this-page-was-made">How this was made</a>']
    for suffix in VECTORS:
        if f"{name}.{suffix}" in files:
            links.append(f"{{download}}`{suffix.upper()} </chapters/figures/{name}.{suffix}>`")
    return {"image": {"alt": alt}, "figure": {"name": f"figure-{name}", "caption": f"{sentence}. {' · '.join(links)}"}}
