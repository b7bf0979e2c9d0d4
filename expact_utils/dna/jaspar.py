"""JASPAR's matrices: all of a release, those of the twelve ground-truth TFs, and those that count as finding them."""

import re
from functools import cache

import numpy as np

from expact_utils.dna.letters import ALPHABET
from expact_utils.dna.pfm import Motif, from_counts

VERSIONED = re.compile(r"[A-Z]{2}\d{4}\.\d+")  # ID of a JASPAR matrix

# TF: JASPAR 2016 matrix ID, in the order of the label columns (Koo & Ploenzke 2019, Methods, "Synthetic data").
GROUND_TRUTH = {
    "Arid3a": "MA0151.1",
    "CEBPB": "MA0466.2",
    "FOSL1": "MA0477.1",
    "Gabpa": "MA0062.2",
    "MAFK": "MA0496.1",
    "MAX": "MA0058.3",
    "MEF2A": "MA0052.3",
    "NFYB": "MA0502.1",
    "SP1": "MA0079.3",
    "SRF": "MA0083.3",
    "STAT1": "MA0137.3",
    "YY1": "MA0095.2",
}

# Matches that count as finding a TF, besides any version of its own matrix. `expact`: NFYA is the DNA-binding
# partner of NFYB in one complex. `authors`: the list in the authors' 2019 code, which also takes Arid3b for
# Arid3a and, by mistake, two other MEF2 factors for STAT1.
RELEVANT_EXTRA: dict[str, dict[str, tuple[str, ...]]] = {
    "expact": {"NFYB": ("MA0060",)},
    "authors": {"Arid3a": ("MA0601",), "NFYB": ("MA0060",), "STAT1": ("MA0660", "MA0773")},
}

# Matches flat and random queries; the authors removed it from their database in 2020.
GMEB1 = "MA0615.1"


@cache
def jaspar(release: str = "JASPAR2016", taxon: str = "vertebrates") -> tuple[Motif, ...]:
    """JASPAR CORE matrices of a taxon, latest versions, in order of ID; 519 of vertebrates in 2016.

    The database ships with pyjaspar. Columns are normalised without pseudocount; `nsites` is the mean column
    sum, as in the MEME Suite's own file of the release.
    """
    from pyjaspar import jaspardb

    records = jaspardb(release=release).fetch_motifs(collection="CORE", tax_group=[taxon])
    motifs = (
        from_counts(record.matrix_id, record.name, np.array([record.counts[base] for base in ALPHABET], dtype=float).T)
        for record in records
    )
    return tuple(sorted(motifs, key=lambda motif: motif.id))


@cache
def ground_truth() -> tuple[Motif, ...]:
    """Return the twelve JASPAR 2016 matrices of the synthetic data, in the order of the label columns."""
    by_id = {motif.id: motif for motif in jaspar()}
    return tuple(by_id[matrix_id] for matrix_id in GROUND_TRUTH.values())


def relevant_matrices(which: str = "expact") -> dict[str, tuple[str, ...]]:
    """IDs of the matrices that count as finding each of the twelve TFs, by `expact` or `authors`: `RELEVANT_EXTRA`."""
    return {tf: (own, *RELEVANT_EXTRA[which].get(tf, ())) for tf, own in GROUND_TRUTH.items()}


def relevant_lists() -> dict[str, dict[str, tuple[str, ...]]]:
    """Both lists of what counts as finding the twelve TFs, `relevant_matrices`, by name; ours first."""
    return {which: relevant_matrices(which) for which in RELEVANT_EXTRA}


def own_matrices(relevant: dict[str, tuple[str, ...]]) -> dict[str, Motif]:
    """TF to its own matrix in JASPAR 2016: of those that count as finding it, as in `relevant_tf`, the first."""
    by_id = {motif.id: motif for motif in jaspar()}
    return {tf: by_id[ids[0]] for tf, ids in relevant.items() if ids[0] in by_id}


def relevant_tf(matrix_id: str, relevant: dict[str, tuple[str, ...]]) -> str | None:
    """TF that a match to `matrix_id` finds, or None.

    Parameters
    ----------
    matrix_id : str
        ID in a database. Versions of one JASPAR matrix, e.g. `MA0466.2`, count alike.
    relevant : dict[str, tuple[str, ...]]
        TF to the matrices that count as finding it, as from `relevant_matrices`.
    """
    base = _without_version(matrix_id)
    return next((tf for tf, ids in relevant.items() if base in map(_without_version, ids)), None)


def _without_version(matrix_id: str) -> str:
    return matrix_id.partition(".")[0] if VERSIONED.fullmatch(matrix_id) else matrix_id
