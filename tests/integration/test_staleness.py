"""What is made again when something changes: exactly what it decides, job by job.

Most changes are made in a copy of the project, and what its code says of its jobs is compared with what it said before;
Snakemake itself is asked, by a dry run, about those that only it sees, and about one of each kind.
"""

import ast
import json
import os
import re
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import jobs
import pytest
import yaml
from support import copy_of, copy_project, environment, project_of, snakemake

from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.meme import write_meme
from expact_utils.report import graph
from expact_utils.run import staleness
from expact_utils.run.config import check

pytestmark = pytest.mark.end_to_end

# Modules that decide by what they say themselves; of the others and of notebooks the source is read.
IMPORTED = ("expact_utils/run/", "expact_utils/report/pages.py", "expact_utils/**")
CACHES = (staleness.definition, staleness._source, staleness._files, staleness._imports, graph.parameter_names)
# Steps, and those that follow from each.
BOOK = {"book"}
EXPLORER, CLAIMS, ROBUSTNESS, TRIALS, TUTORIAL = (
    {name} | BOOK for name in ("explorer", "claims", "robustness", "trials", "tutorial")
)
RESULTS = {"results"} | CLAIMS
TABLES = RESULTS | ROBUSTNESS | EXPLORER | TRIALS
TOMTOM = {"tomtom"} | TABLES
FILTERS = {"filters"} | TOMTOM
TRAINING = {"training"} | FILTERS
DATA = {"data"} | TRAINING
SETTINGS = {"settings"}
OWN_MOTIFS = {"motifs", "bases"} | EXPLORER
OWN_TOMTOM = (TOMTOM - CLAIMS) | OWN_MOTIFS
OWN_TRAINING = {"first_layer", "training", "filters"} | OWN_TOMTOM
OWN = {"own"} | OWN_TRAINING

# Two trials of two networks on three data sets, and one trial of each on another, for a check.
LARGE = {
    "name": "test",
    "datasets": ["synthetic", "k562", "deepsea"],
    "sensitivity": ["k562-strict"],
    "deepsea_bundle": "../bundle",
    "architectures": ["cnn-50"],
    "activations": ["relu", "exponential"],
    "trials": 2,
    "epochs": 2,
    "tutorial": True,
}
ONE_EACH = dict.fromkeys(
    (
        *(
            "data",
            "results",
            "robustness",
            "claims",
            "explorer",
            "tutorial",
            "settings",
            "book",
            "own",
            "first_layer",
            "motifs",
            "bases",
        ),
    ),
    1,
)


def of_networks(number: int) -> dict[str, int]:
    """Jobs of so many networks."""
    return dict.fromkeys(("training", "filters", "tomtom"), number)


LARGE_JOBS = ONE_EACH | {"invivo": 3, "trials": 3} | of_networks(3 * 2 * 2 + 2)
SMALL_JOBS = ONE_EACH | of_networks(2)
OWN_SETTINGS = {
    "name": "test",
    "datasets": ["own"],
    "own": {"classes": {"bound": "../bound.fa"}, "negatives": "shuffle"},
    "architectures": ["cnn-50"],
    "activations": ["relu", "exponential"],
    "trials": 2,
    "epochs": 2,
    "database": "../motifs.meme",
}
OWN_JOBS = ONE_EACH | {"trials": 1} | of_networks(4)


def counted(rules: set[str], of: dict[str, int], **fewer: int) -> dict[str, int]:
    return {rule: of[rule] for rule in rules} | fewer


