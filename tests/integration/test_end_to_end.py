"""The whole graph with config/test.yaml: tiny networks, the real JASPAR, tables and rendered pages."""

import re
from html import unescape

import nbformat
import numpy as np
import pandas as pd
import pytest
from built import Tables, check_origins, check_pages, rows_on
from support import ROOT, copy_of, environment, from_elsewhere, project_of, snakemake

from expact_utils.data import datasets
from expact_utils.dna.meme import read_meme
from expact_utils.motifs import filters, tomtom
from expact_utils.report import publish, sentences
from expact_utils.report.page import as_table
from expact_utils.report.pages import pages
from expact_utils.results import claims, earlier, paper, robustness, tables, verdicts
from expact_utils.run.config import load
from expact_utils.run.errors import InputError
from expact_utils.run.files import read_json, write_json
from expact_utils.run.names import MEASURES
from expact_utils.run.paths import DESIGN, Network, Run

pytestmark = pytest.mark.end_to_end

CONFIG = load(ROOT / "config" / "test.yaml")
NETWORKS = [(a, f) for a in CONFIG["architectures"] for f in CONFIG["activations"]]


@pytest.fixture(scope="module")
def run(finished):
    return finished


def test_table1(run):
    table = pd.read_csv(run.folder / "table1.csv")
    measured = [f"{measure}_{of}" for measure in MEASURES for of in ("mean", "std")]
    assert list(table.columns) == [*DESIGN, "trials", "epochs", *measured]
    assert list(zip(table["architecture"], table["activation"], strict=True)) == NETWORKS
    assert set(table["trials"]) == {1}
    assert set(table["epochs"]) == {2}
    for measure in MEASURES:
        assert table[f"{measure}_mean"].between(0, 1).all()
        assert (table[f"{measure}_std"] == 0).all()


def test_table1_follows_from_the_files_between_the_steps(run):
    table = pd.read_csv(run.folder / "table1.csv").set_index(["architecture", "activation"])
    for architecture, activation in NETWORKS:
        key = ("synthetic", architecture, activation, 0)
        matches = tomtom.read_tsv(run.matches(Network(*key)))
        alive = {motif.id for motif in read_meme(run.meme(Network(*key))) if motif.nsites}
        share = len(alive & set(matches["Query_ID"])) / 30
        row = table.loc[architecture, activation]
        assert row["jaspar_mean"] == pytest.approx(share, abs=1e-6)
        assert row["aupr_mean"] == pytest.approx(read_json(run.history(Network(*key)))["test"]["aupr_mean"], abs=1e-6)


def test_files_between_the_steps(run):
    data = datasets.read(run.data("synthetic"))
    assert [len(data.X[split]) for split in datasets.SPLITS] == [420, 60, 120]
    for architecture, activation in NETWORKS:
        found = filters.read(run.filters(Network("synthetic", architecture, activation, 0)))
        assert found.pfms.shape == (30, 19, 4)
        np.testing.assert_allclose(found.pfms.sum(axis=2), 1)
    assert len(pd.read_csv(run.folder / "filters.csv")) == 30 * len(NETWORKS)


def test_the_second_run_does_nothing(run):
    assert "Nothing to be done" in snakemake(project_of(run), "--dry-run")


KEY = Network("synthetic", "cnn-2", "relu", 0)


def test_pages(run):
    check_pages(run.folder / "html", list(pages(CONFIG)))
    results_page = (run.folder / "html" / "chapters" / "05_results.html").read_text()
    table = pd.read_csv(run.folder / "table1.csv")
    assert results_page.count("<img") == 3  # side by side, bars, Figure 1
    for value in paper.beside_paper(table, tables.read_trials(run))["auPR"]:
        assert value in results_page
    front = (run.folder / "html" / "intro.html").read_text()
    assert "Filters that match a motif of the twelve TFs. CNN-2" in front
    claims_page = (run.folder / "html" / "chapters" / "07_claims.html").read_text()
    assert unescape(claims_page).count("can't be told") >= len(pd.read_csv(run.folder / "claims.csv"))
    assert "1 trial of 2 epochs" in front


def test_every_page_says_what_made_it(run):
    check_origins(run.folder / "notebooks", list(pages(CONFIG)))


def test_publish(run, tmp_path, monkeypatch):
    """The finished run is made by committed code; what is not, or not complete, is refused and changes nothing."""
    copy, book = copy_of(run, tmp_path / "project"), tmp_path / "book"
    book.mkdir()
    monkeypatch.setattr(publish, "ROOT", project_of(copy))
    monkeypatch.setattr(publish, "DEFAULT_NETWORKS", (KEY,))
    for name, value in environment(project_of(copy)).items():
        monkeypatch.setenv(name, value)
    publish.publish(copy, CONFIG, book)
    published = {str(path.relative_to(book)) for path in book.rglob("*") if path.is_file()}
    assert {f"chapters/{page}.ipynb" for page in pages(CONFIG)} <= published
    assert {"_toc.yml", "chapters/table1.csv", "chapters/data/synthetic.h5"} <= published
    assert "chapters/models/synthetic/cnn-2_relu_0.keras" in published
    assert "chapters/models/synthetic/cnn-2_exponential_0.keras" not in published

    def refused(sentence):
        with pytest.raises(InputError, match=sentence):
            publish.publish(copy, CONFIG, book)

    matches = copy.matches(Network("synthetic", "cnn-2", "relu", 0))
    kept = matches.rename(matches.with_suffix(".kept"))
    refused("runs/test is not complete or not up to date")
    kept.rename(matches)

    monkeypatch.setattr(publish, "_check_up_to_date", lambda run: None)  # asked above
    history, page = copy.history(KEY), copy.folder / "notebooks" / "05_results.ipynb"
    write_json(history, read_json(history) | {"uncommitted_changes": True})
    refused(f"{history.name} was trained with uncommitted changes")
    write_json(history, read_json(history) | {"uncommitted_changes": False})
    notebook = nbformat.read(page, 4)
    notebook.metadata["expact"]["uncommitted_changes"] = True
    nbformat.write(notebook, from_elsewhere(page))
    refused("was made with uncommitted changes")
    page.unlink()
    refused("cannot read")
    fresh = {str(path.relative_to(book)) for path in (book / ".chapters.partial").rglob("*")}
    assert published == {str(path.relative_to(book)) for path in book.rglob("*") if path.is_file()} - fresh


