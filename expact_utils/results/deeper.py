"""Exponentials in deeper layers: what filters of every layer show, and whether the networks predict."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import keras
import numpy as np
import pandas as pd

from expact_utils.data import datasets
from expact_utils.data.datasets import Dataset
from expact_utils.data.planting import planted_matrices
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import databases
from expact_utils.motifs import deeper as of_layer
from expact_utils.motifs import filters as of_first
from expact_utils.motifs.deeper import DeepFilter
from expact_utils.networks import histories, models, receptive_field, training
from expact_utils.networks.recalibration import recalibrated
from expact_utils.networks.scores import score
from expact_utils.results.controls import shuffle
from expact_utils.results.known import Known
from expact_utils.run.errors import InputError
from expact_utils.run.paths import DESIGN, KEY, Network, Run
from expact_utils.run.progress import Progress

UNTRAINED = "untrained"  # control: the same network, not trained
SHUFFLED = "shuffled"  # control: the trained network's filters with their positions in random order
CONTROLS = (UNTRAINED, SHUFFLED)  # of the first training of each network
COLUMNS = (
    *("dataset", "architecture", "activations", "layer", "filters", "relevant_mean", "relevant_std", "pairs_mean"),
    *("window_share_mean", "trials", "control"),
)


def planted_in(data: Dataset, names: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Motifs that were planted, those of negatives too, and the matrices that count as each; `names` of matrices.

    Where a data set does not say what was planted, those whose truth is known.
    """
    known = dict(next(iter(data.relevant.values()), {}))
    listed = {matrix for matrices in known.values() for matrix in matrices}
    return known | {names[matrix]: (matrix,) for matrix in sorted(planted_matrices(data) - listed)}


class Looked(NamedTuple):
    """What was seen of networks layer by layer; an earlier run's, to go on from, has a table's rows by network.

    Attributes
    ----------
    filters : pd.DataFrame
        A row a filter: network, layer, control (empty, or one of `CONTROLS`), and the columns of `motifs.deeper.pairs`.
    scores : pd.DataFrame
        A row a network: auPR as saved (`aupr`) and with statistics measured without dropout (`aupr_recalibrated`), and
        why its training failed, if it did.
    motifs : dict[str, Motif]
        Of each network's first training the filters that match a planted motif, by ID (`motif_id`); the name is the
        TF's. Of what an earlier run looked into there may be none, or layer 1's alone.
    """

    filters: pd.DataFrame
    scores: pd.DataFrame
    motifs: dict[str, Motif]


class Earlier(NamedTuple):
    """What an earlier run of the page left: rows of `Looked`'s tables, and its motifs."""

    filters: Known
    scores: Known
    motifs: dict[str, Motif]


NOTHING = Earlier({}, {}, {})


def motif_id(network: Network, layer: int, name: str) -> str:
    """ID of a filter among those of all networks, e.g. `synthetic/cnn-2_relu_0/layer2/filter7`."""
    return f"{network.file}/layer{layer}/{name}"


def collect(run: Run, trained: list[Network], database: str = "jaspar2016", before: Earlier = NOTHING) -> Looked:
    """Look into every layer of networks, and of their controls; and score the networks as saved and recalibrated.

    Networks of which `before` has the rows of both tables, with all controls, are not looked into again; but for
    motifs of its first training that it lacks, where the network is there.

    Raises
    ------
    InputError
        When there is no network to look into.
    """
    if not trained:
        raise InputError(
            "also: no network has a further layer that is not ReLU; expected an activation such as "
            "exponential+exponential."
        )
    targets = list(databases.load(database))
    names = {motif.id: motif.name for motif in targets}
    filters, scores, motifs = dict(before.filters), dict(before.scores), dict(before.motifs)
    progress = Progress("layers", len(trained))
    for number, network in enumerate(trained, 1):
        if not _is_known(run, network, Earlier(filters, scores, motifs)):
            data, history = datasets.read(run.data(network.dataset)), histories.read(run, network)
            model = models.load(run, network, data)
            planted, layers = planted_in(data, names), list(_layers(model, network, history, data))
            rows = [of_layer.pairs(of, targets, planted).assign(**key) for key, of in layers]
            filters[network] = pd.concat(rows, ignore_index=True).round(6)
            scores[network] = pd.DataFrame([network._asdict() | _scores(model, data, history)]).round(6)
            motifs |= {one.id: one for found in zip(layers, rows, strict=True) for one in _matching(network, *found)}
        progress.report(number, network.title)
    table = pd.concat([filters[network] for network in trained], ignore_index=True)
    first = [*KEY, "layer", "control"]
    table = table[[*first, *(name for name in table if name not in first)]]
    of_networks = pd.concat([scores[network] for network in trained], ignore_index=True)
    return Looked(table, of_networks, _of_first(run, table) | motifs)


def _is_known(run: Run, network: Network, before: Earlier) -> bool:
    """Whether a network needs no look: its rows are there, and its motifs, or it is not there itself."""
    if network not in before.scores or not _has_controls(network, before.filters):
        return False
    return not (lacking(network, before.filters[network], before.motifs) and run.model(network).is_file())


