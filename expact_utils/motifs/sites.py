"""Where the filters fire: the windows behind their motifs, in every split, and their places on the chromosomes.

Places are 0-based and half-open, as in BED.
"""

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from expact_utils.data.datasets import SPLITS, Dataset
from expact_utils.data.regions import coordinates
from expact_utils.dna.letters import UNKNOWN
from expact_utils.motifs.filters import BATCH, Filters, activations, window
from expact_utils.networks.protocols import PROTOCOLS
from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic

BLOCK = 20 * BATCH  # sequences read at a time; whole batches, so that activations are to the bit those of `extract`
CONTROL = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"  # characters that could end a cell or a line
NOWHERE = (None, None, None, None)  # chromosome, start, end and strand of a site without a place
SITES = {
    "filter": "string",
    "split": "string",
    "sequence": "int64",
    "name": "string",
    "start": "int64",
    "end": "int64",
    "strand": "string",
    "activation": "float64",
    "chromosome": "string",
    "chromosome_start": "Int64",
    "chromosome_end": "Int64",
    "chromosome_strand": "string",
}


def find(model, dataset: Dataset, filters: Filters, protocol: str = "preprint2019") -> pd.DataFrame:
    """Sites of the filters in the sequences of all splits, by the rule that made the motifs.

    In every sequence whose maximum reaches `filters.threshold` of the filter's largest activation on the test set, the
    filter-sized window at the (first) maximum; windows that the sequence ends cut are dropped. Under another protocol,
    windows of its width, or at every position that reaches it. A dead filter has no motif and no site.

    Parameters
    ----------
    model : keras.Model
        Its first `Conv1D` is the layer looked at, activated by the first `Activation`.
    dataset : Dataset
        Sequences, int8, shape=(N, length); its names, where it has some, may state places such as `chr1:100-300`.
    filters : Filters
        What `filters.extract` made of this model and the test sequences.
    protocol : str
        That of the extraction.

    Returns
    -------
    pd.DataFrame
        Columns and types as in `SITES`, a row a site, by filter, split, sequence and start: filter (`filter0`, …),
        split, sequence (row of X), name (of the sequence; split and row where it has none), start and end in the
        sequence (of the clipped span, as wide as the motif), strand (`+`: a filter reads the sequence as it stands),
        activation (share of the filter's largest on the test set, so that elsewhere it may be above 1), and chromosome,
        chromosome_start, chromosome_end and chromosome_strand, missing where the name states no place or the site lies
        on padding.

    Raises
    ------
    InputError
        When the sequences are not as long as the network's, or the filters are of another network or protocol.
    """
    _check(model, filters, protocol)
    blocks = [
        _in_block(model, split, first, dataset, filters, protocol)
        for split in SPLITS
        for first in range(0, len(dataset.X[split]), BLOCK)
    ]
    sites = pd.concat(blocks, ignore_index=True)
    return sites.sort_values("filter", key=_number, kind="stable", ignore_index=True)


def place(stated: tuple[str, int, int, str], length: int, start: int, end: int) -> tuple[str, int, int, str] | None:
    """Place on the chromosome of a site in a sequence that was cropped or padded by `sequences.Records.fitted`.

    Parameters
    ----------
    stated : tuple[str, int, int, str]
        Chromosome, start, end and strand of the whole sequence, as from `regions.coordinates`; on `-` the sequence is
        the reverse complement.
    length : int
        Of the sequence after cropping or padding, in nucleotides.
    start, end : int
        Of the site in that sequence.

    Returns
    -------
    tuple or None
        Chromosome, start, end and strand; None where the site lies on padding, even partly.
    """
    chromosome, first, last, strand = stated
    offset = _offset(last - first, length)
    start, end = start + offset, end + offset
    if start < 0 or end > last - first:
        return None
    if strand == "+":
        return chromosome, first + start, first + end, strand
    return chromosome, last - end, last - start, strand


def write_tsv(path: str | Path, sites: pd.DataFrame) -> None:
    """Write sites, all columns, as a tab-separated table, whole or not at all; missing places are empty.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    _write(path, sites, header=True)


def write_bed(path: str | Path, sites: pd.DataFrame) -> int:
    """Write the sites that have a place on a chromosome as BED6, whole or not at all.

    Sorted by chromosome and start; the name is the filter, the score its activation in thousandths, at most 1000.

    Returns
    -------
    int
        Number of sites written.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    placed = sites[sites["chromosome"].notna()]
    placed = placed.sort_values(["chromosome", "chromosome_start", "chromosome_end"], kind="stable")
    score = (1000 * placed["activation"]).round().clip(0, 1000).astype(int)
    columns = ["chromosome", "chromosome_start", "chromosome_end", "filter", "score", "chromosome_strand"]
    _write(path, placed.assign(score=score)[columns], header=False)
    return len(placed)


