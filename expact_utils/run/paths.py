"""Where a run keeps its files, and whose they are: a network's, a data set's or the run's."""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import NamedTuple

from expact_utils.run.errors import InputError
from expact_utils.run.house import ROOT
from expact_utils.run.names import activation_title, architecture_title


def expanded(path: str | Path) -> Path:
    """Path with the home folder that a `~` at its beginning stands for.

    Raises
    ------
    InputError
        When there is no such home folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise InputError(f"{path} names the home folder of a user who is not known here.") from None


def from_root(path: str | Path) -> Path:
    """Path that a notebook names: from the project's root where it is relative.

    The root is the clone; in an installation, the folder where one stands.

    Raises
    ------
    InputError
        As `expanded`.
    """
    return ROOT / expanded(path)


class Network(NamedTuple):
    """A network of a run: what it is trained on, its design, the activation of its first layer, and which trial."""

    dataset: str
    architecture: str
    activation: str
    trial: int = 0

    @property
    def title(self) -> str:
        """Name on pages, without data set and trial, e.g. `CNN-2, exponential`."""
        return f"{self.design}, {activation_title(self.activation)}"

    @property
    def design(self) -> str:
        """Name of its architecture on pages, e.g. `CNN-2`."""
        return architecture_title(self.architecture)

    def __str__(self) -> str:
        return f"{self.dataset} {self.architecture} {self.activation} trial {self.trial}"

    @property
    def file(self) -> str:
        """Its files' path below a step's folder, without suffix, e.g. `synthetic/cnn-2_relu_0`."""
        return f"{self.dataset}/{self.stem}"

    @property
    def stem(self) -> str:
        """Name of its files in its data set's folder, e.g. `cnn-2_relu_0`."""
        return f"{self.architecture}_{self.activation}_{self.trial}"

    @property
    def figure(self) -> str:
        """Beginning of the names of its figures, e.g. `synthetic_cnn-2_relu_0`."""
        return f"{self.dataset}_{self.stem}"


class Foreign(Network):
    """Somebody's network: its name in the config stands where the architecture's does, and is its name on pages."""

    @property
    def design(self) -> str:
        """Its name in the config, even if an architecture of ours is called so."""
        return self.architecture


KEY = list(Network._fields)  # columns of tables with a row a network
DESIGN = KEY[:3]  # and of those with a row for all trials of one
FOUND = ("filters", "tomtom")  # steps whose files, of somebody's network, are among what was found of it


def networks(datasets, architectures, activations, trials) -> list[Network]:
    """Return all networks of these data sets, architectures, activations and trials, in this order."""
    return [Network(*key) for key in product(datasets, architectures, activations, trials)]


@dataclass(frozen=True)
class Run:
    """The files of one run. A relative folder is taken from the project's root, wherever the caller stands."""

    folder: Path

    def __init__(self, folder: str | Path):
        object.__setattr__(self, "folder", from_root(folder))

    def data(self, dataset: str) -> Path:
        """Dataset file (HDF5)."""
        return self.folder / "data" / f"{dataset}.h5"

    def model(self, network: Network) -> Path:
        """Trained network (Keras format)."""
        return self._file("models", network, ".keras")

    def history(self, network: Network) -> Path:
        """Losses, test scores and provenance of a training (JSON)."""
        return self._file("models", network, ".json")

    def checkpoint(self, network: Network) -> Path:
        """Where an unfinished training stands (HDF5)."""
        return self._file("checkpoints", network, ".h5")

    def meme(self, network: Network) -> Path:
        """Filters as clipped PFMs (MEME text)."""
        return self._file("filters", network, ".meme")

    def filters(self, network: Network) -> Path:
        """Filters before clipping, with activations and site counts (HDF5)."""
        return self._file("filters", network, ".h5")

    def matches(self, network: Network) -> Path:
        """Tomtom matches of the filters (Tomtom's TSV)."""
        return self._file("tomtom", network, ".tsv")

    def maps(self, network: Network, method: str) -> Path:
        """Attribution maps of a network by a method (HDF5)."""
        return self._file("maps", network, f"_{method}.h5")

    def map_scores(self, network: Network) -> Path:
        """Scores of a network's attribution maps against the truth (CSV)."""
        return self._file("maps", network, ".csv")

    def sites(self, network: Network, suffix: str) -> Path:
        """Sites of the filters in all sequences: a table (`.tsv`) or a track (`.bed`)."""
        return self._file("sites", network, suffix)

    def explained(self, name: str, suffix: str) -> Path:
        """What was found of somebody's network, by its name in the config: PFMs (`.meme`, `.h5`), matches and so on."""
        return self.folder / "explained" / f"{name}{suffix}"

    @property
    def config(self) -> Path:
        """Settings of the run (JSON)."""
        return self.folder / "config.json"

    @property
    def lock(self) -> Path:
        """What a run holds as long as it works."""
        return self.folder.with_name(f"{self.folder.name}.lock")

    @property
    def figures(self) -> Path:
        """Folder of the figures: PNG, SVG and PDF."""
        return self.folder / "figures"

    def _file(self, step: str, network: Network, suffix: str) -> Path:
        if isinstance(network, Foreign) and step in FOUND:
            return self.explained(network.architecture, suffix)
        return self.folder / step / network.dataset / f"{network.stem}{suffix}"


def shown(path: Path) -> str:
    """Path for messages and pages: relative to the project's root where it lies inside."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
