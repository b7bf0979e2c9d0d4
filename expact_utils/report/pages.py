"""Pages of a run's book: a declaration each, from which the graph, the contents and what is published follow."""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass

from expact_utils.report import asking
from expact_utils.run.names import METHODS, SOURCES, data_title
from expact_utils.run.paths import Network
from expact_utils.run.trainings import attributed, datasets, networks, of_table, with_truth, without_truth

ANSWERS = "answers"  # first part of the contents; its caption is the run's
BEYOND = "Beyond the paper"


@dataclass(frozen=True)
class Page:
    """A notebook, and what its page is to the graph and to the contents.

    Attributes
    ----------
    notebook : str
        File below `notebooks/`, without suffix. Its parameters that a config has are the run's.
    title : str
        Of the page, with {dataset}, {data} (in words), {network}, {trial} and {foreign} where there are several.
    part : str
        Of the contents.
    each : str
        What there is a page of: `run`, `dataset`, `network`, `trial` (of a data set, beyond the first), or `foreign`
        (somebody's network, by its name in the config).
    reads, makes : tuple[str, ...]
        Files of the run, by `FILES` or by name, with fields as the title. What no page of a run makes is not read.
    makes_when : tuple[tuple[Callable, str], ...]
        Whether a config asks for a file, of `asking`, and the file.
    entry : str
        In the contents, where that is not the title; of pages of a network, that below the network's first page.
    name : str
        Of the page, where that is not the notebook's.
    when : Callable
        Whether a run with this config has it.
    of : Callable
        Data sets of a config that it looks at.
    parameters : dict or None
        What the notebook gets instead of the config's settings.
    takes : tuple[str, ...]
        Settings that a page of a data set takes besides those of the data set itself.
    takes_up : bool
        Whether what an earlier job left is taken up by the next, not deleted before it.
    """

    notebook: str
    title: str
    part: str
    each: str = "run"
    reads: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    makes_when: tuple[tuple[Callable[[dict], bool], str], ...] = ()
    entry: str = ""
    name: str = ""
    when: Callable[[dict], bool] = asking.always
    of: Callable[[dict], list[str]] = asking.every
    parameters: dict | None = None
    takes: tuple[str, ...] = ()
    takes_up: bool = False

    @property
    def step(self) -> str:
        """Folder or name of its page below `notebooks/` of a run."""
        return self.name or self.notebook

    @property
    def rule(self) -> str:
        """Name in the graph."""
        number, _, name = self.notebook.partition("_")
        return name.removeprefix("own_") if number.isdigit() else self.notebook

    @property
    def pattern(self) -> str:
        """Its path below a step's folder, with a field for each thing that there is a page of."""
        return f"{self.step}{PATTERNS[self.each]}"


