"""Regulatory codes: which five TFs' motifs are together, and no others (Koo & Ploenzke 2021, task 3).

Simulated anew after the code beside that paper; its data are not published. Half of the sequences are positive: all
their motifs are of five core TFs. The others' motifs are of a pool in which those five are five among 55, so a core
motif alone tells little.
"""

from functools import cache
from importlib.resources import files

import numpy as np

from expact_utils.data import planting
from expact_utils.data.datasets import Dataset
from expact_utils.data.planting import MOTIF_NUMBERS, Places
from expact_utils.dna.jaspar import jaspar, relevant_matrices
from expact_utils.dna.pfm import Motif
from expact_utils.run.errors import InputError

CORE = {"SP1": "MA0079.3", "Gabpa": "MA0062.2", "CEBPB": "MA0466.2", "MAX": "MA0058.3", "YY1": "MA0095.2"}
FEWEST_MOTIFS = 3
OTHERS = 50  # matrices of the pool beside the core ones
CLASS = "code"
UNRELATED, AUTHORS = "unrelated", "authors"
BACKGROUNDS = {
    UNRELATED: "matrices that resemble no core motif (Tomtom, p > .001), drawn by the seed",
    AUTHORS: "the authors' own, 12 of which resemble a core motif, as their code subtracts positions from indices",
}


def simulate(sequences: int = 20_000, length: int = 200, seed: int = 0, background: str = UNRELATED) -> Dataset:
    """Simulate regulatory codes.

    A sequence gets 3 to 7 motifs, drawn uniformly with replacement: if positive from ten matrices (five and their
    reverse complements), else from 110, those ten and 50 others on both strands. Gaps and bases as in
    `data.simulate`. Split 70/10/20 at random. A negative that got core motifs alone stays a negative, as with the
    authors.

    Parameters
    ----------
    sequences : int
        Number of sequences in all, at least 10; half of them positive, one less if odd.
    length : int
        Length in nucleotides; seven of the widest motif must fit.
    seed : int
        Same seed, same data.
    background : str
        Which 50 others: `unrelated` leaves out the 86 matrices of JASPAR 2016 that resemble a core motif, as the
        authors meant to, and draws 50 of the rest by the seed; `authors` are the 50 that their code takes.

    Returns
    -------
    Dataset
        One class. With `planted`, every planted motif, and `truth`, int8, shape=(N, length): 1 where the matrix that
        the base was drawn from has over .01 bit.

    Raises
    ------
    InputError
        When there are too few sequences, they are too short, or there is no such background.
    """
    widest = max(motif.width for motif in jaspar())  # so that no seed has another limit
    planting.check(sequences, length, FEWEST_MOTIFS + len(MOTIF_NUMBERS) - 1, widest, "seven")
    rng = np.random.default_rng(seed)
    motifs = [*core_motifs(), *_others(rng, background)]
    pfms = planting.both_strands(motifs)
    places = _places(rng, sequences, length, [motif.width for motif in motifs])
    X = planting.sequences_with(rng, sequences, length, pfms, places)
    Y = (np.arange(sequences) < sequences // 2).astype(np.int8)[:, None]
    planted = planting.planted(places, [motif.id for motif in motifs])
    truth = planting.motif_positions(planted, {motif.id: motif.pfm for motif in motifs}, X.shape)
    members = planting.divide(rng, sequences)
    return Dataset(
        X={split: X[rows] for split, rows in members.items()},
        Y={split: Y[rows] for split, rows in members.items()},
        class_names=[CLASS],
        source=f"simulated: {sequences} sequences of {length} nt, regulatory codes of 5 TFs of JASPAR 2016",
        seed=seed,
        planted={split: planting.of_rows(planted, rows, sequences) for split, rows in members.items()},
        truth={split: truth[rows] for split, rows in members.items()},
        notes=[f"negatives: the core motifs and {BACKGROUNDS[background]}", _core_alone(Y[:, 0], planted)],
        relevant={
            "expact": {tf: relevant_matrices()[tf] for tf in CORE}
        },  # of these five the authors' list has the same
    )


def core_motifs() -> tuple[Motif, ...]:
    """The five core TFs' matrices of JASPAR 2016, in the order of `CORE`."""
    by_id = {motif.id: motif for motif in jaspar()}
    return tuple(by_id[matrix_id] for matrix_id in CORE.values())


@cache
def relatives() -> frozenset[str]:
    """IDs of JASPAR 2016's vertebrate matrices that resemble a core motif: Tomtom's p <= .001 against one of five."""
    return frozenset(_listed("regulatory_relatives.txt"))


def authors_background() -> list[str]:
    """IDs of the 50 matrices that the authors' code takes: its seed, 22, on JASPAR's 519 in order of ID.

    As a list of their notebook's own steps gives it; it holds ETV3, ETV5, CEBPG and MLX, which they meant to leave out.
    """
    return _listed("regulatory_authors.txt")


def _listed(name: str) -> list[str]:
    """First words of the lines of a file beside this module."""
    lines = files("expact_utils.data").joinpath(name).read_text(encoding="utf-8").splitlines()
    return [line.split()[0] for line in lines]


def _others(rng, background: str) -> list[Motif]:
    """The pool's matrices beside the core ones."""
    by_id = {motif.id: motif for motif in jaspar()}
    if background == AUTHORS:
        return [by_id[matrix_id] for matrix_id in authors_background()]
    if background != UNRELATED:
        raise InputError(f"background is {background}; expected {' or '.join(BACKGROUNDS)}.")
    free = sorted(by_id.keys() - relatives() - set(CORE.values()))
    return [by_id[free[i]] for i in rng.choice(len(free), OTHERS, replace=False)]


def _places(rng, sequences: int, length: int, widths: list[int]) -> Places:
    """Places of the positives, whose matrices are core ones, then of the negatives."""
    positives, core, pool = sequences // 2, len(CORE), len(widths)
    first = planting.place(rng, positives, length, np.tile(widths[:core], 2), FEWEST_MOTIFS)
    rest = planting.place(rng, sequences - positives, length, np.tile(widths, 2), FEWEST_MOTIFS)
    # Reverse complements of the core ones come after all others of the pool.
    matrix = np.where(first.matrix < core, first.matrix, first.matrix - core + pool)
    return Places(
        np.concatenate([first.row, rest.row + positives]),
        np.concatenate([first.start, rest.start]),
        np.concatenate([matrix, rest.matrix]),
    )


def _core_alone(labels: np.ndarray, planted: np.ndarray) -> str:
    """How many negatives hold a core motif, and how many hold no other, in a sentence."""
    core = np.isin(planted["matrix_id"], [matrix_id.encode() for matrix_id in CORE.values()])
    negative = labels[planted["sequence"]] == 0
    some = np.unique(planted["sequence"][negative & core])
    alone = np.setdiff1d(some, planted["sequence"][~core])
    number = int((labels == 0).sum())
    return f"of {number} negatives {len(some)} hold a core motif, and {len(alone)} hold no other and stay negatives"
