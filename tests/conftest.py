"""Fixtures shared by the tests; the end-to-end tests run last."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from expact_utils.datasets import Dataset

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("end_to_end") is not None)


def encode(text: str) -> np.ndarray:
    """Codes of a sequence: A C G T N to 0 1 2 3 4."""
    return np.array(["ACGTN".index(base) for base in text], dtype=np.int8)


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
