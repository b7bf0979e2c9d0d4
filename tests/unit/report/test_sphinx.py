"""The Sphinx extension of the book, on a page of its own."""

from io import StringIO

import nbformat
import pytest
from nbformat import v4
from sphinx.application import Sphinx


def build(folder):
    """Return the page and the warnings that Sphinx makes of the folder's `index`."""
    warnings = StringIO()
    config = {
        "extensions": ["myst_nb", "expact_utils.report.sphinx"],
        "html_math_renderer": "mathml",
        "nb_execution_mode": "off",
    }
    Sphinx(folder, None, folder / "out", folder, "html", config, None, warnings).build()
    return (folder / "out" / "index.html").read_text(), warnings.getvalue()


@pytest.fixture
def page(tmp_path):
    def of(text):
        (tmp_path / "index.rst").write_text(f"Title\n=====\n\n{text}\n")
        return build(tmp_path)

    return of


def test_formulas_are_mathml_and_load_nothing(page):
    html, warnings = page(r"One is :math:`\sum_n P(n)`." "\n\n.. math:: P < 1")
    assert html.count("<math") == 2
    assert 'display="block"' in html
    assert "mathjax" not in html.lower()
    assert "formula" not in warnings


def test_a_formula_that_cannot_be_read_is_a_warning(page):
    html, warnings = page(r"One is :math:`a < \nonsense`.")
    assert r"index.rst:4: WARNING: formula a < \nonsense: Unknown LaTeX command" in warnings
    assert r"a &lt; \nonsense" in html


def test_entries_of_a_bibliography_are_items_of_its_list(page):
    html, _ = page("See [one]_.\n\n.. [one] A paper.")
    assert "doc-biblioentry" not in html
    assert 'role="listitem"' in html


def test_parameters_and_imports_are_one_line_at_the_end(tmp_path):
    shown = [v4.new_output("stream", name="stdout", text="a table")]
    cells = [
        v4.new_markdown_cell("# Title\n\nWhat it says."),
        v4.new_code_cell("epochs = 100", metadata={"tags": ["parameters", "hide-input"]}),
        v4.new_code_cell("epochs = 3", metadata={"tags": ["injected-parameters", "hide-input"]}),
        v4.new_code_cell("import pandas", metadata={"tags": ["hide-input"]}),
        v4.new_markdown_cell("## Results"),
        v4.new_code_cell("table", metadata={"tags": ["hide-input"]}, outputs=shown),
        v4.new_markdown_cell("## How this page was made"),
        v4.new_code_cell("origin", metadata={"tags": ["hide-input"]}, outputs=shown),
    ]
    (tmp_path / "index.ipynb").write_text(nbformat.writes(v4.new_notebook(cells=cells)))
    html, _ = build(tmp_path)
    order = [
        html.index(text) for text in ("What it says", "a table", "origin\n", "Show parameters and imports", "pandas")
    ]
    assert order == sorted(order)
    assert html.count("Show parameters and imports") == 1
    assert html.count("<details") == 3
    assert html.index("100") < html.index("pandas")
