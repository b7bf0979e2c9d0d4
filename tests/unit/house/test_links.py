"""Paths that lead nowhere, above all links to themselves, wherever the command `expact` takes one: one sentence."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from expact_utils.command import main
from expact_utils.run.files import regular

LETTERS = np.random.default_rng(0).choice(list("ACGT"), (30, 120))
FASTA = "".join(f">s{i}\n{''.join(letters)}\n" for i, letters in enumerate(LETTERS))
BED = "".join(f"chr1\t{100 * i}\t{100 * i + 100}\n" for i in range(10))
CONFIG = {
    "name": "links",
    "datasets": ["own"],
    "own": {"classes": {"a": "{folder}/a.fa"}, "negatives": "shuffle"},
    "architectures": ["cnn-2"],
    "activations": ["relu"],
    "trials": 1,
    "epochs": 1,
}
# What `expact init` is given, and the link that it names; `x.*` and `c.yaml` link to themselves, `y.fa` to `z.fa` and that to `y.fa`.
INIT = {
    "sequences": (["x.fa"], "x.fa"),
    "two links to each other": (["y.fa"], "y.fa"),
    "a folder on the way": (["x/a.fa"], "x"),
    "a table": (["x.csv"], "x.csv"),
    "arrays, HDF5": (["x.h5"], "x.h5"),
    "arrays, npz": (["x.npz"], "x.npz"),
    "regions": (["x.bed", "--genome", "a.fa"], "x.bed"),
    "a genome": (["a.bed", "--genome", "x.fa"], "x.fa"),
    "labels": (["a.fa", "--labels", "x.csv"], "x.csv"),
    "negatives": (["a.fa", "--negatives", "x.fa"], "x.fa"),
    "a database": (["a.fa", "--database", "x.meme"], "x.meme"),
    "a database named as a release": (["a.fa", "--database", "jaspar2024"], "jaspar2024"),
    "the config": (["a.fa", "-o", "c.yaml"], "c.yaml"),
    "the config, by its default name": (["a.fa", "--name", "c"], "c.yaml"),
    "the config, overwritten": (["a.fa", "-o", "c.yaml", "--force"], "c.yaml"),
    "the config's folder": (["a.fa", "-o", "x/a.yaml"], "x"),
}
# What is changed in a config that works, and the link that `expact run` names.
RUN = {
    "sequences": ({"own": {"classes": {"a": "{folder}/x.fa"}, "negatives": "shuffle"}}, "x.fa"),
    "negatives": ({"own": {**CONFIG["own"], "negatives": "{folder}/x.fa"}}, "x.fa"),
    "arrays": ({"own": {"arrays": "{folder}/x.h5"}}, "x.h5"),
    "labels": ({"own": {"fasta": "{folder}/a.fa", "labels": "{folder}/x.csv"}}, "x.csv"),
    "a genome": (
        {"own": {"classes": {"a": "{folder}/a.bed"}, "genome": "{folder}/x.fa", "length": 100}},
        "x.fa",
    ),
    "a database": ({"database": "{folder}/x.meme"}, "x.meme"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("x", "x.fa", "x.csv", "x.h5", "x.npz", "x.bed", "x.meme", "c.yaml", "jaspar2024"):
        (tmp_path / name).symlink_to(name)
    (tmp_path / "y.fa").symlink_to("z.fa")
    (tmp_path / "z.fa").symlink_to("y.fa")
    (tmp_path / "a.fa").write_text(FASTA)
    (tmp_path / "a.bed").write_text(BED)
    return tmp_path


def check(folder, arguments, link):
    """One sentence that names the link, exit status 1, and the folder as it was."""
    before = {path: path.lstat().st_mtime_ns for path in folder.iterdir()}
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1, done.output
    assert isinstance(done.exception, SystemExit), done.exception
    assert re.fullmatch(
        rf"error: (\S*/)?{re.escape(link)} is a link that leads to itself; expected a file\.\n", done.stderr
    )
    assert {path: path.lstat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize("case", INIT)
def test_init(folder, case):
    arguments, link = INIT[case]
    if case != "a database named as a release":
        (folder / "jaspar2024").unlink()  # the default database
    check(folder, ["init", *arguments], link)


@pytest.mark.parametrize("case", RUN)
def test_run(folder, case):
    changes, link = RUN[case]
    text = yaml.safe_dump(CONFIG | changes).replace("{folder}", str(folder))
    (folder / "a.yaml").write_text(text)
    check(folder, ["run", "a.yaml"], link)


@pytest.mark.parametrize("arguments", [["run", "c.yaml"], ["open", "c.yaml"]])
def test_a_config(folder, arguments):
    check(folder, arguments, "c.yaml")


def test_a_profile(folder):
    (folder / "a.yaml").write_text(yaml.safe_dump(CONFIG).replace("{folder}", str(folder)))
    check(folder, ["run", "a.yaml", "--profile", "x"], "x")


def refuses(path, strict=False):
    if path.is_symlink():
        raise RuntimeError(f"Symlink loop from {path!r}")
    return path.absolute()


@pytest.mark.parametrize("resolve", [refuses, lambda path, strict=False: path.absolute()], ids=["to 3.12", "from 3.13"])
def test_whatever_python_makes_of_such_a_link(folder, monkeypatch, resolve):
    """`Path.resolve` raises RuntimeError on it up to Python 3.12, and leaves it as it is from 3.13 on."""
    (folder / "jaspar2024").unlink()
    monkeypatch.setattr(Path, "resolve", resolve)
    check(folder, ["init", "a.fa", "-o", "c.yaml"], "c.yaml")
    check(folder, ["init", "x.fa"], "x.fa")


def test_other_links_are_followed(folder):
    (folder / "good.fa").symlink_to("a.fa")
    assert regular("good.fa") == Path("good.fa")
    assert regular("nowhere.fa") == Path("nowhere.fa")
    assert regular("zero\0byte") == Path("zero\0byte")


@pytest.mark.parametrize(
    "arguments",
    [["init", "a.fa", "-o", "{}"], ["init", "a.fa", "--database", "{}"], ["init", "{}"], ["run", "{}"], ["open", "{}"]],
    ids=" ".join,
)
def test_a_name_too_long_is_one_sentence(folder, arguments):
    (folder / "jaspar2024").unlink()
    name = f"{'a' * 300}.fa"
    done = CliRunner().invoke(main, [argument.format(name) for argument in arguments])
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), done.exception
    told = (
        rf"cannot (read|use) (\S*/)?{name}\S*: File name too long",
        rf"runs/{name}/\S+ does not exist; `expact run` makes it",
    )
    assert re.fullmatch(rf"error: ({'|'.join(told)})\.\n", done.stderr)  # the second where there is no runs/


def test_a_home_folder_of_nobody_is_one_sentence(folder):
    done = CliRunner().invoke(main, ["init", "~nobody-by-this-name/a.fa"])
    assert (done.exit_code, done.stderr) == (
        1,
        "error: ~nobody-by-this-name/a.fa names the home folder of a user who is not known here.\n",
    )
