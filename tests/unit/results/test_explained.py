"""What the motifs found tell apart by themselves."""

import numpy as np
import pytest
from support import encode

from expact_utils.data.datasets import Dataset
from expact_utils.dna.pfm import Motif
from expact_utils.motifs.clusters import Cluster
from expact_utils.results.explained import by_motifs

SITES = ("TGACTCATGC", "GGCCAATCAG")


def clusters(*texts):
    pfms = [0.01 + 0.96 * np.eye(4)[encode(text)] for text in texts]
    return [Cluster(Motif(text, text, pfm, 50), []) for text, pfm in zip(texts, pfms, strict=True)]


@pytest.fixture
def data():
    """Of the positives, half have one site and the other half the other; of the negatives, none."""
    rng, X, Y = np.random.default_rng(0), {}, {}
    for split in ("train", "valid", "test"):
        X[split] = rng.integers(0, 4, (400, 80), dtype=np.int8)
        for row in range(200):
            X[split][row, 30:40] = encode(SITES[row % 2])
        Y[split] = np.repeat([[1], [0]], 200, axis=0).astype(np.int8)
    return Dataset(X, Y, ["bound"], "test", 0)


def test_both_motifs_explain_all_and_one_explains_half(data):
    assert by_motifs(clusters(*SITES), data) > 0.98
    assert by_motifs(clusters(SITES[0]), data) == pytest.approx(0.75, abs=0.06)


def test_no_motif_and_another_explain_nothing(data):
    assert by_motifs([], data) == 0.5
    assert by_motifs(clusters("ACGTACGTAC"), data) == pytest.approx(0.5, abs=0.1)


def test_of_numbers_it_is_a_correlation(data):
    data.Y = {split: (10 * Y + 3).astype(np.float32) for split, Y in data.Y.items()}
    data.Y["train"][:5] = np.nan
    assert by_motifs(clusters(*SITES), data) > 0.9
    assert by_motifs([], data) == 0
