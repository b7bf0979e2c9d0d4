"""A Keras network in PyTorch, with the same weights, so that peers of that framework explain the same function."""

import keras
import numpy as np
import torch
from keras import layers
from torch import nn


class Exponential(nn.Module):
    """Exponential activation, a module of its own so that a peer can have a rule for it."""

    def forward(self, x):
        """As `torch.exp`."""
        return torch.exp(x)


class ByPosition(nn.Module):
    """Values of all positions in a row, (position, channel) as Keras flattens them."""

    def forward(self, x):
        """From shape=(N, channels, positions) to (N, positions × channels)."""
        return x.transpose(1, 2).flatten(1)


def twin(model: keras.Model) -> nn.Sequential:
    """From shape=(N, 4, length) to the logits of a network that is a chain of layers.

    Raises
    ------
    NotImplementedError
        When a layer is none of those that the networks here have.
    """
    modules = [module for layer in model.layers[:-1] for module in _modules(layer)]
    return nn.Sequential(*modules).eval()


def _modules(layer) -> list[nn.Module]:
    weights = [torch.tensor(np.asarray(values)) for values in layer.get_weights()]
    match layer:
        case layers.InputLayer() | layers.Dropout():
            return []
        case layers.Conv1D():
            kernel = weights[0].permute(2, 1, 0)
            filters, channels, width = kernel.shape
            return [
                _with(
                    nn.Conv1d(channels, filters, width, padding=layer.padding, bias=len(weights) > 1),
                    kernel,
                    *weights[1:],
                )
            ]
        case layers.Dense():
            return [_with(nn.Linear(*weights[0].shape, bias=len(weights) > 1), weights[0].T, *weights[1:])]
        case layers.BatchNormalization():
            normalised = nn.BatchNorm1d(len(weights[0]), eps=layer.epsilon)
            normalised.running_mean.copy_(weights[2])
            normalised.running_var.copy_(weights[3])
            return [_with(normalised, *weights[:2])]
        case layers.MaxPooling1D():
            return [nn.MaxPool1d(layer.pool_size[0])]  # whole windows alone: no network here has another
        case layers.Flatten():
            return [ByPosition()]
        case layers.Activation():
            return [{"relu": nn.ReLU, "exponential": Exponential}[layer.activation.__name__]()]
    raise NotImplementedError(f"{layer.name} is a {type(layer).__name__}.")


def _with(module: nn.Module, weight: torch.Tensor, bias: torch.Tensor | None = None) -> nn.Module:
    """Give a module its weights."""
    module.weight.data = weight.contiguous()
    if bias is not None:
        module.bias.data = bias
    return module
