"""The training protocols: what Koo & Ploenzke did in 2019, and what the authors' code of the journal version does.

`preprint2019`, the default, is the protocol of the preprint's text. `journal2020` is that of the code beside Koo &
Ploenzke 2021 (Nature Machine Intelligence): wider first layers, dropout before pooling, Glorot initialisation, a
learning rate that falls and a training that stops when the validation auPR no longer rises (for one class, auROC, as
in its tasks 3, 5 and 6), and the last weights. A test holds both rules against Keras's own callbacks.
"""

from dataclasses import dataclass, replace

from expact_utils.run.errors import InputError
from expact_utils.run.names import ACTIVATIONS, is_activation, variation

LEARNING_RATE = 0.001  # Adam's default
LOWEST_RATE = 1e-7
DECAY = 0.2
LEAST_RISE = 1e-4  # of the watched score, for the learning rate; to go on training any rise will do


@dataclass(frozen=True)
class Convolution:
    """A convolution after the first: filters, their width, the pool after it, padding."""

    filters: int
    width: int
    pool: int
    padding: str = "valid"


@dataclass(frozen=True)
class Protocol:
    """What a protocol sets.

    Attributes
    ----------
    filters : int
        Filters of the first layer.
    second : int
        Filters of the second layer of CNN-2 and CNN-50.
    deep : tuple[Convolution, ...]
        Convolutions of CNN-deep after the first.
    initializer : str
        Keras's name of the kernels' initialiser.
    dropout_first : bool
        Whether dropout comes before max pooling.
    output_penalty : bool
        Whether the output layer's weights are penalised (L2) as the others are.
    widened : int or None
        Length from which every layer is twice as wide, in nucleotides.
    patience : int or None
        Epochs without a higher watched score (`watched`) after which training stops. Then the last weights are kept;
        without it, those of the lowest validation loss.
    decay_patience : int or None
        Epochs without a higher watched score after which the learning rate falls to a fifth.
    every_position : bool
        Whether every position over a filter's threshold is a site of its PFM, or the best of each sequence alone.
    window : int or None
        Positions of a PFM; without it, the filter's own.
    width : int
        Positions of a filter of the first layer.
    chosen : int or None
        Filters of the first layer, where they are not as many as the protocol or the architecture says.
    activations : tuple[str, ...]
        Activations of the convolutions, from the first on, by name; those beyond are ReLU.
    scale : float
        Factor of what the first layer's activation gets.
    batch_norm : bool
        Whether the first layer is batch-normalised; else it has a bias.
    """

    filters: int
    second: int
    deep: tuple[Convolution, ...]
    initializer: str
    dropout_first: bool = False
    output_penalty: bool = True
    widened: int | None = None
    patience: int | None = None
    decay_patience: int | None = None
    every_position: bool = False
    window: int | None = None
    width: int = 19
    chosen: int | None = None
    activations: tuple[str, ...] = ()
    scale: float = 1.0
    batch_norm: bool = True

    def activation(self, layer: int) -> str:
        """Activation of a convolution; the first is layer 1."""
        return self.activations[layer - 1] if layer <= len(self.activations) else "relu"

    def widening(self, length: int) -> int:
        """Factor of every layer's width for sequences of `length` nucleotides."""
        return 2 if self.widened and length >= self.widened else 1

    def watched(self, classes: int, numbers: bool = False) -> str:
        """Score of the validation set that training goes by: `auroc` of one class, `aupr` of several; empty if none.

        Of numbers it is `pearson`.
        """
        if self.patience is None:
            return ""
        if numbers:
            return "pearson"
        return "auroc" if classes == 1 else "aupr"

    def stops(self, scores: list[float]) -> bool:
        """Whether training stops after epochs with these watched scores."""
        return bool(self.patience and scores and len(scores) - 1 - scores.index(max(scores)) >= self.patience)

    def learning_rate(self, scores: list[float]) -> float:
        """Learning rate of the epoch that follows epochs with these watched scores."""
        rate, best, waited = LEARNING_RATE, float("-inf"), 0
        for score in scores if self.decay_patience else []:
            waited = 0 if score > best + LEAST_RISE else waited + 1
            best = score if waited == 0 else best
            if waited == self.decay_patience:
                rate, waited = max(rate * DECAY, LOWEST_RATE), 0
        return rate


def get(protocol: str | Protocol, activation: str) -> Protocol:
    """Return a protocol, by its name or as it was changed, with the activations and settings of a label.

    Raises
    ------
    InputError
        When there is no such activation.
    """
    rules = PROTOCOLS[protocol] if isinstance(protocol, str) else protocol
    if not is_activation(activation):
        raise InputError(f"{activation} is no activation; expected one of {', '.join(ACTIVATIONS)}.")
    varied = variation(activation)
    return replace(
        rules,
        activations=varied.layers,
        scale=varied.scale,
        batch_norm=varied.batch_norm,
        initializer=varied.initializer or rules.initializer,
    )


PROTOCOLS = {
    "preprint2019": Protocol(
        filters=30,
        second=128,
        deep=(Convolution(48, 9, 3), Convolution(96, 6, 4), Convolution(128, 4, 3)),
        initializer="he_normal",
    ),
    "journal2020": Protocol(
        filters=32,
        second=124,
        deep=(Convolution(48, 7, 4, "same"), Convolution(96, 7, 4), Convolution(128, 3, 3)),
        initializer="glorot_uniform",
        dropout_first=True,
        output_penalty=False,
        widened=1000,
        patience=20,
        decay_patience=5,
        every_position=True,
        window=20,
    ),
}
