"""What is made again when something changes: exactly what it decides. Dry runs in a copy of a finished run."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, finished_test_run
from harm import NETWORK, Graph

from expact_utils.motifs import jaspar, write_meme

pytestmark = pytest.mark.end_to_end

SHARED = {"config", "expact_utils", "notebooks", "book", "Snakefile", "_config.yml", ".snakemake"}
# Steps, and those that follow from each.
BOOK = {"book"}
EXPLORER, CLAIMS, ROBUSTNESS = ({name} | BOOK for name in ("explorer", "claims", "robustness"))
RESULTS = {"results"} | CLAIMS
TOMTOM = {"tomtom"} | RESULTS | ROBUSTNESS | EXPLORER
FILTERS = {"filters"} | TOMTOM
TRAINING = {"training"} | FILTERS
DATA = {"data"} | TRAINING


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The project and its finished test run, with their times, without what the graph does not read."""
    run = finished_test_run()
    folder = tmp_path_factory.mktemp("copy")
    for name in SHARED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("chapters", "__pycache__", "locks", "log")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy2(source, folder)
    shutil.copytree(run.folder, folder / "runs" / "test", ignore=shutil.ignore_patterns("html"))
    (folder / "runs/test/html").mkdir()
    shutil.copy2(run.folder / "html/index.html", folder / "runs/test/html")
    return folder


def stale(folder: Path, target: str = "all") -> set[str]:
    """Rules that a dry run would run."""
    options = ["--configfile", "config/test.yaml", "--cores", "1", "--dry-run"]
    command = [sys.executable, "-m", "snakemake", target, *options]
    environment = {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    table = re.search(r"^job +count\n[- ]+\n(.*?)\n\n", done.stdout + done.stderr, re.MULTILINE | re.DOTALL)
    return {line.split()[0] for line in table[1].splitlines()} - {target, "total"} if table else set()


def replace(old, new):
    def change(text):
        assert old in text
        return text.replace(old, new)

    return change


def add(line):
    return lambda text: text + line


def in_notebook(text):
    content = json.loads(text)
    content["cells"][0]["source"].append(" More.")
    return json.dumps(content)


# Each row: the file that changes, how, and what is made again.
CHANGES = {
    "the number of epochs": ("config/test.yaml", replace("epochs: 2", "epochs: 3"), TRAINING | {"settings"}),
    "the seed": ("config/test.yaml", add("seed: 1\n"), DATA | {"settings"}),
    "the notebook of filters": ("notebooks/03_filters.ipynb", in_notebook, FILTERS),
    "the notebook of Tomtom": ("notebooks/04_tomtom.ipynb", in_notebook, TOMTOM),
    "the notebook of claims": ("notebooks/07_claims.ipynb", in_notebook, CLAIMS),
    "the simulation": ("expact_utils/simulate.py", add("# changed\n"), DATA),
    "a module of training": ("expact_utils/engine.py", add("# changed\n"), TRAINING),
    "Tomtom": ("expact_utils/tomtom.py", add("# changed\n"), TOMTOM),
    "the claims": ("expact_utils/claims.py", add("# changed\n"), CLAIMS),
    "the explorer's script": ("expact_utils/explorer.js", add("// changed\n"), EXPLORER),
    "a page that nothing computes": ("book/methods.md", add("More.\n"), BOOK),
    "a message": ("expact_utils/errors.py", add("# changed\n"), set()),
}  # fmt: skip


def test_nothing_changed(copy):
    assert stale(copy) == set()


@pytest.mark.parametrize("case", CHANGES)
def test_exactly_what_a_change_decides_is_made_again(copy, case):
    name, change, expected = CHANGES[case]
    path, kept = copy / name, copy / "kept"
    shutil.copy2(path, kept)
    path.write_text(change(path.read_text()))
    try:
        assert stale(copy) == expected
    finally:
        shutil.copy2(kept, path)
        kept.unlink()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("data/synthetic.h5", DATA),
        ("models/synthetic/cnn-2_relu_0.keras", TRAINING),
        ("config.json", {"settings"} | RESULTS | ROBUSTNESS | EXPLORER),
        ("filters/synthetic/cnn-2_relu_0.meme", FILTERS),
        ("tomtom/synthetic/cnn-2_relu_0.tsv", TOMTOM),
        ("table1.csv", RESULTS),
        ("claims.csv", CLAIMS),
    ],
)
def test_a_file_that_is_lost_is_made_again(copy, name, expected):
    path, kept = copy / "runs/test" / name, copy / "kept"
    path.rename(kept)
    try:
        assert stale(copy) == expected
    finally:
        kept.rename(path)


def test_a_file_of_the_users_that_changes(tmp_path):
    """Their sequences, and their database of motifs."""
    sequences, database = tmp_path / "bound.fa", tmp_path / "motifs.meme"
    rng = np.random.default_rng(0)
    sequences.write_text("".join(f">{i}\n{''.join(rng.choice(list('ACGT'), 120))}\n" for i in range(100)))
    write_meme(database, jaspar()[:50])
    own = {
        "datasets": ["own"],
        "own": {"classes": {"bound": str(sequences)}, "negatives": "shuffle"},
        "architectures": [NETWORK[1]],
        "activations": [NETWORK[2]],
        "database": str(database),
    }
    graph = Graph(tmp_path / "project", own)
    graph.output()
    tables = {"training", "filters", "tomtom", "results"}
    assert stale(graph.folder, "tables") == set()
    for path, expected in ((database, {"tomtom", "results"}), (sequences, {"own"} | tables)):
        content, times = path.read_bytes(), path.stat()
        path.write_bytes(content + b"\n")
        assert stale(graph.folder, "tables") == expected
        path.write_bytes(content)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert stale(graph.folder, "tables") == set()
