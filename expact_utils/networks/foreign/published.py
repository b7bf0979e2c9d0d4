"""Networks that papers published, by name: where their files are, and what these do not tell.

Files are downloaded once, by commit and SHA-256 (`published_files.txt`: network, place in the cache, SHA-256, URL), to
the folder that EXPACT_CACHE names, or to the user's cache.
"""

from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from expact_utils.run import downloads
from expact_utils.run.errors import InputError

if TYPE_CHECKING:
    from expact_utils.networks.foreign.network import ForeignNetwork


@dataclass(frozen=True)
class File:
    """A file of a network.

    Attributes
    ----------
    place : str
        Its path below the cache's folder.
    sha256 : str
        Of its content.
    url : str
        Where it is published, with the commit.
    """

    place: str
    sha256: str
    url: str


@dataclass(frozen=True)
class Published:
    """A network that a paper published.

    Attributes
    ----------
    name : str
        On the command line and in configs.
    title : str
        What it is and what it was trained on.
    paper : str
        Its authors, year and DOI.
    options : dict
        What its files do not tell, as `network.Options` has it.
    length : int, optional
        Of its sequences, in nt, where its files do not tell.
    licence : str
        Of the repository that its files are from.
    """

    name: str
    title: str
    paper: str
    options: dict = field(default_factory=dict)
    length: int | None = None
    licence: str = "MIT"

    @property
    def source(self) -> str:
        """Where it comes from and its licence, a sentence."""
        parts = [file.url.split("/") for file in files_of(self.name)]
        commits = " and ".join(dict.fromkeys(part[5][:12] for part in parts))
        where = f"github.com/{'/'.join(parts[0][3:5])}, commit {commits}, licence {self.licence}"
        return f"Published: {self.title} ({self.paper}); from {where}."


def _task_3(design: str, activation: str, trial: int) -> Published:
    """One of the twelve networks of Koo & Ploenzke's task 3 that Majdandzic et al. trained."""
    return Published(
        f"task3-{design}-{activation}-{trial}",
        f"simulated regulatory codes, {design} network, {activation}, 200 nt",
        "Majdandzic et al. 2023, doi:10.1186/s13059-023-02956-3",
        {"activation": activation, "padding": "same"},
        length=200,
    )


ROWS = (
    Published(
        "deepstarr",
        "DeepSTARR, activity of enhancers in the fly, 249 nt",
        "de Almeida et al. 2022, doi:10.1038/s41588-022-01048-5",
    ),
    Published(
        "gabpa",
        "ChIP-seq of GABPA, 200 nt",
        "Seitz et al. 2024, doi:10.1038/s42256-024-00851-5",
        {"activation": "relu", "padding": "same"},
        length=200,
    ),
    Published(
        "explainn",
        "ExplaiNN, ChIP-seq of FOXA1, JUND and MAX, 200 nt",
        "Novakovsky et al. 2023, doi:10.1186/s13059-023-02985-y",
        {"activation": "exponential", "padding": "valid"},
        length=200,
    ),
    Published(
        "neuronmotif-demo2",
        "two simulated sites of CTCF, 82 nt",
        "Wei et al. 2023, doi:10.1073/pnas.2216698120",
    ),
    Published(
        "dragonn",
        "DragoNN's primer, density of a simulated motif, 1000 nt",
        "the DragoNN manuscript's supplement",
    ),
    *(
        _task_3(design, activation, trial)
        for design in ("shallow", "deep")
        for activation in ("relu", "exponential")
        for trial in range(3)
    ),
)
NETWORKS = {row.name: row for row in ROWS}


def fetch(name: str) -> list[Path]:
    """Paths of a network's files, as `downloads.fetch` gives them; an architecture comes before its weights.

    Raises
    ------
    InputError
        When there is no network of that name, or a file cannot be downloaded or is not the one that was published.
    """
    if name not in NETWORKS:
        raise InputError(f"{name} is no published network; expected one of {', '.join(NETWORKS)}.")
    return [downloads.fetch(file.url, file.sha256, file.place) for file in files_of(name)]


def is_named(network: str | Path) -> bool:
    """Whether this names a published network, and no file here."""
    return str(network) in NETWORKS and not Path(network).is_file()


def opened(name: str, options: dict) -> tuple[dict, "ForeignNetwork"]:
    """A network's entry in a config, its files and what these do not tell, and the network; `options` go before.

    Raises
    ------
    InputError
        As `fetch`, and as `opening.open_network`.
    """
    from expact_utils.networks.foreign.opening import open_network  # and TensorFlow, which takes seconds

    paths, row = fetch(name), NETWORKS[name]
    options = row.options | options
    network = open_network(*paths, **options)
    network = replace(network, length=network.length or row.length, notes=[*network.notes, row.source])
    return {"files": paths, **options}, network


def files_of(name: str) -> list[File]:
    """Files of a network, in the order in which it is opened."""
    return _files()[name]


def listing() -> str:
    """Names and titles of all networks, a line each; trials share one."""
    named = {title: [row.name for row in rows] for title, rows in groupby(ROWS, lambda row: row.title)}
    shown = {title: names[0] + (f" to {names[-1][-2:]}" if names[1:] else "") for title, names in named.items()}
    widest = max(map(len, shown.values()))
    return "\n".join(f"  {names:{widest}}  {title}" for title, names in shown.items())


@cache
def _files() -> dict[str, list[File]]:
    """Files of each network."""
    found: dict[str, list[File]] = {}
    lines = files("expact_utils.networks.foreign").joinpath("published_files.txt").read_text(encoding="utf-8")
    for name, *file in map(str.split, lines.splitlines()):
        found.setdefault(name, []).append(File(*file))
    return found
