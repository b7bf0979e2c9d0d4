"""Sequences that resemble one another too much to be in two splits: numbers of groups that stay together.

Together are the same sequence and its reverse complement, windows that overlap on the genome, and near-identical
sequences: those that share over a quarter of the k-mers of the shorter one, on either strand, as programs that cluster
sequences (CD-HIT, MMseqs2) find their candidates, and those that differ in a tenth of their letters at most, place by
place, as variants of a short sequence do that have no long k-mer in common. A k-mer of many sequences may be one of a
repeat, so by such ones sequences are together only if they share most of all their k-mers, as the variants of one
element do that a library holds. What overlaps with a third sequence is together with both.
"""

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from expact_utils.data.regions import coordinates
from expact_utils.dna.kmers import words
from expact_utils.dna.letters import UNKNOWN, reverse_complement

K = 16  # letters of a k-mer; three quarters of shorter sequences
SHARED = 0.25  # of the k-mers of the shorter sequence
COMMON = 100  # sequences with a k-mer, from which on it may be one of repeats ...
MOSTLY = 0.5  # ... and links those alone that share so much of the shorter sequence's k-mers
CONSTANT = (
    0.5  # of the sequences: a k-mer of more is part of what all have in common, such as a vector, and says nothing
)
DIFFERENT = 0.1  # of the letters that differ between sequences at all
MOST_PAIRS = 20_000_000  # that are compared letter by letter; beyond, the commonest pieces of sequence are left out
PIECE = 100_000  # pairs that are compared at once
MOST_KMERS = 50_000_000  # above this, only some of the k-mers are looked at, the same in every sequence
MIX = np.uint64(0x9E3779B97F4A7C15)  # a multiplier that scatters k-mers over all numbers (Fibonacci hashing)


def groups(codes: np.ndarray, names: list[str]) -> np.ndarray:
    """Number the sequences so that those which must be in one split have the same number.

    Parameters
    ----------
    codes : np.ndarray
        int8, shape=(N, length), 0-4 = A C G T N.
    names : list[str]
        Of the sequences; those such as `chr1:100-300` state places on a genome (`regions.coordinates`).

    Returns
    -------
    np.ndarray
        Shape=(N,), from 0 on.
    """
    same = identical(codes)
    rows = np.unique(same, return_index=True)[1]  # one stands for all that are the same
    links = [_chain(same), _overlaps(names), rows[_alike(codes[rows])], rows[_nearly_the_same(codes[rows])]]
    pairs = np.concatenate(links)
    graph = sparse.coo_array((np.ones(len(pairs), bool), tuple(pairs.T)), shape=(len(codes), len(codes)))
    return connected_components(graph, directed=False)[1]


def identical(codes: np.ndarray, norc: bool = False) -> np.ndarray:
    """Number the sequences so that the same ones, and reverse complements, have the same number; shape=(N,).

    With `norc` reverse complements are others, as of RNA.
    """
    forward, backward = ((of + 1).astype(np.uint8) for of in (codes, codes if norc else reverse_complement(codes)))
    texts = [np.ascontiguousarray(of).view(f"S{codes.shape[1]}").ravel() for of in (forward, backward)]
    return np.unique(np.where(texts[0] < texts[1], *texts), return_inverse=True)[1].ravel()


def _chain(numbers: np.ndarray) -> np.ndarray:
    """Links, shape=(links, 2), from each sequence to the next of the same number."""
    order = np.argsort(numbers, kind="stable")
    same = numbers[order[1:]] == numbers[order[:-1]]
    return np.stack([order[:-1][same], order[1:][same]], axis=1)


def _overlaps(names: list[str]) -> np.ndarray:
    """Links between sequences whose places overlap."""
    stated = [(place, row) for row, place in enumerate(map(coordinates, names)) if place]
    places = [(place[0].removeprefix("chr"), *place[1:3], row) for place, row in stated]
    links, chromosome, end, last = [], "", 0, 0
    for name, start, stop, row in sorted(places):
        if name == chromosome and start < end:
            links.append((last, row))
        if name != chromosome or stop > end:
            chromosome, end, last = name, stop, row
    return np.array(links, int).reshape(-1, 2)


