"""The Sphinx extension of the book, on a page of its own."""

from io import StringIO

import pytest
from sphinx.application import Sphinx


@pytest.fixture
def build(tmp_path):
    def page(text):
        """Return the page and the warnings that Sphinx makes of reStructuredText."""
        (tmp_path / "index.rst").write_text(f"Title\n=====\n\n{text}\n")
        warnings = StringIO()
        config = {"extensions": ["expact_utils.book"], "html_math_renderer": "mathml"}
        Sphinx(tmp_path, None, tmp_path / "out", tmp_path, "html", config, None, warnings).build()
        return (tmp_path / "out" / "index.html").read_text(), warnings.getvalue()

    return page


def test_formulas_are_mathml_and_load_nothing(build):
    page, warnings = build(r"One is :math:`\sum_n P(n)`." "\n\n.. math:: P < 1")
    assert page.count("<math") == 2
    assert 'display="block"' in page
    assert "mathjax" not in page.lower()
    assert warnings == ""


def test_a_formula_that_cannot_be_read_is_a_warning(build):
    page, warnings = build(r"One is :math:`a < \nonsense`.")
    assert r"index.rst:4: WARNING: formula a < \nonsense: Unknown LaTeX command" in warnings
    assert r"a &lt; \nonsense" in page


def test_entries_of_a_bibliography_are_items_of_its_list(build):
    page, _ = build("See [one]_.\n\n.. [one] A paper.")
    assert "doc-biblioentry" not in page
    assert 'role="listitem"' in page
