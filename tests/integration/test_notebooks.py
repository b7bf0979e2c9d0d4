"""The notebooks' parameters: documented, typed, and checked before any work."""

import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import papermill
import pytest
from click.testing import CliRunner
from papermill.cli import papermill as papermill_command
from support import ROOT

from expact_utils.run import downloads
from expact_utils.run.errors import InputError
from notebooks import work_through

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAPERMILL = str(Path(sys.executable).with_name("papermill"))


def run(name, folder, *arguments):
    """Run a notebook with the papermill command from another folder."""
    return subprocess.run(
        [PAPERMILL, str(ROOT / "notebooks" / name), "out.ipynb", "-k", "python3", "--no-progress-bar", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_every_parameter_has_a_type_a_default_and_a_comment(path):
    parameters = papermill.inspect_notebook(path)
    assert "run" in parameters
    assert ("inputs" in parameters) == (not path.name.startswith(("01_", "tutorial")))
    for name, parameter in parameters.items():
        assert parameter["inferred_type_name"] not in (None, "None"), name
        assert parameter["default"] not in (None, "None"), name
        assert len(parameter["help"]) > 3, name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_parameters_come_first_and_are_checked_next(path):
    code = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    assert "parameters" in code[0].metadata["tags"]
    check = "from expact_utils.run.config import check_parameters\n\ncheck_parameters(globals())"
    assert code[1].source.startswith(check)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_help_notebook_explains_every_parameter(path):
    done = CliRunner().invoke(papermill_command, ["--help-notebook", str(path)])
    assert done.exit_code == 0
    for name, parameter in papermill.inspect_notebook(path).items():
        assert name in done.output
        assert " ".join(parameter["help"].split()) in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("name", "parameters", "sentence"),
    [
        ("02_training.ipynb", {"activation": "expo"}, 'activation is "expo"; expected one of relu, exponential'),
        ("02_training.ipynb", {"epochs": -1}, "epochs is -1; expected a number of at least 1"),
        ("02_training.ipynb", {"epochz": 3}, "epochz is not a parameter of this notebook; did you mean epochs?"),
        ("01_data.ipynb", {"sequences": "100"}, "sequences is '100', a str; expected a whole number"),
        ("03_filters.ipynb", {"threshold": 2}, "threshold is 2; expected a number of at most 1"),
        ("03_filters.ipynb", {"inputs": "runs/absent"}, "data/synthetic.h5 does not exist; expected a dataset file"),
        ("04_tomtom.ipynb", {"evalue": 0}, "evalue is 0; expected a number above 0"),
        ("01_invivo.ipynb", {"dataset": "k563"}, 'dataset is "k563"; expected one of synthetic, k562, k562-strict, deepsea'),
        ("01_invivo.ipynb", {"dataset": "deepsea", "deepsea_bundle": "nowhere"}, "nowhere is not a folder; expected train.mat"),
        ("07_claims.ipynb", {"inputs": "runs/absent"}, "trials.csv: No such file or directory"),
        ("05_results.ipynb", {"architectures": ["cnn-3"]}, 'architectures holds "cnn-3"; expected one of cnn-2'),
    ],
)  # fmt: skip
def test_a_wrong_parameter_ends_in_one_sentence_before_any_work(tmp_path, monkeypatch, name, parameters, sentence):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=re.escape(sentence)):
        work_through(name, run=str(tmp_path / "run"), **parameters)
    assert not list(tmp_path.iterdir())


def test_papermill_shows_the_sentence_last_and_soon(tmp_path):
    started = time.monotonic()
    done = run("02_training.ipynb", tmp_path, "-p", "run", str(tmp_path / "run"), "-p", "activation", "expo")
    assert done.returncode == 1
    last = done.stderr.rstrip().splitlines()[-1]
    assert last.startswith('InputError: activation is "expo"; expected one of relu, exponential')
    assert not (tmp_path / "run").exists()
    assert time.monotonic() - started < 60


def test_a_folder_that_cannot_be_written_ends_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    done = run("01_data.ipynb", tmp_path, "-p", "sequences", "100", "-p", "run", str(tmp_path / "file"))
    assert "cannot write" in done.stderr.rstrip().splitlines()[-1]
    assert (tmp_path / "file").read_text() == ""


def test_no_page_takes_for_granted_how_many_trials_a_run_has():
    """What a page says of its run, it computes; the protocol's five, and the five of Friedman's test, are no run's."""
    markdown = [
        cell.source for path in NOTEBOOKS for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown"
    ]
    methods = (ROOT / "book" / "methods.md").read_text()
    assert not [text for text in (*markdown, methods) if re.search(r"(?<!up to )\b(five|5) trials (a|can)\b", text)]
    assert "(this book)" not in methods


DOWNLOADED = {  # what a notebook downloads by default
    "01_invivo.ipynb": "tf-binding-matrix",
    "01_own.ipynb": "exponential_activations/data",
    "tutorial.ipynb": "exponential_activations/data",
    "tutorial_network.ipynb": "models/squid-manuscript",
}
OF_THE_BOOK = sorted(
    {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    - {
        "02_first_layer.ipynb",
        "05_own_results.ipynb",
        "05_foreign_results.ipynb",
        "06_attribution.ipynb",
        "06_bases.ipynb",
        "06_deeper.ipynb",
        "06_modisco.ipynb",
        "06_real.ipynb",
    }
)


# Settings of a small computation, where the defaults' takes long.
SMALL = {
    "02_training.ipynb": {"epochs": 1},
    "05_trials.ipynb": {"architectures": ["cnn-2"]},
    "06_motifs.ipynb": {"activations": ["exponential"]},
    "06_robustness.ipynb": {"activations": ["exponential"]},
    "tutorial.ipynb": {"epochs": 1},
    "tutorial_network.ipynb": {"sequences": 100, "backgrounds": 10},
}


@pytest.mark.parametrize("name", OF_THE_BOOK)
def test_each_notebook_works_alone_with_its_defaults_from_another_folder(tmp_path, monkeypatch, name):
    """All but those that have no run to read by default, or train many networks (test_own_run.py, test_explain.py, test_steps.py)."""
    if name in DOWNLOADED and not any((downloads.cache_folder() / DOWNLOADED[name]).glob("*.*")):
        pytest.skip(f"the files of {name} are not at hand (EXPACT_CACHE)")
    monkeypatch.chdir(tmp_path)
    work_through(name, run=str(tmp_path / "run"), **SMALL.get(name, {}))
    assert any((tmp_path / "run").iterdir())


def test_papermill_runs_a_notebook_with_its_defaults_from_another_folder(tmp_path):
    done = run("07_claims.ipynb", tmp_path, "-p", "run", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    assert nbformat.read(tmp_path / "out.ipynb", 4).metadata["papermill"]["exception"] is None
    assert (tmp_path / "run" / "claims.csv").is_file()
