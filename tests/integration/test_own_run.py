"""One's own sequences from files to a report by the command `expact`: tiny networks, a real database."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from built import check_origins
from support import copy_project, environment

from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.meme import read_meme
from expact_utils.report.pages import pages
from expact_utils.run.files import read_json
from expact_utils.run.paths import Network, Run

pytestmark = pytest.mark.end_to_end

KEY = ("own", "cnn-50", "exponential", 0)


def expact(project, folder, *arguments):
    """Run a project's command from another folder, without the environment being active."""
    return subprocess.run(
        [sys.executable, "-m", "expact_utils.command", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=environment(project) | {"PATH": os.defpath},
    )


def planted(number, motif, seed):
    """Sequences of 120 nt, each with a site of the motif at its centre, named after places on chromosomes."""
    rng = np.random.default_rng(seed)
    records = []
    for i in range(number):
        sequence = rng.choice(list("ACGT"), 120)
        sequence[55 : 55 + motif.width] = [rng.choice(list("ACGT"), p=column) for column in motif.pfm]
        records.append(f">chr{1 + i % 5}:{1000 * i}-{1000 * i + 120}\n{''.join(sequence)}\n")
    return "".join(records)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def folder(project, tmp_path_factory):
    """Run `init` and `run` on two FASTA files; the second class has HTML in its name."""
    folder = tmp_path_factory.mktemp("own")
    motifs = {motif.id: motif for motif in jaspar()}
    (folder / "YY1.fa").write_text(planted(150, motifs["MA0095.2"], 0))
    (folder / "<b>SRF.fa").write_text(planted(150, motifs["MA0083.3"], 1))
    flags = ["--name", "own-test", "--trials", 2, "--epochs", 2]
    done = expact(project, folder, "init", "YY1.fa", "<b>SRF.fa", *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    config = folder / "own-test.yaml"
    config.write_text(
        config.read_text().replace("[cnn-2, cnn-50]", "[cnn-50]").replace("[relu, exponential]", "[exponential]")
    )
    done = expact(project, folder, "run", config)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-20_000:]
    assert "GC content" in done.stdout
    return folder


@pytest.fixture(scope="module")
def run(project, folder):
    return Run(project / "runs" / "own-test")


def test_tables(run):
    table = pd.read_csv(run.folder / "table1.csv")
    assert list(table["activation"]) == ["exponential"]
    assert set(table["trials"]) == {2}
    assert table["relevant_mean"].isna().all()  # no ground truth
    baselines = pd.read_csv(run.folder / "baselines.csv")
    assert set(baselines["class"]) == {"YY1", "<b>SRF"}
    importance = pd.read_csv(run.folder / "importance.csv")
    assert len(importance) == 2 * 30 * 2  # trials, filters, classes


def test_motifs_of_all_trials(run):
    table = pd.read_csv(run.folder / "motifs.csv")
    assert [motif.id for motif in read_meme(run.folder / "motifs.meme")] == list(table["motif"])
    members = pd.read_csv(run.folder / "motif_filters.csv")
    assert set(members["motif"]) == set(table["motif"])
    assert set(members["trial"]) == {0, 1}


def test_sites_have_places(run):
    rows = [line.split("\t") for line in run.sites(Network(*KEY), ".bed").read_text().splitlines()]
    sites = pd.read_csv(run.sites(Network(*KEY), ".tsv"), sep="\t")
    assert len(rows) == len(sites) > 0
    for chromosome, start, end, name, score, strand in rows:
        assert chromosome in {f"chr{i}" for i in range(1, 6)}
        assert int(start) % 1000 < int(end) % 1000 <= 120
        assert name.startswith("filter")
        assert 0 <= int(score) <= 1000
        assert strand == "+"


def test_the_report(run):
    html = run.folder / "html"
    front = (html / "own.html").read_text()
    for text in ("Without a network", "once their positions are shuffled", "2 trials of 2 epochs"):
        assert text in front
    results = (html / "chapters" / "05_results.html").read_text()
    assert "&lt;b&gt;SRF" in results
    assert "<b>SRF" not in results
    assert "by chance" in results
    assert "Relevant</th>" not in results
    assert not (html / "chapters" / "07_claims.html").exists()
    assert (html / "chapters" / "05_trials" / "own_1.html").exists()


def test_every_page_says_what_made_it(run):
    check_origins(run.folder / "notebooks", list(pages(read_json(run.config))))


def test_the_explorer_knows_what_each_filter_is_worth(run):
    explorer = (run.folder / "html" / "chapters" / "08_explorer.html").read_text()
    (text,) = re.findall(r'<script type="application/json" data-explorer-filters>(.*?)</script>', explorer)
    filters = json.loads(text)["filters"]
    assert len(filters) == 2 * 30  # trials, filters
    assert set(filters[0]["importance"]) == {"YY1", "<b>SRF"}
    assert "<b>SRF" not in explorer


def test_run_again_does_nothing(run, project, folder):
    before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*") if path.is_file()}
    done = expact(project, folder, "run", "own-test.yaml")
    assert done.returncode == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in run.folder.rglob("*") if path.is_file()} == before
