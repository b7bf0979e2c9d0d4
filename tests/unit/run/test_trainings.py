"""Trainings that configs ask for."""

from support import ROOT

from expact_utils.run import trainings
from expact_utils.run.config import load


def test_what_is_published_of_part_two_is_part_of_it():
    """A rerun by config/part2.yaml makes every network of the pages; its header and the README say how many it trains."""
    whole, published = (
        trainings.networks(load(ROOT / "config" / name)) for name in ("part2.yaml", "published-part2.yaml")
    )
    assert set(published) <= set(whole)
    number = f"{len(whole)} trainings"
    assert number in (ROOT / "config" / "part2.yaml").read_text().partition("name:")[0]
    assert number in (ROOT / "README.md").read_text()