def _alike(codes: np.ndarray) -> np.ndarray:
    """Links between sequences that share k-mers."""
    sequence, kmer = _kmers(codes, min(K, 3 * codes.shape[1] // 4))
    _, column, times = np.unique(kmer, return_inverse=True, return_counts=True)
    kept = (times <= max(COMMON, CONSTANT * len(codes)))[column]
    sequence, column = sequence[kept], column[kept]
    total = np.bincount(sequence, minlength=len(codes))
    shape, several, common = (len(codes), len(times)), (times > 1)[column], (times > COMMON)[column]
    links = [_by_rare(_table(sequence, column, several & ~common, shape), total)]
    if common.any():
        pairs = _neighbours(sequence[common], column[common], len(codes))
        links.append(_sharing_most(_table(sequence, column, several, shape), pairs, total))
    return np.concatenate(links)


def _nearly_the_same(codes: np.ndarray) -> np.ndarray:
    """Links between sequences that differ in few letters, place by place, on either strand.

    Cut into one piece more than that, two such sequences have a piece in common (the pigeonhole principle). Places at
    which most sequences have one letter, as in a vector or a fixed core, say nothing.
    """
    number = len(codes)
    both = np.concatenate([codes, reverse_complement(codes)])
    shares = np.stack([(codes == letter).mean(axis=0) for letter in range(UNKNOWN + 1)])
    both = np.ascontiguousarray(both[:, shares.max(axis=0) <= CONSTANT])
    most = int(DIFFERENT * both.shape[1])
    if not most:
        return np.empty((0, 2), int)
    pieces = [_equal(both[:, of]) for of in np.array_split(np.arange(both.shape[1]), most + 1)]
    found = []
    for pairs in _of_equal(pieces, number):
        first, second = pairs.T
        near = (both[first] != both[second]).sum(axis=1) <= most
        found.append(np.stack([first[near], second[near] % number], axis=1))
    return np.concatenate([*found, np.empty((0, 2), int)])


def _equal(letters: np.ndarray) -> list[np.ndarray]:
    """Rows that have the same letters, shape=(rows, letters), without N: one array each, of two rows or more."""
    known = np.flatnonzero((letters != UNKNOWN).all(axis=1))
    texts = np.ascontiguousarray(letters[known] + 1).astype(np.uint8).view(f"S{letters.shape[1]}").ravel()
    order = np.argsort(texts, kind="stable")
    ends = np.flatnonzero(texts[order[1:]] != texts[order[:-1]]) + 1
    return [known[rows] for rows in np.split(order, ends) if len(rows) > 1]


def _of_equal(pieces: list[list[np.ndarray]], number: int) -> Iterator[np.ndarray]:
    """Yield all pairs of rows that have a piece in common, many at a time; the first of a pair is a forward strand.

    The commonest last: they are left out where pairs would be too many.
    """
    held, size, total = [], 0, 0
    for rows in sorted((rows for of_piece in pieces for rows in of_piece), key=len):
        forward = rows[rows < number]
        total += len(forward) * len(rows)
        if total > MOST_PAIRS:
            break
        first, second = (of.ravel() for of in np.meshgrid(forward, rows, indexing="ij"))
        other = first < second % number  # each pair once, and none with itself
        held.append(np.stack([first[other], second[other]], axis=1))
        size += len(held[-1])
        if size > PIECE:
            yield np.concatenate(held)
            held, size = [], 0
    if held:
        yield np.concatenate(held)


def _table(sequence: np.ndarray, column: np.ndarray, which: np.ndarray, shape: tuple[int, int]) -> sparse.csr_array:
    """1 where a sequence has a k-mer, however often, of `which`; a row a sequence."""
    table = sparse.csr_array((np.ones(which.sum(), np.int32), (sequence[which], column[which])), shape=shape)
    table.data[:] = 1
    return table


def _by_rare(table: sparse.csr_array, total: np.ndarray) -> np.ndarray:
    """Links between sequences that share enough of the k-mers of a table, by their numbers of k-mers."""
    together = sparse.triu(table @ table.T, k=1).tocoo()
    alike = together.data > SHARED * np.minimum(total[together.row], total[together.col])
    return np.stack([together.row[alike], together.col[alike]], axis=1)


def _neighbours(sequence: np.ndarray, column: np.ndarray, number: int) -> np.ndarray:
    """Pairs, shape=(pairs, 2), of each sequence and the next one with the same k-mer: all pairs would be too many."""
    order = np.lexsort((sequence, column))
    first, second = sequence[order[:-1]], sequence[order[1:]]
    of_one = (column[order[1:]] == column[order[:-1]]) & (first != second)
    return np.stack(np.divmod(np.unique(first[of_one] * number + second[of_one]), number), axis=1)


def _sharing_most(table: sparse.csr_array, pairs: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Those of the pairs that share most of the k-mers of the shorter one."""
    pieces = [pairs[start : start + PIECE] for start in range(0, len(pairs), PIECE)]
    shared = [(table[of[:, 0]] * table[of[:, 1]]).sum(axis=1) for of in pieces]
    return pairs[np.concatenate([*shared, []]) > MOSTLY * total[pairs].min(axis=1)]


def _kmers(codes: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Sequence and k-mer, as a number, of all k-mers without an N; a k-mer is its reverse complement as well."""
    forward, known = words(codes, range(k))
    backward = words(reverse_complement(codes), range(k))[0][:, ::-1]
    number, positions = known.shape
    sequence = np.repeat(np.arange(number), known.sum(axis=1))
    kmer = np.minimum(forward, backward)[known].astype(np.uint64)
    every = -(-number * positions // MOST_KMERS)
    if every > 1:
        kept = ((kmer * MIX) >> np.uint64(32)) % np.uint64(every) == 0
        sequence, kmer = sequence[kept], kmer[kept]
    return sequence, kmer
