"""The synthetic data: random sequences with planted motifs of twelve TFs (Koo & Ploenzke 2019, Methods)."""

import numpy as np

from expact_utils.data import planting
from expact_utils.data.datasets import Dataset
from expact_utils.data.planting import MOTIF_NUMBERS
from expact_utils.dna.jaspar import GROUND_TRUTH, ground_truth, relevant_lists


def simulate(sequences: int = 25_000, length: int = 200, seed: int = 0) -> Dataset:
    """Simulate the synthetic 12-TF data.

    A sequence gets 1 to 5 motifs, drawn uniformly with replacement from 24 matrices (twelve and their reverse
    complements). They do not overlap: the gaps before, between and after them are uniform draws rescaled to
    fill the sequence. Bases outside motifs are uniform. A label ignores the strand. Split 70/10/20 at random.

    Parameters
    ----------
    sequences : int
        Number of sequences in all, at least 10.
    length : int
        Length in nucleotides; five of the widest motif must fit.
    seed : int
        Same seed, same data.

    Returns
    -------
    Dataset
        With `planted` set: every planted motif, ordered by sequence and start.

    Raises
    ------
    InputError
        When there are too few sequences or they are too short.
    """
    motifs = ground_truth()
    planting.check(sequences, length, len(MOTIF_NUMBERS), max(motif.width for motif in motifs), "five")
    rng = np.random.default_rng(seed)
    pfms = planting.both_strands(motifs)
    places = planting.place(rng, sequences, length, np.array([len(pfm) for pfm in pfms]))
    X = planting.sequences_with(rng, sequences, length, pfms, places)
    Y = np.zeros((sequences, len(motifs)), dtype=np.int8)
    Y[places.row, places.matrix % len(motifs)] = 1
    planted = planting.planted(places, list(GROUND_TRUTH.values()))
    members = planting.divide(rng, sequences)
    return Dataset(
        X={split: X[rows] for split, rows in members.items()},
        Y={split: Y[rows] for split, rows in members.items()},
        class_names=list(GROUND_TRUTH),
        source=f"simulated: {sequences} sequences of {length} nt, 12 TFs of JASPAR 2016",
        seed=seed,
        planted={split: planting.of_rows(planted, rows, sequences) for split, rows in members.items()},
        relevant=relevant_lists(),
    )
