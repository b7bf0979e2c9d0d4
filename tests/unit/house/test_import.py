"""The package by itself: a few names."""

import pytest

import expact_utils
from expact_utils.run import staleness

NAMES = {"example", "explain", "learn", "load_own", "logo_grid", "map_logos", "map_motifs"}


def test_it_lists_the_names_it_gives_out():
    assert set(expact_utils.EXPORTS) == NAMES
    assert set(dir(expact_utils)) >= {*NAMES, "__version__"}


def test_a_name_is_what_its_module_calls_it():
    from expact_utils.data import own
    from expact_utils.report import logos

    assert expact_utils.load_own is own.load
    assert expact_utils.example is own.example
    assert expact_utils.logo_grid is logos.logo_grid
    assert expact_utils.learn.__module__ == "expact_utils.analysis"


def test_what_a_notebook_makes_follows_from_the_modules_behind_the_names():
    """The tutorial imports the package alone; a change to what it calls must make it again."""
    assert {"analysis", "data.own", "report.logos"} <= staleness.imported_by("tutorial")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'expact_utils' has no attribute 'lern'"):
        _ = expact_utils.lern
