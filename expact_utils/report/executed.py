"""Executed notebooks as pages of the book: titles, folded parameters, and images as figures with their files."""

import html
import re
from collections.abc import Collection
from itertools import pairwise

from nbformat.v4 import new_code_cell

VECTORS = ("svg", "pdf")  # formats of a figure to download
CONTINUED = "# continued"  # source of a cell that only shows: MyST-NB leaves out one without, outputs and all
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")  # of ASCII; Markdown takes any of it as text behind a backslash


def figures(notebook) -> list[str]:
    """Names of the figures that a notebook shows, as `plots.show` gave them."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.metadata["figure"] for output in outputs if "figure" in output.get("metadata", {})]


def as_page(notebook, title: str, files: Collection[str] = ()):
    """Give an executed notebook its title, fold its parameters, make its images figures and say what made it.

    What libraries warned of and where files were written, with paths of the machine, stays in the log. A page stays as
    it is when this is done again.

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
    for before, cell in pairwise(notebook.cells):
        if "injected-parameters" in cell.metadata.get("tags", []):  # papermill puts them below those that they replace
            shown = set(before.metadata.get("tags", [])) - {"parameters"}
            cell.metadata["tags"] = ["injected-parameters", *sorted(shown)]
        if "outputs" in cell:
            cell.outputs = [output for output in map(_for_readers, cell.outputs) if output]
    notebook.cells = [part for cell in notebook.cells for part in _an_image_each(cell)]
    for cell in notebook.cells:
        for output in filter(_is_image, cell.get("outputs", [])):
            cell.metadata["mystnb"] = _as_figure(output.metadata, files)
    _name_notebook(notebook)
    return notebook


def _for_readers(output):
    """An output without lines that tell of files; None if nothing is left, or if it is a library's warning."""
    if output.output_type != "stream":
        return output
    lines = [line for line in output.text.splitlines(keepends=True) if not line.startswith("wrote ")]
    output.text = "".join(lines)
    return output if lines and output.name != "stderr" else None


def _name_notebook(notebook) -> None:
    """Begin the table of a page's origin, the last that has a commit, with what papermill knows of it."""
    known = notebook.metadata.get("papermill", {})
    tables = [output.data for cell in notebook.cells for output in cell.get("outputs", []) if _has_commit(output)]
    if not known.get("input_path") or not tables or ">notebook</th>" in tables[-1]["text/html"]:
        return
    parameters = ", ".join(f"{name}: {value}" for name, value in known["parameters"].items())
    rows = "".join(
        f'<tr><th class="row_heading">{name}</th><td class="data">{html.escape(text)}</td></tr>\n'
        for name, text in {"notebook": known["input_path"], "parameters": parameters}.items()
    )
    tables[-1]["text/html"] = tables[-1]["text/html"].replace("<tbody>", f"<tbody>\n{rows}", 1)


def _has_commit(output) -> bool:
    return ">commit</th>" in output.get("data", {}).get("text/html", "")


def _an_image_each(cell) -> list:
    """Cut a cell so that each image stands alone: alt text and caption belong to all that a cell puts out."""
    parts: list[list] = [[]]
    for output in cell.get("outputs", []):
        if parts[-1] and (_is_image(output) or any(map(_is_image, parts[-1]))):
            parts.append([])
        parts[-1].append(output)
    if len(parts) == 1:
        return [cell]
    cell.outputs = parts[0]
    rest = [new_code_cell(CONTINUED, outputs=outputs, metadata={"tags": ["remove-input"]}) for outputs in parts[1:]]
    return [cell, *rest]


def _is_image(output) -> bool:
    return "image/png" in output.get("data", {})


def _as_figure(metadata: dict, files: Collection[str]) -> dict:
    """Settings of MyST-NB for an image: its alt text, and as caption the first sentence of that and where to go."""
    alt, name = metadata["image/png"]["alt"], metadata["figure"]
    sentence = PUNCTUATION.sub(r"\\\1", alt.partition(". ")[0].rstrip("."))  # names are the user's, and are text
    links, missing = ['<a href="#how-this-page-was-made">How this was made</a>'], []
    for suffix in VECTORS:
        if f"{name}.{suffix}" in files:
            links.append(f"{{download}}`{suffix.upper()} </chapters/figures/{name}.{suffix}>`")
        else:
            missing.append(suffix.upper())
    if missing:
        links.append(f"{' and '.join(missing)}: made by `make paper`")
    return {"image": {"alt": alt}, "figure": {"name": f"figure-{name}", "caption": f"{sentence}. {' · '.join(links)}"}}
