"""The Containerfile, read and not built: what it copies is there, and .dockerignore leaves it in."""

import re
import shlex
import tomllib

import pytest
from packaging.specifiers import SpecifierSet
from support import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FOLDERS = PYPROJECT["tool"]["setuptools"]["package-dir"]
LINES = (ROOT / "Containerfile").read_text().replace("\\\n", " ").splitlines()
INSTRUCTIONS = [shlex.split(line) for line in LINES if line and not line.startswith("#")]
IGNORED = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]


def matches(pattern, path):
    """Whether a pattern of .dockerignore is of a path or of a folder that it is in."""
    text = re.escape(pattern).replace(r"\*\*/", "(.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.fullmatch(f"{text}(/.*)?", path) is not None


def is_left_in(path, patterns=IGNORED):
    """Whether a build sees a path of the clone: the last pattern that is of it decides."""
    of_path = [pattern for pattern in patterns if matches(pattern.removeprefix("!"), path)]
    return not of_path or of_path[-1].startswith("!")


def copied():
    """Sources of what is copied from the clone."""
    for name, *words in INSTRUCTIONS:
        if name in ("COPY", "ADD") and not any(word.startswith("--from") for word in words):
            yield from [word for word in words if not word.startswith("--")][:-1]


def of_the_package():
    """Files of the clone that a wheel is made of."""
    project, data = PYPROJECT["project"], PYPROJECT["tool"]["setuptools"]["package-data"]
    yield from ("pyproject.toml", project["readme"], *project["license-files"])
    for package in PYPROJECT["tool"]["setuptools"]["packages"]:
        named = next(name for name in sorted(FOLDERS, key=len, reverse=True) if f"{package}.".startswith(f"{name}."))
        folder = ROOT / FOLDERS[named] / package.removeprefix(named).strip(".").replace(".", "/")
        assert folder.is_dir(), package
        patterns = data.get(package, []) if package.startswith("expact_utils.house") else ["*.py", *data["*"]]
        for path in [path for pattern in patterns for path in folder.glob(pattern) if path.is_file()]:
            yield str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    ("path", "left_in"),
    [
        ("a", True),
        ("a/b/c", True),
        ("b", False),
        ("a/b", True),
        ("a/x", False),
        ("a/x/y", False),
        ("a/b/__pycache__", False),
        ("__pycache__/c", False),
        ("ab", False),
    ],
)
def test_the_last_pattern_decides(path, left_in):
    assert is_left_in(path, ["**", "!a", "a/x", "**/__pycache__"]) == left_in


def test_what_it_copies_is_there_and_left_in():
    sources = list(copied())
    assert sources == ["."]  # the clone, as far as .dockerignore leaves it in
    read = {word.removeprefix("/src/") for _, *words in INSTRUCTIONS for word in words if word.startswith("/src/")}
    assert read == {"requirements.lock"}
    for path in [*read, *of_the_package()]:
        assert (ROOT / path).exists(), path
        assert is_left_in(path), path


@pytest.mark.parametrize("path", ["tests/support.py", "runs/quick/config.json", ".git/HEAD", "book/chapters/a.ipynb"])
def test_what_no_wheel_needs_is_left_out(path):
    assert not is_left_in(path)


def test_its_python_is_one_that_the_package_takes():
    images = {words[0] for name, *words in INSTRUCTIONS if name == "FROM"}
    assert images == {"python:3.13-slim"}
    assert SpecifierSet(PYPROJECT["project"]["requires-python"]).contains("3.13")


def test_what_it_takes_for_constraints_are_versions():
    """As `sed` makes them of the lock: a name and its version a line, perhaps with a marker, and comments."""
    lock = (ROOT / "requirements.lock").read_text().splitlines()
    lines = [re.sub(r"\[.*\]", "", line.removesuffix(" \\")) for line in lock if "--hash" not in line]
    versions = [line for line in lines if line.strip() and not line.strip().startswith("#")]
    assert len(versions) > 100
    assert [line for line in versions if not re.fullmatch(r"[A-Za-z0-9._-]+==[^\s\\\[]+( ; .+)?", line)] == []


def test_it_runs_the_command_of_the_package():
    assert INSTRUCTIONS[-1] == ["ENTRYPOINT", "[expact]"]  # without its quotation marks
    assert "expact" in PYPROJECT["project"]["scripts"]
