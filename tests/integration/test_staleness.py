"""What is made again when something changes: exactly what it decides, job by job. Dry runs in a folder of their own."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from support import ROOT, finished_test_run

from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.meme import write_meme
from expact_utils.networks.code import TRAINING_CODE
from expact_utils.run import staleness as imports
from expact_utils.run.errors import InputError
from expact_utils.run.staleness import modules

pytestmark = pytest.mark.end_to_end

SHARED = ("config", "expact_utils", "notebooks", "book", "Snakefile", "_config.yml")
# Steps, and those that follow from each.
BOOK = {"book"}
EXPLORER, CLAIMS, ROBUSTNESS, TRIALS, TUTORIAL = (
    {name} | BOOK for name in ("explorer", "claims", "robustness", "trials", "tutorial")
)
RESULTS = {"results"} | CLAIMS
TOMTOM = {"tomtom"} | RESULTS | ROBUSTNESS | EXPLORER | TRIALS
FILTERS = {"filters"} | TOMTOM
TRAINING = {"training"} | FILTERS
DATA = {"data"} | TRAINING
SETTINGS = {"settings"}
OWN_MOTIFS = {"motifs"} | EXPLORER
OWN_TOMTOM = (TOMTOM - CLAIMS - TRIALS) | OWN_MOTIFS | {"trials"} | BOOK
OWN_TRAINING = {"training", "filters"} | OWN_TOMTOM
OWN = {"own"} | OWN_TRAINING

# Two trials of two networks on three data sets, and one trial of each on another, for a check.
LARGE = {
    "name": "test",
    "datasets": ["synthetic", "k562", "deepsea"],
    "sensitivity": ["k562-strict"],
    "deepsea_bundle": "bundle",
    "architectures": ["cnn-50"],
    "activations": ["relu", "exponential"],
    "trials": 2,
    "epochs": 2,
    "tutorial": True,
}
ONE_EACH = dict.fromkeys(
    (*("data", "results", "robustness", "claims", "explorer", "tutorial", "settings", "book", "own", "motifs"),), 1
)
NETWORKS = 3 * 2 * 2 + 2
LARGE_JOBS = ONE_EACH | {"invivo": 3, "trials": 3, **dict.fromkeys(("training", "filters", "tomtom"), NETWORKS)}
SMALL_JOBS = ONE_EACH | dict.fromkeys(("training", "filters", "tomtom"), 4)
OWN_SETTINGS = {
    "name": "test",
    "datasets": ["own"],
    "own": {"classes": {"bound": "bound.fa"}, "negatives": "shuffle"},
    "architectures": ["cnn-50"],
    "activations": ["relu", "exponential"],
    "trials": 2,
    "epochs": 2,
    "database": "motifs.meme",
}
OWN_JOBS = ONE_EACH | {"trials": 1, **dict.fromkeys(("training", "filters", "tomtom"), 4)}


def snakemake(folder: Path, *arguments: str) -> str:
    options = ["--configfile", "config/test.yaml", "--cores", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *options, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout if "--summary" in arguments else done.stdout + done.stderr


def stale(folder: Path) -> dict[str, int]:
    """Rule to the number of its jobs that a dry run would run."""
    output = snakemake(folder, "--dry-run")
    table = re.search(r"^job +count\n[- ]+\n(.*?)\n\n", output, re.MULTILINE | re.DOTALL)
    assert table or "Nothing to be done" in output
    counts = dict(line.split() for line in table[1].splitlines()) if table else {}
    return {rule: int(count) for rule, count in counts.items() if rule not in ("all", "total")}


def project(folder: Path) -> Path:
    """The project's files in a folder, with their times, without what the graph does not read."""
    for name in SHARED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("chapters", "__pycache__"))
        else:
            shutil.copy2(ROOT / name, folder)
    return folder


