"""Letters of DNA, their codes and their complements: A C G T are 0 1 2 3, N is 4."""

import numpy as np

from expact_utils.run.errors import InputError

ALPHABET = "ACGT"
BASES = len(ALPHABET)
UNKNOWN = BASES  # code of N
WITH_N = b"ACGTN"
LETTERS = np.frombuffer(WITH_N, np.uint8)  # of a code
COMPLEMENT = np.array([3, 2, 1, 0, UNKNOWN], np.int8)  # code of a code's complement
PLAIN = WITH_N + WITH_N.lower()
SEVERAL = b"RYSWKMBDHVryswkmbdhv"  # IUPAC codes for several bases
TO_LETTERS = bytes.maketrans(b"acgtnUu" + SEVERAL, b"ACGTNTT" + b"N" * len(SEVERAL))
OTHER_STRAND = bytes.maketrans(b"ACGT", b"TGCA")  # of capital letters; N stays
CODES = np.full(256, -1, np.int8)  # of a letter's byte
for _letters in (WITH_N, WITH_N.lower()):
    CODES[list(_letters)] = range(len(WITH_N))


def one_hot(codes: np.ndarray) -> np.ndarray:
    """One-hot encode: int8 codes, shape=(..., length), to float32, shape=(..., length, 4); N becomes zeros."""
    return np.concatenate([np.eye(BASES, dtype=np.float32), np.zeros((1, BASES), np.float32)])[codes]


def encode(sequences: list[bytes]) -> np.ndarray:
    """Codes, int8, shape=(N, length), of sequences of one length in the letters A C G T N, large or small.

    Raises
    ------
    InputError
        When there is none, lengths differ or a letter is another; names the sequence, counted from 0.
    """
    if not sequences:
        raise InputError("there is no sequence; expected at least one.")
    lengths = np.array([len(sequence) for sequence in sequences])
    if (lengths != lengths[0]).any():
        row = int(np.argmax(lengths != lengths[0]))
        raise InputError(f"sequence {row} is {lengths[row]} nt long; expected {lengths[0]}, as the first.")
    letters = np.frombuffer(b"".join(sequences), np.uint8).reshape(len(sequences), lengths[0])
    codes = CODES[letters]
    if (codes < 0).any():
        row, column = np.argwhere(codes < 0)[0]
        raise InputError(f"sequence {row} has {chr(letters[row, column])!r} at position {column}; expected A C G T N.")
    return codes


def text_of(codes: np.ndarray) -> np.ndarray:
    """Letters A C G T N of codes, as bytes, uint8, one after the other."""
    return LETTERS[codes].ravel()


def gc_content(codes: np.ndarray) -> np.ndarray:
    """Share of G and C among the known bases of each sequence, shape=(...,), of codes, shape=(..., length)."""
    strong = (codes == ALPHABET.index("C")) | (codes == ALPHABET.index("G"))
    return strong.sum(axis=-1) / np.maximum((codes != UNKNOWN).sum(axis=-1), 1)


def reverse_complement(codes: np.ndarray) -> np.ndarray:
    """Codes, shape=(..., length), of the other strand."""
    return COMPLEMENT[codes[..., ::-1]]
