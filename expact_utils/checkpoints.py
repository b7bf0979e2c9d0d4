"""Checkpoints (HDF5): where a training stands after an epoch, so that it can go on as if it had not stopped.

`state`: weights, moving variables and optimiser, in the engine's order. `best`: those of the lowest validation loss.
Attributes: history (JSON), fingerprint of what is trained, Keras's backend, format_version.
"""

import json
from pathlib import Path

import h5py
import numpy as np

from expact_utils.files import atomic, check_format, open_hdf5, read_array, read_attribute

FORMAT_VERSION = 1


def write(path: Path, state: list[np.ndarray], best: list[np.ndarray], history: dict, backend: str) -> None:
    """Write a checkpoint, whole or not at all.

    Parameters
    ----------
    path : Path
        Of the file.
    state, best : list[np.ndarray]
        Of the last epoch, and of the best one.
    history : dict
        Losses until now, and all that identifies the training; holds `fingerprint`.
    backend : str
        Keras's; the arithmetic and the random numbers of another are not the same.
    """
    with atomic(path) as partial, h5py.File(partial, "w") as file:
        for name, arrays in (("state", state), ("best", best)):
            for i, array in enumerate(arrays):
                file[f"{name}/{i}"] = array
        file.attrs["history"] = json.dumps(history)
        file.attrs["fingerprint"] = history["fingerprint"]
        file.attrs["backend"] = backend
        file.attrs["format_version"] = FORMAT_VERSION


def read(path: Path, fingerprint: str, backend: str) -> tuple[list[np.ndarray], list[np.ndarray], dict] | None:
    """Return state, best state and history; None when the checkpoint is of another training or backend.

    Raises
    ------
    InputError
        When the file cannot be read.
    """
    with open_hdf5(path, "a checkpoint") as file:
        check_format(file, FORMAT_VERSION)
        if [read_attribute(file, key, str) for key in ("fingerprint", "backend")] != [fingerprint, backend]:
            return None
        arrays = [[read_array(file, f"{name}/{i}") for i in range(len(file[name]))] for name in ("state", "best")]
        return *arrays, read_attribute(file, "history", json.loads)
