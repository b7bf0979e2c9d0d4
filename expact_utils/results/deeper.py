"""Exponentials in deeper layers: what filters of every layer show, and whether the networks predict."""

from collections.abc import Iterator

import keras
import numpy as np
import pandas as pd

from expact_utils.data import datasets
from expact_utils.data.datasets import Dataset
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import databases
from expact_utils.motifs import deeper as of_layer
from expact_utils.networks import histories, models, receptive_field, training
from expact_utils.networks.recalibration import recalibrated
from expact_utils.networks.scores import score
from expact_utils.results.known import Known
from expact_utils.run.errors import InputError
from expact_utils.run.names import activation_title, architecture_title, data_title
from expact_utils.run.paths import DESIGN, KEY, Network, Run
from expact_utils.run.progress import Progress

UNTRAINED = "untrained"  # control: the same network, not trained
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
    planted = {str(one, "ascii") for split in data.planted.values() for one in np.unique(split["matrix_id"])}
    return known | {names[matrix]: (matrix,) for matrix in sorted(planted - listed)}


def collect(
    run: Run, trained: list[Network], database: str = "jaspar2016", known: tuple[Known, Known] = ({}, {})
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Look into every layer of networks, and of untrained ones; and score the networks as saved and recalibrated.

    Networks of which the rows of both tables are `known` are not looked into again.

    Returns
    -------
    pd.DataFrame, pd.DataFrame
        A row a filter: network, layer, control (empty, or `untrained`), and the columns of `motifs.deeper.pairs`. And
        a row a network: auPR as saved (`aupr`) and with statistics measured without dropout (`aupr_recalibrated`), and
        why its training failed, if it did.

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
    filters, scores, progress = dict(known[0]), dict(known[1]), Progress("layers", len(trained))
    for number, network in enumerate(trained, 1):
        if network not in filters or network not in scores:
            data, history = datasets.read(run.data(network.dataset)), histories.read(run, network)
            model = models.load(run, network, data)
            found = {"": model} | ({UNTRAINED: _untrained(data, history)} if not network.trial else {})
            layers = _layers(network, found, data, targets, planted_in(data, names))
            filters[network] = pd.concat(layers, ignore_index=True).round(6)
            scores[network] = pd.DataFrame([network._asdict() | _scores(model, data, history)]).round(6)
        progress.report(number, network.title)
    table = pd.concat([filters[network] for network in trained], ignore_index=True)
    first = [*KEY, "layer", "control"]
    table = table[[*first, *(name for name in table if name not in first)]]
    return table, pd.concat([scores[network] for network in trained], ignore_index=True)


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


def sentence(table: pd.DataFrame, scores: pd.DataFrame) -> str:
    """What exponentials in deeper layers change, in words: share of motifs beyond layer 1, untrained too, and auPR."""
    said = [
        f"{architecture_title(architecture)} ({data_title(dataset)}): {_of_network(rows, scores)}"
        for (dataset, architecture), rows in table.groupby(["dataset", "architecture"], sort=False)
    ]
    return f"Share of filters beyond layer 1 that match a planted motif, and auPR. {'; '.join(said)}."


def _of_network(rows: pd.DataFrame, scores: pd.DataFrame) -> str:
    """Each design's share beyond layer 1, auPR and failures, the largest share first, and that of untrained ones."""
    deep = rows[rows["layer"] > 1].assign(relevant=rows["relevant_mean"] * rows["filters"])
    sums = deep.groupby(["control", "activations"], sort=False)[["relevant", "filters"]].sum()
    shares = sums["relevant"] / sums["filters"]
    said = []
    for label, share in shares[""].sort_values(ascending=False, kind="stable").items():
        own = scores[[*DESIGN]].eq([rows["dataset"].iloc[0], rows["architecture"].iloc[0], label]).all(axis=1)
        failed = int((scores[own]["failure"] != "").sum())
        failures = f"; {failed} of {own.sum()} trainings failed" if failed else ""
        said.append(f"{activation_title(label)} {share:.2f} ({scores[own]['aupr'].mean():.2f}{failures})")
    if UNTRAINED in shares:
        said.append(f"untrained {shares[UNTRAINED].mean():.2f}")
    return ", ".join(said)


def _layers(
    network: Network,
    found: dict[str, keras.Model],
    data: Dataset,
    targets: list[Motif],
    planted: dict[str, tuple[str, ...]],
) -> Iterator[pd.DataFrame]:
    """Yield the filters of each layer of a network and its controls, a row each."""
    for control, model in found.items():
        for layer in range(1, 1 + len(receptive_field.of_convolutions(model))):
            motifs = of_layer.extract(model, data.X["test"][:], layer)
            key = network._asdict() | {"layer": layer, "control": control}
            yield of_layer.pairs(motifs, targets, planted).assign(**key)


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
