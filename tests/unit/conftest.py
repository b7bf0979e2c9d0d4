"""Fixtures of the unit layer: nothing here waits."""

import pytest

from expact_utils.run import files


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """No other process writes beside these tests, so a file that is damaged is so at once."""
    monkeypatch.setattr(files, "SETTLED", 0)