PUBLISHED = Run(ROOT / "book" / "chapters")


def test_the_published_run_is_the_papers_whole_or_its_page_says_why_not():
    table = pd.read_csv(PUBLISHED.folder / "table1.csv")
    assert len(table) == 12  # synthetic and K562, three networks, two activations
    assert set(table["epochs"]) == {100}
    if set(table["trials"]) != {5}:
        note = read_json(PUBLISHED.config).get("note", "")
        assert note, "fewer trials than the paper's five, and config.json has no note that says why"
        cells = nbformat.read(PUBLISHED.folder / "05_results.ipynb", 4).cells
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        shown = [str(text) for output in outputs for text in (output.get("text"), *output.get("data", {}).values())]
        assert note in unescape(" ".join(shown))


def test_the_published_run_shows_the_papers_point():
    table = pd.read_csv(PUBLISHED.folder / "table1.csv").set_index(["dataset", "architecture", "activation"])
    relevant = table["relevant_mean"]
    for architecture in ("cnn-2", "cnn-50", "cnn-deep"):
        assert relevant["synthetic", architecture, "exponential"] >= 0.85
    for architecture in ("cnn-2", "cnn-deep"):
        assert relevant["synthetic", architecture, "relu"] <= 0.05
        gain = relevant["k562", architecture, "exponential"] - relevant["k562", architecture, "relu"]
        assert gain >= 0.2


def as_shown(table, formats=None):
    """Rows of a table, header and all, as pages show them."""
    return Tables(as_table(table, formats=formats).to_html()).rows


def test_table_1_on_the_page_is_the_file():
    table = pd.read_csv(PUBLISHED.folder / "table1.csv")
    expected = paper.beside_paper(table, tables.read_trials(PUBLISHED))
    shown = rows_on(PUBLISHED.folder / "05_results.ipynb")
    for row in expected.astype(str).to_numpy().tolist():
        assert row in shown


def test_claims_on_the_page_are_the_file_and_follow_from_the_trials():
    written = pd.read_csv(PUBLISHED.folder / "claims.csv")
    weighed = claims.weigh(tables.read_trials(PUBLISHED))
    pd.testing.assert_frame_equal(weighed, written[claims.COLUMNS], check_dtype=False)
    shown = rows_on(PUBLISHED.folder / "07_claims.ipynb")
    for row in written[["claim", "data", "verdict", "ours", "paper", "why"]].to_numpy().tolist():
        assert row in shown
    effects = written[["claim", "data", "effect", "low", "high", "p", "p_holm", "test"]]
    for row in as_shown(effects):
        assert row in shown
    changed = earlier.changed(written)
    assert len(changed) == 10  # of those that three trials gave
    for row in changed[["claim", "data", "verdict_before", "verdict", "why"]].to_numpy().tolist():
        assert row in shown


def test_robustness_on_the_page_is_the_file():
    checks = pd.read_csv(PUBLISHED.folder / "robustness.csv")
    shown = rows_on(PUBLISHED.folder / "06_robustness.ipynb")
    thresholds = checks[checks["check"] == "threshold"]
    settings = dict.fromkeys(thresholds["setting"].unique(), "{:.2f}")
    by_threshold = thresholds.pivot_table(index=DESIGN, columns="setting", values="relevant", sort=False)
    for table in (
        as_shown(by_threshold.reset_index(), settings),
        as_shown(robustness.summarise(checks, "sites"), {"sites": "{:.0f}"}),
        as_shown(robustness.summarise(checks, "control").drop(columns="sites")),
    ):
        assert len(table) > 12  # a header, and a row or more a network
        for row in table:
            assert row in shown


def test_what_other_pages_quote_is_computed_from_table_1():
    table = pd.read_csv(PUBLISHED.folder / "table1.csv")
    glued = {}
    for page in ("05_results", "07_claims"):
        for cell in nbformat.read(PUBLISHED.folder / f"{page}.ipynb", 4).cells:
            for output in cell.get("outputs", []):
                name = (
                    output.get("metadata", {})
                    .get("scrapbook", {})
                    .get("name", "")
                    .removeprefix("application/papermill.record/")
                )
                text = " ".join(output.get("data", {}).values()) if name else ""
                glued[name] = text.strip("'\"")
    first, other = sentences.first_and_other(table)
    assert glued["headline"] == sentences.headline(first)
    assert glued["accuracy"] == sentences.accuracy(first)
    assert glued["other_data"] == other
    assert glued["scale"] == sentences.scale(table)
    assert glued["verdicts"] == verdicts.verdicts(pd.read_csv(PUBLISHED.folder / "claims.csv"))


def test_no_page_of_ours_types_a_result_in():
    """The front page may quote the run only by glue; digits there are those of the protocol."""
    for page in ("intro.md", "../README.md"):
        text = re.sub(r"\{glue:text\}`[^`]*`|:width: .*", "", (ROOT / "book" / page).read_text())
        assert not re.findall(r"(?<![\d/])[01]?\.\d{2,3}\b|\b\d\d? ?%", text), page
