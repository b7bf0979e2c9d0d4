import contextlib
import os

import nbformat
import papermill
import pytest
from nbformat import v4
from support import ROOT

from expact_utils.report import build, execution
from expact_utils.report.pages import contents, networks, pages
from expact_utils.run.config import check
from expact_utils.run.errors import InputError, NotebookError
from expact_utils.run.files import read_json

CONFIG = check(
    {
        "name": "mine",
        "datasets": ["synthetic"],
        "architectures": ["cnn-2"],
        "activations": ["relu"],
        "trials": 2,
        "epochs": 5,
    }
)


def executed(folder, *sources, **papermill_arguments):
    """Execute a notebook of these code cells and return its path, whether or not it fails."""
    cells = [v4.new_markdown_cell("# Title\n\nText."), *map(v4.new_code_cell, sources)]
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    nbformat.write(notebook, folder / "in.ipynb")
    with contextlib.suppress(papermill.PapermillExecutionError):
        papermill.execute_notebook(
            folder / "in.ipynb", folder / "out.ipynb", kernel_name="python3", progress_bar=False, **papermill_arguments
        )
    return folder / "out.ipynb"


def test_a_notebook_that_ran_becomes_a_page_with_the_provenance_of_its_start(tmp_path):
    executed(tmp_path, "print(1)")
    execution.execute(tmp_path / "in.ipynb", tmp_path / "attempt.ipynb", tmp_path / "page.ipynb", {})
    assert {"commit", "versions", "started"} <= nbformat.read(tmp_path / "page.ipynb", 4).metadata["expact"].keys()


def test_a_notebook_that_fails_leaves_one_sentence_and_no_page(tmp_path):
    executed(tmp_path, "1 / 0")
    with pytest.raises(NotebookError, match="in.ipynb failed: ZeroDivisionError: division by zero .all of it: "):
        execution.execute(tmp_path / "in.ipynb", tmp_path / "attempt.ipynb", tmp_path / "page.ipynb", {})
    assert (tmp_path / "attempt.ipynb").exists()
    assert not (tmp_path / "page.ipynb").exists()


@pytest.mark.parametrize(
    ("sources", "arguments", "sentence"),
    [
        (["print(1)", "1 / 0", "print(2)"], {}, "was not executed to its end by papermill"),
        (["print(1)"], {"prepare_only": True}, "was not executed to its end by papermill"),
        (["x = 1"], {}, "has no output in any cell"),
    ],
)
def test_a_notebook_that_did_not_run_is_refused(tmp_path, sources, arguments, sentence):
    path = executed(tmp_path, *sources, **arguments)
    with pytest.raises(NotebookError, match=sentence):
        execution.accept(path, tmp_path / "page.ipynb", {})
    assert not (tmp_path / "page.ipynb").exists()


def test_a_failed_cell_is_found_even_if_papermill_forgot_it(tmp_path):
    notebook = nbformat.read(executed(tmp_path, "print(1)", "1 / 0"), 4)
    notebook.metadata["papermill"]["exception"] = False
    with pytest.raises(NotebookError, match="here: code cell 2 failed"):
        execution.check_executed(notebook, "here")


def test_a_cell_that_did_not_run_is_found(tmp_path):
    notebook = nbformat.read(executed(tmp_path, "print(1)", "print(2)"), 4)
    notebook.cells[2].metadata["papermill"]["status"] = "pending"
    with pytest.raises(NotebookError, match="here: code cell 2 did not run .papermill says pending"):
        execution.check_executed(notebook, "here")


def test_a_notebook_that_papermill_never_saw(tmp_path):
    with pytest.raises(NotebookError, match="was not executed to its end"):
        execution.check_executed(v4.new_notebook(cells=[v4.new_code_cell("1")]), "here")
    (tmp_path / "a.ipynb").write_text("no notebook")
    with pytest.raises(InputError, match="a.ipynb is not a notebook"):
        execution.accept(tmp_path / "a.ipynb", tmp_path / "b.ipynb", {})


def test_every_page_is_in_the_contents_once():
    listed = []

    def walk(node):
        if isinstance(node, list):
            for item in node:
                walk(item)
        elif isinstance(node, dict):
            listed.extend([node["file"]] if "file" in node else [])
            for key in ("parts", "chapters", "sections"):
                walk(node.get(key, []))

    walk(contents(CONFIG))
    pages = [f"chapters/{page}" for page in pages(CONFIG)]
    assert sorted(listed) == sorted(
        [*pages, "methods", "rerun", "clusters", "faults", "parameters", "benchmarks", "plan", "glossary", "references"]
    )
    # The data, three steps of one network (trial 0), one page of trial 1, results, explorer, robustness and claims.
    assert len(pages) == 1 + 3 + 1 + 4


def test_the_published_contents_are_those_of_the_published_run():
    config = check(read_json(build.BOOK / "chapters" / "config.json"))
    assert (ROOT / "_toc.yml").read_text() == build.as_yaml(contents(config))


def test_further_trials_are_below_the_results():
    results = contents(CONFIG)["parts"][0]["chapters"][1]
    assert results["file"] == "chapters/05_results"
    assert [section["title"] for section in results["sections"]] == ["Trial 1: synthetic data"]


def test_a_report_of_own_sequences_has_motifs_and_no_claims():
    config = {**CONFIG, "datasets": ["own"], "own": {"fasta": "a.fa", "labels": "a.tsv"}}
    contents = contents(config)
    assert contents["root"] == "own"
    first = [chapter["file"] for chapter in contents["parts"][0]["chapters"]]
    assert first == [
        "chapters/05_results",
        "chapters/08_explorer",
        "chapters/06_motifs",
        "chapters/06_robustness",
        "methods",
    ]
    assert "07_claims" not in pages(config)


def test_the_tutorial_is_a_page_where_it_is_asked_for():
    assert "tutorial" not in pages(CONFIG)
    config = {**CONFIG, "tutorial": True}
    assert "tutorial" in pages(config)
    assert contents(config)["parts"][-1]["chapters"][0]["file"] == "chapters/tutorial"


def test_checks_are_trained_and_have_a_data_page_but_no_pages_of_their_own():
    config = {**CONFIG, "sensitivity": ["k562-strict"], "sensitivity_trials": 2}
    networks = networks(config)
    assert networks[:2] == [("synthetic", "cnn-2", "relu", 0), ("synthetic", "cnn-2", "relu", 1)]
    assert networks[2:] == [("k562-strict", "cnn-2", "relu", 0), ("k562-strict", "cnn-2", "relu", 1)]
    strict = [page for page in pages(config) if "k562-strict" in page]
    assert strict == ["01_data/k562-strict"]


def test_a_run_that_is_not_complete_has_no_book(tmp_path):
    with pytest.raises(InputError, match="cannot read .*01_data/synthetic.ipynb"):
        build.build(execution.Run(tmp_path), CONFIG)


def test_nodes_of_a_cluster_keep_their_caches_apart(tmp_path, monkeypatch):
    for name in ("SLURM_JOB_ID", "NUMBA_CACHE_DIR", "IPYTHONDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(execution.tempfile, "gettempdir", lambda: "/node")
    execution._keep_caches_on_this_node()
    assert "NUMBA_CACHE_DIR" not in os.environ  # on one machine they stay where they are, warm
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("IPYTHONDIR", "/mine")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")  # so that it is restored
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    execution._keep_caches_on_this_node()
    assert os.environ["NUMBA_CACHE_DIR"] == f"/node/expact-{os.getuid()}/numba"
    assert os.environ["IPYTHONDIR"] == "/mine"
