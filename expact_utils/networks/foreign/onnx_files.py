"""ONNX files (the extra `onnx`): the graph is read by `onnx` and computed by `onnxruntime`."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from expact_utils.networks.foreign import axes
from expact_utils.networks.foreign.first import Activate, Normalise
from expact_utils.networks.foreign.network import ForeignNetwork, Options
from expact_utils.networks.foreign.outputs import chosen_input, chosen_output
from expact_utils.networks.foreign.safety import check_finite
from expact_utils.networks.foreign.steps import Convolve, Rearrange, Reshape, Step, Unclear, first_convolution, follow
from expact_utils.run.errors import InputError

BATCH = 256  # sequences that are computed at a time
NOTHING = ("Identity", "Dropout", "Cast", "Tile", "Expand")
ACTIVATIONS = {
    "Relu": "relu", "Exp": "exponential", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus",
    "Selu": "selu", "Gelu": "gelu",
}  # fmt: skip
ARITHMETIC: dict[str, Callable[[np.ndarray], tuple]] = {
    "Add": lambda value: (1.0, value),
    "Sub": lambda value: (1.0, -value),
    "Mul": lambda value: (value, 0.0),
    "Div": lambda value: (1 / value, 0.0),
}


def read(path: Path, options: Options) -> ForeignNetwork:
    """Open an ONNX file.

    Raises
    ------
    InputError
        When the packages are missing, the file is damaged, keeps weights in other files, or has no first convolution.
    """
    graph = Graph(_loaded(path), path)
    name = chosen_input(graph.inputs, options, str(path))
    layout = axes.of_shape(graph.inputs[name], options.layout, str(path))
    first = first_convolution(follow(name, graph.onward), layout, options.bases.upper(), str(path))
    outputs, columns = chosen_output(graph.outputs, options, str(path))
    unfilled = [other for other in graph.inputs if other != name and other not in options.fill]
    notes = [f"It also takes the input {other}; give it a value (fill) to compute outputs." for other in unfilled]
    run = None if unfilled else _runner(path, graph, name, options, columns)
    length = graph.inputs[name][layout.index("L") - 1]
    return ForeignNetwork(path, "ONNX", layout, options.bases.upper(), length, outputs, first, run, notes)


def _loaded(path: Path) -> Any:
    try:
        import onnx
        import onnxruntime  # noqa: F401
    except ImportError:
        raise InputError(f"{path}: reading ONNX takes two more packages: pip install 'expact[onnx]'.") from None
    try:
        model = onnx.load(path, load_external_data=False)
        onnx.checker.check_model(model)
        if any(one.data_location == onnx.TensorProto.EXTERNAL for one in model.graph.initializer):
            raise InputError(f"{path} keeps its weights in another file; export it into one (external_data=False).")
        return onnx.shape_inference.infer_shapes(model)
    except InputError:
        raise
    except Exception as error:  # protobuf's own errors have no common class
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputError(f"{path} is not a readable ONNX file, perhaps cut short: {reason}") from None


class Graph:
    """The graph of an ONNX file: its constants, its shapes, and what is made of each value."""

    def __init__(self, model: Any, path: Path):
        from onnx import helper, numpy_helper

        graph = model.graph
        self.nodes = list(graph.node)
        self.constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        check_finite(self.constants, path)
        self._settings = {
            id(node): {one.name: helper.get_attribute_value(one) for one in node.attribute} for node in self.nodes
        }
        for node in self.nodes:
            if node.op_type == "Constant" and "value" in self._settings[id(node)]:
                self.constants[node.output[0]] = numpy_helper.to_array(self._settings[id(node)]["value"])
        whole = {one.name: _shape(one) for one in (*graph.value_info, *graph.output, *graph.input)}
        self.shapes = whole
        self.batch = {one.name: _shape(one)[0] for one in graph.input if _shape(one)}
        self.inputs = {one.name: whole[one.name][1:] for one in graph.input if one.name not in self.constants}
        self.outputs = {one.name: _size(whole[one.name][1:]) for one in graph.output}

    def onward(self, value: Any) -> list[tuple[list[Step] | None, Any]]:
        """What is made of a value, as `steps.follow` asks for it."""
        users = [node for node in self.nodes if value in node.input]
        return [(self._steps(node, value), node.output[0]) for node in users]

    def _steps(self, node: Any, value: str) -> list[Step] | None:
        given = self._settings[id(node)]
        kind = node.op_type
        if kind in NOTHING or (kind == "Concat" and set(node.input) == {value}):
            return []
        if kind in ACTIVATIONS:
            return [Activate(ACTIVATIONS[kind])]
        if kind == "Elu":
            return [Activate("elu", {"alpha": float(given.get("alpha", 1.0))})]
        if kind == "LeakyRelu":
            return [Activate("leaky_relu", {"negative_slope": float(given.get("alpha", 0.01))})]
        if kind == "PRelu":
            return [Unclear()]
        if kind == "Conv" and node.input[1] in self.constants:
            return [self._convolution(node, given)]
        if kind == "BatchNormalization":
            return [self._normalisation(node, given)]
        return self._arithmetic(node, value) or self._rearranged(node, given, value)

    def _convolution(self, node: Any, given: dict) -> Convolve:
        weights = self.constants[node.input[1]]
        sliding = weights.ndim - 2
        stride, dilation = (tuple(given.get(name) or [1] * sliding) for name in ("strides", "dilations"))
        ends = given.get("pads") or [0] * (2 * sliding)
        padding: tuple = tuple((ends[place], ends[place + sliding]) for place in range(sliding))
        automatic = given.get("auto_pad", b"NOTSET").decode()
        if automatic == "SAME_UPPER":
            padding = ("same",) * sliding
        elif automatic == "SAME_LOWER":
            spans = [(size - 1) * gap for size, gap in zip(weights.shape[2:], dilation, strict=True)]
            padding = tuple((span - span // 2, span // 2) for span in spans)
        bias = self.constants.get(node.input[2]) if len(node.input) > 2 else None
        kernel = weights.transpose(*range(2, weights.ndim), 1, 0)
        return Convolve(kernel, (*range(2, weights.ndim), 1), bias, padding, stride, dilation, given.get("group", 1))

    def _normalisation(self, node: Any, given: dict) -> Normalise:
        gamma, beta, mean, variance = (self.constants[name].astype(np.float64) for name in node.input[1:5])
        scale = gamma / np.sqrt(variance + given.get("epsilon", 1e-5))
        return Normalise(scale, beta - mean * scale)

    def _arithmetic(self, node: Any, value: str) -> list[Step] | None:
        """A sum or product with a constant for each channel."""
        other = next((name for name in node.input if name != value), "")
        if node.op_type not in ARITHMETIC or other not in self.constants:
            return None
        if node.op_type in ("Sub", "Div") and node.input[0] != value:
            return None
        constant = self.constants[other].astype(np.float64)
        if max(constant.shape, default=1) != constant.size:
            return None
        return [Normalise(*(np.ravel(one) for one in ARITHMETIC[node.op_type](np.ravel(constant))))]

    def _rearranged(self, node: Any, given: dict, value: str) -> list[Step] | None:
        result, rank = self.shapes.get(node.output[0]), len(self.shapes.get(value) or ())
        if node.op_type == "Transpose":
            return [Rearrange(tuple(given.get("perm") or reversed(range(rank))))]
        if node.op_type == "Reshape" and result:
            return [Reshape(result[1:])]
        if node.op_type not in ("Squeeze", "Unsqueeze") or not result or not rank:
            return None
        listed = given.get("axes") or (self.constants.get(node.input[1]) if len(node.input) > 1 else None)
        if listed is None:
            return None
        longest = max(rank, len(result))
        places = {int(one) % longest for one in np.ravel(listed)}
        if node.op_type == "Squeeze":
            return [Rearrange(tuple(place for place in range(rank) if place not in places))]
        kept = iter(range(rank))
        return [Rearrange(tuple(None if place in places else next(kept) for place in range(longest)))]


def _shape(value: Any) -> tuple[int | None, ...]:
    return tuple(one.dim_value if one.HasField("dim_value") else None for one in value.type.tensor_type.shape.dim)


def _size(shape: tuple[int | None, ...]) -> int | None:
    return None if None in shape else math.prod(size or 0 for size in shape)


def _runner(path: Path, graph: Graph, name: str, options: Options, columns: list[int] | None) -> Callable:
    """Function that computes the chosen outputs, as many sequences at a time as the file lets."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rows = graph.batch.get(name) or BATCH

    def run(values: np.ndarray) -> np.ndarray:
        pieces = []
        for start in range(0, len(values), rows):
            piece = values[start : start + rows]
            full = np.concatenate([piece, np.zeros((rows - len(piece), *piece.shape[1:]), np.float32)])
            piece_in = full if graph.batch.get(name) else piece
            given = {name: piece_in}
            for other, value in options.fill.items():
                shape = [size or 1 for size in graph.inputs.get(other, ())]
                given[other] = np.full((len(piece_in), *shape), value, np.float32)
            try:
                found = session.run(None, given)
            except Exception as error:  # onnxruntime's errors have no public class
                reason = str(error).strip().splitlines()[0]
                raise InputError(f"{path} cannot be computed on these sequences: {reason}") from None
            flat = [np.asarray(one).reshape(len(piece_in), -1)[: len(piece)] for one in found]
            pieces.append(np.concatenate(flat, axis=1))
        whole = np.concatenate(pieces) if pieces else np.zeros((0, 0), np.float32)
        return whole if columns is None else whole[:, columns]

    return run
