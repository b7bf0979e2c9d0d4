"""K562: twelve TFs in windows of 200 nt, from TF-Binding-Matrix.

The windows are those of DNase clusters (hg38), the labels the ChIP-seq peaks of ReMap and UniBind that
TF-Binding-Matrix puts together (MIT licence). Files are downloaded once, by commit and SHA-256, to the folder that
EXPACT_CACHE names, or to the user's cache.
"""

import gzip
import pickle
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from expact_utils.data.datasets import Dataset
from expact_utils.dna.jaspar import GROUND_TRUTH, relevant_lists
from expact_utils.dna.letters import encode
from expact_utils.run import downloads
from expact_utils.run.errors import InputError

K562_COMMIT = "7a58aecf397493c286b9a544c670de69af306499"
K562_LENGTH = 200
K562_FOLDER = f"matrix/UCSC/{K562_LENGTH}bp"
K562_URL = f"https://raw.githubusercontent.com/wassermanlab/TF-Binding-Matrix/{K562_COMMIT}/{K562_FOLDER}"
K562_CHROMOSOMES = {"train": ("13", "14", "15", "18", "19", "X"), "valid": ("20", "21"), "test": ("16", "22")}
CELL = "K562"


def chip() -> Dataset:
    """K562 with the labels of ChIP-seq peaks; see `k562`."""
    return k562("chip")


def strict() -> Dataset:
    """K562 with labels that need a TF's motif as well; see `k562`."""
    return k562("strict")


def k562(labels: str) -> Dataset:
    """Windows of 200 nt that were assayed for all twelve TFs in K562, with at least one positive and without N.

    Parameters
    ----------
    labels : str
        `chip`: positive where a ChIP-seq peak lies. `strict`: where the peak's motif was found as well, which is
        partly circular when motifs are what is looked for.

    Returns
    -------
    Dataset
        Length 200; chromosomes 13 14 15 18 19 X to train, 20 21 to validate, 16 22 to test.

    Raises
    ------
    InputError
        When a file cannot be downloaded, is not the one that was published, or cannot be read.
    """
    cell = _cells()[CELL]
    chosen, positive = _k562_labels(cell, labels)
    X, Y = {}, {}
    for split, chromosomes in K562_CHROMOSOMES.items():
        windows = [
            window for name in chromosomes for window in _windows(fetch(f"sequences.{K562_LENGTH}bp.chr{name}.fa.gz"))
        ]
        rows = [(index, sequence) for index, sequence in windows if chosen[index] and b"N" not in sequence]
        X[split] = encode([sequence for _, sequence in rows])
        Y[split] = positive[[index for index, _ in rows]].astype(np.int8)
    source = f"TF-Binding-Matrix, commit {K562_COMMIT[:12]}, UCSC {K562_LENGTH} bp (hg38), {CELL}, {labels} labels"
    return Dataset(
        X,
        Y,
        list(GROUND_TRUTH),
        source,
        seed=0,
        relevant=relevant_lists(),
        notes=["windows that were assayed for all twelve TFs, with at least one of them bound, and without N"],
    )


def fetch(name: str) -> Path:
    """Path of one of TF-Binding-Matrix's files, as `downloads.fetch` gives it."""
    return downloads.fetch(f"{K562_URL}/{name}", _hashes()[name], Path("tf-binding-matrix") / K562_FOLDER / name)


@cache
def _hashes() -> dict[str, str]:
    lines = files("expact_utils.data").joinpath("k562_files.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split() for line in lines)


class _PlainUnpickler(pickle.Unpickler):
    """Reads texts, numbers and dictionaries; a pickle that asks for anything else is refused."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def _cells() -> dict[str, int]:
    """Row of each cell type in the matrices."""
    path = fetch("samples_idx.pickle.gz")
    try:
        with gzip.open(path) as file:
            return _PlainUnpickler(file).load()
    except (OSError, EOFError, pickle.UnpicklingError) as error:
        raise InputError(f"{path} is not a pickled dictionary: {error}.") from None


def _k562_labels(cell: int, labels: str) -> tuple[np.ndarray, np.ndarray]:
    """Windows to keep, shape=(windows,), and their labels, shape=(windows, TFs), both bool.

    In `less-sparse` NaN means not assayed and 1 a peak with the TF's motif; in `sparse` anything but 0 is a peak.
    """
    assayed, bound = [], []
    for tf in GROUND_TRUTH:
        less_sparse, sparse = (
            _row(fetch(f"matrix2d.{tf.upper()}.ReMap+UniBind.{kind}.npz"), cell) for kind in ("less-sparse", "sparse")
        )
        assayed.append(~np.isnan(less_sparse))
        bound.append(less_sparse == 1 if labels == "strict" else ~np.isnan(less_sparse) & (sparse != 0))
    positive = np.stack(bound, axis=1)
    return np.all(assayed, axis=0) & positive.any(axis=1), positive


def _row(path: Path, row: int) -> np.ndarray:
    """One row of the matrix in an npz file, without reading the others (756 MB) into memory."""
    with zipfile.ZipFile(path) as archive, archive.open("arr_0.npy") as file:
        np.lib.format.read_magic(file)
        (rows, columns), fortran_order, dtype = np.lib.format.read_array_header_1_0(file)
        if fortran_order or not row < rows:
            raise InputError(f"{path} holds {rows} rows by columns; expected row {row} of a row-major matrix.")
        size = columns * dtype.itemsize
        for _ in range(row):
            file.read(size)
        return np.frombuffer(file.read(size), dtype)


def _windows(path: Path) -> Iterator[tuple[int, bytes]]:
    """Index and sequence, in capitals, of each record `>INDEX::chr:start-end` of a FASTA file."""
    with gzip.open(path) as file:
        for header, sequence in zip(file, file, strict=True):
            yield int(header[1:].partition(b"::")[0]), sequence.strip().upper()
