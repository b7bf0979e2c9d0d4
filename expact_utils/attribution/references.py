"""References of attribution: sequences of the same composition without their motifs."""

from dataclasses import dataclass

import numpy as np

from expact_utils.dna.dinucleotides import shuffle_known
from expact_utils.dna.letters import UNKNOWN
from expact_utils.run.errors import InputError

BY = ("dinucleotide", "base")
NUMBER = 10  # of each sequence, as in the journal version


TIMES = ("difference", "input")


@dataclass(frozen=True, eq=False)
class References:
    """Shuffles of each sequence: the same with the same seed, whatever is explained beside it.

    Attributes
    ----------
    rows : np.ndarray
        Number of each sequence, shape=(N,): with the seed it sets its shuffles.
    by : str
        `dinucleotide`, which keeps the number of each, or `base`. Every N keeps its place.
    number : int
        References a sequence.
    seed : int
        Of all.

    Raises
    ------
    InputError
        When `by` is none of these or the number is below 1.
    """

    rows: np.ndarray
    by: str = BY[0]
    number: int = NUMBER
    seed: int = 0

    def __post_init__(self):
        if self.by not in BY:
            raise InputError(f"references are shuffled by {self.by}; expected {' or '.join(BY)}.")
        if self.number < 1:
            raise InputError(f"there are {self.number} references a sequence; expected at least 1.")

    def of(self, codes: np.ndarray, part: slice) -> np.ndarray:
        """References, int8, shape=(part, number, length), of a part of all sequences, shape=(N, length)."""
        shuffle = shuffle_known if self.by == BY[0] else _shuffle_bases
        made = np.empty((len(codes[part]), self.number, codes.shape[1]), np.int8)
        for sequence, row, place in zip(codes[part], self.rows[part], made, strict=True):
            rng = np.random.default_rng([self.seed, int(row)])
            for reference in place:
                reference[:] = shuffle(sequence, rng)
        return made


def against(multipliers: np.ndarray, references: np.ndarray, times: str = TIMES[0]) -> np.ndarray:
    """Map of multipliers: what each base contributes, the mean over references.

    With m the multipliers and r the reference, base b of a position gets m_b − Σ_k m_k r_k (`difference`): at the base
    that is there this is Σ_k m_k (x_k − r_k), which sums over positions to what the output differs by. Or it gets m_b
    (`input`), as the authors multiply by the sequence alone, which does not sum.

    Parameters
    ----------
    multipliers : np.ndarray
        Change of the output by change of each base, shape=(N, references, length, 4).
    references : np.ndarray
        One-hot, of that shape.
    times : str
        One of `TIMES`.

    Returns
    -------
    np.ndarray
        Shape=(N, length, 4).

    Raises
    ------
    InputError
        When there is no such way.
    """
    if times not in TIMES:
        raise InputError(f"multipliers times {times}; expected {' or '.join(TIMES)}.")
    mean = multipliers.mean(axis=1)
    if times == "input":
        return mean
    return mean - (multipliers * references).sum(axis=-1).mean(axis=1)[..., None]


def _shuffle_bases(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    shuffled, known = codes.copy(), codes != UNKNOWN
    shuffled[known] = rng.permutation(codes[known])
    return shuffled
