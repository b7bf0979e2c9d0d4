"""One row and one function, or notebook, each: an activation, a network, a data set and a page, as far as the book."""

import json
from pathlib import Path

import pandas as pd
import pytest
from built import Tables
from support import command, copy_project

pytestmark = pytest.mark.end_to_end

# File, a line of it, and what is put before that line.
ROWS = {
    "an activation": (
        "expact_utils/run/names.py",
        '    Activation("exponential"',
        '    Activation("softsign", "softsign", "#0072b2", r"x / (1 + |x|)", monotonic=True),\n',
    ),
    "a network": (
        "expact_utils/run/names.py",
        '    Architecture("cnn-deep"',
        '    Architecture("cnn-toy", "CNN-toy", 1),\n',
    ),
    "its builder": (
        "expact_utils/networks/architectures.py",
        "def _two_layers(",
        "def cnn_toy(length, classes, activation='relu', protocol='preprint2019'):\n"
        '    """One layer, and the best of each filter."""\n'
        "    sequence = keras.Input((length, 4), name='sequence')\n"
        "    x = _first(sequence, protocols.get(protocol, activation), 8, dropout=0.1)\n"
        "    x = layers.Dense(classes)(layers.GlobalMaxPooling1D()(x))\n"
        "    return keras.Model(sequence, layers.Activation('sigmoid', name='probability')(x), name='cnn-toy')\n\n\n",
    ),
    "a data set": (
        "expact_utils/run/names.py",
        '    Source("k562", ',
        '    Source("toy", "toy data", "data.toy:toy", "01_invivo"),\n',
    ),
    "a page": (
        "expact_utils/report/pages.py",
        '    Page(\n        *("tutorial"',
        '    Page("09_toy", "A toy page", ANSWERS, reads=("config.json", *TABLES), makes=("toy.csv",)),\n',
    ),
}
LOADER = '''"""Toy data: a planted TATAAA, or none."""

import numpy as np

from expact_utils.data.datasets import SPLITS, Dataset


def toy() -> Dataset:
    """Random sequences of 100 nt, half of them with TATAAA."""
    rng, X, Y = np.random.default_rng(0), {}, {}
    for split, number in zip(SPLITS, (200, 40, 60), strict=True):
        X[split] = rng.integers(0, 4, (number, 100), dtype=np.int8)
        Y[split] = (np.arange(number) % 2)[:, None].astype(np.int8)
        X[split][1::2, 40:46] = [3, 0, 3, 0, 0, 0]
    return Dataset(X, Y, ["TATAAA"], "toy", seed=0)
'''
PARAMETERS = 'inputs: str = "book/chapters"  # run folder to read from\nrun: str = "runs/notebook"  # where to write\n'
CODE = """from expact_utils.run.paths import Run
from expact_utils.run.tables import read_csv, write_csv

table = read_csv(Run(inputs).folder / "table1.csv")
write_csv(Run(run).folder / "toy.csv", table[["architecture", "aupr_mean"]])
print(f"{len(table)} rows of a toy table")
"""
CONFIG = {
    "name": "toy",
    "datasets": ["toy"],
    "architectures": ["cnn-toy"],
    "activations": ["softsign"],
    "trials": 1,
    "epochs": 2,
    "batch_size": 50,
}


def notebook() -> dict:
    """The source of a page."""
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# Toy\n\nOne table of the run.", "id": "a"},
        *(
            {
                "cell_type": "code",
                "metadata": {"tags": tags},
                "source": code,
                "id": name,
                "outputs": [],
                "execution_count": None,
            }
            for name, tags, code in (("b", ["parameters"], PARAMETERS), ("c", [], CODE))
        ),
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """A finished run of a project to which all of these were added."""
    project = copy_project(tmp_path_factory.mktemp("added"))
    for name, line, row in ROWS.values():
        text = (project / name).read_text()
        assert text.count(line) == 1
        (project / name).write_text(text.replace(line, row + line))
    (project / "expact_utils/data/toy.py").write_text(LOADER)
    (project / "notebooks/09_toy.ipynb").write_text(json.dumps(notebook()))
    (project / "toy.json").write_text(json.dumps(CONFIG))
    command("snakemake", "--configfile", "toy.json", "--cores", "all", folder=project, project=project)
    return project / "runs" / "toy"


def test_each_network_was_trained_and_scored(run):
    table = pd.read_csv(run / "table1.csv")
    assert list(zip(table["architecture"], table["activation"], strict=True)) == [("cnn-toy", "softsign")]
    assert table["aupr_mean"].between(0, 1).all()
    assert table["relevant_mean"].isna().all()  # these data have no ground truth


def test_claims_stay_silent_about_the_paper(run):
    claims = pd.read_csv(run / "claims.csv")
    assert claims.empty
    assert "paper" in claims.columns


def test_the_pages_are_rendered_with_the_titles_of_the_rows(run):
    front = (run / "html/chapters/05_results.html").read_text()
    cells = {cell for row in Tables(front).rows for cell in row}
    assert {"CNN-toy", "softsign"} <= cells
    for page, title in {
        "01_data/toy": "Data: toy",
        "02_training/toy/cnn-toy_softsign_0": "Training: CNN-toy, softsign (toy data, trial 0)",
        "09_toy": "A toy page",
    }.items():
        html = (run / "html/chapters" / f"{page}.html").read_text()
        assert f"<h1>{title}" in html, page
    assert "1 rows of a toy table" in html
    assert 'href="chapters/09_toy.html"' in (run / "html/intro.html").read_text()


def test_a_network_that_the_fast_pass_does_not_know_says_that_it_is_slower(run):
    log = (run / "logs/02_training/toy/cnn-toy_softsign_0.ipynb").read_text()
    assert "cnn-toy has a layer of type GlobalMaxPooling1D, so it trains by Keras's own layers, which is slower" in log
