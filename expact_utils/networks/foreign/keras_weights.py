"""Weights of a Keras network, from the HDF5 file of any Keras from 0.3 to 3."""

import shutil
import tempfile
from pathlib import Path

import h5py
import keras
import numpy as np

from expact_utils.networks.foreign.safety import check_finite, open_weights
from expact_utils.run.errors import InputError

TURNED = (keras.layers.Conv1D, keras.layers.Conv2D)  # layers that Theano computes with turned kernels


def text(value) -> str:
    """An attribute of text, as any version of h5py and Keras wrote it."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def names(group: h5py.Group, attribute: str) -> list[str]:
    """An attribute that lists names; long lists are in several attributes, numbered."""
    if attribute in group.attrs:
        return [text(one) for one in group.attrs[attribute]]
    parts: list[str] = []
    while (part := f"{attribute}{len(parts)}") in group.attrs:
        parts.append(part)
    return [text(one) for part in parts for one in group.attrs[part]]


def version(group: h5py.Group, default: int) -> int:
    """Main version of the Keras that wrote a file."""
    written = text(group.attrs.get("keras_version", ""))
    return int(written[0]) if written[:1].isdigit() else default


def load(model: keras.Model, path: Path, theano: bool | None) -> None:
    """Give a network its weights.

    Parameters
    ----------
    model : keras.Model
        Built as its config says.
    path : Path
        HDF5 file: a whole network, or weights alone.
    theano : bool, optional
        Whether kernels are turned by 180 degrees; None: as the file says, and for files before Keras 1.2 that they are.

    Raises
    ------
    InputError
        When they do not fit the network, or are no numbers.
    """
    with open_weights(path) as file:
        group = file["model_weights"] if isinstance(file.get("model_weights"), h5py.Group) else file
        counted, listed = "nb_layers" in group.attrs, bool(names(group, "layer_names"))
        old = version(group, 1 if listed or counted else 3) < 2 and (counted or listed)
        backend = text(group.attrs.get("backend", "theano" if old else ""))
        if old:
            _load_old(model, group, path, counted)
    if not old:
        _load_new(model, path, listed)
    if (backend == "theano") if theano is None else theano:
        _turn(model)
    check_finite({weight.path: np.asarray(weight) for weight in model.weights if "seed" not in weight.path}, path)


def _load_new(model: keras.Model, path: Path, listed: bool) -> None:
    """Weights of Keras 2 and 3: Keras reads them itself, by the end of the file's name."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / ("network.h5" if listed else "network.weights.h5")
        shutil.copyfile(path, copy)
        try:
            if listed and _same_names(model, path):
                model.load_weights(copy, by_name=True)
            else:
                model.load_weights(copy)
        except (ValueError, KeyError, TypeError, OSError, AttributeError, IndexError) as error:
            reason = str(error).partition("\n")[0].replace(folder, "")
            raise InputError(f"{path}: the weights are not those of this architecture: {reason}") from None


def _same_names(model: keras.Model, path: Path) -> bool:
    """Whether file and network call the layers that have weights by the same names."""
    with open_weights(path) as file:
        group = file.get("model_weights", file)
        kept = {name for name in names(group, "layer_names") if name in group and names(group[name], "weight_names")}
    return kept == {layer.name for layer in model.layers if layer.weights}


def _load_old(model: keras.Model, group: h5py.Group, path: Path, counted: bool) -> None:
    """Weights of Keras 0 and 1: arrays of each layer in order."""
    if counted:
        stored = [_numbered(group[f"layer_{number}"]) for number in range(int(group.attrs["nb_layers"]))]
    else:
        stored = [
            [group[one][name][()] for name in names(group[one], "weight_names")] for one in names(group, "layer_names")
        ]
    stored = [arrays for arrays in stored if arrays]
    layers = [layer for layer in model.layers if layer.weights]
    if len(stored) != len(layers):
        raise InputError(f"{path} has weights of {len(stored)} layers; the architecture has {len(layers)}.")
    for layer, arrays in zip(layers, stored, strict=True):
        if counted and isinstance(layer, keras.layers.BatchNormalization):
            raise InputError(f"{path}: Keras 0 computed batch normalisation in another way; save it with Keras 1 or 2.")
        if isinstance(layer, keras.layers.Bidirectional | keras.layers.RNN):
            raise InputError(f"{path}: {layer.name}, a recurrent layer of Keras 1, is not read; save it with Keras 2.")
        try:
            layer.set_weights([_converted(layer, array) for array in arrays])
        except ValueError as error:
            raise InputError(f"{path}: weights do not fit {layer.name}: {str(error).splitlines()[0]}") from None


def _numbered(group: h5py.Group) -> list[np.ndarray]:
    return [group[f"param_{number}"][()] for number in range(int(group.attrs["nb_params"]))]


def _converted(layer: keras.Layer, array: np.ndarray) -> np.ndarray:
    """Kernel as Keras 3 has it, of one of Keras 0 or 1: there filters come first, or a second axis of one."""
    if array.ndim != 4 or not isinstance(layer, TURNED):
        return array
    shape = tuple(layer.kernel.shape)
    if isinstance(layer, keras.layers.Conv1D):
        fits = array.shape[:2] == (shape[0], 1) and array.shape[3] == shape[2]
        return array[:, 0] if fits else array.transpose(2, 3, 1, 0)[:, 0]
    return array.transpose(2, 3, 1, 0) if layer.data_format == "channels_first" else array


def _turn(model: keras.Model) -> None:
    """Turn all kernels by 180 degrees: Theano's convolution is the mathematical one, all others' a correlation."""
    for layer in model.layers:
        if isinstance(layer, TURNED):
            kernel = np.asarray(layer.kernel)
            layer.kernel.assign(np.flip(kernel, tuple(range(kernel.ndim - 2))).copy())
        elif isinstance(layer, keras.Model):
            _turn(layer)
