"""Which activation: networks of all activations beside each other, and what shape makes filters readable."""

from collections.abc import Iterable
from importlib.resources import files

import keras
import numpy as np
import pandas as pd
from scipy import stats

from expact_utils.data import datasets
from expact_utils.data.datasets import Dataset
from expact_utils.dna.letters import one_hot
from expact_utils.networks import activations, histories, models
from expact_utils.networks.models import first_activation
from expact_utils.results import tables
from expact_utils.results.known import Known
from expact_utils.results.verdicts import FEWEST_TRIALS
from expact_utils.run.names import activation_title, architecture_title, data_title, network_title, variation
from expact_utils.run.paths import DESIGN, KEY, Network, Run
from expact_utils.run.progress import Progress

SETTINGS = ("scale", "initializer", "batch_norm")
COLUMNS = (
    *(*DESIGN, *SETTINGS, "trials", "epochs", "relevant_mean", "relevant_std", "coverage_mean"),
    *("aupr_mean", "aupr_std", "failed", "label"),
)
SEQUENCES = 200  # of the test set, on which the shape is measured
STEP = 1e-3  # of a difference that stands for a derivative
SMALLEST = 1e-6  # slope that is told from none
STEEP = 3  # ratio of slopes over which an activation rises much faster at the maximum than half-way
APART = 2  # sample standard deviations of a design's trainings from which on another is told from it
DESIGNS = 5  # of one network, from which on a correlation is told
BEST = 3  # activations that a sentence names
PROTOCOL = "protocol"  # initialiser in the table where a label names none


