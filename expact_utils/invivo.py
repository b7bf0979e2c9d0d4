"""In vivo data: twelve TFs in K562 cells, from TF-Binding-Matrix or from the DeepSEA bundle that the paper used.

K562 here are the windows of 200 nt of DNase clusters (hg38) and the ChIP-seq peaks of ReMap and UniBind that
TF-Binding-Matrix puts together (MIT licence). Files are downloaded once, by commit and SHA-256, to the folder that
EXPACT_CACHE names, or to the user's cache.

DeepSEA (Zhou & Troyanskaya 2015) has windows of 1,000 nt and 919 label columns, of which twelve are used.
"""

import gzip
import pickle
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from expact_utils import downloads
from expact_utils.datasets import SPLITS, Dataset, encode
from expact_utils.errors import InputError
from expact_utils.files import open_hdf5
from expact_utils.motifs import GROUND_TRUTH
from expact_utils.runs import ROOT

K562_COMMIT = "7a58aecf397493c286b9a544c670de69af306499"
K562_FOLDER = "matrix/UCSC/200bp"
K562_URL = f"https://raw.githubusercontent.com/wassermanlab/TF-Binding-Matrix/{K562_COMMIT}/{K562_FOLDER}"
K562_CHROMOSOMES = {"train": ("13", "14", "15", "18", "19", "X"), "valid": ("20", "21"), "test": ("16", "22")}
K562_LENGTH = 200
CELL = "K562"

DEEPSEA_COLUMNS = dict(
    zip(GROUND_TRUTH, (592, 602, 344, 345, 635, 636, 349, 642, 359, 361, 661, 369), strict=True)
)  # 0-based, all K562
# In the training file, as the authors' own run of the paper counted them: what a right reader finds in the real bundle.
DEEPSEA_POSITIVES = dict(
    zip(
        GROUND_TRUTH,
        (27652, 85354, 19724, 34194, 43528, 87290, 9792, 22758, 17450, 7528, 4516, 31146),
        strict=True,
    )
)
DEEPSEA_LABELS, DEEPSEA_LENGTH = 919, 1000
DEEPSEA_CHANNELS = "AGCT"
PIECE = 10_000  # sequences of DeepSEA that are read at a time: 40 MB


def load(dataset: str, deepsea_bundle: str = "") -> Dataset:
    """Load an in vivo data set by name: `k562`, `k562-strict` or `deepsea`; see `k562` and `deepsea`."""
    if dataset == "deepsea":
        return deepsea(deepsea_folder(deepsea_bundle))
    return k562("strict" if dataset == "k562-strict" else "chip")


def deepsea_folder(bundle: str) -> Path:
    """Folder of DeepSEA's training bundle, as a config names it; empty: `deepsea_train` beside the downloads."""
    return ROOT / Path(bundle).expanduser() if bundle else downloads.cache_folder() / "deepsea_train"


def k562(labels: str = "chip") -> Dataset:
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
        windows = [window for name in chromosomes for window in _windows(fetch(f"sequences.200bp.chr{name}.fa.gz"))]
        rows = [(index, sequence) for index, sequence in windows if chosen[index] and b"N" not in sequence]
        X[split] = encode([sequence for _, sequence in rows])
        Y[split] = positive[[index for index, _ in rows]].astype(np.int8)
    source = f"TF-Binding-Matrix, commit {K562_COMMIT[:12]}, UCSC 200 bp (hg38), {CELL}, {labels} labels"
    return Dataset(X, Y, list(GROUND_TRUTH), source, seed=0)


def deepsea(folder: str | Path) -> Dataset:
    """Read the twelve K562 columns of the DeepSEA training bundle, in its own splits; rows with a positive are kept.

    Parameters
    ----------
    folder : str or Path
        Holds `train.mat` (HDF5: `trainxdata` (1000, 4, N), `traindata` (919, N)), `valid.mat` and `test.mat`
        (MATLAB 5: `validxdata` (N, 4, 1000), `validdata` (N, 919); likewise test). Channels are A G C T.

    Returns
    -------
    Dataset
        Length 1,000; about 400,000 training sequences of the real bundle, whose training file is read in pieces: at a
        byte a base and label its 4,400,000 rows are 22 GB. The MATLAB files are read whole, which is 40 MB for the
        8,000 sequences to validate and 2.2 GB for the 455,024 to test.

    Raises
    ------
    InputError
        When a file or key is missing, is cut short, or has axes, columns or values that are not DeepSEA's.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not a folder; expected train.mat, valid.mat and test.mat of DeepSEA's training bundle "
            "(deepsea_train_bundle.v0.9.tar.gz, from deepsea.princeton.edu)."
        )
    read = {"train": _deepsea_hdf5, "valid": _deepsea_matlab, "test": _deepsea_matlab}
    arrays = {split: read[split](folder / f"{split}.mat", split) for split in SPLITS}
    X, Y = ({split: of[i] for split, of in arrays.items()} for i in (0, 1))
    return Dataset(X, Y, list(GROUND_TRUTH), "DeepSEA training bundle v0.9, K562 columns", seed=0)


def positives(data: Dataset, dataset: str) -> pd.DataFrame:
    """Positive sequences: a row a TF, a column a split, then the share of the test set.

    For `deepsea` a last column has the training positives of the authors' own run: equal numbers say that columns and
    rows were read as they read them.
    """
    counts = pd.DataFrame({split: data.Y[split][:].sum(axis=0) for split in SPLITS}, index=data.class_names)
    counts["share of test"] = counts["test"] / len(data.Y["test"])
    if dataset == "deepsea":
        counts["train, the authors' run"] = pd.Series(DEEPSEA_POSITIVES)
    return counts


def fetch(name: str) -> Path:
    """Path of one of TF-Binding-Matrix's files, as `downloads.fetch` gives it."""
    return downloads.fetch(f"{K562_URL}/{name}", _hashes()[name], Path("tf-binding-matrix") / K562_FOLDER / name)