PATTERNS = {
    "run": "",
    "dataset": "/{dataset}",
    "network": "/{dataset}/{architecture}_{activation}_{trial}",
    "trial": "/{dataset}_{trial}",
    "foreign": "/{foreign}",
}
# Files between the steps, of a data set or of a network.
FILES = {
    "data": ("data/{dataset}.h5",),
    "models": ("models" + PATTERNS["network"] + ".keras",),
    "histories": ("models" + PATTERNS["network"] + ".json",),
    "filters": ("filters" + PATTERNS["network"] + ".meme", "filters" + PATTERNS["network"] + ".h5"),
    "matches": ("tomtom" + PATTERNS["network"] + ".tsv",),
    "maps": (
        *(f"maps{PATTERNS['network']}_{method}.h5" for method in METHODS),
        "maps" + PATTERNS["network"] + ".csv",
    ),
    "explained": tuple(f"explained/{{foreign}}{suffix}" for suffix in (".meme", ".h5", ".tsv", ".csv", "_scores.csv")),
}
TABLES = ("table1.csv", "trials.csv", "filters.csv")
MOTIFS = ("motifs.csv", "motif_filters.csv", "motifs.meme", "motif_sites.tsv", "motif_sites.bed")
PAGES = (
    Page("01_data", "Data: {dataset}", "Data", "dataset", makes=("data",), entry="{data}"),
    Page("01_invivo", "Data: {dataset}", "Data", "dataset", makes=("data",), entry="{data}", name="01_data"),
    Page("01_regulatory", "Data: {dataset}", "Data", "dataset", makes=("data",), entry="{data}", name="01_data"),
    Page(
        *("01_own", "Your sequences", "Data", "dataset"),
        makes=("data", "baselines.csv"),
        entry="{data}",
        name="01_data",
        takes=("strand",),
    ),
    Page(
        *("02_first_layer", "Filters and widths", "Networks"),
        reads=("data",),
        makes=("first_layer.csv",),
        when=asking.chooses,
        takes_up=True,
    ),
    Page(
        *("02_training", "Training: {network} ({data}, trial {trial})", "Networks", "network"),
        entry="Training",
        reads=("data", "first_layer.csv"),
        makes=("models", "histories"),
        takes_up=True,
    ),
    Page(
        *("03_filters", "Filters: {network} ({data}, trial {trial})", "Networks", "network"),
        entry="Filters",
        reads=("data", "models", "histories"),
        makes=("filters",),
    ),
    Page(
        *("04_tomtom", "Tomtom: {network} ({data}, trial {trial})", "Networks", "network"),
        entry="Tomtom",
        reads=("filters", "histories"),
        makes=("matches",),
    ),
    Page(
        *("03_maps", "Maps: {network} ({data}, trial {trial})", "Networks", "network"),
        entry="Maps",
        reads=("data", "models", "histories"),
        makes=("maps",),
        when=asking.asks_for("attribution"),
    ),
    Page(
        *("03_foreign", "Network: {foreign}", "Networks", "foreign"),
        reads=("data", "baselines.csv"),
        makes=("explained",),
        entry="{foreign}",
    ),
    Page(
        *("05_foreign_results", "Results", ANSWERS),
        reads=("config.json", "data", "baselines.csv", "explained"),
        makes=("networks.csv", *MOTIFS, "figures/{dataset}_motifs_found.png"),
        name="05_results",
        when=asking.explains,
    ),
    Page(
        *("05_results", "Results", ANSWERS),
        reads=("config.json", "data", "histories", "filters", "matches"),
        makes=(*TABLES, "figures/{dataset}_at_a_glance.png", "figures/{dataset}_relevant.png"),
        when=asking.of_paper,
    ),
    Page(
        *("05_own_results", "Results", ANSWERS),
        reads=("config.json", "data", "models", "histories", "filters", "matches", "baselines.csv", "first_layer.csv"),
        makes=(*TABLES, "ensembles.csv", "figures/{dataset}_at_a_glance.png", "figures/{dataset}_matched.png"),
        name="05_results",
        when=asking.of_own,
    ),
    Page(
        *("05_trials", "Trial {trial}: {data}", ANSWERS, "trial"),
        reads=("config.json", "data", "histories", "filters", "matches"),
    ),
    Page(
        *("08_explorer", "Motif explorer", ANSWERS),
        reads=("config.json", "data", "histories", "filters", "matches", "importance.csv", "explained"),
        makes=("explorer.html",),
    ),
    Page(
        *("06_motifs", "Motifs", ANSWERS),
        reads=("config.json", "data", "models", "histories", "filters", "baselines.csv"),
        makes=(*MOTIFS, "importance.csv", "figures/{dataset}_motifs_found.png"),
        when=asking.of_own,
    ),
    Page(
        *("06_bases", "Maps", ANSWERS),
        reads=("config.json", "data", "models", "histories", "explained", *MOTIFS),
        makes=("map_motifs.csv", "map_motifs.meme"),
        when=asking.draws_maps,
    ),
    Page(
        *("07_claims", "The paper's claims", ANSWERS),
        reads=("config.json", "histories", *TABLES),
        makes=("claims.csv",),
        when=asking.of_paper,
    ),
    Page(
        *("06_robustness", "Robustness", ANSWERS),
        reads=("config.json", "data", "models", "histories", "filters", "matches"),
        makes=("robustness.csv",),
        makes_when=((asking.asks_for("sensitivity"), "sensitivity.csv"),),
        when=asking.trains,
    ),
    Page(
        *("06_activations", "Which activation?", BEYOND),
        reads=("config.json", "data", "models", "histories", "filters", "matches"),
        makes=("activations.csv", "shapes.csv", "figures/activations.png"),
        when=asking.compares_activations,
    ),
    Page(
        *("06_attribution", "Which map can be trusted?", BEYOND),
        reads=("config.json", "data", "histories", "maps"),
        makes=("attribution.csv", "map_baselines.csv", "map_claims.csv", "figures/{dataset}_attribution.png"),
        when=asking.scores_maps,
        of=with_truth,
    ),
    Page(
        *("06_real", "Maps of real sequences", BEYOND),
        reads=("config.json", "data", "histories", "filters", "maps"),
        makes=("factor_sites.csv",),
        makes_when=((asking.motifs_of_maps, "modisco_real.csv"), (asking.strands_of_paper, "strands.csv")),
        when=asking.maps_real,
        of=without_truth,
    ),
    Page(
        *("06_modisco", "From maps to motifs", BEYOND),
        reads=("config.json", "data", "histories", "filters", "maps"),
        makes=("modisco.csv", "modisco.meme"),
        when=lambda config: asking.scores_maps(config) and asking.motifs_of_maps(config),
        of=with_truth,
    ),
    Page(
        *("06_deeper", "Exponentials in deeper layers", BEYOND),
        reads=("config.json", "data", "models", "histories", "filters"),
        makes=("deeper.csv", "deeper_filters.csv", "deeper_scores.csv", "deeper.meme"),
        when=asking.has_deeper,
    ),
    Page(
        *("tutorial", "Tutorial: your own sequences", "Do it yourself"),
        when=asking.asks_for("tutorial"),
        parameters={"run": "{run}/tutorial", "trials": 3, "epochs": 30},
    ),
    Page(
        *("tutorial_network", "Tutorial: a network from a paper", "Do it yourself"),
        when=asking.asks_for("network_tutorial"),
        parameters={"run": "{run}/tutorial_network"},
    ),
)
TUTORIALS = {page.step for page in PAGES if page.parameters is not None}  # each is a small run of its own


