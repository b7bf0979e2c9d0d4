"""Tomtom without the MEME Suite: compare motifs with a database (Gupta et al. 2007), by way of memelite.

With the settings here memelite gives the genuine program's p-values (Euclidean distance, complete scores).

Command: `python -m expact_utils.tomtom QUERY.meme DATABASE --evalue 0.1 -o OUT.tsv`
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from expact_utils.dna.pfm import BACKGROUND, MAX_WIDTH, Motif, consensus, reverse_complement
from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic
from expact_utils.run.tables import read_csv

COLUMNS = [
    "Query_ID",
    "Target_ID",
    "Optimal_offset",
    "p-value",
    "E-value",
    "q-value",
    "Overlap",
    "Query_consensus",
    "Target_consensus",
    "Orientation",
]
NSITES_PSEUDO = 0.1  # MEME's -motif-pseudo
MAX_BOOTSTRAP_LAMBDA, BOOTSTRAP_LAMBDAS, BOOTSTRAP_SAMPLES, FEWEST_FOR_PI0 = 0.5, 100, 1000, 100


def tomtom(
    queries: list[Motif], targets: list[Motif], evalue: float = 0.1, nsites_pseudo: float = NSITES_PSEUDO
) -> pd.DataFrame:
    """Compare every query with every target, in both orientations, as `tomtom -evalue -thresh EVALUE`.

    Parameters
    ----------
    queries, targets : list[Motif]
        PFMs, shape=(width, 4). The E-value is the p-value times the number of targets.
    evalue : float
        Matches with an E-value of at most this are returned.
    nsites_pseudo : float
        Pseudocount added to each column, in sites, split evenly over A C G T (MEME's -motif-pseudo with a uniform
        background; a background that a MEME file states is not used).

    Returns
    -------
    pd.DataFrame
        Tomtom's own columns (`COLUMNS`), a row a match, in order of the queries, then of p-value. The offset is
        where the query starts in the target in the orientation of the row.

    Raises
    ------
    InputError
        When there is no query or target, or a motif is over 100 positions wide.
    """
    _check(queries, targets)
    query_pfms = [_with_pseudocount(motif, nsites_pseudo) for motif in queries]
    target_pfms = [_with_pseudocount(motif, nsites_pseudo) for motif in targets]
    p, offset, overlap, orientation, q = _compare(query_pfms, target_pfms)
    expected = p * len(targets)
    ids = [target.id for target in targets]

    rows = []
    for i, query in enumerate(queries):
        # The genuine program's order: p-value, then longer overlaps, then orientation and ID.
        for j in np.lexsort((ids, orientation[i], -overlap[i], p[i])):
            if expected[i, j] > evalue:
                break
            strand = orientation[i, j]
            target = target_pfms[j] if strand == "+" else reverse_complement(target_pfms[j])
            rows.append(
                (
                    query.id,
                    targets[j].id,
                    int(offset[i, j]),
                    p[i, j],
                    expected[i, j],
                    q[i, j],
                    int(overlap[i, j]),
                    consensus(query_pfms[i]),
                    consensus(target),
                    strand,
                )
            )
    return pd.DataFrame(rows, columns=COLUMNS).astype({"p-value": float, "E-value": float, "q-value": float})


def write_tsv(path: str | Path, matches: pd.DataFrame) -> None:
    """Write matches as Tomtom's TSV, whole or not at all."""
    with atomic(path) as partial:
        partial.write_text(_as_tsv(matches))


def read_tsv(path: str | Path) -> pd.DataFrame:
    """Read a Tomtom TSV, ours or the genuine program's.

    Raises
    ------
    InputError
        When the file cannot be read, lacks one of Tomtom's columns, or holds what Tomtom does not write there.
    """
    matches = read_csv(path, COLUMNS, sep="\t", comment="#", dtype={"Query_ID": str, "Target_ID": str})[COLUMNS]
    for column, highest in {"p-value": 1, "E-value": np.inf, "q-value": 1}.items():
        numbers = pd.to_numeric(matches[column], errors="coerce")
        _check_rows(path, matches[column], numbers.between(0, highest), f"a number from 0 to {highest}")
    _check_rows(path, matches["Orientation"], matches["Orientation"].isin(["+", "-"]), "+ or -")
    return matches


