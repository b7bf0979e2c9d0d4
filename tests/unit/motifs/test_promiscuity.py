import pytest

from expact_utils.dna.jaspar import GROUND_TRUTH, jaspar
from expact_utils.dna.meme import write_meme
from expact_utils.motifs import promiscuity


def test_matrices_that_match_random_pfms_can_be_dropped():
    found = promiscuity.shares("jaspar2016")
    assert "MA0615.1" in found  # Gmeb1, which the authors removed
    assert not set(found) & set(GROUND_TRUTH.values())
    assert min(found.values()) > 0.01
    kept = {motif.id for motif in promiscuity.targets("jaspar2016", "drop")}
    assert kept == {motif.id for motif in jaspar()} - set(found)
    assert {"MA1929.2", "MA1930.2"} <= set(promiscuity.shares("jaspar2024"))  # CTCF with flat columns in between


@pytest.mark.parametrize("number", [1, 3, 10])
def test_a_small_database_of_good_matrices_keeps_them(tmp_path, number):
    """Of few matrices a random PFM passes at a p-value that says nothing."""
    known = {motif.name: motif for motif in jaspar()}
    names = ["CTCF", "SPI1", "CEBPB", "YY1", "SRF", "MAX", "IRF1", "NFYB", "STAT1", "FOSL1"][:number]
    write_meme(tmp_path / "own.meme", [known[name] for name in names])
    assert len(promiscuity.targets(str(tmp_path / "own.meme"), "drop")) == number
