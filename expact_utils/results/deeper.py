"""Exponentials in deeper layers: what filters of every layer show, and whether the networks predict."""

from collections.abc import Iterator
from dataclasses import replace

import keras
import numpy as np
import pandas as pd

from expact_utils.data import datasets
from expact_utils.data.datasets import Dataset
from expact_utils.data.planting import planted_matrices
from expact_utils.motifs import databases
from expact_utils.motifs import deeper as of_layer
from expact_utils.motifs.deeper import DeepFilter
from expact_utils.networks import histories, models, receptive_field, training
from expact_utils.networks.recalibration import recalibrated
from expact_utils.networks.scores import score
from expact_utils.results.known import Known
from expact_utils.results.robustness import shuffle
from expact_utils.results.verdicts import MARGIN
from expact_utils.run.errors import InputError
from expact_utils.run.names import activation_title, architecture_title, data_title
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


def collect(
    run: Run, trained: list[Network], database: str = "jaspar2016", known: tuple[Known, Known] = ({}, {})
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Look into every layer of networks, and of their controls; and score the networks as saved and recalibrated.

    Networks of which the rows of both tables are `known`, with all controls, are not looked into again.

    Returns
    -------
    pd.DataFrame, pd.DataFrame
        A row a filter: network, layer, control (empty, or one of `CONTROLS`), and the columns of
        `motifs.deeper.pairs`. And a row a network: auPR as saved (`aupr`) and with statistics measured without dropout
        (`aupr_recalibrated`), and why its training failed, if it did.

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
        if network not in scores or not _has_controls(network, filters):
            data, history = datasets.read(run.data(network.dataset)), histories.read(run, network)
            model = models.load(run, network, data)
            planted, layers = planted_in(data, names), _layers(model, network, history, data)
            rows = [of_layer.pairs(of, targets, planted).assign(**key) for key, of in layers]
            filters[network] = pd.concat(rows, ignore_index=True).round(6)
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
    """What exponentials in deeper layers change, in words: share of motifs beyond layer 1, of controls too, and auPR.

    Then how many filters hold a pair of motifs, and what recalibrating batch normalisation changes.
    """
    said = [
        f"{architecture_title(architecture)} ({data_title(dataset)}): {_of_network(rows, scores)}"
        for (dataset, architecture), rows in table.groupby(["dataset", "architecture"], sort=False)
    ]
    shares = f"Share of filters beyond layer 1 that match a planted motif, and auPR. {'; '.join(said)}."
    return f"{shares} {_pairs(table)} {_recalibrated(scores)}"


def _pairs(table: pd.DataFrame) -> str:
    """How many filters of the trained networks, of every layer and trial, hold a pair of motifs, a sentence."""
    rows = table[table["control"] == ""]
    number = rows["filters"] * rows["trials"]
    pairs = round((rows["pairs_mean"] * number).sum())
    hold = "hold" if pairs > 1 else "holds"
    why = "" if pairs else ": an average shows one only where its motifs keep their distance, and these stand at any"
    return f"{pairs or 'None'} of the {number.sum():,} filters of trained networks {hold} a pair of motifs{why}."


def _recalibrated(scores: pd.DataFrame) -> str:
    """By how much recalibrating changes auPR at most, and so whether networks can predict as saved, a sentence."""
    change = (scores["aupr_recalibrated"] - scores["aupr"]).abs().max()
    if np.isnan(change):
        return "No auPR is known, so what recalibrating batch normalisation changes is not either."
    breaks = "break" if change > MARGIN else "do not break"
    return (
        f"Recalibrating batch normalisation changes auPR by {change:.3f} at most: its moving statistics {breaks} "
        "inference."
    )


def _of_network(rows: pd.DataFrame, scores: pd.DataFrame) -> str:
    """Each design's share beyond layer 1, auPR and failures, the largest share first, and those of the controls."""
    deep = rows[rows["layer"] > 1].assign(relevant=rows["relevant_mean"] * rows["filters"])
    sums = deep.groupby(["control", "activations"], sort=False)[["relevant", "filters"]].sum()
    shares = sums["relevant"] / sums["filters"]
    said = []
    for label, share in shares[""].sort_values(ascending=False, kind="stable").items():
        own = scores[[*DESIGN]].eq([rows["dataset"].iloc[0], rows["architecture"].iloc[0], label]).all(axis=1)
        failed = int((scores[own]["failure"] != "").sum())
        failures = f"; {failed} of {own.sum()} trainings failed" if failed else ""
        said.append(f"{activation_title(label)} {share:.2f} ({scores[own]['aupr'].mean():.2f}{failures})")
    said += [f"{control} {shares[control].mean():.2f}" for control in CONTROLS if control in shares]
    return ", ".join(said)


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
