"""The code that decides a training's result: a network that was trained with other code is trained again.

What is compared is its meaning (see `run.staleness`). Data are compared themselves.
"""

from expact_utils.run import staleness
from expact_utils.run.names import ACTIVATIONS

COMPARED_THEMSELVES = ("dna", "data")  # what these folders give


def of_training(architecture: str, activation: str) -> str:
    """Hash of the modules that train a network, of its builder, and of its activation."""
    texts = [
        *staleness.of_modules(["networks.training"], COMPARED_THEMSELVES),
        staleness.of_architecture(architecture),
        staleness.of_activation(activation),
        str(ACTIVATIONS[activation].monotonic),
    ]
    return staleness.hash_of(texts)
