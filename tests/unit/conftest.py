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