def collect(run: Run, blocks: Iterable[dict]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table of all networks of the blocks (as `also` of a config has them), and that of their trials.

    The first has a row a design, as `activations.csv`; `failed` counts trials whose network did not train; of one trial
    there is no standard deviation.
    """
    found = [
        tables.collect(run, of["datasets"], of["architectures"], of["activations"], range(of["trials"]))
        for of in blocks
    ]
    trials = pd.concat([of.trials for of in found], ignore_index=True).drop_duplicates(KEY)
    table = pd.concat([of.table1 for of in found], ignore_index=True)
    table = table.sort_values("trials", ascending=False, kind="stable").drop_duplicates(DESIGN).sort_index()
    failed = (~trials["trained"].astype(bool)).groupby([trials[name] for name in DESIGN]).sum()
    varied = [variation(label) for label in table["activation"]]
    table = table.assign(
        label=table["activation"],
        activation=["+".join(of.layers) for of in varied],
        scale=[of.scale for of in varied],
        initializer=[of.initializer or PROTOCOL for of in varied],
        batch_norm=[of.batch_norm for of in varied],
        failed=[int(failed[tuple(key)]) for key in table[DESIGN].to_numpy()],
    )
    table.loc[table["trials"] == 1, ["relevant_std", "aupr_std"]] = np.nan  # one training has no spread
    return table[list(COLUMNS)].reset_index(drop=True), trials.reset_index(drop=True)


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of activations without settings of their own, one layer each."""
    return table[(table["label"] == table["activation"]) & ~table["activation"].str.contains("+", regex=False)]


def varied(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of activations with settings of their own, below the same network's with the protocol's."""
    one = ["dataset", "architecture", "activation"]
    found = table.merge(table.loc[_settings_of_its_own(table) > 0, one].drop_duplicates(), on=one)
    found = found.assign(own=_settings_of_its_own(found) > 0)
    return found.sort_values([*one, "own", *SETTINGS], kind="stable")[list(table.columns)]


def _settings_of_its_own(table: pd.DataFrame) -> pd.Series:
    """How many settings of each row are not the protocol's."""
    return (table["scale"] != 1).astype(int) + (table["initializer"] != PROTOCOL) + ~table["batch_norm"]


def shape(model: keras.Model, data: Dataset, label: str) -> dict[str, float]:
    """How steep a trained network's first activation is at background, at each filter's maximum, and half-way.

    Background is the median of what the activation gets over positions of test sequences, the maximum its largest, and
    half-way what half a match gives; each number is the median over filters. `ratio`: slope at the maximum over that
    half-way, which is 1 of a rectifier, whose slope at background is 0.
    """
    layer = first_activation(model)
    before = keras.Model(model.input, layer.input)
    values = keras.ops.convert_to_numpy(before(one_hot(data.X["test"][:SEQUENCES]), training=False))
    values = values.reshape(-1, values.shape[-1]).astype(np.float64)
    background, maximum = np.median(values, axis=0), values.max(axis=0)
    places = {"background": background, "halfway": (background + maximum) / 2, "maximum": maximum}
    slopes = {f"slope_{name}": np.abs(slope(variation(label).layers[0], at)) for name, at in places.items()}
    ratio = slopes["slope_maximum"] / np.maximum(slopes["slope_halfway"], SMALLEST)
    found = {"background": background, "maximum": maximum, **slopes, "ratio": ratio}
    return {name: float(np.median(of)) for name, of in found.items()}


def shapes(run: Run, trials: pd.DataFrame, known: Known | None = None) -> pd.DataFrame:
    """Shape of each trained network's first activation (see `shape`), beside its `relevant`; a row of `trials` each.

    Those whose rows are `known` are not measured again.
    """
    found = dict(known or {})
    data = {name: datasets.read(run.data(name)) for name in dict.fromkeys(trials["dataset"])}
    trained = [Network(*key) for key in trials[KEY].itertuples(index=False)]
    progress = Progress("shapes", len(trained))
    for number, network in enumerate(trained, start=1):
        if network not in found:
            model = models.load(run, network, data[network.dataset])
            measured = network._asdict() | shape(model, data[network.dataset], network.activation)
            found[network] = pd.DataFrame([measured]).round(6)
        progress.report(number, network.title)
    table = pd.concat([found[network] for network in trained], ignore_index=True)
    return table.assign(relevant=trials["relevant"].to_numpy())


def trained_on(run: Run, trials: pd.DataFrame) -> str:
    """Say what the networks of a table of trials were trained on, and by which protocol, in a sentence."""
    sizes = {name: len(datasets.read(run.data(name)).X["train"]) for name in dict.fromkeys(trials["dataset"])}
    first = [Network(*key) for key in trials.drop_duplicates("dataset")[KEY].itertuples(index=False)]
    said = [
        f"{data_title(network.dataset)}, {sizes[network.dataset]:,} training sequences, protocol "
        f"{histories.read(run, network)['protocol']}"
        for network in first
    ]
    return f"The networks here learned from {'; '.join(said)}."


def slope(name: str, x: np.ndarray) -> np.ndarray:
    """Derivative of an activation, by central differences in float64; shape as x."""
    above, below = (keras.ops.convert_to_numpy(activations.get(name)(x + step)) for step in (STEP, -STEP))
    return (above - below) / (2 * STEP)


def rule(shapes: pd.DataFrame) -> str:
    """How well the ratio of slopes tells how readable filters are, in words; means over the trainings of each design.

    `shapes` has the columns `DESIGN`, ratio and relevant. Designs that are readable although flat, and those that are
    not although steep, are named.
    """
    known = shapes.dropna(subset=["ratio", "relevant"]).groupby(DESIGN, sort=False)[["ratio", "relevant"]].mean()
    if len(known) < 3 or known["relevant"].nunique() < 2:
        return "There are too few networks to tell what shape makes filters readable."
    steep, flat = known[known["ratio"] > STEEP]["relevant"], known[known["ratio"] <= STEEP]["relevant"]
    parts = [
        f"Relevant is {of.mean():.2f} on average where the slope {words} ({len(of)} designs)"
        for of, words in ((steep, "more than trebles"), (flat, "does not"))
        if len(of)
    ]
    return (
        f"{_within(known)}{'; '.join(parts)}.{_named('Above the former although flat', flat[flat > steep.mean()])}"
        f"{_named('Below the latter although steep', steep[steep < flat.mean()])}"
    )


def _within(known: pd.DataFrame) -> str:
    """Spearman's ρ of ratio and share within each network that has designs enough, a sentence."""
    said = []
    for (dataset, architecture), of in known.groupby(["dataset", "architecture"], sort=False):
        if len(of) >= DESIGNS and np.ptp(of.to_numpy(), axis=0).all():
            order = stats.spearmanr(*of.to_numpy().T)
            title = f"{architecture_title(architecture)}, {data_title(dataset)}"
            said.append(f"{title} {order.statistic:.2f} ({len(of)} designs, p {order.pvalue:.1g})")
    return f"Spearman's ρ of ratio and Relevant, within a network: {'; '.join(said)}. " if said else ""


def _named(of_what: str, shares: pd.Series) -> str:
    """Designs that a rule does not fit, and their shares, a sentence."""
    said = [
        f"{network_title(architecture, label)}, {data_title(dataset)} ({share:.2f})"
        for (dataset, architecture, label), share in shares.items()
    ]
    return f" {of_what}: {'; '.join(said)}." if said else ""


def most_readable(table: pd.DataFrame) -> str:
    """The most readable activations of each network beside ReLU, with their auPR, a line a network."""
    every = plain(table).dropna(subset="relevant_mean")
    said = [
        f"{architecture_title(architecture)}, {data_title(dataset)}: {_best(rows)}."
        for (dataset, architecture), rows in every.groupby(["dataset", "architecture"], sort=False)
    ]
    return "\n".join(said)


def beside_journal(table: pd.DataFrame) -> pd.DataFrame:
    """Table with a column `journal`: the share of relevant filters as read off a plot of Koo & Ploenzke (2021).

    Of the synthetic data, ten trainings of each network; empty where no plot has one, and absent where none has any.
    """
    with files("expact_utils.results").joinpath("journal_activations.csv").open() as file:
        printed = pd.read_csv(file).assign(dataset="synthetic").set_index([*DESIGN])["share"]
    found = [printed.get(tuple(key), "") for key in table[["dataset", "architecture", "label"]].to_numpy()]
    return table.assign(journal=found) if any(found) else table


def settings_sentence(table: pd.DataFrame) -> str:
    """What steepness, initial weights and batch normalisation do to the share of filters that match, in words."""
    found = varied(table).dropna(subset="relevant_mean")
    if found.empty:
        return "No network of this run has such settings."
    return " ".join(_settings(rows) for _, rows in found.groupby(["dataset", "architecture", "activation"], sort=False))


def _settings(rows: pd.DataFrame) -> str:
    """What each setting alone does to one network; two at a time are left to the table."""
    first, own = rows.iloc[0], _settings_of_its_own(rows)
    plain, alone = rows[own == 0], rows[own == 1]
    scaled = alone[alone["scale"] != 1]
    begun = alone.loc[alone["initializer"] != PROTOCOL, "relevant_mean"]
    said = [f"{_with_spread(row)} as the protocol has it" for row in plain.itertuples()]
    said += [f"{row.relevant_mean:.2f} at scale {row.scale:g}" for row in scaled.itertuples()]
    if len(begun) == 1:
        said.append(f"{begun.iloc[0]:.2f} with another initialiser")
    elif len(begun):
        said.append(f"{begun.min():.2f} to {begun.max():.2f} with {len(begun)} other initialisers")
    bare = alone.loc[~alone["batch_norm"], "relevant_mean"]
    said += [f"{share:.2f} without batch normalisation" for share in bare]
    title = network_title(first["architecture"], first["activation"])
    return f"{title}, {data_title(first['dataset'])}: Relevant {', '.join(said)}.{_told_apart(plain, alone)}"


def _with_spread(row) -> str:
    """Mean share of a design, and the deviation of its trainings where there are several."""
    shown = f"{row.relevant_mean:.2f}"
    return f"{shown} ± {_deviation(row):.2f} ({row.trials} trainings)" if row.trials > 1 else shown


def _deviation(row) -> float:
    """Sample standard deviation of the shares of a design's trainings; that of tables is the population's."""
    return row.relevant_std * np.sqrt(row.trials / (row.trials - 1))


def _told_apart(plain: pd.DataFrame, alone: pd.DataFrame) -> str:
    """Which settings are further from the protocol's trainings than these are from each other, a sentence or two."""
    if plain.empty or alone.empty:
        return ""
    protocol = next(plain.itertuples())
    if protocol.trials == 1:
        return f" One training{' each' * bool((alone['trials'] == 1).all())} tells no difference."
    off = (alone["relevant_mean"] - protocol.relevant_mean).abs() > APART * _deviation(protocol)
    far = [_setting(row) for row in alone[off].itertuples()]
    if not far:
        return " All are within two of these deviations: what trainings differ by."
    others = " The others are within what trainings differ by." if len(far) < len(alone) else ""
    return f" More than two of these deviations from the protocol's: {', '.join(far)}.{others}"


def _setting(row) -> str:
    """The one setting of a row that is not the protocol's."""
    if row.scale != 1:
        return f"scale {row.scale:g}"
    return row.initializer if row.initializer != PROTOCOL else "no batch normalisation"


def _best(rows: pd.DataFrame) -> str:
    """Activations of a network in words: the `BEST` with the largest share, of so many, and ReLU."""
    others = rows[rows["activation"] != "relu"].sort_values("relevant_mean", ascending=False, kind="stable")
    relu = rows[rows["activation"] == "relu"]
    shown = [
        f"{activation_title(row.activation)} {row.relevant_mean:.2f} ({row.aupr_mean:.2f}{_few(row.trials)})"
        for row in pd.concat([others[:BEST], relu]).itertuples()
    ]
    return ", ".join(shown) + f", of {len(rows)}" * (len(rows) > len(shown))


def _few(trials: int) -> str:
    """How many trainings there are, where that is few."""
    return f"; {trials} training{'s' * (trials > 1)}" if trials < FEWEST_TRIALS else ""