@cache
def _hashes() -> dict[str, str]:
    lines = files("expact_utils").joinpath("k562_files.txt").read_text().splitlines()
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
    assayed, positive = True, []
    for tf in GROUND_TRUTH:
        less_sparse, sparse = (
            _row(fetch(f"matrix2d.{tf.upper()}.ReMap+UniBind.{kind}.npz"), cell) for kind in ("less-sparse", "sparse")
        )
        assayed = assayed & ~np.isnan(less_sparse)
        positive.append(less_sparse == 1 if labels == "strict" else ~np.isnan(less_sparse) & (sparse != 0))
    positive = np.stack(positive, axis=1)
    return assayed & positive.any(axis=1), positive


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


def _deepsea_hdf5(path: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    with open_hdf5(path, "the training file of DeepSEA's bundle") as file:
        for key in (f"{split}xdata", f"{split}data"):
            if not isinstance(file.get(key), h5py.Dataset):
                raise InputError(f"{path} has no array {key}; it holds {', '.join(map(str, file)) or 'nothing'}.")
        x, y = file[f"{split}xdata"], file[f"{split}data"]
        _check_shape(path, f"{split}xdata", x.shape, (DEEPSEA_LENGTH, len(DEEPSEA_CHANNELS), *x.shape[-1:]))
        number = x.shape[-1]
        _check_shape(path, f"{split}data", y.shape, (DEEPSEA_LABELS, number))
        labels = np.stack([y[column] for column in DEEPSEA_COLUMNS.values()], axis=1)
        kept = _positive_rows(path, labels)
        codes = []
        for start in range(0, number, PIECE):
            rows = np.flatnonzero(kept[start : start + PIECE])
            if len(rows):
                one_hot = x[:, :, start : start + PIECE].transpose(2, 1, 0)[rows]
                codes.append(_codes(path, one_hot, start + rows))
    return np.concatenate(codes), labels[kept].astype(np.int8)


def _deepsea_matlab(path: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    from scipy.io import loadmat

    keys = f"{split}xdata", f"{split}data"
    if not path.is_file():
        raise InputError(f"{path} does not exist; expected the {split} file of DeepSEA's bundle.")
    try:
        arrays = loadmat(path, variable_names=keys)
    except Exception as error:  # scipy raises many kinds for damaged bytes, even IndexError and UnboundLocalError
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path} is not a readable MATLAB 5 file, perhaps cut short: {reason}.") from None
    for key in keys:
        if key not in arrays:
            held = ", ".join(name for name in arrays if not name.startswith("__"))
            raise InputError(f"{path} has no array {key}; it holds {held or 'nothing of that kind'}.")
    x, y = (arrays[key] for key in keys)
    _check_shape(path, keys[0], x.shape, (len(x), len(DEEPSEA_CHANNELS), DEEPSEA_LENGTH))
    _check_shape(path, keys[1], y.shape, (len(x), DEEPSEA_LABELS))
    labels = y[:, list(DEEPSEA_COLUMNS.values())]
    kept = np.flatnonzero(_positive_rows(path, labels))
    codes = [_codes(path, x[kept[i : i + PIECE]], kept[i : i + PIECE]) for i in range(0, len(kept), PIECE)]
    return np.concatenate(codes), labels[kept].astype(np.int8)


def _check_shape(path: Path, key: str, found: tuple, expected: tuple) -> None:
    if found != expected:
        raise InputError(f"{path}: {key} has shape {found}; expected {expected}, as DeepSEA's bundle has it.")


def _positive_rows(path: Path, labels: np.ndarray) -> np.ndarray:
    if not np.isin(labels, (0, 1)).all():
        raise InputError(f"{path} has labels other than 0 and 1.")
    kept = labels.any(axis=1)
    if not kept.any():
        raise InputError(f"{path} has no positive label in the columns of the twelve TFs.")
    return kept


def _codes(path: Path, one_hot: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Codes, int8, shape=(N, length), of one-hot sequences, shape=(N, 4, length), in DeepSEA's order of channels."""
    bases = one_hot.sum(axis=1)
    if not (np.isin(one_hot, (0, 1)).all() and (bases <= 1).all()):
        bad = ~np.isin(one_hot, (0, 1)).all(axis=1) | (bases > 1)
        row, position = np.argwhere(bad)[0]
        raise InputError(f"{path}: sequence {rows[row]} is not one-hot at position {position}.")
    in_order = np.array(["ACGT".index(base) for base in DEEPSEA_CHANNELS], dtype=np.int8)
    return np.where(bases == 1, in_order[one_hot.argmax(axis=1)], np.int8(4)).astype(np.int8)
