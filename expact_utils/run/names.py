"""The registry: activations, architectures and data sets by name, a row each.

What is not of these lists does not exist; what is, the schema of configs, the plots and the book's pages know. A row
says where its function is: by its name in `networks.activations` (or Keras) or in `networks.architectures`, or as
module and function that load a data set.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field


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
    """

    name: str
    title: str
    colour: str
    formula: str
    monotonic: bool = False


@dataclass(frozen=True)
class Architecture:
    """A network's design.

    Attributes
    ----------
    name : str
        In configs and file names; its builder in `networks.architectures` has this name, with _ for -.
    title : str
        On pages, as the paper writes it.
    """

    name: str
    title: str


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
    """

    name: str
    title: str
    loader: str
    notebook: str
    paper: str = ""
    settings: tuple[str, ...] = ()
    defaults: dict = field(default_factory=dict)


def _by_name(*rows) -> dict:
    return {row.name: row for row in rows}


ACTIVATIONS: dict[str, Activation] = _by_name(
    Activation("relu", "ReLU", "#5b6770", r"\max(0, x)", monotonic=True),
    Activation("exponential", "exponential", "#c1440e", "e^x", monotonic=True),
)
ARCHITECTURES: dict[str, Architecture] = _by_name(
    Architecture("cnn-2", "CNN-2"),
    Architecture("cnn-50", "CNN-50"),
    Architecture("cnn-deep", "CNN-deep"),
    Architecture("cnn-local", "CNN-local"),
    Architecture("cnn-dist", "CNN-dist"),
)
# Of real sequences that are not the paper's.
BOTH_STRANDS = {"strand": "both", "patience": 10, "paired": False}
SOURCES: dict[str, Source] = _by_name(
    Source(
        "synthetic", "synthetic data", "data.simulate:simulate", "01_data", "synthetic", ("sequences", "length", "seed")
    ),
    Source("k562", "k562 data", "data.k562:chip", "01_invivo", "deepsea"),
    Source("k562-strict", "k562-strict data", "data.k562:strict", "01_invivo", "deepsea"),
    Source("deepsea", "deepsea data", "data.deepsea:bundled", "01_invivo", "deepsea", ("deepsea_bundle",)),
    Source(
        *("regulatory-code", "regulatory codes", "data.regulatory_code:simulate", "01_regulatory"),
        settings=("sequences", "length", "seed", "background"),
        defaults={"sequences": 20000, "protocol": "journal2020"},
    ),
    Source("zbed2", "ZBED2 data", "data.enhancers:zbed2", "01_invivo", defaults=BOTH_STRANDS),
    Source("irf1", "IRF1 data", "data.enhancers:irf1", "01_invivo", defaults=BOTH_STRANDS),
    Source(
        *("own", "your sequences", "data.own:load", "01_own"),
        settings=("own", "seed"),
        defaults=BOTH_STRANDS | {"first_layer": "chosen"},
    ),
)
# Scores of predictions, of classes or of numbers, and their names on pages.
OF_CLASSES = {"aupr": "auPR", "auroc": "auROC"}
OF_NUMBERS = {"pearson": "Pearson's r", "spearman": "Spearman's ρ"}
SCORES = OF_CLASSES | OF_NUMBERS
# Measures of a trial, and their names on pages.
MEASURES = OF_CLASSES | {"jaspar": "JASPAR", "relevant": "Relevant", "coverage": "coverage"}
OWN = "own"  # the data set that a user brings


def architecture_title(name: str) -> str:
    """Name of an architecture on pages; one that is not of this list keeps its own."""
    return ARCHITECTURES[name].title if name in ARCHITECTURES else name


def activation_title(name: str) -> str:
    """Name of an activation on pages; one that is not of this list keeps its own."""
    return ACTIVATIONS[name].title if name in ACTIVATIONS else name


def data_title(name: str) -> str:
    """Name of a data set in a sentence, e.g. `synthetic data`."""
    return SOURCES[name].title if name in SOURCES else f"{name} data"


def network_title(architecture: str, activation: str) -> str:
    """Name of a network as the paper writes it, e.g. `CNN-2, exponential`."""
    return f"{architecture_title(architecture)}, {activation_title(activation)}"


def titles() -> dict[str, str]:
    """Names of architectures and activations on pages, of those in files."""
    rows: list[Architecture | Activation] = [*ARCHITECTURES.values(), *ACTIVATIONS.values()]
    return {row.name: row.title for row in rows}


def measures_of(columns: Iterable[str]) -> dict[str, str]:
    """Measures that a table has, by its columns, and their names on pages; perhaps with `_mean` at their ends."""
    there = {name.removesuffix("_mean") for name in columns}
    return {name: title for name, title in (SCORES | MEASURES).items() if name in there}


def scores_of(columns: Iterable[str]) -> dict[str, str]:
    """Scores of predictions among the measures that a table has, as `measures_of`."""
    return {name: title for name, title in measures_of(columns).items() if name in SCORES}