def said(project: Path) -> list[dict]:
    """Jobs of a copy of the project, as its own code says."""
    config = check(yaml.safe_load((project / "config" / "test.yaml").read_text()), "the config")
    done = subprocess.run(
        [sys.executable, jobs.__file__],
        cwd=project,
        env=environment(project),
        input=json.dumps(config),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def said_after(name: str, project: Path, monkeypatch) -> list[dict]:
    """The same after a change of the file `name`: without a process, where this one's modules say the same."""
    if name.startswith(IMPORTED):
        return said(project)
    for module in (staleness, graph):
        monkeypatch.setattr(module, "HOUSE", project)
    monkeypatch.setattr(staleness, "PACKAGE", project / "expact_utils")
    forget()
    try:
        return jobs.jobs(check(yaml.safe_load((project / "config" / "test.yaml").read_text()), "the config"))
    finally:
        forget()


def forget() -> None:
    """Read all sources anew."""
    for cached in CACHES:
        cached.cache_clear()


def made_again(before: list[dict], after: list[dict], lost: str = "") -> dict[str, int]:
    """Rule to the number of its jobs that are decided by something else than before, or follow from such a job."""
    known = {tuple(job["makes"]): job["decided_by"] for job in before}
    stale = [job for job in after if known.get(tuple(job["makes"])) != job["decided_by"] or lost in job["makes"]]
    while True:
        made = {path for job in stale for path in job["makes"]}
        follow = [job for job in after if job not in stale and made.intersection(job["reads"])]
        if not follow:
            return dict(Counter(job["rule"] for job in stale))
        stale += follow


def dry_run(project: Path) -> dict[str, int]:
    """Rule to the number of its jobs that Snakemake would run."""
    output = snakemake(project, "--dry-run")
    table = re.search(r"^job +count\n[- ]+\n(.*?)\n\n", output, re.MULTILINE | re.DOTALL)
    assert table or "Nothing to be done" in output
    counts = dict(line.split() for line in table[1].splitlines()) if table else {}
    return {rule: int(count) for rule, count in counts.items() if rule not in ("all", "total")}


def recorded(project: Path, config: dict) -> Path:
    """A run whose files are empty, but recorded by Snakemake with what they were made from: `--touch` does it."""
    (project / "config" / "test.yaml").write_text(yaml.safe_dump(config))
    for name in (name for job in said(project) for name in job["makes"] if name != "config.json"):
        path = project / "runs" / "test" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    snakemake(project, "--touch", "--forceall")
    return project


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    project = copy_project(tmp_path_factory.mktemp("large"))
    (project / "bundle").mkdir()
    for split in ("train", "valid", "test"):
        (project / "bundle" / f"{split}.mat").touch()
    return recorded(project, LARGE)


@pytest.fixture(scope="module")
def large_said(large):
    return said(large)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    project = copy_project(tmp_path_factory.mktemp("own"))
    (project / "bound.fa").write_text(">a\nACGT\n")
    write_meme(project / "motifs.meme", jaspar()[:5])
    return recorded(project, OWN_SETTINGS)


@pytest.fixture(scope="module")
def own_said(own):
    return said(own)


@pytest.fixture(scope="module")
def small(finished, tmp_path_factory):
    """The finished run of config/test.yaml, as it was really made."""
    return project_of(copy_of(finished, tmp_path_factory.mktemp("small") / "project"))


# Changes of a file's text.


def setting(name, value):
    return lambda text: yaml.safe_dump(yaml.safe_load(text) | {name: value})


def replaced(old: str, new: str):
    def change(text: str) -> str:
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        return text.replace(old, new)

    return change


def more(text):
    return text + "\n"


def more_code(text):
    return text + "\n\nMORE = 1\n"


def in_notebook(text):
    content = json.loads(text)
    content["cells"][0]["source"].append(" More.")
    return json.dumps(content)


def said_otherwise(text: str) -> str:
    """A module with other docstrings, without comments, and laid out anew."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node, clean=False):
            node.body[0].value.value += " More."
    return ast.unparse(tree) + "\n"


def commented(text: str) -> str:
    """A notebook with a comment more in each cell of code."""
    content = json.loads(text)
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["source"].append("\n# More.")
    return json.dumps(content)


def comments(text: str) -> str:
    """A Snakefile with other comments, in a rule too."""
    return re.sub(r"^( *)# .*", r"\1# Said otherwise.\n\1# More.", text, flags=re.MULTILINE)


@contextmanager
def changed(project: Path, **changes):
    """Files of a project with other content; afterwards they are as before, their times too."""
    paths = {path: change for pattern, change in changes.items() for path in sorted(project.glob(pattern))}
    assert paths
    before = {path: (path.read_text(), path.stat()) for path in paths}
    for path, change in paths.items():
        path.write_text(change(before[path][0]))
        assert path.read_text() != before[path][0]
    try:
        yield
    finally:
        for path, (content, times) in before.items():
            path.write_text(content)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


CONFIG, REGISTRY = "config/test.yaml", "expact_utils/run/names.py"
IN_VIVO = {"invivo"} | TRAINING
EVERYTHING = DATA | IN_VIVO | TUTORIAL
# All of a network is made again, by what its training left, where its pages show something else.
SHOWN = TRAINING | TUTORIAL
ONE_DATASET, ONE_ACTIVATION, OF_K562 = of_networks(4), of_networks(7), of_networks(6)
ROW = 'Activation("softsign", "softsign", "#2a7f62", r"x / (1 + |x|)", monotonic=True),'
SOURCE = 'Source("toy", "toy data", "data.simulate:simulate", "01_data"),'
# Each row: the file that changes, how, and the jobs that are run again.
CHANGES = {
    "the seed": (CONFIG, setting("seed", 1), counted(DATA | SETTINGS, LARGE_JOBS)),
    "the number of sequences": (CONFIG, setting("sequences", 700), counted(DATA | SETTINGS, LARGE_JOBS, **ONE_DATASET)),
    "the number of epochs": (CONFIG, setting("epochs", 3), counted(TRAINING | SETTINGS, LARGE_JOBS)),
    "the batch size": (CONFIG, setting("batch_size", 50), counted(TRAINING | SETTINGS, LARGE_JOBS)),
    "the threshold": (CONFIG, setting("threshold", 0.6), counted(FILTERS | SETTINGS, LARGE_JOBS)),
    "the E-value": (CONFIG, setting("evalue", 0.01), counted(TOMTOM | SETTINGS, LARGE_JOBS)),
    "the database": (CONFIG, setting("database", "jaspar2024"), counted(TOMTOM | SETTINGS, LARGE_JOBS)),
    "what is relevant": (CONFIG, setting("relevant_list", "authors"), counted(TABLES | SETTINGS, LARGE_JOBS)),
    "the note": (CONFIG, setting("note", "Short."), counted(TABLES | SETTINGS, LARGE_JOBS)),
    # Defaults that decide numbers.
    "letters": ("expact_utils/dna/letters.py", more_code, counted(EVERYTHING, LARGE_JOBS)),
    "the loader of K562": ("expact_utils/data/k562.py", replaced("K562_LENGTH = 200", "K562_LENGTH = 201"), counted(IN_VIVO, LARGE_JOBS, invivo=2, **OF_K562)),
    "the simulation": ("expact_utils/data/simulate.py", replaced("length: int = 200", "length: int = 201"), counted(DATA, LARGE_JOBS, **ONE_DATASET)),
    "the learning rate": ("expact_utils/networks/protocols.py", replaced("LEARNING_RATE = 0.001", "LEARNING_RATE = 0.002"), counted(TRAINING | TUTORIAL, LARGE_JOBS)),
    "a layer's size": ("expact_utils/networks/architectures.py", replaced("DENSE_UNITS = 512", "DENSE_UNITS = 256"), counted(TRAINING | TUTORIAL, LARGE_JOBS)),
    "a network that the run has not": ("expact_utils/networks/architectures.py", replaced("(0.2, 0.3, 0.4)", "(0.2, 0.3, 0.5)"), {}),
    "the engine": ("expact_utils/networks/engine.py", replaced("EVALUATION_BATCH = 500", "EVALUATION_BATCH = 600"), counted(TRAINING | TUTORIAL, LARGE_JOBS)),
    "the other backend's": ("expact_utils/networks/engine_jax.py", more_code, counted(TRAINING | TUTORIAL, LARGE_JOBS)),
    "the scores": ("expact_utils/networks/scores.py", more_code, counted(TRAINING | TUTORIAL, LARGE_JOBS)),
    "clipping": ("expact_utils/motifs/filters.py", replaced("CLIP_BITS = 0.5", "CLIP_BITS = 0.6"), counted(FILTERS | TUTORIAL, LARGE_JOBS)),
    "Tomtom": ("expact_utils/motifs/tomtom.py", replaced("NSITES_PSEUDO = 0.1", "NSITES_PSEUDO = 0.2"), counted(TOMTOM | TUTORIAL, LARGE_JOBS)),
    "the reader of a database": ("expact_utils/data/sequences.py", more_code, counted(TOMTOM | TUTORIAL, LARGE_JOBS)),
    "the tables": ("expact_utils/results/tables.py", more_code, counted(TABLES | TUTORIAL, LARGE_JOBS)),
    "robustness": ("expact_utils/results/robustness.py", more_code, counted(ROBUSTNESS, LARGE_JOBS)),
    "the claims": ("expact_utils/results/claims.py", more_code, counted(CLAIMS, LARGE_JOBS)),
    "their tests": ("expact_utils/results/inference.py", replaced("FEW_BLOCKS = 5", "FEW_BLOCKS = 6"), counted(CLAIMS, LARGE_JOBS)),
    "the paper's numbers": ("expact_utils/results/paper_table1.csv", more, counted(RESULTS | ROBUSTNESS | TUTORIAL, LARGE_JOBS)),
    "the tutorial's analysis": ("expact_utils/analysis.py", more_code, counted(TUTORIAL, LARGE_JOBS)),
    # What only shows: pages that nothing reads, and the book.
    "plots": ("expact_utils/report/plots.py", more_code, counted(RESULTS | TRIALS | ROBUSTNESS, LARGE_JOBS)),
    "tables on pages": ("expact_utils/report/page.py", more_code, counted(TABLES | TUTORIAL, LARGE_JOBS)),
    "the explorer's script": ("expact_utils/report/explorer.js", more, counted(EXPLORER, LARGE_JOBS)),
    "how the book is built": ("expact_utils/report/website.py", more_code, counted(BOOK, LARGE_JOBS)),
    "the book's extension": ("expact_utils/report/sphinx.py", more_code, counted(BOOK, LARGE_JOBS)),
    "the book's search": ("expact_utils/report/search.js", more, counted(BOOK, LARGE_JOBS)),
    "a page's title": ("expact_utils/report/pages.py", replaced('"Motif explorer"', '"Explorer of motifs"'), counted(BOOK, LARGE_JOBS)),
    "how a run is published": ("expact_utils/report/publish.py", more_code, {}),
    # The registry.
    "the title of an architecture": (REGISTRY, replaced('"CNN-50"', '"CNN-fifty"'), counted(SHOWN, LARGE_JOBS)),
    "the title of an activation": (REGISTRY, replaced('"exponential", "exponential"', '"exponential", "exp"'), counted(SHOWN, LARGE_JOBS, **ONE_ACTIVATION)),
    "the colour of an activation": (REGISTRY, replaced("#5b6770", "#000000"), counted(SHOWN, LARGE_JOBS, **ONE_ACTIVATION)),
    "the title of another network": (REGISTRY, replaced('"CNN-deep"', '"CNN-Deep"'), {}),
    "another activation": (REGISTRY, replaced('    Activation("relu"', f'    {ROW}\n    Activation("relu"'), {}),
    "another architecture": (REGISTRY, replaced('    Architecture("cnn-2"', '    Architecture("toy", "Toy", 1),\n    Architecture("cnn-2"'), {}),
    "its builder": ("expact_utils/networks/architectures.py", lambda text: text + "\n\ndef toy(length, classes, activation, protocol):\n    return cnn_2(length, classes)\n", {}),
    "another data set": (REGISTRY, replaced('    Source(\n        *("synthetic"', f'    {SOURCE}\n    Source(\n        *("synthetic"'), {}),
    # Notebooks: text is on a page.
    "the notebook of in vivo data": ("notebooks/01_invivo.ipynb", in_notebook, counted(IN_VIVO, LARGE_JOBS, **of_networks(10))),
    "the notebook of filters": ("notebooks/03_filters.ipynb", in_notebook, counted(FILTERS, LARGE_JOBS)),
    "the notebook of Tomtom": ("notebooks/04_tomtom.ipynb", in_notebook, counted(TOMTOM, LARGE_JOBS)),
    "the notebook of trials": ("notebooks/05_trials.ipynb", in_notebook, counted(TRIALS, LARGE_JOBS)),
    "the notebook of claims": ("notebooks/07_claims.ipynb", in_notebook, counted(CLAIMS, LARGE_JOBS)),
    "the tutorial": ("notebooks/tutorial.ipynb", in_notebook, counted(TUTORIAL, LARGE_JOBS)),
    "another run's notebook": ("notebooks/05_own_results.ipynb", in_notebook, {}),
    # What decides nothing.
    "how things are written and said": ("expact_utils/run/[!n]*.py", more_code, {}),
    "docstrings and comments of modules": ("expact_utils/**/*.py", said_otherwise, {}),
    "comments in notebooks": ("notebooks/*.ipynb", commented, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_exactly_what_a_change_decides_is_made_again(large, large_said, case, monkeypatch):
    name, change, expected = CHANGES[case]
    with changed(large, **{name: change}):
        assert made_again(large_said, said_after(name, large, monkeypatch)) == expected


NOTHING_SAID_ANEW = {
    "expact_utils/**/*.py": said_otherwise,
    "notebooks/*.ipynb": commented,
    "Snakefile": comments,
}
# The same by Snakemake: what only it sees, and one of each kind of the changes above.
BY_SNAKEMAKE = {
    "a file of DeepSEA's": ({"bundle/test.mat": more}, counted(IN_VIVO, LARGE_JOBS, invivo=1, **ONE_DATASET)),
    "a page that nothing computes": ({"book/methods.md": more}, counted(BOOK, LARGE_JOBS)),
    "comments and docstrings, everywhere": (NOTHING_SAID_ANEW, {}),  # nor where nothing has changed
    **{
        case: ({CHANGES[case][0]: CHANGES[case][1]}, CHANGES[case][2])
        for case in ("the seed", "the engine", "the title of an activation")
    },
}


@pytest.mark.parametrize("case", BY_SNAKEMAKE)
def test_snakemake_sees_exactly_that(large, case):
    changes, expected = BY_SNAKEMAKE[case]
    with changed(large, **changes):
        assert dry_run(large) == expected


# The same of a run of one's own sequences.
OWN_CHANGES = {
    "how sequences are read": ("expact_utils/data/arrays.py", more_code, counted(OWN, OWN_JOBS)),
    "the baselines": ("expact_utils/results/baselines.py", more_code, counted(OWN, OWN_JOBS)),
    "a module of training": ("expact_utils/networks/trial.py", more_code, counted(OWN_TRAINING, OWN_JOBS)),
    "the scores, of baselines too": ("expact_utils/networks/scores.py", more_code, counted(OWN, OWN_JOBS)),
    "promiscuous matrices": ("expact_utils/motifs/promiscuity.py", more_code, counted(OWN_TOMTOM, OWN_JOBS)),
    "robustness": ("expact_utils/results/robustness.py", more_code, counted({"results", "bases"} | ROBUSTNESS, OWN_JOBS)),
    "clusters": ("expact_utils/motifs/clusters.py", more_code, counted(OWN_MOTIFS, OWN_JOBS)),
    "sites": ("expact_utils/motifs/sites.py", more_code, counted(OWN_MOTIFS, OWN_JOBS)),
    "evidence": ("expact_utils/motifs/evidence.py", more_code, counted(OWN_MOTIFS, OWN_JOBS)),
    "the notebook of motifs": ("notebooks/06_motifs.ipynb", in_notebook, counted(OWN_MOTIFS, OWN_JOBS)),
    "the notebook of results": ("notebooks/05_own_results.ipynb", in_notebook, counted({"results"} | BOOK, OWN_JOBS)),
    "the simulation": ("expact_utils/data/simulate.py", more_code, {}),
    "the paper's claims": ("expact_utils/results/claims.py", more_code, {}),
    "docstrings and comments of modules": ("expact_utils/**/*.py", said_otherwise, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", OWN_CHANGES)
def test_exactly_what_a_change_decides_in_a_run_of_ones_own(own, own_said, case, monkeypatch):
    name, change, expected = OWN_CHANGES[case]
    with changed(own, **{name: change}):
        assert made_again(own_said, said_after(name, own, monkeypatch)) == expected


def test_nothing_changed_in_a_run_of_ones_own(own):
    assert dry_run(own) == {}


OWN_BY_SNAKEMAKE = {
    "the sequences": ("bound.fa", more, counted(OWN, OWN_JOBS)),
    "the database": ("motifs.meme", more, counted(OWN_TOMTOM, OWN_JOBS)),
}


@pytest.mark.parametrize("case", OWN_BY_SNAKEMAKE)
def test_snakemake_sees_exactly_that_in_a_run_of_ones_own(own, case):
    name, change, expected = OWN_BY_SNAKEMAKE[case]
    with changed(own, **{name: change}):
        assert dry_run(own) == expected


# A file of a finished run that is lost.
LOST = {
    "data/synthetic.h5": counted(DATA - TRIALS | BOOK, SMALL_JOBS),
    "models/synthetic/cnn-2_relu_0.keras": counted(TRAINING - TRIALS | BOOK, SMALL_JOBS | of_networks(1)),
    "filters/synthetic/cnn-2_relu_0.meme": counted(FILTERS - TRIALS | BOOK, SMALL_JOBS | of_networks(1)),
    "tomtom/synthetic/cnn-2_relu_0.tsv": counted(TOMTOM - TRIALS | BOOK, SMALL_JOBS | of_networks(1)),
    "config.json": counted(SETTINGS | TABLES - TRIALS | BOOK, SMALL_JOBS),
    "table1.csv": counted(RESULTS, SMALL_JOBS),
    "claims.csv": counted(CLAIMS, SMALL_JOBS),
}


@pytest.mark.parametrize("name", LOST)
def test_what_follows_from_a_file_that_is_lost(small, name):
    before = said(small)
    assert made_again(before, before, lost=name) == LOST[name]


@pytest.mark.parametrize("name", ["models/synthetic/cnn-2_relu_0.keras", "config.json"])
def test_a_file_that_is_lost_is_made_again(small, name):
    path = small / "runs" / "test" / name
    path.rename(small / "kept")
    try:
        assert dry_run(small) == LOST[name]
    finally:
        (small / "kept").rename(path)
