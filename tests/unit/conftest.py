"""Fixtures of the unit layer: nothing here waits, or starts a process."""

import subprocess

import pytest

from expact_utils.run import files


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """No other process writes beside these tests, so a file that is damaged is so at once."""
    monkeypatch.setattr(files, "SETTLED", 0)


@pytest.fixture(autouse=True)
def no_process(monkeypatch):
    """A test that needs a process is one of the integration; provenance finds no git here, and says so."""

    def refused(*_, **__):
        raise OSError("a unit test starts no process")

    monkeypatch.setattr(subprocess, "Popen", refused)


@pytest.fixture
def uncompiled():
    """Each operation by itself: where few steps are made, compiling takes longer than they do."""
    tf = pytest.importorskip("tensorflow")
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
