"""One's own sequences from files to a report by the command `expact`, installed from a wheel: tiny networks.

The installation cannot be written, nor can the home; the folder where the command is called holds no project.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import replace
from html import unescape

import numpy as np
import pandas as pd
import pytest
from built import check_origins, html_pages
from odd import NAMES
from support import BIN, ROOT, command, copy_project

from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.meme import read_meme, write_meme
from expact_utils.motifs import evidence
from expact_utils.report.pages import pages
from expact_utils.run.files import read_json
from expact_utils.run.paths import Network, Run
from expact_utils.run.tables import read_csv

pytestmark = pytest.mark.end_to_end

ODD = "<b>SRF_50%_$x_$#1{y}"  # name of a class
SRF = {"id": "NULL", "name": "<i>SRF</i> $a_$ {z}"}  # as the database has it
YY1 = {"id": "a#1", "name": '"YY1", 50%'}
CONFIG = "NA.yaml"  # as `run` calls that of files of which NA.fa is the first
KEY = ("own", "cnn-50", "exponential", 0)


def expact(installed, folder, *arguments):
    """Run the installed command from a folder, the environment not active, in no home and a locale without UTF-8."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "XDG_CACHE_HOME")}
    ascii_alone = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}  # Python takes C for UTF-8 otherwise
    return subprocess.run(
        [installed / "bin" / "expact", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=kept | {"PATH": f"{BIN}{os.pathsep}{os.defpath}", "HOME": os.devnull} | ascii_alone,
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


def write_database(path):
    """Motifs of JASPAR under odd names, the two that are planted among them."""
    motifs = {motif.id: motif for motif in jaspar()}
    named = {"MA0083.3": SRF, "MA0095.2": YY1}
    ids = [name for name in NAMES if name.split() == [name] and name not in (SRF["id"], YY1["id"])]
    others = [matrix for matrix in list(motifs)[::8] if matrix not in named]
    named |= {matrix: {"id": name, "name": f"<i>{name}"} for matrix, name in zip(others, ids, strict=False)}
    write_meme(path, [replace(motifs[matrix], **names) for matrix, names in named.items()])


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A fresh environment with a wheel of the project, which takes all other packages from this one."""
    project, environment = copy_project(tmp_path_factory.mktemp("project")), tmp_path_factory.mktemp("installed")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, project)
    pip = [sys.executable, "-m", "pip", "--quiet", "--no-input"]
    command(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", project / "dist", project)
    command(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    (wheel,) = (project / "dist").glob("*.whl")
    command(*pip, "--python", python, "install", "--no-deps", "--no-index", wheel, project=environment)
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    for path in [environment, *environment.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    return environment


def files_of(installed):
    """Files of the package as installed, but what Python compiles where it may, as root may anywhere."""
    return {path: path.stat().st_mtime_ns for path in installed.rglob("*") if path.suffix != ".pyc" and path.is_file()}


def test_names_of_files_are_utf8_in_every_locale(installed, tmp_path):
    (tmp_path / "été.fa").write_text(planted(30, next(iter(jaspar())), 0))
    done = expact(installed, tmp_path, "init", "été.fa", "-o", "août.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "  été: 30 sequences" in done.stdout
    assert '{"été": ' in (tmp_path / "août.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(installed, tmp_path_factory):
    """Run `init` and `run` on two FASTA files, of names that tables, pages and plots must not take for anything else."""
    folder = tmp_path_factory.mktemp("own")
    motifs = {motif.id: motif for motif in jaspar()}
    (folder / "NA.fa").write_text(planted(150, motifs["MA0095.2"], 0))
    (folder / f"{ODD}.fa").write_text(planted(150, motifs["MA0083.3"], 1))
    write_database(folder / "{odd} 50%.meme")
    flags = ["-o", CONFIG, "--name", "own-test", "--trials", 2, "--epochs", 40, "--database", "{odd} 50%.meme"]
    done = expact(installed, folder, "init", "NA.fa", f"{ODD}.fa", *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    config = folder / CONFIG
    settings = config.read_text().replace("[relu, exponential]", "[exponential]")
    settings = settings.replace("maps: motifs", "maps: drawn")  # test_explain.py has motifs of maps
    config.write_text(settings.replace("first_layer: chosen", "first_layer: paper"))
    before = files_of(installed)
    done = expact(installed, folder, "run", "--quick", "NA.fa", f"{ODD}.fa")  # by the config of these files
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-20_000:]
    own_run = Run(folder / "runs" / "own-test")
    assert "This is a first look, of one trial" in (own_run.folder / "html" / "own.html").read_text()
    first = own_run.model(Network(*KEY)).stat().st_mtime_ns
    done = expact(installed, folder, "run", CONFIG)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-20_000:]
    assert own_run.model(Network(*KEY)).stat().st_mtime_ns == first  # the first look's network is taken up
    assert "This is a first look" not in (own_run.folder / "html" / "own.html").read_text()
    assert "GC content" in done.stdout
    assert "Report: open" in done.stdout
    assert files_of(installed) == before
    return folder


@pytest.fixture(scope="module")
def run(folder):
    return Run(folder / "runs" / "own-test")


def test_tables(run):
    table = pd.read_csv(run.folder / "table1.csv")
    assert list(table["activation"]) == ["exponential"]
    assert set(table["trials"]) == {2}
    assert table["relevant_mean"].isna().all()  # no ground truth
    baselines = read_csv(run.folder / "baselines.csv")
    assert set(baselines["class"]) == {"NA", ODD}
    importance = read_csv(run.folder / "importance.csv")
    assert len(importance) == 2 * 30 * 2  # trials, filters, classes


def test_motifs_of_all_trials(run):
    table = read_csv(run.folder / "motifs.csv", evidence.FIRST)
    assert [motif.id for motif in read_meme(run.folder / "motifs.meme")] == list(table["motif"])
    members = pd.read_csv(run.folder / "motif_filters.csv")
    assert set(members["motif"]) == set(table["motif"])
    assert set(members["trial"]) == {0, 1}


def test_a_planted_motif_has_evidence_and_comes_first(run):
    table = read_csv(run.folder / "motifs.csv")
    found = table[table["evidence"]]
    assert (ODD, *SRF.values()) in set(
        found[["class", "best_match", "best_match_name"]].itertuples(index=False, name=None)
    )
    assert (found["positives_with_site"] > 0.7).all()
    assert (found["negatives_with_site"] < 0.3).all()
    assert list(table["evidence"]) == sorted(table["evidence"], reverse=True)
    front = unescape((run.folder / "html" / "own.html").read_text())
    assert "the classes apart: " in front
    assert f"{SRF['name']} in " in front
    assert f"of the {ODD} sequences" in front
    assert "By these motifs alone the classes are told apart with an auROC of" in front


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


def test_sites_of_motifs_with_evidence(run):
    found = pd.read_csv(run.folder / "motif_sites.tsv", sep="\t")
    motifs = read_csv(run.folder / "motifs.csv")
    assert set(found["motif"]) == set(motifs.loc[motifs["evidence"], "motif"])
    assert found["chromosome"].str.startswith("chr").all()
    srf = found[found["motif_name"] == SRF["name"]]
    assert srf["start"].between(45, 65).mean() > 0.8  # where it was planted
    assert len((run.folder / "motif_sites.bed").read_text().splitlines()) == len(found)


def test_the_report(run):
    html = run.folder / "html"
    front = (html / "own.html").read_text()
    for text in ("Without a network", "once their positions are shuffled", "2 trials of up to 40 epochs"):
        assert text in front
    results = (html / "chapters" / "05_results.html").read_text()
    assert "&lt;b&gt;SRF" in results
    assert "<b>SRF" not in results
    assert "by chance" in results
    assert "Relevant</th>" not in results
    assert not (html / "chapters" / "07_claims.html").exists()
    assert (html / "chapters" / "05_trials" / "own_1.html").exists()


def test_maps_of_sequences_of_each_class(run):
    maps = (run.folder / "html" / "chapters" / "06_bases.html").read_text()
    assert maps.count("Attribution maps of 4 test sequences for ") >= 2
    assert "TF-MoDISco was not run: it was left out" in maps


def test_every_page_says_what_made_it(run):
    check_origins(run.folder / "notebooks", list(pages(read_json(run.config))))


def test_the_explorer_knows_what_each_filter_is_worth(run):
    explorer = (run.folder / "html" / "chapters" / "08_explorer.html").read_text()
    (text,) = re.findall(r'<script type="application/json" data-explorer-filters>(.*?)</script>', explorer)
    filters = json.loads(text)["filters"]
    assert len(filters) == 2 * 30  # trials, filters
    assert set(filters[0]["importance"]) == {"NA", ODD}
    matched = {target for each in filters for target, *_ in each["matches"]}
    assert SRF["id"] in matched
    table = read_csv(run.folder / "filters.csv")
    assert dict(zip(table["best_match"], table["best_match_name"], strict=True))[SRF["id"]] == SRF["name"]


def test_names_are_text_on_every_page(run):
    for path in html_pages(run.folder / "html"):
        text = path.read_text()
        assert not [name for name in ("<b>SRF", "<i>") if name in text], path


def test_run_again_does_nothing(run, installed, folder):
    before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*") if path.is_file()}
    done = expact(installed, folder, "run", CONFIG)
    assert done.returncode == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in run.folder.rglob("*") if path.is_file()} == before


def test_the_report_opens_by_name_and_by_folder(run, installed, folder):
    for name in ("own-test", CONFIG, run.folder):
        done = expact(installed, folder, "open", name)
        assert done.stdout.strip() == str(run.folder / "html" / "index.html"), done.stderr


def test_the_pages_name_the_version_and_no_folder_of_the_installation(run, installed):
    assert "expact 0." in (run.folder / "html" / "chapters" / "05_results.html").read_text()
    for path in html_pages(run.folder / "html"):
        assert str(installed) not in path.read_text(), path
