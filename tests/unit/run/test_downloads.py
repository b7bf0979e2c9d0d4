from support import ROOT

from expact_utils.run import downloads


def test_a_relative_cache_is_taken_from_the_projects_root(monkeypatch):
    monkeypatch.setenv("EXPACT_CACHE", "../elsewhere")
    assert downloads.cache_folder() == ROOT / "../elsewhere"
    monkeypatch.delenv("EXPACT_CACHE")
    assert downloads.cache_folder().name == "expact"
