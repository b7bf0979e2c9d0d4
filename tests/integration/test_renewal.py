"""The published run's results pages, made again from what is published."""

import shutil

import nbformat
import pytest
from support import ROOT, finished_test_run, from_elsewhere

from expact_utils.report import execution, publish, renewal
from expact_utils.run.config import load
from expact_utils.run.errors import InputError
from expact_utils.run.files import read_json, write_json
from expact_utils.run.paths import Run
from expact_utils.run.provenance import provenance

pytestmark = pytest.mark.end_to_end
CONFIG = load(ROOT / "config" / "test.yaml")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A book of the tests' run, as if committed code had made it."""
    folder = tmp_path_factory.mktemp("published")
    copy, book = Run(folder / "run"), folder / "book"
    shutil.copytree(finished_test_run().folder, copy.folder)
    book.mkdir()
    for page in (copy.folder / "notebooks").rglob("*.ipynb"):
        notebook = nbformat.read(page, 4)
        notebook.metadata["expact"]["uncommitted_changes"] = False
        nbformat.write(notebook, from_elsewhere(page))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "_check_up_to_date", lambda run: None)
        patch.setattr(publish, "check_committed", lambda *_: None)
        publish.publish(copy, CONFIG, book)
    return book


@pytest.fixture
def committed(monkeypatch):
    made = provenance() | {"uncommitted_changes": False}
    for module in (renewal, execution):
        monkeypatch.setattr(module, "provenance", lambda: made)
    monkeypatch.setattr(publish, "check_committed", lambda *_: None)


def tables(book):
    return {name: (book / "chapters" / name).read_bytes() for name in (*renewal.TABLES, "robustness.csv")}


def test_pages_are_made_again_with_the_same_tables_and_a_note(book, committed):
    before = tables(book)
    kept = (book / "chapters" / "02_training" / "synthetic" / "cnn-2_relu_0.ipynb").read_bytes()
    renewed = renewal.renew(CONFIG | {"note": "Two epochs teach nothing."}, book)
    assert set(renewed) == {"05_results", "06_robustness", "07_claims", "08_explorer"}
    assert tables(book) == before
    assert "Two epochs teach nothing." in (book / "chapters" / "05_results.ipynb").read_text()
    assert read_json(book / "chapters" / "config.json")["note"] == "Two epochs teach nothing."
    assert "These checks were made before" in (book / "chapters" / "06_robustness.ipynb").read_text()
    assert (book / "chapters" / "02_training" / "synthetic" / "cnn-2_relu_0.ipynb").read_bytes() == kept


def test_networks_that_are_lacking_come_from_another_run(book, committed):
    """Those of another data set, for a check beside Table 1; the tests' run has none, so a copy of one stands in."""
    other, asked = Run(book.parent / "other"), CONFIG | {"sensitivity": ["k562-strict"]}
    shutil.copytree(book.parent / "run", other.folder)
    for step in ("models", "filters", "tomtom"):
        shutil.copytree(other.folder / step / "synthetic", other.folder / step / "k562-strict")
    for history in (other.folder / "models" / "k562-strict").glob("*.json"):
        write_json(history, read_json(history) | {"dataset": "k562-strict"})
    page = other.folder / "notebooks" / "01_data"
    shutil.copy(page / "synthetic.ipynb", page / "k562-strict.ipynb")
    renewal.renew(asked, book, other)
    chapters = book / "chapters"
    assert (chapters / "01_data" / "k562-strict.ipynb").is_file()
    assert (chapters / "tomtom" / "k562-strict" / "cnn-2_relu_0.tsv").is_file()
    assert "k562-strict" in (chapters / "sensitivity.csv").read_text()
    assert "01_data/k562-strict" in (book / "_toc.yml").read_text()


def test_other_settings_are_refused(book):
    with pytest.raises(InputError, match="epochs is 3, and .*config.json has 2; expected the same"):
        renewal.renew(CONFIG | {"epochs": 3}, book)


def test_uncommitted_changes_are_refused(book, monkeypatch):
    monkeypatch.setattr(renewal, "provenance", lambda: provenance() | {"uncommitted_changes": True})
    with pytest.raises(InputError, match="there are uncommitted changes"):
        renewal.renew(CONFIG, book)
