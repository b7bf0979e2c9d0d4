"""How networks in training are computed: by `forward` where it knows all their layers, else by Keras's own."""

import sys
from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cache

import keras
from keras import ops

from expact_utils.networks import forward
from expact_utils.networks.description import UnknownLayerError, describe, moving_variables
from expact_utils.networks.forward import Layer


def kind(model: keras.Model) -> Hashable:
    """What networks of one architecture share that are computed together: all but activations and their scales."""
    try:
        return tuple(replace(layer, activation="linear", scale=1.0) for layer in describe(model))
    except UnknownLayerError:
        return id(model)


def of(models: list[keras.Model]) -> "ByForward | ByKeras":
    """Return the faster computation that gives the numbers of these models; says so where it is the slower one.

    Raises
    ------
    ValueError
        When they are of several kinds (see `kind`), of which one would be computed as the other.
    """
    if len(models) > 1 and len(set(map(kind, models))) > 1:
        raise ValueError("networks that differ in more than their activations cannot be computed together.")
    try:
        return ByForward([describe(model) for model in models])
    except UnknownLayerError as error:
        _say(models[0].name, str(error))
        return ByKeras(models)


@dataclass(frozen=True)
class ByForward:
    """Networks of layers that `forward` knows, a list a trial."""

    networks: list[list[Layer]]
    together = True  # many trials in one computation

    @staticmethod
    def moving(model: keras.Model) -> list[keras.Variable]:
        """Variables that change without a gradient."""
        return moving_variables(model)

    def __call__(self, engine, weights: list, moving: list, x, seeds=None) -> tuple:
        """Probabilities and moving variables, as `forward.forward`."""
        return forward.forward(engine, self.networks, weights, moving, x, seeds)

    def penalty(self, weights: list):
        """Sum of the L2 penalties, over trials."""
        return forward.penalty(self.networks[0], weights)


class ByKeras:
    """Any networks, by their own layers: dropout draws from the seeds that the model holds among its variables."""

    together = False

    def __init__(self, models: list[keras.Model]):
        self.models = models

    @staticmethod
    def moving(model: keras.Model) -> list[keras.Variable]:
        """Variables that change without a gradient, seeds among them."""
        return model.non_trainable_variables

    def __call__(self, engine, weights: list, moving: list, x, seeds=None) -> tuple:
        """As `forward.forward`."""
        computed = [
            model.stateless_call(
                [of[i] for of in weights], [of[i] for of in moving], of_one, training=seeds is not None
            )
            for i, (model, of_one) in enumerate(zip(self.models, self._each(x), strict=True))
        ]
        probabilities, moved = zip(*computed, strict=True)
        return ops.stack(probabilities), [ops.stack(of) for of in zip(*moved, strict=True)]

    def _each(self, x) -> list:
        """Sequences of each trial; `x` has those of each, or the same for all."""
        return [x[i] for i in range(len(self.models))] if len(x) > 1 else [x[0]] * len(self.models)

    def penalty(self, weights: list):
        """Sum of the penalties on the weights, over trials."""
        penalised = [
            (i, variable.regularizer)
            for i, variable in enumerate(self.models[0].trainable_variables)
            if variable.regularizer is not None
        ]
        return sum(
            (regularizer(weights[i][trial]) for i, regularizer in penalised for trial in range(len(self.models))), 0.0
        )


@cache
def _say(name: str, reason: str) -> None:
    """Say once that a network trains the slower way."""
    print(f"{name} has {reason}, so it trains by Keras's own layers, which is slower.", file=sys.stderr)