def positions(sites: pd.DataFrame, length: int, bins: int = 50) -> pd.DataFrame:
    """Count site centres along the sequence.

    Parameters
    ----------
    sites : pd.DataFrame
        As from `find`.
    length : int
        Of the sequences, in nucleotides.
    bins : int
        Number of bins, of one width.

    Returns
    -------
    pd.DataFrame
        A row a filter that has a site (the index), a column a bin, named by its middle in nucleotides.
    """
    rows, names = pd.factorize(sites["filter"])
    columns = (sites["start"] + sites["end"]).to_numpy() * bins // (2 * length)
    counts = np.zeros((len(names), bins), int)
    np.add.at(counts, (rows, columns), 1)
    return pd.DataFrame(counts, index=pd.Index(names, name="filter"), columns=(np.arange(bins) + 0.5) * length / bins)


def _check(model, filters: Filters, protocol: str) -> None:
    """Refuse filters that did not come from this model under this protocol."""
    expected = window(model, PROTOCOLS[protocol])
    if filters.pfms.shape[1] != expected:
        raise InputError(
            f"the filters are {filters.pfms.shape[1]} positions wide; expected {expected}, as under {protocol}."
        )


def _in_block(model, split: str, first: int, dataset: Dataset, filters: Filters, protocol: str) -> pd.DataFrame:
    """Sites in the sequences of a split from row `first` on."""
    codes = dataset.X[split][first : first + BLOCK]
    rows, numbers, starts, values = _fired(model, codes, filters, protocol)
    start, end = (starts + side for side in filters.clip[numbers].T)
    names = names_of(dataset, split, first, len(codes))
    places_of = [stated(name, of_one) for name, of_one in zip(names, codes, strict=True)]
    places = [
        (places_of[row] and place(places_of[row], codes.shape[1], *site)) or NOWHERE
        for row, *site in zip(rows.tolist(), start.tolist(), end.tolist(), strict=True)
    ]
    sites = {
        "filter": [f"filter{number}" for number in numbers],
        "split": split,
        "sequence": first + rows,
        "name": [names[row] for row in rows],
        "start": start,
        "end": end,
        "strand": "+",
        "activation": values / filters.max_activation[numbers],
    }
    on_chromosomes = pd.DataFrame(places, columns=list(SITES)[len(sites) :], dtype=object)
    return pd.concat([pd.DataFrame(sites), on_chromosomes], axis=1).astype(SITES)


def _fired(model, codes: np.ndarray, filters: Filters, protocol: str) -> tuple[np.ndarray, ...]:
    """Sequence, filter, first position of the whole window and activation of each site, each shape=(sites,)."""
    reach = np.where(filters.dead, np.inf, filters.threshold * filters.max_activation)
    width, found, row = filters.pfms.shape[1], [], 0
    for batch in activations(model, codes):
        if PROTOCOLS[protocol].every_position:
            rows, peaks, numbers = np.nonzero(batch >= reach)
            starts = peaks - width // 2
        else:
            rows, numbers = np.nonzero(batch.max(axis=1) >= reach)
            peaks = batch.argmax(axis=1)[rows, numbers]
            starts = peaks - (width - 1) // 2
        whole = (starts >= 0) & (starts + width <= codes.shape[1])
        values = batch[rows, peaks, numbers]
        found.append([of[whole] for of in (row + rows, numbers, starts, values)])
        row += len(batch)
    return tuple(np.concatenate(of) for of in zip(*found, strict=True))


def _number(ids: pd.Series) -> pd.Series:
    """Numbers of filters, which sort otherwise than their IDs."""
    return ids.str.removeprefix("filter").astype(int)


def names_of(dataset: Dataset, split: str, first: int, number: int) -> list[str]:
    """Names of sequences of a split from row `first` on; split and row where they have none."""
    if split in dataset.names:
        return dataset.names[split][first : first + number]
    return [f"{split}{row}" for row in range(first, first + number)]


def stated(name: str, codes: np.ndarray) -> tuple[str, int, int, str] | None:
    """Coordinates that a sequence's name states.

    None as well where the sequence, codes of shape=(length,), has letters beyond them: then they are of another span,
    or are counted from 1 as by samtools, and a site's place would be wrong.
    """
    found = coordinates(name)
    if found is None:
        return None
    own = found[2] - found[1]
    left = max(0, -_offset(own, len(codes)))
    padding = np.concatenate([codes[:left], codes[left + own :]])
    return found if (padding == UNKNOWN).all() else None


def _offset(own: int, length: int) -> int:
    """Where a sequence cropped or padded to `length` starts in itself as it was, `own` long; below 0 if padded."""
    return (own - length) // 2 if own > length else -((length - own) // 2)


def _write(path: str | Path, table: pd.DataFrame, header: bool) -> None:
    text = table.select_dtypes("string").columns
    clean = table.assign(**{name: table[name].str.replace(CONTROL, " ", regex=True) for name in text})
    with atomic(path, checksum=False) as partial:
        clean.to_csv(
            partial,
            sep="\t",
            header=header,
            index=False,
            float_format="%.4f",
            quoting=csv.QUOTE_NONE,
            lineterminator="\n",
        )
