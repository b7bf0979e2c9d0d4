"""Tomtom without the MEME Suite: compare motifs with a database (Gupta et al. 2007), by way of memelite.

With the settings here memelite gives the genuine program's p-values (Euclidean distance, complete scores).

Command: `python -m expact_utils.tomtom QUERY.meme DATABASE --evalue 0.1 -o OUT.tsv`
"""

import csv
import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from expact_utils.dna.letters import BASES
from expact_utils.dna.pfm import BACKGROUND, MAX_WIDTH, Motif, consensus, reverse_complement
from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic
from expact_utils.run.tables import check_name, read_csv

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
NUMBERS = {"p-value": 1, "E-value": np.inf, "q-value": 1}  # columns of numbers from 0, and the highest of each
MAX_BOOTSTRAP_LAMBDA, BOOTSTRAP_LAMBDAS, BOOTSTRAP_SAMPLES, FEWEST_FOR_PI0 = 0.5, 100, 1000, 100


class Comparison(NamedTuple):
    """Queries with targets, each pair in its better orientation: arrays of one shape."""

    p: np.ndarray
    offset: np.ndarray
    overlap: np.ndarray
    orientation: np.ndarray
    q: np.ndarray

    def of(self, query: np.ndarray, target: np.ndarray) -> "Comparison":
        """Of some pairs, by the indices of queries and targets: each shape=(pairs,)."""
        return Comparison(*(values[query, target] for values in self))


def tomtom(
    queries: list[Motif],
    targets: list[Motif],
    evalue: float = 0.1,
    nsites_pseudo: float = NSITES_PSEUDO,
    norc: bool = False,
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
    norc : bool
        Compare the given orientation alone, as for RNA (Tomtom's -norc).

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
    queries, targets = ([_with_pseudocount(motif, nsites_pseudo) for motif in of] for of in (queries, targets))
    compared = _compare(queries, targets, norc)
    query, target = _matching(compared, targets, evalue)
    pairs = [queries[i] for i in query], [targets[j] for j in target]
    return _table(*pairs, compared.of(query, target), len(targets))


def write_tsv(path: str | Path, matches: pd.DataFrame) -> None:
    """Write matches as Tomtom's TSV, whole or not at all.

    Raises
    ------
    InputError
        As `as_tsv`, and when the file cannot be written.
    """
    with atomic(path) as partial:
        partial.write_text(as_tsv(matches), encoding="utf-8")


def as_tsv(matches: pd.DataFrame) -> str:
    """Matches as the text of Tomtom's TSV, which has no quotation marks: IDs stand there as they are.

    Raises
    ------
    InputError
        When an ID has a tab, a line end or another control character.
    """
    for name in {*matches["Query_ID"], *matches["Target_ID"]}:
        check_name(name, "a motif")
    return matches.to_csv(sep="\t", index=False, float_format="%.6g", lineterminator="\n", quoting=csv.QUOTE_NONE)


def read_tsv(path: str | Path) -> pd.DataFrame:
    """Read a Tomtom TSV, ours or the genuine program's.

    Raises
    ------
    InputError
        When the file cannot be read, lacks one of Tomtom's columns, or holds what Tomtom does not write there.
    """
    matches = read_csv(path, COLUMNS, sep="\t")[COLUMNS]
    for column, highest in NUMBERS.items():
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


def _with_pseudocount(motif: Motif, pseudo: float) -> Motif:
    """Motif with `pseudo` sites of background added to its PFM's own; flat where there are none."""
    sites = motif.nsites + pseudo
    flat = np.full_like(motif.pfm, BACKGROUND)
    return replace(motif, pfm=(motif.pfm * motif.nsites + pseudo * BACKGROUND) / sites if sites else flat)


def _matching(compared: Comparison, targets: list[Motif], evalue: float) -> tuple[np.ndarray, np.ndarray]:
    """Query and target of each match, as indices, each shape=(matches,).

    In the genuine program's order: by query and p-value, then longer overlaps, then orientation and ID.
    """
    query, target = np.nonzero(compared.p * len(targets) <= evalue)
    found, ids = compared.of(query, target), np.array([motif.id for motif in targets])
    order = np.lexsort((ids[target], found.orientation, -found.overlap, found.p, query))
    return query[order], target[order]


def _table(queries: list[Motif], targets: list[Motif], found: Comparison, number: int) -> pd.DataFrame:
    """Return a row a match; query, target and comparison of each, and the number of targets that were compared."""
    oriented = [
        motif.pfm if strand == "+" else reverse_complement(motif.pfm)
        for motif, strand in zip(targets, found.orientation, strict=True)
    ]
    columns = (
        [motif.id for motif in queries],
        [motif.id for motif in targets],
        found.offset.astype(int),
        found.p,
        found.p * number,
        found.q,
        found.overlap.astype(int),
        [consensus(motif.pfm) for motif in queries],
        [consensus(pfm) for pfm in oriented],
        found.orientation,
    )
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def _compare(queries: list[Motif], targets: list[Motif], norc: bool) -> Comparison:
    """Compare every query with every target, by memelite: each shape=(queries, targets)."""
    from memelite import tomtom as memelite_tomtom  # numba takes seconds to import

    _say_if_compiling()

    pfms = [motif.pfm for motif in targets]
    orientations = pfms if norc else [*pfms, *map(reverse_complement, pfms)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few targets: the genuine program's p-values depend on them as well
        p, _, offset, overlap, _ = memelite_tomtom(
            [motif.pfm.T for motif in queries],
            [pfm.T for pfm in orientations],
            n_median_bins=100_000,
            n_target_bins=None,
            reverse_complement=False,
        )
    if norc:
        return Comparison(p, offset, overlap, np.full(p.shape, "+"), np.array([q_values(row) for row in p]))
    p = p * (2 - p)  # the better of two orientations
    n = len(targets)
    reverse = p[:, n:] < p[:, :n]
    q = np.array([q_values(row) for row in p])

    def better(values):
        return np.where(reverse, values[:, n:], values[:, :n])

    return Comparison(better(p), better(offset), better(overlap), np.where(reverse, "-", "+"), better(q))


def compile_ahead() -> None:
    """Compile memelite's code beside other work, in a process of its own, where it is not compiled yet."""
    if not _compiled():
        code = f"import os; os.nice(10); from {__name__} import _compile; _compile()"
        quiet = subprocess.DEVNULL
        subprocess.Popen([sys.executable, "-c", code], stdin=quiet, stdout=quiet, stderr=quiet)


def _compile() -> None:
    motif = Motif("any", "", np.eye(BASES), nsites=20)
    _compare([motif], [motif], norc=False)


def _say_if_compiling() -> None:
    """Say what takes so long where memelite's code is not compiled yet."""
    if not _compiled():
        print("Tomtom is compiled, once on each machine: about a minute.", file=sys.stderr)


def _compiled() -> bool:
    import memelite
    import pooch

    users = os.environ.get("NUMBA_CACHE_DIR") or pooch.os_cache("numba")
    kept = [Path(memelite.__file__).parent / "__pycache__", Path(users)]
    return any(folder.is_dir() and any(folder.rglob("tomtom*.nbi")) for folder in kept)


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
