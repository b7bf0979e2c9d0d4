"""DeepSEA's training bundle, which the paper used (Zhou & Troyanskaya 2015).

Its windows have 1,000 nt and 919 label columns, of which twelve are used.
"""

from pathlib import Path

import h5py
import numpy as np

from expact_utils.data.datasets import SPLITS, Dataset
from expact_utils.dna.jaspar import GROUND_TRUTH, relevant_lists
from expact_utils.dna.letters import CODES, UNKNOWN
from expact_utils.run import downloads
from expact_utils.run.errors import InputError
from expact_utils.run.hdf5 import open_hdf5
from expact_utils.run.paths import from_root

DEEPSEA_COLUMNS = dict(
    zip(GROUND_TRUTH, (592, 602, 344, 345, 635, 636, 349, 642, 359, 361, 661, 369), strict=True)
)  # 0-based, all K562
# In the training file, as the authors' own run of the paper counted them: what a right reader finds in the real bundle.
AUTHORS_POSITIVES = dict(
    zip(
        GROUND_TRUTH,
        (27652, 85354, 19724, 34194, 43528, 87290, 9792, 22758, 17450, 7528, 4516, 31146),
        strict=True,
    )
)
DEEPSEA_LABELS, DEEPSEA_LENGTH = 919, 1000
DEEPSEA_CHANNELS = "AGCT"
PIECE = 10_000  # sequences of DeepSEA that are read at a time: 40 MB


def deepsea_folder(bundle: str) -> Path:
    """Folder of DeepSEA's training bundle, as a config names it; empty: `deepsea_train` beside the downloads."""
    return from_root(bundle) if bundle else downloads.cache_folder() / "deepsea_train"


def bundled(deepsea_bundle: str = "") -> Dataset:
    """Read the bundle in the folder that a config names; see `deepsea_folder` and `deepsea`."""
    return deepsea(deepsea_folder(deepsea_bundle))


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
    source = "DeepSEA training bundle v0.9, K562 columns"
    return Dataset(
        X,
        Y,
        list(GROUND_TRUTH),
        source,
        seed=0,
        relevant=relevant_lists(),
        notes=["sequences that at least one of the twelve TFs binds"],
    )


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
    kept = np.any(labels, axis=1)
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
    channels = CODES[list(DEEPSEA_CHANNELS.encode())]
    return np.where(bases == 1, channels[one_hot.argmax(axis=1)], UNKNOWN).astype(np.int8)
