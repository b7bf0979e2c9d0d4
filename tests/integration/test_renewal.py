"""The published run's results pages, made again from what is published."""

import shutil
import sys

import pandas as pd
import pytest
import yaml
from support import ROOT, command, copy_of, project_of

from expact_utils.report import pages, publish, renewal
from expact_utils.run.config import load
from expact_utils.run.errors import InputError
from expact_utils.run.files import read_json, write_json
from expact_utils.run.paths import Run
from expact_utils.run.provenance import provenance

pytestmark = pytest.mark.end_to_end
CONFIG = load(ROOT / "config" / "test.yaml")


@pytest.fixture(scope="module")
def run(finished, tmp_path_factory):
    """The tests' run in a project of its own, where committed code made it."""
    return copy_of(finished, tmp_path_factory.mktemp("published") / "project")


@pytest.fixture(scope="module")
def book(run):
    """The book of that project, with the run published in it."""
    book = project_of(run) / "book"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "_check_up_to_date", lambda run: None)  # see test_end_to_end
        publish.publish(run, CONFIG, book)
    return book


def renewed(book, config, *arguments) -> list[str]:
    """Pages that the command says it renewed, with a config that lies outside the project."""
    project = book.parent
    path = project.parent / "published.yaml"
    path.write_text(yaml.safe_dump(config))
    module = [sys.executable, "-m", "expact_utils.report.renewal"]
    said = command(*module, path, *arguments, folder=project, project=project)
    return [line.removeprefix("renewed ") for line in said.splitlines() if line.startswith("renewed ")]


def tables(book):
    return {name: (book / "chapters" / name).read_bytes() for name in (*pages.TABLES, "robustness.csv")}


@pytest.fixture(scope="module")
def other(run):
    """A run with networks of another data set, for a check beside Table 1, and a second trial; copies stand in."""
    other = Run(run.folder.with_name("other"))
    shutil.copytree(run.folder, other.folder)
    for step in ("models", "filters", "tomtom"):
        shutil.copytree(other.folder / step / "synthetic", other.folder / step / "k562-strict")
    for history in (other.folder / "models" / "k562-strict").glob("*.json"):
        write_json(history, read_json(history) | {"dataset": "k562-strict"})
    for path in [
        path for step in ("models", "filters", "tomtom") for path in other.folder.glob(f"{step}/synthetic/*_0.*")
    ]:
        shutil.copy(path, path.with_name(path.name.replace("_0.", "_1.")))
    for history in (other.folder / "models" / "synthetic").glob("*_1.json"):
        write_json(history, read_json(history) | {"trial": 1})
    shutil.copy(other.data("synthetic"), other.data("k562-strict"))
    page = other.folder / "notebooks" / "01_data"
    shutil.copy(page / "synthetic.ipynb", page / "k562-strict.ipynb")
    return other


def test_pages_are_made_again_with_what_was_known_a_note_and_what_was_lacking(book, other):
    before = tables(book)
    kept = (book / "chapters" / "02_training" / "synthetic" / "cnn-2_relu_0.ipynb").read_bytes()
    changes = {"note": "Two epochs teach nothing.", "sensitivity": ["k562-strict"], "trials": 2}
    found = renewed(book, CONFIG | changes, "--add", "runs/other")
    assert set(found) == {"05_results", "05_trials/synthetic_1", "06_robustness", "07_claims", "08_explorer"}
    chapters = book / "chapters"
    assert set(pd.read_csv(chapters / "table1.csv")["trials"]) == {2}
    for name in set(before) - {"table1.csv"}:
        now = (chapters / name).read_bytes().splitlines()
        assert set(before[name].splitlines()) <= set(now), name
        assert len(now) > len(before[name].splitlines()), name
    assert (chapters / "models" / "synthetic" / "cnn-2_exponential_1.json").is_file()
    assert not (chapters / "models" / "synthetic" / "cnn-2_exponential_1.keras").is_file()
    assert "Two epochs teach nothing." in (chapters / "05_results.ipynb").read_text()
    assert read_json(chapters / "config.json")["note"] == "Two epochs teach nothing."
    assert ">2 of 4</td>" in (chapters / "06_robustness.ipynb").read_text()
    assert (chapters / "02_training" / "synthetic" / "cnn-2_relu_0.ipynb").read_bytes() == kept
    assert (chapters / "01_data" / "k562-strict.ipynb").is_file()
    assert (chapters / "data" / "k562-strict.h5").is_file()
    assert (chapters / "tomtom" / "k562-strict" / "cnn-2_relu_0.tsv").is_file()
    assert "k562-strict" in (chapters / "sensitivity.csv").read_text()
    assert "01_data/k562-strict" in (book / "_toc.yml").read_text()