def lacking(network: Network, rows: pd.DataFrame, motifs: dict[str, Motif]) -> list[str]:
    """IDs of a first training's filters that match, as `rows` of `Looked.filters` say, and are not among `motifs`."""
    matching = rows[(rows["control"] == "") & (rows["first"] != "")] if not network.trial else rows[:0]
    ids = [motif_id(network, row.layer, row.filter) for row in matching.itertuples()]
    return [one for one in ids if one not in motifs]


def _matching(network: Network, layer: tuple[dict, list[DeepFilter]], rows: pd.DataFrame) -> list[Motif]:
    """Filters of one layer of a first training that match, with the TF's name, or those of two with a plus."""
    key, filters = layer
    if network.trial or key["control"]:
        return []
    found = zip(filters, rows["first"], rows["second"], strict=True)
    return [
        replace(one.motif, id=motif_id(network, key["layer"], one.motif.id), name="+".join(filter(None, (tf, other))))
        for one, tf, other in found
        if tf
    ]


def _of_first(run: Run, table: pd.DataFrame) -> dict[str, Motif]:
    """First-layer filters of first trainings that match, from the run's own files of these, where it has them."""
    rows = table[(table["layer"] == 1) & (table["control"] == "") & (table["first"] != "") & (table["trial"] == 0)]
    found = {}
    for key, own in rows.groupby(KEY, sort=False):
        network = Network(*key)
        if run.filters(network).is_file():
            by_name = {motif.id: motif for motif in of_first.read(run.filters(network)).motifs()}
            for row in own.itertuples():
                name = motif_id(network, 1, row.filter)
                found[name] = replace(by_name[row.filter], id=name, name=row.first)
    return found


def summarise(filters: pd.DataFrame) -> pd.DataFrame:
    """Means over trials, a row a network and layer, as `deeper.csv` has them; the deviation is the population's."""
    known = filters.assign(relevant=filters["first"] != "", pairs=filters["second"] != "")
    design = ["dataset", "architecture", "activation", "layer", "control"]
    trials = known.groupby([*design, "trial"], sort=False)
    each = trials.agg(filters=("filter", "size"), relevant=("relevant", "mean"), pairs=("pairs", "mean"))
    each["window_share"] = trials["window_share"].mean()
    table = each.groupby(design, sort=False).agg(
        filters=("filters", "first"),
        relevant_mean=("relevant", "mean"),
        relevant_std=("relevant", lambda values: values.std(ddof=0)),
        pairs_mean=("pairs", "mean"),
        window_share_mean=("window_share", "mean"),
        trials=("filters", "size"),
    )
    return table.reset_index().rename(columns={"activation": "activations"})[list(COLUMNS)].round(6)


def predictions(scores: pd.DataFrame) -> pd.DataFrame:
    """Means of the scores over trials, a row a network; `failed` counts trials."""
    trials = scores.assign(failed=scores["failure"] != "").groupby(DESIGN, sort=False)
    table = trials.agg(trials=("trial", "size"), epochs=("epochs", "median"), failed=("failed", "sum")).astype(int)
    return table.join(trials[["aupr", "aupr_recalibrated"]].mean()).reset_index()


def _controls(network: Network) -> tuple[str, ...]:
    """Controls that a training has."""
    return () if network.trial else CONTROLS


def _has_controls(network: Network, filters: Known) -> bool:
    """Whether a training's filters are known, and its controls' too."""
    return network in filters and {"", *_controls(network)} <= set(filters[network]["control"])


def _layers(
    model: keras.Model, network: Network, history: dict, data: Dataset
) -> Iterator[tuple[dict, list[DeepFilter]]]:
    """Yield the filters of each layer of a network and of its controls, with the columns that say whose they are."""
    codes, layers = data.X["test"][:], range(1, 1 + len(receptive_field.of_convolutions(model)))
    found = {"": [of_layer.extract(model, codes, layer) for layer in layers]}
    if _controls(network):
        untrained, rng = _untrained(data, history), np.random.default_rng([history["seed"], history["trial"]])
        found[UNTRAINED] = [of_layer.extract(untrained, codes, layer) for layer in layers]
        found[SHUFFLED] = [shuffled(filters, rng) for filters in found[""]]
    for control, of_layers in found.items():
        for layer, filters in zip(layers, of_layers, strict=True):
            yield network._asdict() | {"layer": layer, "control": control}, filters


def shuffled(filters: list[DeepFilter], rng: np.random.Generator) -> list[DeepFilter]:
    """Each filter with the positions of its PFM in random order, of which no window's share is measured."""
    return [replace(one, motif=shuffle(one.motif, rng, one.motif.id), window_share=np.nan) for one in filters]


def _untrained(data: Dataset, history: dict) -> keras.Model:
    """Network as `history`'s, with other initial weights, that was not trained."""
    keras.utils.set_random_seed(history["seed"])
    size, protocol = (data.length, len(data.class_names)), history["protocol"]
    return models.build(history["architecture"], *size, history["activation"], protocol, data.numbers)


def _scores(model, data: Dataset, history: dict) -> dict:
    predicted = training.predict(recalibrated(model, data.X["train"]), data.X["test"])
    again = score(data.Y["test"][:], predicted, data.class_names)["aupr_mean"]
    return {
        "epochs": len(history["validation_loss"]),
        "aupr": history["test"]["aupr_mean"],
        "aupr_recalibrated": again,
        "failure": history.get("failure", ""),
    }
