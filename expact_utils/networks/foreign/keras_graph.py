"""A Keras network from its config, of any Keras from 0.3 to 3: layers, and which takes what from which."""

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

import keras

from expact_utils.networks.foreign import keras_layers
from expact_utils.networks.foreign.keras_layers import MODELS, WRAPPERS, modern
from expact_utils.networks.foreign.safety import ONNX_KERAS
from expact_utils.run.errors import InputError

MOST = 5000  # layers


class Call(NamedTuple):
    """A use of a layer: what goes in and what comes out; `inside` are the calls of a network that is a layer."""

    layer: keras.Layer
    inputs: list
    output: Any
    inside: "Graph | None" = None


class Graph(NamedTuple):
    """A network: Keras's model, and the uses of its layers in order."""

    model: keras.Model
    calls: list[Call]


class Context(NamedTuple):
    """What the making of layers needs to know: who wrote them, where, and the user's own modules."""

    old: bool
    where: str
    modules: tuple[ModuleType, ...]


def build(config: dict, where: str, modules: tuple[str, ...] = ()) -> Graph:
    """Build the network of a config.

    Parameters
    ----------
    config : dict
        As Keras writes it in JSON.
    where : str
        Of the network, for messages.
    modules : tuple[str, ...]
        Modules that define custom layers; they are imported.

    Raises
    ------
    InputError
        When it is none, a layer is none that is known, or the layers do not fit together.
    """
    try:
        own = tuple(import_module(name) for name in modules)
    except ImportError as error:
        raise InputError(f"a module of custom layers cannot be imported: {error}.") from None
    try:
        return _model(config, Context("module" not in config, where, own))
    except InputError:
        raise
    except RecursionError:
        raise InputError(f"{where} has layers within layers without end.") from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(f"{where} is not the config of a Keras network that expact can build: {reason}.") from None


def class_of(config: dict) -> str:
    """Name of a layer's class: Keras 0 calls it `name`."""
    return str(config.get("class_name") or config.get("name"))


def _settings(config: dict) -> dict:
    """Settings of a layer: Keras 0 has them beside its name."""
    if isinstance(config.get("config"), dict):
        return config["config"]
    return {key: value for key, value in config.items() if key != "name"}


def _layers(config: dict) -> list[dict]:
    """Configs of the layers of a network."""
    inside = config.get("config", config)
    found = inside if isinstance(inside, list) else inside.get("layers")
    if not isinstance(found, list) or not 0 < len(found) < MOST:
        raise ValueError("it lists no layers, or too many")
    return found


def _model(config: dict, context: Context) -> Graph:
    if not isinstance(config, dict):
        raise ValueError("it is no table")
    if class_of(config) == "Sequential":
        return _sequential(config, context)
    if class_of(config) not in MODELS:
        raise InputError(
            f"{context.where} is a {class_of(config)}, made by code that the file does not hold; "
            f"export it where it comes from: {ONNX_KERAS}."
        )
    return _functional(config["config"], context)


def _input_shape(settings: dict) -> tuple | None:
    """Shape of one sequence that a first layer tells."""
    for key in ("batch_shape", "batch_input_shape"):
        if settings.get(key):
            return tuple(settings[key][1:])
    if settings.get("input_shape"):
        return tuple(settings["input_shape"])
    return (settings.get("input_length"), settings["input_dim"]) if settings.get("input_dim") else None


def _sequential(config: dict, context: Context) -> Graph:
    rows = _layers(config)
    built = config["config"].get("build_input_shape") if isinstance(config.get("config"), dict) else None
    shape = _input_shape(_settings(rows[0])) or (tuple(built[1:]) if built else None)
    nested = _layers(rows[0]) if class_of(rows[0]) in MODELS else None
    while shape is None and nested:
        shape = _input_shape(_settings(nested[0]))
        nested = _layers(nested[0]) if class_of(nested[0]) in MODELS else None
    if shape is None:
        raise InputError(f"{context.where} does not tell the shape of its input; build the network and save it anew.")
    tensor = keras.Input(shape, name="input")
    start, calls = tensor, []
    for row in rows:
        if class_of(row) == "InputLayer":
            continue
        layer, inside = _layer(row, context)
        result = layer(tensor)
        calls.append(Call(layer, [tensor], result, inside))
        tensor = result
    model = keras.Sequential(
        [keras.layers.InputLayer(batch_shape=start.shape, name="input"), *(c.layer for c in calls)]
    )
    return Graph(model, _linked(model, calls))