def recorded(folder: Path, config: dict) -> Path:
    """A run whose files are empty, but recorded by Snakemake with what they were made from: `--touch` does it."""
    (folder / "config" / "test.yaml").write_text(yaml.safe_dump(config))
    for line in snakemake(folder, "--summary").splitlines()[1:]:
        path = folder / line.split("\t")[0]
        if path.name != "config.json":  # Snakemake writes it itself
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    snakemake(folder, "--touch", "--forceall")
    return folder


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    folder = project(tmp_path_factory.mktemp("large"))
    (folder / "bundle").mkdir()
    for split in ("train", "valid", "test"):
        (folder / "bundle" / f"{split}.mat").touch()
    return recorded(folder, LARGE)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    folder = project(tmp_path_factory.mktemp("own"))
    (folder / "bound.fa").write_text(">a\nACGT\n")
    write_meme(folder / "motifs.meme", jaspar()[:5])
    return recorded(folder, OWN_SETTINGS)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The finished run of config/test.yaml, as it was really made."""
    run, folder = finished_test_run(), project(tmp_path_factory.mktemp("small"))
    shutil.copytree(ROOT / ".snakemake", folder / ".snakemake", ignore=shutil.ignore_patterns("locks", "log"))
    shutil.copytree(run.folder, folder / "runs" / "test", ignore=shutil.ignore_patterns("html"))
    (folder / "runs/test/html").mkdir()
    shutil.copy2(run.folder / "html/index.html", folder / "runs/test/html")
    return folder


def setting(name, value):
    return lambda text: yaml.safe_dump(yaml.safe_load(text) | {name: value})


def more(text):
    return text + "\n"


def in_notebook(text):
    content = json.loads(text)
    content["cells"][0]["source"].append(" More.")
    return json.dumps(content)


@contextmanager
def changed(path: Path, change):
    """A file with other content; afterwards it is as before, its time too."""
    content, times = path.read_text(), path.stat()
    path.write_text(change(content))
    yield
    path.write_text(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def jobs(rules: set[str], of: dict[str, int], **fewer: int) -> dict[str, int]:
    return {rule: of[rule] for rule in rules} | fewer


CONFIG = "config/test.yaml"
ONE_DATASET = dict.fromkeys(("training", "filters", "tomtom"), 4)
IN_VIVO = dict.fromkeys(("training", "filters", "tomtom"), NETWORKS - 4)
# Each row: the file that changes, how, and the jobs that are run again.
CHANGES = {
    "the seed": (CONFIG, setting("seed", 1), jobs(DATA | SETTINGS, LARGE_JOBS)),
    "the number of sequences": (CONFIG, setting("sequences", 700), jobs(DATA | SETTINGS, LARGE_JOBS, **ONE_DATASET)),
    "the number of epochs": (CONFIG, setting("epochs", 3), jobs(TRAINING | SETTINGS, LARGE_JOBS)),
    "the batch size": (CONFIG, setting("batch_size", 50), jobs(TRAINING | SETTINGS, LARGE_JOBS)),
    "the threshold": (CONFIG, setting("threshold", 0.6), jobs(FILTERS | SETTINGS, LARGE_JOBS)),
    "the E-value": (CONFIG, setting("evalue", 0.01), jobs(TOMTOM | SETTINGS, LARGE_JOBS)),
    "the database": (CONFIG, setting("database", "jaspar2024"), jobs(TOMTOM | SETTINGS, LARGE_JOBS)),
    "the list of what is relevant": (
        CONFIG,
        setting("relevant_list", "authors"),
        jobs((TOMTOM - {"tomtom"}) | SETTINGS, LARGE_JOBS),
    ),
    "the note": (CONFIG, setting("note", "Short."), jobs(RESULTS | ROBUSTNESS | TRIALS | EXPLORER | SETTINGS, LARGE_JOBS)),
    "a file of DeepSEA's": ("bundle/test.mat", more, jobs({"invivo"} | TRAINING, LARGE_JOBS, invivo=1, **ONE_DATASET)),
    "the reader of in vivo data": (
        "expact_utils/invivo.py",
        more,
        jobs({"invivo"} | TRAINING, LARGE_JOBS, **IN_VIVO),
    ),
    "the simulation": ("expact_utils/simulate.py", more, jobs(DATA, LARGE_JOBS, **ONE_DATASET)),
    "a module of training": ("expact_utils/engine.py", more, jobs(TRAINING | TUTORIAL, LARGE_JOBS)),
    "the other backend's": ("expact_utils/engine_jax.py", more, jobs(TRAINING | TUTORIAL, LARGE_JOBS)),
    "the scores": ("expact_utils/scores.py", more, jobs(TRAINING | TUTORIAL, LARGE_JOBS)),
    "Tomtom": ("expact_utils/tomtom.py", more, jobs(TOMTOM | TUTORIAL, LARGE_JOBS)),
    "the reader of a database": ("expact_utils/sequences.py", more, jobs(TOMTOM | TUTORIAL, LARGE_JOBS)),
    "the tables": ("expact_utils/results.py", more, jobs((TOMTOM - {"tomtom"}) | TUTORIAL, LARGE_JOBS)),
    "robustness": ("expact_utils/robustness.py", more, jobs(ROBUSTNESS, LARGE_JOBS)),
    "the claims": ("expact_utils/claims.py", more, jobs(CLAIMS, LARGE_JOBS)),
    "their tests": ("expact_utils/inference.py", more, jobs(CLAIMS, LARGE_JOBS)),
    "the tutorial's analysis": ("expact_utils/analysis.py", more, jobs(TUTORIAL, LARGE_JOBS)),
    "the explorer's script": ("expact_utils/explorer.js", more, jobs(EXPLORER, LARGE_JOBS)),
    "the paper's numbers": ("expact_utils/paper_table1.csv", more, jobs(RESULTS, LARGE_JOBS)),
    "the notebook of in vivo data": (
        "notebooks/01_invivo.ipynb",
        in_notebook,
        jobs({"invivo"} | TRAINING, LARGE_JOBS, **IN_VIVO),
    ),
    "the notebook of filters": ("notebooks/03_filters.ipynb", in_notebook, jobs(FILTERS, LARGE_JOBS)),
    "the notebook of Tomtom": ("notebooks/04_tomtom.ipynb", in_notebook, jobs(TOMTOM, LARGE_JOBS)),
    "the notebook of trials": ("notebooks/05_trials.ipynb", in_notebook, jobs(TRIALS, LARGE_JOBS)),
    "the notebook of claims": ("notebooks/07_claims.ipynb", in_notebook, jobs(CLAIMS, LARGE_JOBS)),
    "the tutorial": ("notebooks/tutorial.ipynb", in_notebook, jobs(TUTORIAL, LARGE_JOBS)),
    "a page that nothing computes": ("book/methods.md", more, jobs(BOOK, LARGE_JOBS)),
    "how the book is built": ("expact_utils/website.py", more, jobs(BOOK, LARGE_JOBS)),
    "the book's extension": ("expact_utils/book.py", more, jobs(BOOK, LARGE_JOBS)),
    "the book's search": ("expact_utils/search.js", more, jobs(BOOK, LARGE_JOBS)),
    "titles of networks": ("expact_utils/config.py", more, jobs(BOOK, LARGE_JOBS)),
    "a message": ("expact_utils/errors.py", more, {}),
    "how files are written": ("expact_utils/files.py", more, {}),
}  # fmt: skip


def test_nothing_changed(large):
    assert stale(large) == {}


@pytest.mark.parametrize("case", CHANGES)
def test_exactly_what_a_change_decides_is_made_again(large, case):
    name, change, expected = CHANGES[case]
    with changed(large / name, change):
        assert stale(large) == expected


# The same of a run of one's own sequences.
OWN_CHANGES = {
    "the sequences": ("bound.fa", more, jobs(OWN, OWN_JOBS)),
    "the database": ("motifs.meme", more, jobs(OWN_TOMTOM, OWN_JOBS)),
    "how sequences are read": ("expact_utils/arrays.py", more, jobs(OWN, OWN_JOBS)),
    "the baselines": ("expact_utils/baselines.py", more, jobs(OWN, OWN_JOBS)),
    "a module of training": ("expact_utils/trial.py", more, jobs(OWN_TRAINING, OWN_JOBS)),
    "the scores, of baselines too": ("expact_utils/scores.py", more, jobs(OWN, OWN_JOBS)),
    "promiscuous matrices": ("expact_utils/promiscuity.py", more, jobs(OWN_TOMTOM, OWN_JOBS)),
    "robustness": ("expact_utils/robustness.py", more, jobs({"results"} | ROBUSTNESS, OWN_JOBS)),
    "clusters": ("expact_utils/clusters.py", more, jobs(OWN_MOTIFS, OWN_JOBS)),
    "sites": ("expact_utils/sites.py", more, jobs(OWN_MOTIFS, OWN_JOBS)),
    "the notebook of motifs": ("notebooks/06_motifs.ipynb", in_notebook, jobs(OWN_MOTIFS, OWN_JOBS)),
}  # fmt: skip


def test_nothing_changed_in_a_run_of_ones_own(own):
    assert stale(own) == {}


@pytest.mark.parametrize("case", OWN_CHANGES)
def test_exactly_what_a_change_decides_in_a_run_of_ones_own(own, case):
    name, change, expected = OWN_CHANGES[case]
    with changed(own / name, change):
        assert stale(own) == expected


def test_nothing_changed_in_a_finished_run(small):
    assert stale(small) == {}


ONE = dict.fromkeys(("training", "filters", "tomtom"), 1)


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("data/synthetic.h5", DATA - TRIALS | BOOK),
        ("config.json", SETTINGS | RESULTS | ROBUSTNESS | EXPLORER),
        ("table1.csv", RESULTS),
        ("claims.csv", CLAIMS),
    ],
)
def test_a_file_that_is_lost_is_made_again(small, name, rules):
    assert without(small, name) == jobs(rules, SMALL_JOBS)


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("models/synthetic/cnn-2_relu_0.keras", TRAINING - TRIALS | BOOK),
        ("filters/synthetic/cnn-2_relu_0.meme", FILTERS - TRIALS | BOOK),
        ("tomtom/synthetic/cnn-2_relu_0.tsv", TOMTOM - TRIALS | BOOK),
    ],
)
def test_a_file_of_one_network_that_is_lost(small, name, rules):
    assert without(small, name) == jobs(rules, SMALL_JOBS | ONE)


def without(folder: Path, name: str) -> dict[str, int]:
    """What is stale when a file of the run is not there."""
    path = folder / "runs" / "test" / name
    path.rename(folder / "kept")
    try:
        return stale(folder)
    finally:
        (folder / "kept").rename(path)


def test_a_training_is_known_by_the_code_that_makes_it():
    """What a history is compared with, and what Snakemake sees, are the same modules; data are compared themselves."""
    assert modules("02_training", but=("plots", "results")) == sorted({*TRAINING_CODE, "datasets"})


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Write a notebook with one cell of code; return its name."""
    monkeypatch.setattr(imports, "ROOT", tmp_path)
    (tmp_path / "notebooks").mkdir()

    def write(source: str) -> str:
        cell = {"cell_type": "code", "source": source.splitlines(keepends=True)}
        (tmp_path / "notebooks" / "mine.ipynb").write_text(json.dumps({"cells": [cell]}))
        return "mine"

    return write


def test_ipythons_own_lines_import_nothing(notebook):
    source = "%matplotlib inline\nimport numpy\n!ls\nfrom expact_utils import __version__, inference\nnumpy?\n"
    assert modules(notebook(source.replace("numpy?\n", "?numpy\n"))) == ["inference"]


def test_a_notebook_that_is_not_python(notebook):
    with pytest.raises(InputError, match="mine.ipynb is not valid Python: .*def f"):
        modules(notebook("def f(:\n"))


def test_what_a_notebook_imports():
    """By hand: 07_claims imports claims, plots, results; these, in turn, no module of training."""
    found = modules("07_claims")
    assert {"claims", "inference", "plots", "results", "tomtom", "motifs"} <= set(found)
    assert not {"training", "trial", "engine", "files", "errors"} & set(found)