def _check_rows(path, column: pd.Series, right: pd.Series, expected: str) -> None:
    if not right.all():
        row = int(np.argmin(right))
        raise InputError(f"{path}: {column.name} is {column.iloc[row]!r} in match {row + 1}; expected {expected}.")


def _check(queries: list[Motif], targets: list[Motif]) -> None:
    for kind, given in (("query", queries), ("target", targets)):
        if not given:
            raise InputError(f"there is no {kind} motif; expected at least one.")
        for motif in given:
            if motif.width > MAX_WIDTH:
                raise InputError(
                    f"{kind} motif {motif.id} is {motif.width} positions wide; expected at most {MAX_WIDTH}."
                )


def _with_pseudocount(motif: Motif, pseudo: float) -> np.ndarray:
    """PFM with `pseudo` sites of background added to the motif's own sites; flat where there are none."""
    if motif.nsites + pseudo == 0:
        return np.full_like(motif.pfm, BACKGROUND)
    return (motif.pfm * motif.nsites + pseudo * BACKGROUND) / (motif.nsites + pseudo)


def _compare(queries: list[np.ndarray], targets: list[np.ndarray]):
    """p-value, offset, overlap, orientation and q-value of the better orientation, each shape=(queries, targets)."""
    from memelite import tomtom as memelite_tomtom  # numba takes seconds to import

    both = [*targets, *map(reverse_complement, targets)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few targets: the genuine program's p-values depend on them as well
        p, _, offset, overlap, _ = memelite_tomtom(
            [pfm.T for pfm in queries],
            [pfm.T for pfm in both],
            n_median_bins=100_000,
            n_target_bins=None,
            reverse_complement=False,
        )
    p = p * (2 - p)  # the better of two orientations
    n = len(targets)
    reverse = p[:, n:] < p[:, :n]
    q = np.array([q_values(row) for row in p])

    def better(values):
        return np.where(reverse, values[:, n:], values[:, :n])

    return better(p), better(offset), better(overlap), np.where(reverse, "-", "+"), better(q)


def q_values(p: np.ndarray) -> np.ndarray:
    """q-value of each p-value, shape=(n,): Storey's pi0 times p n / rank, made monotone (Storey 2002).

    pi0 is estimated from more than 100 p-values, else 1. The genuine program picks lambda by a random bootstrap
    of 1,000 p-values; here the bootstrap's mean squared error is taken in closed form, so nothing is random.
    """
    p = np.clip(p, 0, 1)
    order = np.argsort(p, kind="stable")
    rates = np.minimum(_pi0(p) * p[order] * len(p) / np.arange(1, len(p) + 1), 1)
    q = np.empty_like(p)
    q[order] = np.minimum.accumulate(rates[::-1])[::-1]
    return q


def _pi0(p: np.ndarray) -> float:
    if len(p) <= FEWEST_FOR_PI0:
        return 1.0
    lambdas = np.linspace(0, MAX_BOOTSTRAP_LAMBDA, BOOTSTRAP_LAMBDAS + 1)[1:]
    above = (p[:, None] >= lambdas).mean(axis=0)
    pi0 = np.where(above > 0, above / (1 - lambdas), np.inf)
    if not np.isfinite(pi0).any():
        return 1.0
    variance = above * (1 - above) / (BOOTSTRAP_SAMPLES * (1 - lambdas) ** 2)
    return float(min(pi0[np.argmin((pi0 - pi0.min()) ** 2 + variance)], 1))


def _as_tsv(matches: pd.DataFrame) -> str:
    return matches.to_csv(sep="\t", index=False, float_format="%.6g", lineterminator="\n")
