"""What tests of faults start from: one run that nobody disturbed."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest
from harm import Graph


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Graph:
    """A run that nobody disturbed, made by the first of pytest's processes that asks for it; tests take copies."""
    folder: Path = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # all processes'
    with (folder / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "finished").exists():
            shutil.rmtree(folder / "making", ignore_errors=True)
            graph = Graph.new(folder / "making")
            graph.output()
            graph.folder.rename(folder / "finished")
    return Graph(folder / "finished")


@pytest.fixture(scope="session")
def tables(finished) -> dict[str, str]:
    return finished.tables()


@pytest.fixture
def graph(finished, tmp_path) -> Graph:
    return finished.copy(tmp_path / "project")
