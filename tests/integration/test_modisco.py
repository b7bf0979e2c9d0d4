"""Motifs of attribution maps: planted stretches that stand out, and noise in which nothing does."""

import numpy as np
import pandas as pd
import pytest

from expact_utils.attribution import modisco
from expact_utils.attribution.methods import Maps
from expact_utils.dna.letters import one_hot

SITE = np.array([3, 2, 0, 1, 2, 3, 1, 0], np.int8)  # TGACGTCA
ZEROS = np.zeros(200, np.float32)


def maps(planted=True):
    """200 sequences of 120 nt, with a site each, whose bases are worth 1 and the others nothing but noise."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (200, 120), dtype=np.int8)
    values = rng.normal(0, 0.02, (*codes.shape, 4)).astype(np.float32)
    if planted:
        for row, start in enumerate(rng.integers(20, 90, len(codes))):
            codes[row, start : start + 8] = SITE
            values[row, start : start + 8] += one_hot(SITE) - 0.25
    return Maps(codes, values, ZEROS, ZEROS)


def test_a_planted_motif_is_found_and_noise_is_not():
    pytest.importorskip("modiscolite")
    with modisco.worker() as process:
        found, noise = (modisco.patterns(maps(planted), process) for planted in (True, False))
    assert found
    assert all("TGACGTCA" in pattern.motif.name and pattern.positive for pattern in found)
    assert sum(pattern.motif.nsites for pattern in found) > 30
    assert noise == []
    sites = pd.concat([pattern.sites for pattern in found])
    assert set(sites["strand"]) <= {"+", "-"}
    codes = maps().codes
    words = [codes[row, max(start, 0) : end] for row, start, end, _ in sites.itertuples(index=False)]
    assert np.mean([SITE.tobytes() in word.tobytes() for word in words]) > 0.9  # TGACGTCA is its own reverse complement
