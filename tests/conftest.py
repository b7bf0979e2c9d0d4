"""Fixtures shared by the tests; the end-to-end tests run last."""

from pathlib import Path

import numpy as np
import pytest

from expact_utils.datasets import Dataset

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("end_to_end") is not None)


def encode(text: str) -> np.ndarray:
    """Codes of a sequence: A C G T N to 0 1 2 3 4."""
    return np.array(["ACGTN".index(base) for base in text], dtype=np.int8)


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