def _linked(model: keras.Model, calls: list[Call]) -> list[Call]:
    """The same calls, by the tensors that a sequential model makes of its own."""
    tensor, found = model.inputs[0], []
    for call in calls:
        result = call.layer(tensor)
        found.append(Call(call.layer, [tensor], result, call.inside))
        tensor = result
    return found


def _functional(config: dict, context: Context) -> Graph:
    rows = _layers(config)
    made = {row.get("name") or row["config"]["name"]: (row, *_layer(row, context)) for row in rows}
    values: dict[tuple[str, int, int], Any] = {}
    calls: list[Call] = []
    waiting = []
    for name, (row, layer, _) in made.items():
        if class_of(row) == "InputLayer":
            values[name, 0, 0] = layer.output
        waiting += [(name, place, node) for place, node in enumerate(row.get("inbound_nodes") or [])]
    while waiting:
        left = [one for one in waiting if not _called(*one, made, values, calls)]
        if len(left) == len(waiting):
            raise ValueError(f"layer {left[0][0]} takes what no layer gives")
        waiting = left
    inputs, outputs = ([values[key] for key in _keys(config[of])] for of in ("input_layers", "output_layers"))
    return Graph(keras.Model(inputs, outputs), calls)


def _called(name: str, place: int, node: Any, made: dict, values: dict, calls: list[Call]) -> bool:
    """Call a layer if what it takes is there; whether it was."""
    sources = list(_sources(node))
    if not all(key in values for key in sources):
        return False
    _, layer, inside = made[name]
    inputs = [values[key] for key in sources]
    is_attention = isinstance(layer, keras.layers.MultiHeadAttention)
    result = layer(*inputs) if is_attention else layer(inputs if len(inputs) > 1 else inputs[0])
    results = result if isinstance(result, list | tuple) else [result]
    for number, one in enumerate(results):
        values[name, place, number] = one
        calls.append(Call(layer, inputs, one, inside))
    return True


def _keys(listed: list) -> list[tuple[str, int, int]]:
    """Names of tensors: one, or a list of them."""
    rows = [listed] if listed and isinstance(listed[0], str) else listed
    return [(str(row[0]), int(row[1]), int(row[2])) for row in rows]


def _sources(node: Any) -> Iterator[tuple[str, int, int]]:
    """Names of the tensors that a layer takes in one call."""
    if isinstance(node, dict) and "args" in node:  # Keras 3
        given = {key: value for key, value in node.get("kwargs", {}).items() if value not in (None, False)}
        given.pop("mask", None)
        if given:
            raise ValueError(f"a layer is called with {', '.join(given)}")
        yield from _sources(node["args"])
    elif isinstance(node, dict) and node.get("class_name") == "__keras_tensor__":
        name, place, number = node["config"]["keras_history"]
        yield str(name), int(place), int(number)
    elif isinstance(node, list) and node and isinstance(node[0], str):  # Keras 1 and 2
        if len(node) > 3 and any(value not in (None, False) for value in node[3].values()):
            raise ValueError(f"a layer is called with {', '.join(node[3])}")
        yield str(node[0]), int(node[1]), int(node[2])
    elif isinstance(node, list):
        for one in node:
            yield from _sources(one)
    else:
        raise ValueError("a layer takes something that is no layer's output")


def _layer(row: dict, context: Context) -> tuple[keras.Layer, Graph | None]:
    """Make a layer; one that is a network itself comes with its calls."""
    name, settings = modern(class_of(row), _settings(row))
    if name in MODELS:
        inside = _model(row, context)
        inside.model.name = str(row.get("name") or inside.model.name)
        return inside.model, inside
    if name == "InputLayer":
        shape = _input_shape(settings)
        if shape is None:
            raise ValueError("an input has no shape")
        return keras.layers.InputLayer(batch_shape=(None, *shape), name=settings.get("name") or row.get("name")), None
    if name in WRAPPERS:
        inner, _ = _layer(settings["layer"], context)
        if name == "TimeDistributed":
            return keras.layers.TimeDistributed(inner, name=settings.get("name")), None
        mode = settings.get("merge_mode", "concat")
        return keras.layers.Bidirectional(inner, merge_mode=mode, name=settings.get("name")), None
    for module in context.modules:
        own = getattr(module, name, None)
        if isinstance(own, type) and issubclass(own, keras.Layer):
            layer: keras.Layer = own.from_config(dict(settings))  # type: ignore[attr-defined]
            return layer, None
    return keras_layers.build(name, settings, context.old, context.where), None
