from expact_utils.dna.jaspar import GROUND_TRUTH, jaspar
from expact_utils.motifs import promiscuity


def test_matrices_that_match_random_pfms_can_be_dropped():
    found = promiscuity.shares("jaspar2016")
    assert "MA0615.1" in found  # Gmeb1, which the authors removed
    assert not set(found) & set(GROUND_TRUTH.values())
    assert min(found.values()) > 0.01
    kept = {motif.id for motif in promiscuity.targets("jaspar2016", "drop")}
    assert kept == {motif.id for motif in jaspar()} - set(found)
    assert {"MA1929.2", "MA1930.2"} <= set(promiscuity.shares("jaspar2024"))  # CTCF with flat columns in between
