"""K-mers of sequences as numbers to the base 4."""

from collections.abc import Sequence

import numpy as np

from expact_utils.dna.letters import BASES, UNKNOWN


def words(codes: np.ndarray, positions: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """K-mer at each place of each sequence, and whether it is without an N.

    Parameters
    ----------
    codes : np.ndarray
        int8, shape=(N, length), 0-4 = A C G T N.
    positions : Sequence[int]
        Of the letters of a k-mer, ascending, the first 0; with gaps where some between them are left out. At most 32.

    Returns
    -------
    np.ndarray, np.ndarray
        Numbers to the base 4, unsigned integers as small as hold them, and bool; shape=(N, places). The number of a
        k-mer with an N means nothing.
    """
    places = max(0, codes.shape[1] - positions[-1])
    found = np.zeros((len(codes), places), np.min_scalar_type(BASES ** len(positions) - 1))
    known = np.ones(found.shape, bool)
    for position in positions:
        base = codes[:, position : position + places]
        known &= base != UNKNOWN
        found *= BASES
        found += (base % BASES).astype(found.dtype)
    return found, known