def of_run(config: dict) -> list[Page]:
    """Declarations of the pages that a run has: of one that adds trials to another, those of its steps alone."""
    steps = ("dataset", "network") if config["first_trial"] else PATTERNS
    return [page for page in PAGES if page.each in steps and page.when(config) and subjects(page, config)]


def subjects(page: Page, config: dict) -> list[dict]:
    """What there is a page of, a dict of fields each."""
    match page.each:
        case "dataset":
            return [{"dataset": name} for name in datasets(config) if SOURCES[name].notebook == page.notebook]
        case "network":
            every = attributed(config) if "maps" in page.makes else networks(config)
            return [network._asdict() for network in every]
        case "trial":
            further = range(1, config["trials"])
            return [{"dataset": name, "trial": trial} for name in config["datasets"] for trial in further]
        case "foreign":
            return [{"foreign": name} for name in config["networks"]]
    return [{}]


def pages(config: dict) -> dict[str, str]:
    """Pages of a run's book, as paths of executed notebooks below `notebooks/` without suffix, and their titles.

    Trial 0 has a page a step and network; each further trial has one page a dataset.
    """
    return {
        path: page.title.format(**in_words(fields)) for page in of_run(config) for path, fields in paths(page, config)
    }


def front_figures(config: dict, titles: Container[str]) -> list[str]:
    """Figures that some pages of a run's book, by their paths, leave for its front page, files of the run's folder."""
    return [path for path in made(config, titles) if path.startswith("figures/")]


def made(config: dict, titles: Container[str] | None = None) -> list[str]:
    """Files that the pages of a run leave in its folder, whatever there is a page of; or those of some, by `titles`."""
    of = [page for page in of_run(config) if titles is None or page.pattern in titles]
    return [path for page in of for path in made_by(page, config)]


def in_words(fields: dict) -> dict:
    """Fields, with the data set and the network in words: {data}, {network}."""
    words = dict(fields)
    if "dataset" in fields:
        words["data"] = data_title(fields["dataset"])
    if "architecture" in fields:
        words["network"] = Network(**fields).title
    return words


def made_by(page: Page, config: dict) -> list[str]:
    """Files that a page leaves which are of the whole run, those of each data set by its name."""
    own = [name for name in page.makes if name not in FILES]
    own += [name for asked, name in page.makes_when if asked(config)]
    named = [name.format(dataset=dataset) for name in own for dataset in page.of(config)]
    return list(dict.fromkeys(named))


def paths(page: Page, config: dict) -> Iterable[tuple[str, dict]]:
    """Path of each page of the book that a declaration makes, with its fields."""
    with_pages = [network._asdict() for network in of_table(config) if not network.trial]
    for fields in subjects(page, config):
        if page.each == "network" and fields not in with_pages:
            continue
        yield page.pattern.format(**fields), fields
