import numpy as np
import pytest

from expact_utils.dna.jaspar import GROUND_TRUTH, ground_truth, jaspar, relevant_matrices, relevant_tf
from expact_utils.dna.pfm import consensus


def test_jaspar_2016_core_vertebrates():
    motifs = {motif.id: motif for motif in jaspar()}
    assert len(motifs) == 519
    # MA0004.1 (Arnt), 20 sites: A 4 19 0 0 0 0, C 16 0 20 0 0 0, G 0 1 0 20 0 20, T 0 0 0 0 20 0.
    arnt = motifs["MA0004.1"]
    assert (arnt.name, arnt.width, arnt.nsites, consensus(arnt.pfm)) == ("Arnt", 6, 20, "CACGTG")
    np.testing.assert_allclose(arnt.pfm[0], [0.2, 0.8, 0, 0])


def test_nsites_is_the_mean_column_sum():
    # The columns of MA0062.2 (Gabpa) do not have the same sum; the MEME Suite's own file says 991.
    gabpa = next(motif for motif in jaspar() if motif.id == "MA0062.2")
    assert round(gabpa.nsites) == 991


def test_ground_truth_names_and_widths():
    widths = dict(zip(GROUND_TRUTH, (motif.width for motif in ground_truth()), strict=True))
    assert widths == {
        "Arid3a": 6, "CEBPB": 10, "FOSL1": 11, "Gabpa": 11, "MAFK": 15, "MAX": 10,
        "MEF2A": 12, "NFYB": 15, "SP1": 11, "SRF": 16, "STAT1": 11, "YY1": 12,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("matrix_id", "ours", "authors"),
    [
        ("MA0466.2", "CEBPB", "CEBPB"),
        ("MA0466.1", "CEBPB", "CEBPB"),  # another version of it
        ("MA0060.2", "NFYB", "NFYB"),  # NFYA, the same complex
        ("MA0601.1", None, "Arid3a"),  # Arid3b
        ("MA0660.1", None, "STAT1"),  # MEF2B, by mistake
        ("MA0139.1", None, None),  # CTCF
    ],
)
def test_relevant_tf(matrix_id, ours, authors):
    assert relevant_tf(matrix_id, relevant_matrices()) == ours
    assert relevant_tf(matrix_id, relevant_matrices("authors")) == authors


def test_only_jaspar_matrices_have_versions():
    relevant = {"CEBPB": ("CEBPB.H12CORE.0.P.B",), "GATA1": ("MA0035.4",)}
    assert relevant_tf("CEBPB.H12CORE.0.P.B", relevant) == "CEBPB"
    assert relevant_tf("CEBPB.H12CORE.1.S.B", relevant) is None
    assert relevant_tf("MA0035.3", relevant) == relevant_tf("MA0035", relevant) == "GATA1"
