"""Keras files: whole networks, an architecture and its weights, or weights alone."""

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import h5py
import keras
import numpy as np

from expact_utils.networks.foreign import axes, keras_graph, keras_steps, keras_weights
from expact_utils.networks.foreign.keras_graph import Graph
from expact_utils.networks.foreign.network import ForeignNetwork, Options
from expact_utils.networks.foreign.outputs import chosen_input, chosen_output
from expact_utils.networks.foreign.safety import check_finite, check_size, open_weights, open_zip
from expact_utils.networks.foreign.steps import first_convolution, follow
from expact_utils.networks.foreign.tensors import KERAS, weights_alone
from expact_utils.run.errors import InputError

BATCH = 256  # sequences that are computed at a time
ENTRIES = ("config.json", "model.weights.h5")


def read_archive(path: Path, options: Options) -> ForeignNetwork:
    """Open a `.keras` file."""
    with open_zip(path) as archive, tempfile.TemporaryDirectory() as folder:
        missing = [name for name in ENTRIES if name not in archive.namelist()]
        if missing:
            raise InputError(
                f"{path} has no {missing[0]}; expected a file that Keras saved: model.save('network.keras')."
            )
        config = _json(archive.read(ENTRIES[0]), path)
        weights = Path(folder) / ENTRIES[1]
        with archive.open(ENTRIES[1]) as packed, weights.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
        return _described(path, config, weights, "Keras 3, .keras", options)


def read_json(path: Path, weights: Path, options: Options) -> ForeignNetwork:
    """Open an architecture in JSON and its weights in HDF5."""
    check_size(path, path.stat().st_size)
    config = _json(path.read_bytes(), path)
    return _described(weights, config, weights, f"Keras, {path.name} and weights", options)


def read_hdf5(path: Path, options: Options) -> ForeignNetwork:
    """Open an HDF5 file: a whole network, or weights alone."""
    with open_weights(path) as file:
        config = file.attrs.get("model_config")
        kind = f"Keras {keras_weights.text(file.attrs.get('keras_version', ''))}".strip()
        if config is None:
            return _weights_alone(file, kind, path, options)
    return _described(path, _json(keras_weights.text(config), path), path, f"{kind}, whole", options)


def _json(content: str | bytes, path: Path) -> dict:
    try:
        config = json.loads(content)
        return json.loads(config) if isinstance(config, str) else config
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} has no architecture that can be read as JSON, perhaps cut short: {error}.") from None


def _described(path: Path, config: dict, weights: Path, framework: str, options: Options) -> ForeignNetwork:
    graph = keras_graph.build(config, str(path), options.modules)
    try:
        keras_weights.load(graph.model, weights, options.theano)
    except InputError as error:
        raise InputError(str(error).replace(str(weights), str(path))) from None
    return described(graph, path, framework, options)


def described(graph: Graph, path: Path, framework: str, options: Options) -> ForeignNetwork:
    """Describe a network that has its weights."""
    model, where = graph.model, str(path)
    shapes = {tensor.name: tuple(tensor.shape[1:]) for tensor in model.inputs}
    name = chosen_input(shapes, options, where)
    taken = dict(zip(shapes, model.inputs, strict=True))[name]
    layout = axes.of_shape(shapes[name], options.layout, where)
    bases = axes.check_bases(options.bases)
    steps = follow(taken, keras_steps.onward(graph))
    first = first_convolution(steps, layout, bases, where)
    widths = {tensor_name(model, place): _width(tensor) for place, tensor in enumerate(model.outputs)}
    outputs, columns = chosen_output(widths, options, where)
    others = {other: (shape, options.fill.get(other)) for other, shape in shapes.items() if other != name}
    unfilled = [other for other, (_, value) in others.items() if value is None]
    notes = [f"It also takes the input {other}; give it a value (fill) to compute outputs." for other in unfilled]
    length = shapes[name][layout.index("L") - 1]
    run = None if unfilled else _runner(model, list(shapes), name, others, columns)
    return ForeignNetwork(path, framework, layout, bases, length, outputs, first, run, notes)


def tensor_name(model: keras.Model, place: int) -> str:
    """Name of an output: its layer's."""
    return model.layers[-1].name if isinstance(model, keras.Sequential) else model.output_names[place]


def _width(tensor) -> int | None:
    return None if None in tensor.shape[1:] else int(np.prod(tensor.shape[1:]))


def _runner(model: keras.Model, names: list[str], name: str, others: dict, columns: list[int] | None) -> Callable:
    """Function that computes the chosen outputs, a batch at a time."""
    compute = _computed(model)

    def run(values: np.ndarray) -> np.ndarray:
        pieces = []
        for start in range(0, len(values), BATCH):
            piece = values[start : start + BATCH]
            given = {
                other: np.full((len(piece), *others[other][0]), others[other][1], np.float32)
                if other in others
                else piece
                for other in names
            }
            single = isinstance(model, keras.Sequential)
            found = compute(given[name] if single else [given[other] for other in names], training=False)
            found = found if isinstance(found, list | tuple) else [found]
            pieces.append(np.concatenate([np.asarray(one).reshape(len(piece), -1) for one in found], axis=1))
        whole = np.concatenate(pieces) if pieces else np.zeros((0, len(columns or [])), np.float32)
        return whole if columns is None else whole[:, columns]

    return run


def _computed(model: keras.Model) -> Callable:
    """Compile a model where it must be: TensorFlow's own kernels take channels first on some processors only."""
    turned = any(getattr(layer, "data_format", None) == "channels_first" for layer in model._flatten_layers())
    if keras.backend.backend() != "tensorflow" or not turned:
        return model
    import tensorflow as tf

    return tf.function(model, jit_compile=True)


def _weights_alone(file: h5py.File, kind: str, path: Path, options: Options) -> ForeignNetwork:
    group = file["model_weights"] if isinstance(file.get("model_weights"), h5py.Group) else file
    order = keras_weights.names(group, "layer_names")
    tensors: dict[str, np.ndarray] = {}
    if order:
        for layer in order:
            for name in keras_weights.names(group[layer], "weight_names"):
                tensors[f"{layer}/{name.rpartition('/')[2]}"] = np.asarray(group[layer][name][()])
    else:
        tensors = _by_number(group)
    if not tensors:
        raise InputError(
            f"{path} is an HDF5 file without a network: no architecture, no weights; expected what Keras saved."
        )
    check_finite(tensors, path)
    return weights_alone(tensors, order, KERAS, kind, path, options)


def _by_number(group: h5py.Group) -> dict[str, np.ndarray]:
    """Arrays of a file of Keras 3, `layers/NAME/vars/NUMBER`, by their usual names."""
    found: dict[str, np.ndarray] = {}
    sets = {(True, 2): ("kernel", "bias"), (True, 1): ("kernel",)}
    statistics = {(False, 4): ("gamma", "beta", "moving_mean", "moving_variance")}

    def visit(name: str, entry) -> None:
        if not isinstance(entry, h5py.Group) or not name.endswith("/vars") or not len(entry):
            return
        arrays = [
            np.asarray(entry[key][()]) for key in sorted(entry, key=_number) if isinstance(entry[key], h5py.Dataset)
        ]
        known = (sets | statistics).get((arrays[0].ndim > 1, len(arrays)), ()) if arrays else ()
        for last, values in zip(known, arrays, strict=False):
            found[f"{name.removesuffix('/vars').rpartition('/')[2]}/{last}"] = values

    if "layers" in group or "_layer_checkpoint_dependencies" in group:
        group.visititems(visit)
    return found


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
