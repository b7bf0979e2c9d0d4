"""Fixtures shared by the tests."""

import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from support import built_book, encode, finished_test_run

from expact_utils.data.datasets import Dataset
from expact_utils.run.paths import Run

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background; the tests press Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no fault of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


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


@pytest.fixture
def learnable(tiny) -> Dataset:
    """Ten times as many, whose first class is "carries ACGTACGTACGT in the middle"; the second class is random."""
    rng = np.random.default_rng(0)
    for split, codes in tiny.X.items():
        tiny.X[split] = np.tile(codes, (10, 1))[rng.permutation(10 * len(codes))]
        tiny.Y[split] = rng.integers(0, 2, (len(tiny.X[split]), 2), dtype=np.int8)
        tiny.X[split][tiny.Y[split][:, 0] == 1, 40:52] = encode("ACGTACGTACGT")
    return tiny


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Path:
    """Folder that all workers of this session see."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def finished(shared) -> Run:
    """The finished run of config/test.yaml, made once a session; a test that changes it takes `support.copy_of` it."""
    return finished_test_run(shared)


@pytest.fixture(scope="session")
def html(shared) -> Path:
    """The published book as HTML, built once a session; no test changes it."""
    return built_book(shared)


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
