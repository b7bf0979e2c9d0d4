"""The registry: activations, architectures and data sets by name, a row each.

What is not of these lists does not exist; what is, the schema of configs, the plots and the book's pages know. A row
says where its function is: by its name in `networks.activations` (or Keras) or in `networks.architectures`, or as
module and function that load a data set.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby


@dataclass(frozen=True)
class Activation:
    """An activation of the first layer.

    Attributes
    ----------
    name : str
        In configs and file names; its function has this name in `networks.activations`, or else in Keras.
    title : str
        On pages.
    colour : str
        Of its curves and bars, as matplotlib takes it.
    formula : str
        Of x, the batch-normalised value, in TeX.
    monotonic : bool
        Whether it never falls as x rises: only then is the maximum before it the maximum after it.
    penalty : float
        Of the squares of the first layer's weights (L2); 0: as the protocol says.
    """

    name: str
    title: str
    colour: str
    formula: str
    monotonic: bool = False
    penalty: float = 0.0


@dataclass(frozen=True)
class Architecture:
    """A network's design.

    Attributes
    ----------
    name : str
        In configs and file names; its builder in `networks.architectures` has this name, with _ for -.
    title : str
        On pages, as the paper writes it.
    convolutions : int
        Layers that may have an activation of their own.
    """

    name: str
    title: str
    convolutions: int


@dataclass(frozen=True)
class Source:
    """A data set to train on.

    Attributes
    ----------
    name : str
        In configs and file names.
    title : str
        In a sentence.
    loader : str
        `module:function` below `expact_utils`.
    notebook : str
        Which makes its page.
    paper : str
        The data set of the paper that it is, or stands for: `synthetic` or `deepsea`; empty if the paper has none.
    settings : tuple[str, ...]
        Settings of a config that the loader takes.
    defaults : dict
        Settings of a config that are others for it where the config does not say: those of the rest are the paper's.
    truth : bool
        Whether its file says where the motifs are, so that attribution maps can be scored.
    """

    name: str
    title: str
    loader: str
    notebook: str
    paper: str = ""
    settings: tuple[str, ...] = ()
    defaults: dict = field(default_factory=dict)
    truth: bool = field(default=False, repr=False)  # decides no file


def _by_name(*rows) -> dict:
    return {row.name: row for row in rows}


# The tangent is not monotonic in float32: it falls by a last digit here and there.
ACTIVATIONS: dict[str, Activation] = _by_name(
    Activation("relu", "ReLU", "#5b6770", r"\max(0, x)", monotonic=True),
    Activation("exponential", "exponential", "#c1440e", "e^x", monotonic=True),
    # Those that the authors tried besides (Koo & Ploenzke 2021).
    Activation("sigmoid", "sigmoid", "#8da0cb", r"\sigma(x)", monotonic=True),
    Activation("tanh", "tanh", "#66c2a5", r"\tanh x"),
    Activation("softplus", "softplus", "#0072b2", r"\ln(1 + e^x)", monotonic=True),
    Activation("linear", "linear", "#999999", "x", monotonic=True),
    Activation("elu", "ELU", "#44546a", r"x \text{ if } x > 0, \text{ else } e^x - 1", monotonic=True),
    Activation("exp_relu", "exp ReLU", "#e9a36b", r"\max(0, e^{0.1x} - 1)", monotonic=True),
    Activation("shift_relu", "shifted ReLU", "#a6bddb", r"\max(0, x - 0.2)", monotonic=True),
    Activation("shift_tanh", "shifted tanh", "#99d8c9", r"\tanh(x - 6)"),
    Activation("shift_sigmoid", "shifted sigmoid", "#bcbddc", r"\sigma(x - 8)", monotonic=True),
    Activation("scale_relu", "scaled ReLU", "#3690c0", r"\max(0, x^3)", monotonic=True),
    Activation("scale_tanh", "scaled tanh", "#2ca25f", r"500 \tanh x + 500", monotonic=True),
    Activation("scale_sigmoid", "scaled sigmoid", "#756bb1", r"4000\, \sigma(x)", monotonic=True),
    Activation("shift_scale_relu", "shifted, scaled ReLU", "#045a8d", r"\max(0, (x - 0.2)^3)", monotonic=True),
    Activation("shift_scale_tanh", "shifted, scaled tanh", "#006d2c", r"500 \tanh(x - 6) + 500", monotonic=True),
    Activation("shift_scale_sigmoid", "shifted, scaled sigmoid", "#54278f", r"4000\, \sigma(x - 8)", monotonic=True),
    Activation("relu_l2", "ReLU, L2", "#a1a9b1", r"\max(0, x)", monotonic=True, penalty=0.1),
    Activation("log_relu", "log ReLU", "#b15928", r"\max(0, \ln(|x| + 10^{-10}))"),
    Activation("log_relu_l2", "log ReLU, L2", "#8c510a", r"\max(0, \ln(|x| + 10^{-10}))", penalty=0.1),
    # For deeper layers, where the exponential itself has no bound.
    Activation("bounded_exponential", "bounded exponential", "#de2d26", r"e^{\min(x, 4)}", monotonic=True),
)
ARCHITECTURES: dict[str, Architecture] = _by_name(
    Architecture("cnn-2", "CNN-2", 2),
    Architecture("cnn-50", "CNN-50", 2),
    Architecture("cnn-deep", "CNN-deep", 4),
    Architecture("cnn-local", "CNN-local", 2),
    Architecture("cnn-dist", "CNN-dist", 4),
)
# Of real sequences that are not the paper's.
BOTH_STRANDS = {"strand": "both", "patience": 10, "paired": False}
SOURCES: dict[str, Source] = _by_name(
    Source(
        *("synthetic", "synthetic data", "data.simulate:simulate", "01_data", "synthetic"),
        settings=("sequences", "length", "seed"),
        truth=True,
    ),
    Source("k562", "k562 data", "data.k562:chip", "01_invivo", "deepsea"),
    Source("k562-strict", "k562-strict data", "data.k562:strict", "01_invivo", "deepsea"),
    Source("deepsea", "deepsea data", "data.deepsea:bundled", "01_invivo", "deepsea", ("deepsea_bundle",)),
    Source(
        *("regulatory-code", "regulatory codes", "data.regulatory_code:simulate", "01_regulatory"),
        settings=("sequences", "length", "seed", "background"),
        defaults={"sequences": 20000, "protocol": "journal2020"},
        truth=True,
    ),
    Source("zbed2", "ZBED2 data", "data.enhancers:zbed2", "01_invivo", defaults=BOTH_STRANDS),
    Source("irf1", "IRF1 data", "data.enhancers:irf1", "01_invivo", defaults=BOTH_STRANDS),
    Source(
        *("own", "your sequences", "data.own:load", "01_own"),
        settings=("own", "seed", "strand"),
        defaults=BOTH_STRANDS | {"first_layer": "chosen", "maps": "motifs"},
    ),
)
# Attribution methods, and their names on pages; `attribution.methods` has the functions.
METHODS = {
    "saliency": "saliency",
    "saliency-corrected": "corrected saliency",
    "mutagenesis": "in-silico mutagenesis",
    "integrated-gradients": "integrated gradients",
    "deepshap": "DeepSHAP",
}
# Scores of predictions, of classes or of numbers, and their names on pages.
OF_CLASSES = {"aupr": "auPR", "auroc": "auROC"}
OF_NUMBERS = {"pearson": "Pearson's r", "spearman": "Spearman's ρ"}
SCORES = OF_CLASSES | OF_NUMBERS
# Measures of a trial, and their names on pages.
MEASURES = OF_CLASSES | {"jaspar": "JASPAR", "relevant": "Relevant", "coverage": "coverage"}
INITIALIZERS = ("glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform")
WITHOUT = "without-batchnorm"  # in the label of a variation
SETTINGS = re.compile(rf"(scale-(?P<scale>\d+(\.\d+)?))?-?(?P<bare>{WITHOUT})?-?(?P<initializer>[a-z_]*)")
OWN = "own"  # the data set that a user brings


def architecture_title(name: str) -> str:
    """Name of an architecture on pages; one that is not of this list keeps its own."""
    return ARCHITECTURES[name].title if name in ARCHITECTURES else name


def activation_title(label: str) -> str:
    """Name of an activation on pages, with its settings; one that is not of this list keeps its own."""
    return variation(label).title if is_activation(label) else label


def activation_colour(label: str) -> str:
    """Colour of an activation's curves and bars: the first layer's, whatever its settings."""
    return ACTIVATIONS[variation(label).layers[0]].colour


@dataclass(frozen=True)
class Variation:
    """Activations of a network's convolutions, and what of the first layer varies with them.

    Its label stands where an activation's name does, in configs and file names:
    `NAME[+NAME…][-scale-S][-without-batchnorm][-INITIALIZER]`, such as `exponential-scale-0.5`.

    Attributes
    ----------
    layers : tuple[str, ...]
        Activations by name, of the first layer, the second and so on; layers beyond are ReLU.
    scale : float
        Factor of what the first layer's activation gets: exp(scale · x).
    batch_norm : bool
        Whether the first layer is batch-normalised; else it has a bias.
    initializer : str
        Keras's name of the kernels' initialiser; empty: the protocol's.
    """

    layers: tuple[str, ...]
    scale: float = 1.0
    batch_norm: bool = True
    initializer: str = ""

    @property
    def label(self) -> str:
        """Its name in configs and file names."""
        scale = f"scale-{self.scale:g}" if self.scale != 1 else ""
        settings = scale, "" if self.batch_norm else WITHOUT, self.initializer
        return "-".join(["+".join(self.layers), *filter(None, settings)])

    @property
    def title(self) -> str:
        """Its name on pages."""
        alike = [(ACTIVATIONS[name].title, len(list(same))) for name, same in groupby(self.layers)]
        layers = " + ".join(f"{title} ({number} layers)" if number > 1 else title for title, number in alike)
        scale = f"scale {self.scale:g}" if self.scale != 1 else ""
        initializer = self.initializer.replace("_", " ").capitalize().replace("Lecun", "LeCun")
        settings = scale, "" if self.batch_norm else "no batch norm", initializer
        return ", ".join([layers, *filter(None, settings)])


def variation(label: str) -> Variation:
    """Read a label.

    Raises
    ------
    KeyError
        When it is none, or not as `Variation.label` writes it.
    """
    layers, _, settings = label.partition("-")
    found = SETTINGS.fullmatch(settings)
    if found is None:
        raise KeyError(label)
    one = Variation(tuple(layers.split("+")), float(found["scale"] or 1), not found["bare"], found["initializer"])
    known = ACTIVATIONS.keys() >= set(one.layers) and one.initializer in ("", *INITIALIZERS)
    shortest = len(one.layers) == 1 or one.layers[-1] != "relu"
    if not (known and shortest and one.scale > 0 and one.label == label):
        raise KeyError(label)
    return one


def is_activation(label: str) -> bool:
    """Whether a label is that of an activation of the registry, with settings or without."""
    try:
        return bool(variation(label))
    except KeyError:
        return False


def data_title(name: str) -> str:
    """Name of a data set in a sentence, e.g. `synthetic data`."""
    return SOURCES[name].title if name in SOURCES else f"{name} data"


def network_title(architecture: str, activation: str) -> str:
    """Name of a network as the paper writes it, e.g. `CNN-2, exponential`."""
    return f"{architecture_title(architecture)}, {activation_title(activation)}"


def measures_of(columns: Iterable[str]) -> dict[str, str]:
    """Measures that a table has, by its columns, and their names on pages; perhaps with `_mean` at their ends."""
    there = {name.removesuffix("_mean") for name in columns}
    return {name: title for name, title in (SCORES | MEASURES).items() if name in there}


def scores_of(columns: Iterable[str]) -> dict[str, str]:
    """Scores of predictions among the measures that a table has, as `measures_of`."""
    return {name: title for name, title in measures_of(columns).items() if name in SCORES}
