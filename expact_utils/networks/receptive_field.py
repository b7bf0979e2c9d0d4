"""Which positions of a sequence a unit of a convolution sees."""

from dataclasses import dataclass

import keras
from keras import layers

from expact_utils.run.errors import InputError


@dataclass(frozen=True)
class ReceptiveField:
    """What the units of a layer see.

    Attributes
    ----------
    start : int
        First position that the layer's first unit sees; negative where it looks beyond the sequence's start.
    step : int
        Positions from one unit's field to the next one's.
    width : int
        Positions that a unit sees.
    """

    start: int = 0
    step: int = 1
    width: int = 1

    def through(self, size: int, padding: int, stride: int = 1) -> "ReceptiveField":
        """Field after a window of `size` units that starts `padding` units before the first."""
        return ReceptiveField(self.start - padding * self.step, self.step * stride, self.width + (size - 1) * self.step)


def of_convolutions(model: keras.Model) -> list[tuple[layers.Layer, ReceptiveField]]:
    """Activation that ends each convolution of a chain of layers, and the field of its units.

    Raises
    ------
    InputError
        When a convolution has no activation of its own, or strides or holes, whose fields are not worked out here.
    """
    found, field, waiting = [], ReceptiveField(), False
    for layer in model.layers:
        if isinstance(layer, layers.Conv1D):
            if layer.strides != (1,) or layer.dilation_rate != (1,) or waiting:
                raise InputError(f"{model.name}: {layer.name} has strides or holes, or follows one without activation.")
            (size,) = layer.kernel_size
            field, waiting = field.through(size, (size - 1) // 2 if layer.padding == "same" else 0), True
        elif isinstance(layer, layers.MaxPooling1D):
            (size,) = layer.pool_size
            missing = -layer.input.shape[1] % size if layer.padding == "same" else 0
            field = field.through(size, missing // 2, size)
        elif isinstance(layer, layers.Activation) and waiting:
            found.append((layer, field))
            waiting = False
    return found
