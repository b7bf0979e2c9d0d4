"""The house's own files, in a clone and in an installation."""

from pathlib import Path

import pytest
from support import ROOT

from expact_utils.run import house
from expact_utils.run.errors import InputError


def test_a_clone_is_its_own_house():
    assert not house.INSTALLED
    assert ROOT == house.HOUSE == house.ROOT
    house.require_clone("publishing a run")


def test_an_installation_writes_nothing_into_the_house(monkeypatch):
    monkeypatch.setattr(house, "INSTALLED", True)
    with pytest.raises(InputError, match=r"publishing a run changes the project's own files, and works in a clone"):
        house.require_clone("publishing a run")


def test_a_file_here_comes_before_one_of_the_house(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert house.house_file("config/quick.yaml") == ROOT / "config" / "quick.yaml"
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "quick.yaml").touch()
    assert house.house_file("config/quick.yaml") == Path("config/quick.yaml")
    assert house.house_file("absent.yaml") == Path("absent.yaml")


def test_files_of_the_house_are_named_as_in_any_clone():
    assert house.within(ROOT / "notebooks" / "01_data.ipynb") == "notebooks/01_data.ipynb"
    assert house.within("/elsewhere/a.ipynb") == "/elsewhere/a.ipynb"


def test_the_book_s_own_files():
    names = {house.within(path) for path in house.book_files()}
    assert {"_config.yml", "book/intro.md", "book/references.bib", "book/_static/scripts/fontawesome.js"} <= names
    assert not [name for name in names if "chapters" in name]
