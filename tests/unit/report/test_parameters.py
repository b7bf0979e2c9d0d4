"""The page of parameters says what the notebooks and the schema say."""

import ast

import nbformat
import pytest
from nbformat import v4
from support import ROOT

from expact_utils.report import parameters
from expact_utils.run.errors import InputError

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def notebook(path, source):
    cells = [v4.new_markdown_cell("# A *title*"), v4.new_code_cell(source, metadata={"tags": ["parameters"]})]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


@pytest.fixture(scope="module")
def page():
    return parameters.page(NOTEBOOKS)


def test_the_committed_page_is_what_the_notebooks_make_now(page):
    assert parameters.PAGE.read_text() == page, f"renew it with `{parameters.RENEW}`"


def test_every_parameter_of_every_notebook_has_a_row(page):
    for path in NOTEBOOKS:
        (cell,) = (c for c in nbformat.read(path, 4).cells if "parameters" in c.metadata.get("tags", []))
        names = [node.target.id for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.AnnAssign)]
        section = page.partition(f"\n## `{path.stem}`: ")[2].partition("\n## ")[0]
        assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == names


def test_settings_of_a_config_have_type_and_default(page):
    assert "| `threshold` | number, above 0, at most 1 | `0.5` | share of a filter's largest activation" in page
    assert "| `epochs` | whole number, at least 1 | required | passes over the training set |" in page
    assert "| `activations` | list of `relu` or `exponential` or `sigmoid`" in page
    assert "| `valid` | list of text or whole number | – | chromosomes to validate on |" in page


def test_nothing_in_a_comment_or_default_ends_a_cell_or_becomes_markup(tmp_path):
    path = notebook(tmp_path / "a.ipynb", 'x: str = "a|b`c"  # *one* | <two> or `three|four` for $5')
    assert parameters.page([path]).endswith(
        "## `a`: A \\*title\\*\n\n"
        "| parameter | type | default | meaning |\n"
        "| --- | --- | --- | --- |\n"
        '| `x` | `str` | `` "a\\|b`c" `` | \\*one\\* \\| \\<two\\> or `three\\|four` for \\$5 |\n'
    )


@pytest.mark.parametrize("source", ["x: int = 3", "x = 3  # a comment"])
def test_a_parameter_without_type_or_comment_is_refused(tmp_path, source):
    path = notebook(tmp_path / "a.ipynb", source)
    with pytest.raises(InputError, match="a.ipynb: x needs a type and a comment"):
        parameters.page([path])


def test_a_notebook_without_parameters_is_refused(tmp_path):
    path = notebook(tmp_path / "a.ipynb", "print(1)")
    with pytest.raises(InputError, match="a.ipynb has no parameters"):
        parameters.page([path])
