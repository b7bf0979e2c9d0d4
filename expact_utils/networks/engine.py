"""What trains networks, whatever the backend: variables with a leading axis of trials, and the loss.

A backend's `Engine` adds how to compute: `engine_tensorflow` trains one network at a time, `engine_jax` many.
"""

from collections.abc import Callable
from importlib import import_module

import keras
import numpy as np
from keras import ops

from expact_utils.data.targets import UNLABELLED
from expact_utils.networks import computation
from expact_utils.networks.forward import channels
from expact_utils.run.errors import InputError

BACKENDS = ("tensorflow", "jax")
EVALUATION_BATCH = 500


def create(models: list[keras.Model]) -> "Engine":
    """Engine of Keras's backend for networks that differ in their weights and activations alone."""
    return _backend().Engine(models)


def trials_at_once() -> int:
    """Number of trials that are best trained together on this backend and device."""
    return _backend().trials_at_once()


def device() -> str:
    """Backend and device, for the history, e.g. `TensorFlow on CPU`."""
    return _backend().device()


def _backend():
    name = keras.backend.backend()
    if name not in BACKENDS:
        raise InputError(f"Keras runs on {name}; expected KERAS_BACKEND to be {' or '.join(BACKENDS)}.")
    return import_module(f"expact_utils.networks.engine_{name}")


class Engine:
    """Networks in training: their weights, moving variables and optimiser (Adam at its defaults).

    Parameters
    ----------
    models : list[keras.Model]
        A network a trial; their weights are where training starts. The models themselves are not changed.
    """

    _predict: Callable  # probabilities of a batch of sequences: a backend's own

    def __init__(self, models: list[keras.Model]):
        self.trials, self.computation = len(models), computation.of(models)
        self.weights = [keras.Variable(value) for value in _stacked(models, lambda m: m.trainable_variables)]
        self.moving = [
            keras.Variable(value, dtype=str(value.dtype)) for value in _stacked(models, self.computation.moving)
        ]
        self.optimizer = keras.optimizers.Adam()
        self.optimizer.build(self.weights)
        self.shares = np.ones(self.trials, "float32")  # of the optimiser's learning rate

    @property
    def variables(self) -> list[keras.Variable]:
        """All that training changes: weights, moving variables, optimiser."""
        return [*self.weights, *self.moving, *self.optimizer.variables]

    def states(self) -> list[list[np.ndarray]]:
        """Values of `variables` for each trial; the optimiser's count and rate belong to all of them."""
        values = [np.array(ops.convert_to_numpy(variable)) for variable in self.variables]
        return [[value[trial] if value.ndim else value for value in values] for trial in range(self.trials)]

    def restore(self, states: list[list[np.ndarray]]) -> None:
        """Go on from `states`, which may have been saved by another engine of this backend."""
        for variable, *values in zip(self.variables, *states, strict=True):
            variable.assign(np.stack(values) if len(variable.shape) else values[0])

    def put(self, array):
        """Keep an array where the engine computes."""
        return ops.convert_to_tensor(array)

    def prepare(self, codes, labels, batch_size: int) -> None:
        """Compile ahead, where that is not done while the first batches are trained on; inputs as in `run`."""

    def run(self, codes, labels, order: np.ndarray, seeds: np.ndarray, first_step: int) -> np.ndarray:
        """Train on batches; return each trial's sum of losses over them.

        Parameters
        ----------
        codes, labels
            int8, shape=(N, length), and as of a `Dataset`, shape=(N, classes), from `put`.
        order : np.ndarray
            Rows of each batch, int32, shape=(trials, steps, batch).
        seeds : np.ndarray
            Of the epoch's dropout, uint32, shape=(trials, 2).
        first_step : int
            Number of steps that this epoch made before.
        """
        raise NotImplementedError

    def predict(self, codes: np.ndarray) -> np.ndarray:
        """Return each trial's probabilities, float32, shape=(trials, N, classes), for codes, shape=(N, length)."""
        batches = [codes[i : i + EVALUATION_BATCH] for i in range(0, len(codes), EVALUATION_BATCH)]
        return np.concatenate([self._predict(self.put(batch)) for batch in batches], axis=1)

    def set_learning_rates(self, rates: list[float]) -> None:
        """Set the learning rate of each trial: the optimiser has the highest, of which the others go a share."""
        self.optimizer.learning_rate = max(rates)
        self.shares = np.array(rates, "float32") / np.float32(max(rates))

    @staticmethod
    def affine(y, scale, shift):
        """Multiply and shift each channel; scale, shift: shape=(trials, channels)."""
        return y * channels(scale, y) + channels(shift, y)

    def _forward(self, weights, moving, x, seeds=None):
        return self.computation(self, weights, moving, x, seeds)

    def _loss(self, labels, outputs):
        """Loss of each sequence, the mean over what is predicted: shape=(trials, batch).

        Binary cross-entropy of classes, squared error of numbers. A missing label (`targets`) loses nothing, and the
        others count so much more that the mean over a batch is that over its known labels.
        """
        numbers = keras.backend.standardize_dtype(labels.dtype) == "float32"
        labels = ops.broadcast_to(ops.cast(labels, "float32"), ops.shape(outputs))
        known = ops.logical_not(ops.isnan(labels)) if numbers else ops.not_equal(labels, UNLABELLED)
        labels = ops.where(known, labels, 0.0)
        lost = ops.square(outputs - labels) if numbers else ops.binary_crossentropy(labels, outputs)
        known = ops.cast(known, "float32")
        share = ops.maximum(ops.mean(known, axis=(1, 2)), keras.config.epsilon())
        return ops.mean(lost * known, axis=-1) / share[:, None]

    def _penalty(self, weights):
        return self.computation.penalty(weights)


def fill(model: keras.Model, state: list[np.ndarray]) -> None:
    """Give a model the weights and moving variables of a trial's state (see `Engine.states`)."""
    variables = [*model.trainable_variables, *computation.of([model]).moving(model)]
    for variable, value in zip(variables, state, strict=False):  # the optimiser's part is left over
        variable.assign(value)


def _stacked(models: list[keras.Model], variables) -> list[np.ndarray]:
    """Values of the variables that `variables` finds in each model, with a leading axis of models."""
    of_each = [[ops.convert_to_numpy(variable) for variable in variables(model)] for model in models]
    return [np.stack(values) for values in zip(*of_each, strict=True)]