def test_a_run_beside_the_published_one(run, tmp_path, monkeypatch):
    """It adds the pages that the published run lacks, and stays when that one is replaced."""
    monkeypatch.setattr(publish, "_check_up_to_date", lambda run: None)
    book, relu = project_of(run) / "other_book", CONFIG | {"activations": ["relu"]}
    write_json(run.config, relu)
    publish.publish(run, relu, book)
    more = CONFIG | {"name": "more"}
    with pytest.raises(InputError, match="the published run, or a folder of the book, is called test; expected anoth"):
        publish.publish_beside(run, CONFIG, book)
    with pytest.raises(InputError, match="is called chapters; expected another"):
        publish.publish_beside(run, CONFIG | {"name": "chapters"}, book)
    with pytest.raises(InputError, match="adds trials to a published run; `renewal --add` takes them over"):
        publish.publish(run, CONFIG | {"first_trial": 1}, book)
    write_json(run.config, more)
    publish.publish_beside(run, more, book)
    write_json(run.config, relu)
    publish.publish(run, relu, book)
    steps = [f"{step}/synthetic/cnn-2_exponential_0" for step in ("02_training", "03_filters", "04_tomtom")]
    for page in steps:
        assert (book / "chapters" / f"{page}.ipynb").is_file()
        assert f"chapters/{page}\n" in (book / "_toc.yml").read_text()
    assert (book / "chapters" / "figures" / "synthetic_cnn-2_exponential_0_filters.svg").is_file()
    assert publish.beside(book) == [more]
    found, titles = publish.find(more, book)
    assert found == Run(book / "more")
    assert list(titles) == steps
    assert (book / "more" / "models" / "synthetic" / "cnn-2_exponential_0.json").is_file()
    assert publish.find(relu, book)[0] == Run(book / "chapters")
    with pytest.raises(InputError, match="more, which is published too, has the page 02_training/synthetic/cnn-2_exp"):
        publish.publish_beside(run, CONFIG | {"name": "most"}, book)
    with pytest.raises(InputError, match="more, which is published too, has the page 06_activations"):
        block = {"datasets": ["synthetic"], "architectures": ["cnn-2"], "activations": ["tanh"], "trials": 1}
        write_json(book / "more" / "config.json", more | {"also": [block]})
        renewal.renew(relu | {"also": [block]}, book)
    write_json(book / "more" / "config.json", more)
    with pytest.raises(InputError, match="more is published beside this run; remove it first"):
        publish.publish(run, more, book)
    before = (book / "_toc.yml").read_text()
    with pytest.raises(
        InputError, match="02_training/synthetic/cnn-2_relu_0 of more, which is published beside, is lost"
    ):
        publish.publish(run, CONFIG | {"activations": ["exponential"]}, book)
    assert (book / "_toc.yml").read_text() == before
    assert publish.beside(book) == [more]  # whatever a publication that failed left


def test_other_settings_are_refused(book):
    with pytest.raises(InputError, match="epochs is 3, and .*config.json has 2; expected the same"):
        renewal.renew(CONFIG | {"epochs": 3}, book)


def test_networks_of_other_data_are_refused_and_nothing_is_changed(book, other, monkeypatch):
    monkeypatch.setattr(renewal, "provenance", lambda: provenance() | {"uncommitted_changes": False})
    before = {path: path.read_bytes() for path in book.rglob("*") if path.is_file()}
    write_json(other.config, read_json(other.config) | {"sequences": 700})
    for path in (other.folder / "models" / "synthetic").glob("*_1.*"):
        shutil.copy(path, path.with_name(path.name.replace("_1.", "_2.")))
    for path in (other.folder / "models" / "synthetic").glob("*_2.json"):
        write_json(path, read_json(path) | {"trial": 2})
    with pytest.raises(InputError, match="json: sequences is 700; expected 600"):
        renewal.renew(CONFIG | {"trials": 3}, book, other)
    assert before == {path: path.read_bytes() for path in book.rglob("*") if path.is_file()}


def test_uncommitted_changes_are_refused(book, monkeypatch):
    monkeypatch.setattr(renewal, "provenance", lambda: provenance() | {"uncommitted_changes": True})
    with pytest.raises(InputError, match="there are uncommitted changes"):
        renewal.renew(CONFIG, book)
