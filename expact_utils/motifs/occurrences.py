"""Where motifs occur: the best site of each in every sequence that has one, on either strand, and on the chromosomes.

Places are 0-based and half-open, as in BED.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from expact_utils.data.datasets import Dataset
from expact_utils.dna.pfm import Motif, log_odds
from expact_utils.motifs import sites
from expact_utils.motifs.scanning import best_sites, narrowed

OTHER = {"+": "-", "-": "+"}
COLUMNS = {
    "motif": "string",
    "motif_name": "string",
    "split": "string",
    "sequence": "int64",
    "name": "string",
    "start": "int64",
    "end": "int64",
    "strand": "string",
    "score": "float64",
    "share": "float64",
    **{name: kind for name, kind in sites.SITES.items() if name.startswith("chromosome")},
}


def find(
    motifs: list[Motif], names: Iterable[str], thresholds: Iterable[float], dataset: Dataset, norc: bool = False
) -> pd.DataFrame:
    """Find the best site of each motif in the sequences of all splits, where it reaches the motif's threshold.

    Parameters
    ----------
    motifs : list[Motif]
        One that is wider than three quarters of the sequences is cut.
    names : Iterable[str]
        Name of each on pages.
    thresholds : Iterable[float]
        Of each, in bits, as in `motifs.csv`.
    dataset : Dataset
        Sequences; their names, where they have some, may state places such as `chr1:100-300`.
    norc : bool
        Look at the given strand alone.

    Returns
    -------
    pd.DataFrame
        Columns and types as in `COLUMNS`, a row a site, by motif, split and sequence: score in bits, and as a share of
        the largest that a site of the motif can have; `strand` is that of the sequence, `chromosome_strand` that of
        the chromosome, missing, as the place is, where the name states none or the site lies on padding.
    """
    each = list(zip(motifs, names, thresholds, strict=True))
    rows = [
        row
        for split in dataset.X
        for motif, name, threshold in each
        for row in _of_motif(motif, name, threshold, dataset, split, norc)
    ]
    found = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    order = {motif.id: number for number, motif in enumerate(motifs)}
    return found.sort_values("motif", key=lambda of: of.map(order), kind="stable", ignore_index=True)


def write(folder: Path, found: pd.DataFrame) -> int:
    """Write `motif_sites.tsv`, and the sites that have a place as BED6, scored by their share in thousandths.

    Returns
    -------
    int
        Number of sites that have a place.

    Raises
    ------
    InputError
        When a file cannot be written.
    """
    sites.write_tsv(folder / "motif_sites.tsv", found)
    as_filters = found.rename(columns={"motif": "filter", "share": "activation"})
    return sites.write_bed(folder / "motif_sites.bed", as_filters)


def _of_motif(motif: Motif, name: str, threshold: float, dataset: Dataset, split: str, norc: bool) -> Iterator[tuple]:
    codes = dataset.X[split][:]
    pfm = narrowed(motif.pfm, codes.shape[1])
    largest = log_odds(pfm).max(axis=1).sum()
    best = best_sites(codes, pfm[None], norc).of(0)
    of_sequences = sites.names_of(dataset, split, 0, len(codes))
    for row in np.flatnonzero(best.scores >= threshold).tolist():
        start, score, strand = int(best.starts[row]), float(best.scores[row]), "-" if best.reverse[row] else "+"
        stated = sites.stated(of_sequences[row], codes[row])
        placed = (stated and sites.place(stated, codes.shape[1], start, start + len(pfm))) or sites.NOWHERE
        where = (*placed[:3], OTHER[placed[3]] if placed[3] and strand == "-" else placed[3])
        span = (start, start + len(pfm), strand)
        yield (motif.id, name, split, row, of_sequences[row], *span, score, score / largest, *where)
