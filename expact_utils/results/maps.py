"""Attribution maps of one's own sequences: outputs that are explained, sequences that are drawn, and motifs of maps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import pandas as pd

from expact_utils.attribution import modisco, targets
from expact_utils.attribution.any_network import attribute_output
from expact_utils.attribution.methods import Maps, attribute
from expact_utils.data.datasets import Dataset
from expact_utils.dna.letters import reverse_complement
from expact_utils.dna.meme import read_meme
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import clusters, evidence
from expact_utils.motifs.clusters import Cluster
from expact_utils.motifs.identified import Identified, identify
from expact_utils.motifs.scanning import every_site, narrowed
from expact_utils.networks import histories, models
from expact_utils.networks.foreign.network import ForeignNetwork
from expact_utils.networks.training import predict
from expact_utils.networks.trial import BOTH
from expact_utils.results import attributions, foreign, map_baselines
from expact_utils.run.names import OWN
from expact_utils.run.paths import Foreign, Network, Run
from expact_utils.run.tables import read_csv

METHOD = "mutagenesis"  # the only one that any network can be explained by
MOST = 300  # sequences whose maps are made into motifs, of an output ...
POSITIONS = 150_000_000  # ... of so many positions at most, those of all their mutants together
OUTPUTS = 6  # that are explained, at most
HIGHEST, TYPICAL = 2, 2  # sequences of each that are drawn
SAME = 0.01  # largest E-value of a motif of maps and one of filters that are the same
MEANS = ("values", "outputs", "reference")  # of maps, over both strands
DROPPED = ["silenced_drop", "networks", "trials"]  # columns of evidence that say nothing of maps
PREFIX = "map"  # of motifs of maps, and their rank


@dataclass(frozen=True, eq=False)
class Output:
    """An output of a network that is explained, and the class (or number) that it is held against.

    Attributes
    ----------
    network : Network
        Trained by the run, or somebody's.
    title, of_class : str
        Of the network and its output on pages, and of the class, empty where it tells none.
    column : int or None
        Of the labels.
    outputs : np.ndarray
        Output of each test sequence, shape=(N,), higher for the class.
    maps : Callable
        From codes, shape=(N, length), to `Maps`.
    """

    network: Network
    title: str
    of_class: str
    column: int | None
    outputs: np.ndarray
    maps: Callable[[np.ndarray], Maps]

    @property
    def subject(self) -> str:
        """What is explained, on pages."""
        return f"{self.of_class}, by {self.title}" if self.of_class else f"{self.title}, which tells no class"

    def rows(self, data: Dataset, split: str) -> np.ndarray:
        """Rows of the class in a split; all where there is none."""
        every = np.arange(len(data.X[split]))
        if self.column is None:
            return every
        positive = np.flatnonzero(data.as_classes().Y[split][:][:, self.column] == 1)
        return positive if len(positive) else every


class Mark(NamedTuple):
    """A motif whose sites are marked: its name on pages, PFM, and threshold in bits."""

    name: str
    pfm: np.ndarray
    threshold: float


def of_filters(run: Run) -> tuple[pd.DataFrame, list[Motif]]:
    """Motifs with evidence that the filters hold: their rows of `motifs.csv`, and these, in the same order.

    Raises
    ------
    InputError
        When a file is missing or unreadable.
    """
    table = read_csv(run.folder / "motifs.csv", evidence.FIRST)
    table = table[table["evidence"]]
    known = {motif.id: motif for motif in read_meme(run.folder / "motifs.meme")} if len(table) else {}
    return table, [known[name] for name in table["motif"]]


def of_trained(run: Run, data: Dataset, trained: list[Network], strand: str) -> list[Output]:
    """Outputs of the network with the lowest validation loss, one a class; `strand` is that of its predictions.

    Of both strands, maps are the mean of those of the sequence and of its reverse complement, as predictions are.

    Raises
    ------
    InputError
        When a file of a network is missing or unreadable.
    """
    losses = [np.nanmin(histories.read(run, network)["validation_loss"]) for network in trained]
    best = trained[int(np.argmin(losses))]
    model = models.load(run, best, data)
    values = predict(model, data.X["test"][:], strand)
    title = f"{best.title}, trial {best.trial}"
    return [
        Output(best, title, name, column, values[:, column], _attributed(model, column, data.numbers, strand))
        for column, name in enumerate(data.class_names)
    ]


def _attributed(model: keras.Model, column: int, numbers: bool, strand: str) -> Callable[[np.ndarray], Maps]:
    def of_given(codes: np.ndarray) -> Maps:
        return replace(attribute(model, codes, METHOD, column), log_odds=not numbers)

    def of_both(codes: np.ndarray) -> Maps:
        given, other = of_given(codes), of_given(reverse_complement(codes))
        turned = replace(other, values=np.flip(other.values, (1, 2)))  # A C G T is T G C A backwards
        means = {name: (getattr(given, name) + getattr(turned, name)) / 2 for name in MEANS}
        return replace(given, **means)

    return of_both if strand == BOTH else of_given


def of_foreign(opened: Mapping[str, ForeignNetwork], scores: pd.DataFrame, data: Dataset) -> list[Output]:
    """Outputs of somebody's networks, each for the class that it tells best; the best of every network come first.

    `scores` as `foreign.scores` has them, of all networks.

    Raises
    ------
    InputError
        As `ForeignNetwork.predict`.
    """
    if scores.empty:
        return []
    values = {name: foreign.predict(opened[name], data.X["test"][:]) for name in pd.unique(scores["network"])}
    rows = foreign.outputs_by_score(scores).to_dict("records")
    return [_of_row(opened[row["network"]], row, values[row["network"]], data) for row in rows]


def _of_row(network: ForeignNetwork, row: dict, values: np.ndarray, data: Dataset) -> Output:
    """Output of a row of scores; `values` of all outputs, shape=(N, outputs)."""
    name, of_class, number = row["network"], row["class"], network.outputs.index(row["output"])
    found, tells = values[:, number], row["tells"]
    probability = not data.numbers and targets.is_probability(found)
    return Output(
        Foreign(OWN, name, network.first.known_activation.name),
        f"{name}, output {row['output']}",
        of_class if tells else "",
        data.class_names.index(of_class) if tells else None,
        found,
        partial(attribute_output, network.predict, column=number, probability=probability),
    )


def drawn(output: Output, data: Dataset) -> tuple[np.ndarray, list[str]]:
    """Rows of the test set whose maps are drawn, and a word on each: `highest` output, or `typical`.

    Of sequences of the class; typical is next to their median.
    """
    rows = output.rows(data, "test")
    of_rows = output.outputs[rows]
    highest = rows[np.argsort(-of_rows, kind="stable")][:HIGHEST]
    middle = rows[np.argsort(np.abs(of_rows - np.median(of_rows)), kind="stable")]
    typical = middle[~np.isin(middle, highest)][:TYPICAL]
    return np.concatenate([highest, typical]), ["highest"] * len(highest) + ["typical"] * len(typical)


def sampled(output: Output, data: Dataset) -> np.ndarray:
    """Sequences whose maps are made into motifs, int8, shape=(N, length): the class's of validation, then of training.

    No label of the test set decides them, so that this can say what they are worth; nor more of them than `POSITIONS`.
    """
    most = max(1, min(MOST, POSITIONS // (3 * data.length**2)))
    return np.concatenate([data.X[split][:][output.rows(data, split)] for split in ("valid", "train")])[:most]


def motifs(
    found: list[tuple[Output, Maps]],
    data: Dataset,
    targets: list[Motif],
    evalue: float,
    seed: int = 0,
    norc: bool = False,
) -> Identified:
    """Motifs that TF-MoDISco makes of maps, those for an output, each with its evidence on the test set.

    Parameters
    ----------
    found : list[tuple[Output, Maps]]
        Maps of sequences of `sampled`.
    data, targets, evalue, seed, norc
        As `identify` takes them.

    Returns
    -------
    Identified
        Motifs `map1`, `map2`, …; a member is a network and the name of class and pattern.

    Raises
    ------
    InputError
        As `modisco.patterns`.
    """
    patterns: dict[tuple, Motif] = {}
    with modisco.worker() as process:
        for output, maps in found:
            for_class = [one.motif for one in modisco.patterns(maps, process) if one.positive]
            patterns |= {(*output.network, f"{output.subject} {motif.id}"): motif for motif in for_class}
    return identify(clusters.cluster(patterns, norc=norc), data, targets, evalue, seed, norc, PREFIX)


def table(identified: Identified, filters: list[Motif], norc: bool) -> pd.DataFrame:
    """Table of the motifs of maps, as `motifs.csv` but for `DROPPED`; a row a motif, the best first.

    Parameters
    ----------
    identified : Identified
        As from `motifs`.
    filters : list[Motif]
        Motifs with evidence that the filters hold; `in_filters` is the one that a motif matches, else empty.
    norc : bool
        Compare motifs as they stand alone.
    """
    whole = identified.table()
    same = clusters.look_up(identified.groups, filters, SAME, norc) if filters else identified.matches.head(0)
    of_filters = same.drop_duplicates("Query_ID").set_index("Query_ID")["Target_ID"]
    in_filters = whole["motif"].map(of_filters).fillna("").astype(object)
    return whole.drop(columns=DROPPED).rename(columns={"filters": "patterns"}).assign(in_filters=in_filters)


def missed(groups: list[Cluster], filters: list[Motif], norc: bool) -> list[str]:
    """IDs of motifs of filters that none of these motifs of maps matches."""
    if not filters:
        return []
    matched = set(clusters.look_up(groups, filters, SAME, norc)["Target_ID"])
    return [motif.id for motif in filters if motif.id not in matched]


def sites(codes: np.ndarray, marks: list[Mark], norc: bool = False) -> list[list[tuple[int, int, str]]]:
    """All sites of motifs in each sequence: first position, the one after the last, and name; see `every_site`."""
    found: list[list[tuple[int, int, str]]] = [[] for _ in codes]
    for mark in marks:
        pfm = narrowed(mark.pfm, codes.shape[1])
        for row, start in every_site(codes, pfm, mark.threshold, norc):
            found[row].append((start, start + len(pfm), mark.name))
    return found


def inside(maps: Maps, of_each: list[list[tuple[int, int, str]]]) -> tuple[float, float]:
    """Share of the positions, and of what speaks for the output, that lies in sites, each in [0, 1]."""
    within, speaks = covered(of_each, maps.codes.shape), np.maximum(maps.contributions, 0)
    return float(within.mean()), float(speaks[within].sum() / max(speaks.sum(), np.finfo(float).tiny))


def covered(of_each: list[list[tuple[int, int, str]]], shape: tuple[int, int]) -> np.ndarray:
    """Whether each position, `shape`=(N, length), lies in a site; sites as from `sites`."""
    within = np.zeros(shape, bool)
    for row, of_sequence in enumerate(of_each):
        for start, stop, _ in of_sequence:
            within[row, start:stop] = True
    return within


def in_words(of_maps: pd.DataFrame, names: pd.Series, only_filters: list[str]) -> str:
    """How many motifs the maps hold, and which the filters lack, or have alone; `names` of both, by motif."""
    known = of_maps[of_maps["evidence"]]
    if known.empty:
        return "No motif of the maps has evidence on the test set."
    new = known.loc[known["in_filters"] == "", "motif"]
    count = "One motif of the maps has" if len(known) == 1 else f"{len(known)} motifs of the maps have"
    shared = len(known) - len(new)
    also = f"{count} evidence on the test set; the filters hold {'none' if not shared else f'{shared}'} of these"
    parts = [also] + [f"in the maps alone: {', '.join(names[new])}"] * bool(len(new))
    parts += [f"in the filters alone: {', '.join(names[only_filters])}"] * bool(only_filters)
    return f"{'; '.join(parts)}."


def trust() -> str:
    """How far such maps can be trusted: what the book's part two, else the journal version, measured by the truth."""
    table, source = attributions.published(), ""
    if table is None:
        table, source = attributions.journal().assign(target="logit"), " (Koo & Ploenzke 2021)"
    rows = table["method"].eq(METHOD) & table["target"].eq("logit") & table["activation"].isin(attributions.COMPARED)
    values = table.loc[rows, "auroc_mean"]
    return (
        "In simulated sequences, where the truth is known, such maps of ReLU and exponential networks rank positions "
        f"of motifs above others with an auROC of {values.min():.2f} to {values.max():.2f}, where {_least()}"
        f"{source}: what stands out in one sequence alone may be noise."
    )


def _least() -> str:
    """What can be scored without a trained network, by the best baseline that the book publishes; else by chance."""
    baselines = map_baselines.published()
    if baselines is None or baselines.empty:
        return "chance gives 0.50"
    best = baselines.loc[baselines["auroc"].idxmax()]
    return f"{best['baseline']} gives {best['auroc']:.2f} without a trained network"
