"""The Sphinx extension of the book, on a page of its own."""

from io import StringIO

import pytest
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
