"""What attribution explains: one output of a network for each sequence, as logit or as probability."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import keras
import numpy as np
from keras import layers, ops

from expact_utils.attribution import gradients
from expact_utils.dna.letters import BASES, UNKNOWN
from expact_utils.run.errors import InputError
from expact_utils.run.progress import Progress

AT = ("logit", "probability")
ENDS = ("sigmoid", "softmax")  # activations that make probabilities
CLOSEST = 1e-7  # that a probability is taken to come to 0 and 1: float32 has no nearer
LARGEST = np.log(1 / CLOSEST - 1) - 0.01  # log-odds from which on a probability may be of any that are larger
ROUNDING = 1e-5  # share of an output that may come from its computation in float32
POSITIONS = 50_000  # of sequences that are computed at once: memory does not grow with their number


@dataclass(frozen=True, eq=False)
class Target:
    """The outputs of a network that are explained.

    Attributes
    ----------
    model : keras.Model
        From one-hot sequences, shape=(-1, length, 4), to the outputs, shape=(-1, classes); where `dense` is set, to
        what this last layer takes.
    dense : keras.layers.Dense or None
        A last layer that is product and sigmoid in one, of which the product alone is explained.
    name, at : str
        Of the network, and one of `AT`.
    length, classes : int
        Of the sequences in nucleotides, and number of outputs.
    """

    model: keras.Model
    dense: layers.Dense | None
    name: str
    at: str
    length: int
    classes: int

    def __call__(self, x):
        """Outputs, shape=(batch, classes), of sequences, shape=(batch, length, 4), which need not be one-hot."""
        y = self.model(x, training=False)
        return y if self.dense is None else product(self.dense, y)

    def outputs(self, x: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """Output of each sequence, float64, shape=(N,), for its class; x: shape=(N, length, 4)."""
        found = [self.output(*map(ops.convert_to_tensor, (x[i], classes[i]))) for i in parts(len(x), self.batch)]
        return np.concatenate([*map(ops.convert_to_numpy, found)]).astype(float)

    @cached_property
    def output(self) -> Callable:
        """Compiled function from sequences and the class of each to their outputs, shape=(batch,)."""
        return gradients.compiled(lambda x, classes: select(self(x), classes), *self._tensors)

    @cached_property
    def gradient(self) -> Callable:
        """Compiled function of the same to the gradient of each output, of the sequences' shape, and to the outputs."""

        def twice(x, classes):
            outputs = select(self(x), classes)
            return outputs, outputs

        return gradients.gradient_of(twice, *self._tensors)

    @property
    def _tensors(self) -> tuple[tuple, tuple]:
        return ((None, self.length, BASES), "float32"), ((None,), "int32")

    @property
    def batch(self) -> int:
        """Number of sequences that are computed at once."""
        return max(1, POSITIONS // self.length)


class Found(NamedTuple):
    """What a method finds.

    Attributes
    ----------
    values : np.ndarray
        float32, shape=(N, length, 4), in units of the output.
    outputs : np.ndarray
        Output of each sequence, shape=(N,).
    reference : np.ndarray
        Output, shape=(N,), which with the contributions of all positions should make that of the sequence.
    """

    values: np.ndarray
    outputs: np.ndarray
    reference: np.ndarray

    @classmethod
    def joined(cls, found: list["Found"]) -> "Found":
        """All that was found part by part."""
        return cls(*map(np.concatenate, zip(*found, strict=True)))


def of(model: keras.Model, at: str = "logit") -> Target:
    """Return the outputs of a network as they are explained.

    Parameters
    ----------
    model : keras.Model
        Input: shape=(-1, length, 4), one-hot. Output: shape=(-1, classes).
    at : str
        `logit`, before the last sigmoid or softmax (the output itself where there is none), or `probability`, after.

    Raises
    ------
    InputError
        When it is no such model, `at` is none of these, the network gives no probabilities although they are asked
        for, or a weight is not finite.
    """
    if at not in AT:
        raise InputError(f"{at} cannot be explained; expected {' or '.join(AT)}.")
    _check_model(model)
    model = _functional(model)
    made_of = [(layer, getattr(layer, "activation", None)) for layer in model.layers]
    weights = [zlib.crc32(weight.tobytes()) for weight in model.get_weights()]
    return _of_parts(model, at, (*made_of, *weights))


@lru_cache(maxsize=len(AT))
def _of_parts(model: keras.Model, at: str, _made_of: tuple) -> Target:
    """As `of`, kept with what is compiled for it as long as the network is made of the same.

    JAX compiles weights in, and either backend activations.
    """
    name, body, dense = _before_end(model)
    if at == "probability":
        if name not in ENDS:
            raise InputError(f"the network {model.name} ends without sigmoid or softmax, so it has no probability.")
        body, dense = model, None
    return Target(body, dense, model.name, at, model.input_shape[1], model.output_shape[1])


def _before_end(model: keras.Model) -> tuple[str, keras.Model, layers.Dense | None]:
    """Name of the activation that a network ends with, the network up to it, and a last layer that has it built in.

    A sigmoid may be a layer's activation, a layer, or an operation, also of a network within this one.
    """
    last = model.operations[-1]
    if isinstance(last, keras.Model):
        name, inner, dense = _before_end(_functional(last))
        return name, keras.Model(model.inputs[0], inner(last.input)), dense
    name = getattr(getattr(last, "activation", None), "__name__", type(last).__name__.lower())
    if name not in ENDS:
        return name, model, None
    return name, keras.Model(model.inputs[0], last.input), last if isinstance(last, layers.Dense) else None


def _functional(model: keras.Model) -> keras.Model:
    """A network as a graph of layers, as which a `Sequential` does not stand by itself."""
    return keras.Model(model.inputs[0], model.outputs[0], name=model.name) if type(model) is keras.Sequential else model


def is_probability(outputs: np.ndarray) -> bool:
    """Whether outputs are taken for probabilities: all lie between 0 and 1."""
    return bool(((outputs >= 0) & (outputs <= 1)).all())


def log_odds(predict: Callable[[np.ndarray], np.ndarray], column: int) -> Callable[[np.ndarray], np.ndarray]:
    """Function that gives, of one output, a probability, the log-odds: where the network is sure, these are not flat.

    Raises
    ------
    InputError
        (By the returned function) when the output is below 0 or above 1.
    """

    def logit(x: np.ndarray) -> np.ndarray:
        found = np.array(predict(x), np.float64)
        p = found[:, column]
        if not is_probability(p[np.isfinite(p)]):
            raise InputError(f"outputs go from {np.nanmin(p):.3g} to {np.nanmax(p):.3g}; expected probabilities.")
        p = np.clip(p, CLOSEST, 1 - CLOSEST)
        found[:, column] = np.log(p) - np.log1p(-p)
        return found.astype(np.float32)

    return logit


def cut(outputs: np.ndarray) -> int:
    """How many log-odds are of probabilities that come too near 0 or 1 to be told from them."""
    return int((np.abs(outputs) >= LARGEST).sum())


def product(layer, x):
    """What a convolution or dense layer gives before its own activation."""
    dense = isinstance(layer, layers.Dense)
    y = ops.matmul(x, layer.kernel) if dense else layer.convolution_op(x, layer.kernel)
    return y if layer.bias is None else y + layer.bias


def select(outputs, classes):
    """Output of each sequence, shape=(batch,), for its class; outputs: shape=(batch, classes)."""
    return ops.take_along_axis(outputs, ops.expand_dims(ops.cast(classes, "int32"), 1), axis=1)[:, 0]


def class_of_each(target: Target, classes: int | np.ndarray, sequences: int) -> np.ndarray:
    """Class that is explained for each sequence, int32, shape=(sequences,): one for all, or one for each.

    Raises
    ------
    InputError
        When the network has no such class, or there is not one for each sequence.
    """
    found = np.asarray(classes)
    if found.dtype.kind not in "iu":
        raise InputError(f"classes are {found.dtype}; expected numbers of classes, counted from 0.")
    if found.ndim and found.shape != (sequences,):
        raise InputError(f"there are {found.size} classes for {sequences} sequences; expected one for all or for each.")
    wrong = found[(found < 0) | (found >= target.classes)]
    if wrong.size:
        number = target.classes
        raise InputError(
            f"class {wrong.flat[0]} does not exist; the network {target.name} has {number}, counted from 0."
        )
    return np.broadcast_to(found, sequences).astype(np.int32)


def check_codes(target: Target, codes: np.ndarray) -> None:
    """Refuse sequences that the network cannot take; expected: int8, shape=(N, length), 0-3 = A C G T, 4 = N.

    Raises
    ------
    InputError
        When there is none, they are of another length, or hold something else.
    """
    if not isinstance(codes, np.ndarray):
        raise InputError(f"sequences are a {type(codes).__name__}; expected codes, an array of shape (N, length).")
    if codes.ndim != 2 or codes.dtype.kind not in "iu":
        raise InputError(f"sequences are {codes.dtype} of shape {codes.shape}; expected codes of shape (N, length).")
    if not len(codes):
        raise InputError("there is no sequence to explain; expected at least one.")
    if codes.shape[1] != target.length:
        raise InputError(f"sequences are {codes.shape[1]} nt long; the network {target.name} takes {target.length} nt.")
    if codes.min() < 0 or codes.max() > UNKNOWN:
        raise InputError(f"sequences hold codes from {codes.min()} to {codes.max()}; expected 0 to {UNKNOWN}.")


def without_base(codes: np.ndarray) -> np.ndarray:
    """Sequences, float32, shape=(N, length, 4), with a quarter of each base at each known position."""
    return np.repeat((codes != UNKNOWN)[..., None], BASES, axis=-1).astype(np.float32) / BASES


def outputs_without_base(target: Target, codes: np.ndarray, classes: np.ndarray, share: float) -> np.ndarray:
    """Output, float64, shape=(N,), where each known position has this share of each base.

    All of one class with the same N have the same, which is computed once.
    """
    alike = np.column_stack([codes != UNKNOWN, classes])
    rows, which = np.unique(alike, axis=0, return_inverse=True)
    x = np.repeat(share * rows[:, :-1, None], BASES, axis=-1).astype(np.float32)
    return target.outputs(x, rows[:, -1])[which.reshape(-1)]


def above(outputs: np.ndarray, score: float) -> np.ndarray:
    """Rows of the sequences whose output, shape=(N,), is over a score, in order.

    Raises
    ------
    InputError
        When there is none.
    """
    rows = np.flatnonzero(outputs > score)
    if not len(rows):
        largest = f"the largest of {len(outputs)} is {outputs.max():.3g}" if len(outputs) else "there is none at all"
        raise InputError(f"no sequence scores above {score:g}: {largest}.")
    return rows


def parts(sequences: int, size: int, progress: Progress | None = None) -> Iterator[slice]:
    """Yield slices of at most `size` sequences, and tell `progress`, of as many parts, when each is done."""
    for start in range(0, sequences, size):
        stop = min(start + size, sequences)
        yield slice(start, stop)
        if progress:
            progress.report(stop, f"{stop}/{sequences} sequences")


def _check_model(model) -> None:
    if not isinstance(model, keras.Model):
        raise InputError(f"the network is a {type(model).__name__}; expected a Keras model.")
    if not (model.built and (isinstance(model, keras.Sequential) or hasattr(model, "operations"))):
        raise InputError(f"the network {model.name} has no graph of layers; expected a functional or Sequential model.")
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise InputError(f"the network {model.name} has several inputs or outputs; expected one of each.")
    shapes = model.input_shape, model.output_shape
    if len(shapes[0]) != 3 or shapes[0][2] != BASES or shapes[0][1] is None or len(shapes[1]) != 2:
        raise InputError(
            f"the network {model.name} goes from {shapes[0]} to {shapes[1]}; expected (-1, length, 4) to (-1, classes)."
        )
    for layer in model.layers:
        if not all(np.isfinite(weight).all() for weight in layer.get_weights() if weight.dtype.kind == "f"):
            raise InputError(f"the network {model.name} has weights that are NaN or infinite, in layer {layer.name}.")
