"""Fixtures shared by the tests; the end-to-end tests run last."""

import functools
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from expact_utils.data.datasets import Dataset
from expact_utils.run.files import checksum_file
from expact_utils.run.paths import Run

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background; the tests press Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("end_to_end") is not None)


def encode(text: str) -> np.ndarray:
    """Codes of a sequence: A C G T N to 0 1 2 3 4."""
    return np.array(["ACGTN".index(base) for base in text], dtype=np.int8)


def names(folder: Path) -> list[str]:
    """Names of the files in a folder, whatever hides there, but not their checksums."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".sha256")


def from_elsewhere(path: Path) -> Path:
    """Make a file one that came without its checksum, so that what reads it must find out itself."""
    checksum_file(path).unlink(missing_ok=True)
    return path


def command(*arguments, folder=ROOT) -> str:
    """Run a command of this environment and return what it printed; a failure shows that."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        list(map(str, arguments)),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path},
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-20_000:]
    return done.stdout + done.stderr


@pytest.fixture
def tiny() -> Dataset:
    """Random sequences of two classes, 40 / 10 / 20, of 100 nt."""
    rng = np.random.default_rng(7)
    sizes = {"train": 40, "valid": 10, "test": 20}
    return Dataset(
        X={split: rng.integers(0, 4, (n, 100), dtype=np.int8) for split, n in sizes.items()},
        Y={split: np.arange(2 * n, dtype=np.int8).reshape(n, 2) % 3 % 2 for split, n in sizes.items()},
        class_names=["first", "second"],
        source="test",
        seed=7,
    )


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, headless; without it the test is skipped, but not where tests decide."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    if not path:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("there is no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])  # .ci/run is root
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """Open an empty page; its clipboard can be used, and it ends with the test."""
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


@functools.cache
def finished_test_run() -> Run:
    """Make `runs/test` anew with config/test.yaml, once for all tests."""
    run = Run("runs/test")
    shutil.rmtree(run.folder, ignore_errors=True)
    command("snakemake", "--configfile", "config/test.yaml", "--cores", "all")
    return run
