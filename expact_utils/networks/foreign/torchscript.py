"""TorchScript files of PyTorch (the extra `torch`): read and computed by `torch.jit`, which runs no Python."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from expact_utils.networks.foreign.axes import LAYOUTS
from expact_utils.networks.foreign.first import Activate, Normalise
from expact_utils.networks.foreign.network import ForeignNetwork, Options
from expact_utils.networks.foreign.safety import check_finite, open_zip
from expact_utils.networks.foreign.steps import Convolve, Rearrange, Step, first_convolution, follow
from expact_utils.run.errors import InputError

BATCH = 256  # sequences that are computed at a time
FILES = (b"save(", b"load(", b"from_file(")  # operations of TorchScript that would touch files
NOTHING = ("dropout", "feature_dropout", "contiguous", "detach", "clone", "repeat", "to", "alias")
ACTIVATIONS = {
    "relu": "relu", "exp": "exponential", "sigmoid": "sigmoid", "tanh": "tanh", "softplus": "softplus",
    "selu": "selu", "gelu": "gelu", "silu": "silu",
}  # fmt: skip


def read(path: Path, options: Options) -> ForeignNetwork:
    """Open a TorchScript file.

    Its input's shape is not in the file: the layout is N4L unless told, and the length is free.

    Raises
    ------
    InputError
        When torch is missing, the file is damaged or touches files, or has no first convolution.
    """
    with open_zip(path) as archive:
        code = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".py"))
    if any(name in code for name in FILES):
        raise InputError(f"{path} holds operations that read or write files; export it to ONNX instead.")
    try:
        import torch
    except ImportError:
        raise InputError(f"{path}: reading TorchScript takes one more package: pip install 'expact[torch]'.") from None
    layout = options.layout or "N4L"
    if layout not in LAYOUTS:
        raise InputError(f"{layout} is no layout; expected one of {', '.join(LAYOUTS)}.")
    if options.input is not None or options.output is not None:
        raise InputError(f"{path}: TorchScript has no names of inputs and outputs; export it to ONNX to choose one.")
    try:
        module = torch.jit.load(str(path), map_location="cpu").eval()
        tensors = {name: value.numpy() for name, value in module.state_dict().items()}
        frozen = torch.jit.freeze(module, optimize_numerics=False)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"{path} is not a readable TorchScript file: {reason}") from None
    check_finite(tensors, path)
    values = list(frozen.graph.inputs())
    if len(values) != 2:
        raise InputError(f"{path} takes {len(values) - 1} inputs; export it to ONNX, where they have names.")
    graph = Graph(values[1], len(layout))
    first = first_convolution(follow(values[1], graph.onward), layout, options.bases.upper(), str(path))
    run = _runner(path, module)
    notes = (
        ["TorchScript does not tell the input's shape: the layout was taken to be N4L."]
        if options.layout is None
        else []
    )
    return ForeignNetwork(path, "TorchScript", layout, options.bases.upper(), None, ["output"], first, run, notes)


class Graph:
    """The graph of a frozen module: what is made of each value."""

    def __init__(self, start: Any, rank: int):
        self.ranks = {start.debugName(): rank}

    def onward(self, value: Any) -> list[tuple[list[Step] | None, Any]]:
        """What is made of a value, as `steps.follow` asks for it."""
        found = []
        for use in value.uses():
            node = use.user
            if node.outputsSize() != 1 or (node.kind() == "prim::Return"):
                continue
            result = node.output()
            rank = self.ranks.get(value.debugName(), 0)
            steps = _steps(node, rank)
            grown = sum(len(step.order) - rank for step in steps or [] if isinstance(step, Rearrange))
            self.ranks[result.debugName()] = rank + grown
            found.append((steps, result))
        return found


def _arguments(node: Any) -> list[Any]:
    """Constant arguments of a node; tensors that are computed are None."""
    found = []
    for value in node.inputs():
        try:
            found.append(value.toIValue() if value.node().kind() == "prim::Constant" else _listed(value))
        except RuntimeError:
            found.append(None)
    return found


def _listed(value: Any) -> Any:
    if value.node().kind() != "prim::ListConstruct":
        return None
    return [one.toIValue() if one.node().kind() == "prim::Constant" else None for one in value.node().inputs()]


def _steps(node: Any, rank: int) -> list[Step] | None:
    kind = node.kind().removeprefix("aten::").rstrip("_")
    given = _arguments(node)
    if kind in NOTHING:
        return []
    if kind in ACTIVATIONS:
        return [Activate(ACTIVATIONS[kind])]
    if kind == "elu":
        return [Activate("elu", {"alpha": float(given[1])})]
    if kind == "leaky_relu":
        return [Activate("leaky_relu", {"negative_slope": float(given[1])})]
    if kind in ("_convolution", "convolution", "conv1d", "conv2d") and given[1] is not None:
        return [_convolution(kind, given)]
    if kind == "batch_norm" and given[3] is not None:
        return [_normalisation(given)]
    return _rearranged(kind, given, rank)


def _convolution(kind: str, given: list) -> Convolve:
    weights = given[1].detach().numpy()
    sliding = weights.ndim - 2
    stride, padding, dilation = given[3:6]
    groups = given[6] if kind.startswith("conv") and kind != "convolution" else given[8]
    if isinstance(padding, str):
        ends: tuple = ("same" if padding == "same" else (0, 0),) * sliding
    else:
        ends = tuple((one, one) for one in (padding if len(padding) == sliding else padding * sliding))
    bias = None if given[2] is None else given[2].detach().numpy()
    kernel = weights.transpose(*range(2, weights.ndim), 1, 0)
    sizes = [tuple(one if len(one) == sliding else one * sliding) for one in (stride, dilation)]
    return Convolve(kernel, (*range(2, weights.ndim), 1), bias, ends, sizes[0], sizes[1], groups)


def _normalisation(given: list) -> Normalise:
    mean, variance = (one.detach().numpy().astype(np.float64) for one in given[3:5])
    scale = (1 if given[1] is None else given[1].detach().numpy()) / np.sqrt(variance + float(given[7]))
    return Normalise(scale, (0 if given[2] is None else given[2].detach().numpy()) - mean * scale)


def _rearranged(kind: str, given: list, rank: int) -> list[Step] | None:
    order: list[int | None] = list(range(rank))
    if kind == "permute":
        return [Rearrange(tuple(place % rank for place in given[1]))]
    if kind == "transpose":
        one, other = given[1] % rank, given[2] % rank
        order[one], order[other] = order[other], order[one]
        return [Rearrange(tuple(order))]
    if kind == "unsqueeze":
        order.insert(given[1] % (rank + 1), None)
        return [Rearrange(tuple(order))]
    if kind == "squeeze" and len(given) > 1 and isinstance(given[1], int):
        del order[given[1] % rank]
        return [Rearrange(tuple(order))]
    return None


def _runner(path: Path, module: Any) -> Callable:
    """Function that computes the output, a batch at a time."""
    import torch

    def run(values: np.ndarray) -> np.ndarray:
        pieces = []
        for start in range(0, len(values), BATCH):
            piece = torch.from_numpy(np.ascontiguousarray(values[start : start + BATCH]))
            try:
                with torch.no_grad():
                    found = module(piece)
            except RuntimeError as error:
                reason = str(error).strip().splitlines()[-1]
                raise InputError(
                    f"{path} cannot be computed on sequences of shape {tuple(piece.shape)}: {reason}"
                ) from None
            tensors = found if isinstance(found, tuple | list) else [found]
            pieces.append(np.concatenate([one.reshape(len(piece), -1).numpy() for one in tensors], axis=1))
        return np.concatenate(pieces) if pieces else np.zeros((0, 0), np.float32)

    return run
