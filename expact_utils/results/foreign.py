"""What somebody's network says of sequences with labels, and how many of its filters are motifs."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd

from expact_utils.data.datasets import Dataset
from expact_utils.dna.letters import one_hot, reverse_complement
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import filters as filters_module
from expact_utils.motifs import scrambling
from expact_utils.motifs.filters import THRESHOLD, Filters
from expact_utils.networks.foreign.network import ForeignNetwork
from expact_utils.networks.foreign.opening import open_network
from expact_utils.networks.foreign.scanner import fresh, scanner
from expact_utils.networks.scores import auroc, score
from expact_utils.results import controls, robustness
from expact_utils.run.names import OF_CLASSES, OF_NUMBERS, SCORES
from expact_utils.run.progress import Progress

AT_ONCE = 500  # sequences of a prediction
TRIED = 300  # sequences that an order of bases is tried on
FEW = 16  # pairs of outputs and classes that are all looked at
BETTER = 0.1  # auROC by which another order of bases must beat the one that was told to be named
PREDICTS = 0.6  # auROC, best output, from which on a network is taken to predict a class ...
CORRELATES = 0.2  # ... and the correlation for numbers
COLUMNS = ["network", "output", "class"]  # of a table of scores, before the scores
LOST = ["motif", "network", "output", "sequences", "lost", "lost elsewhere"]


def opened(settings: dict) -> ForeignNetwork:
    """Open the network that an entry of a config's `networks` names.

    Raises
    ------
    InputError
        As `opening.open_network`.
    """
    return open_network(*settings["files"], **{name: of for name, of in settings.items() if name != "files"})


def predict(network: ForeignNetwork, codes: np.ndarray) -> np.ndarray:
    """Outputs of sequences, float32, shape=(N, outputs), of codes of shape=(N, length), a few sequences at a time.

    Raises
    ------
    InputError
        As `ForeignNetwork.predict`.
    """
    progress, found = Progress(f"{network.path.name}: predictions", len(codes)), []
    for start in range(0, len(codes), AT_ONCE):
        found.append(network.predict(one_hot(codes[start : start + AT_ONCE])))
        progress.report(min(start + AT_ONCE, len(codes)), f"{len(found)} batches")
    return np.concatenate(found)


def pairs(outputs: list[str], class_names: list[str]) -> tuple[list[tuple[int, int]], str]:
    """Which output is held against which class, as their numbers; and by what, for people.

    By name where each class has an output of its name; else each with each, where that is few; else by order where
    there are as many of both.
    """
    if set(class_names) <= set(outputs):
        return [(outputs.index(name), column) for column, name in enumerate(class_names)], "by name"
    if len(outputs) == len(class_names) and len(outputs) ** 2 > FEW:
        return [(column, column) for column in range(len(outputs))], "by order: nothing says which is which"
    every = [(output, column) for column in range(len(class_names)) for output in range(len(outputs))]
    return every, "each output with each class: nothing says which is which"


def scores(name: str, names: list[str], outputs: np.ndarray, data: Dataset) -> pd.DataFrame:
    """Score outputs against the labels of the test set.

    Parameters
    ----------
    name : str
        Of the network.
    names : list[str]
        Of its outputs.
    outputs : np.ndarray
        Of the test set, shape=(N, outputs).
    data : Dataset
        Whose labels.

    Returns
    -------
    pd.DataFrame
        `COLUMNS`, then auPR and auROC, or Pearson's and Spearman's correlation; a row a pair of `pairs`.
    """
    labels, rows = data.Y["test"][:], []
    for output, column in pairs(names, data.class_names)[0]:
        of_class = data.class_names[column]
        found = score(labels[:, [column]], outputs[:, [output]], [of_class])
        kinds = OF_NUMBERS if data.numbers else OF_CLASSES
        rows.append(
            {"network": name, "output": names[output], "class": of_class, **{k: found[k][of_class] for k in kinds}}
        )
    return pd.DataFrame(rows)


def best(table: pd.DataFrame, of: str = "class") -> pd.DataFrame:
    """Best row of each network and class, or `of` each output, of `scores`, by its first score."""
    ordered = table.sort_values(_first(table), ascending=False, kind="stable", na_position="last")
    return ordered.drop_duplicates(["network", of]).sort_index()


def outputs_by_score(table: pd.DataFrame) -> pd.DataFrame:
    """Best row of each network's output, the best output of every network first, then the second of each.

    `tells` is whether the output is higher for the class at all: else it says nothing of it, or the opposite.
    """
    rows, first = best(table, "output"), _first(table)
    values = rows[first].fillna(-np.inf)
    rank = values.groupby(rows["network"]).rank(ascending=False, method="first")
    nothing = 0.5 if first == "auroc" else 0.0
    return rows.assign(tells=values > nothing, rank=rank).sort_values("rank", kind="stable")


def predicts(table: pd.DataFrame) -> bool:
    """Whether a network's outputs, rows of `scores`, tell any class, so that its filters are worth reading."""
    least = PREDICTS if "auroc" in table else CORRELATES
    return bool(table[_first(table)].max() >= least)


def better_order(network: ForeignNetwork, data: Dataset) -> str:
    """Sentence on another order of bases under which the network predicts the labels far better; else empty.

    Tried on sequences of the validation set. Of numbers, the halves of each column are the classes.
    """
    labels = data.as_classes().Y["valid"][:TRIED]
    codes = one_hot(data.X["valid"][:TRIED])
    found = {}
    for order in map("".join, permutations("ACGT")):
        outputs = replace(network, bases=order).predict(codes)
        each = pairs(network.outputs, data.class_names)[0]
        found[order] = max(np.nan_to_num(auroc(labels[:, column], outputs[:, output])) for output, column in each)
    first = max(found, key=lambda order: found[order])
    if found[first] < found[network.bases] + BETTER:
        return ""
    return (
        f"With the bases in the order {first} the network tells the classes apart with an auROC of {found[first]:.2f}, "
        f"in the order {network.bases}, as given, with {found[network.bases]:.2f}: is the order right?"
    )


def read_filters(
    network: ForeignNetwork, data: Dataset, threshold: float = THRESHOLD, norc: bool = False
) -> tuple[Filters, Filters]:
    """PFMs of the first layer's filters, and of a first layer of the same shape that learned nothing.

    Both scan all sequences, as none of them is known to have been trained on, on both strands unless `norc`.

    Raises
    ------
    InputError
        When the file does not tell the activation, or a filter is longer than the sequences.
    """
    return of_codes(network, all_of(data, norc), data.seed, threshold)


def of_codes(
    network: ForeignNetwork, codes: np.ndarray, seed: int = 0, threshold: float = THRESHOLD
) -> tuple[Filters, Filters]:
    """As `read_filters`, of sequences as they stand, int8, shape=(N, length); `seed` is of the fresh weights."""
    layers = network.first, fresh(network.first, seed)
    own, untrained = (filters_module.extract(scanner(first, codes.shape[1]), codes, threshold) for first in layers)
    return own, untrained


def all_of(data: Dataset, norc: bool = False) -> np.ndarray:
    """Sequences of all splits, int8, shape=(N, length), and unless `norc` their reverse complements after them."""
    codes = np.concatenate([of[:] for of in data.X.values()])
    return codes if norc else np.concatenate([codes, reverse_complement(codes)])


def shares(own: Filters, untrained: Filters, targets: list[Motif], evalue: float, norc: bool, seed: int) -> dict:
    """Shares of the filters that match some target, in [0, 1].

    Returns
    -------
    dict
        `matched`; `corrected`, with the E-value times the number of filters; `shuffled`, once their positions are in
        random order; `untrained`, of the layer that learned nothing. A dead filter matches nothing.
    """
    rng = np.random.default_rng(seed)
    return {
        "matched": robustness.matched(own.alive(), len(own.sites), targets, evalue, norc),
        "corrected": robustness.matched(own.alive(), len(own.sites), targets, evalue / len(own.sites), norc),
        "shuffled": robustness.matched(
            controls.shuffled(own.alive(), rng), len(own.sites) * controls.SHUFFLES, targets, evalue, norc
        ),
        "untrained": robustness.matched(untrained.alive(), len(untrained.sites), targets, evalue, norc),
    }


def beside(table: pd.DataFrame, baselines: pd.DataFrame) -> pd.DataFrame:
    """Rows of `scores`, and below them what can be had without a network, `baselines.csv`."""
    without = baselines.rename(columns={"baseline": "network"}).assign(output="")
    return pd.concat([of for of in (table, without) if len(of)] or [table], ignore_index=True)


def without_sites(
    opened: dict[str, ForeignNetwork],
    data: Dataset,
    motifs: pd.DataFrame,
    pfms: dict[str, np.ndarray],
    table: pd.DataFrame,
    seed: int = 0,
    norc: bool = False,
) -> pd.DataFrame:
    """What the outputs of each network lose on the test set without a motif's sites; see `scrambling.lost`.

    Parameters
    ----------
    opened : dict[str, ForeignNetwork]
        By name; of weights alone there is no row.
    data : Dataset
        Sequences and labels.
    motifs : pd.DataFrame
        Rows of `motifs.csv`.
    pfms : dict[str, np.ndarray]
        Of each, shape=(width, 4).
    table : pd.DataFrame
        As from `scores`, of all networks: the output that tells a motif's class best is looked at.
    seed : int
        Of the scrambled bases.
    norc : bool
        Look for sites on the given strand alone.

    Returns
    -------
    pd.DataFrame
        Columns `LOST`: sequences with a site, and the mean fall of the output with the site scrambled, and with a
        window elsewhere, in standard deviations of the output over the test set.
    """
    rng, rows, codes = np.random.default_rng(seed), [], data.X["test"][:]
    whole = {name: network for name, network in opened.items() if network.whole}
    progress = Progress("sites scrambled", len(whole))
    for number, (name, network) in enumerate(whole.items(), start=1):
        deviations = predict(network, codes).std(axis=0)
        for row in motifs.to_dict("records"):
            site, other, having = scrambling.lost(
                network.predict, codes, pfms[row["motif"]], row["threshold"], rng, norc
            )
            column = column_of(table, name, row["class"], network.outputs)
            falls = (float(of[column] / deviations[column]) for of in (site, other))
            rows.append((row["motif"], name, network.outputs[column], having, *falls))
        progress.report(number, name)
    return pd.DataFrame(rows, columns=LOST)


def in_words(table: pd.DataFrame) -> str:
    """How well each network predicts each class, for the first page; `table` as from `scores`, of all networks."""
    if table.empty:
        return "Whether it predicts is not known: only the first layer is in the file."
    first = _first(table)
    rows = _without_mirrored(best(table), first)[[*COLUMNS, first]].itertuples(index=False, name=None)
    parts = [f"{of_class}: {name}'s output {output} {value:.2f}" for name, output, of_class, value in rows]
    return f"{SCORES[first]} on the test set, the best output of each network: {'; '.join(parts)}."


def _without_mirrored(rows: pd.DataFrame, first: str) -> pd.DataFrame:
    """Rows without the lower of two classes of which one output tells both: each is what the other is not."""
    if first != "auroc":
        return rows
    pairs = rows.groupby(["network", "output"])["auroc"]
    mirrored = pairs.transform("size").eq(2) & np.isclose(pairs.transform("sum"), 1)
    return rows[~mirrored | rows["auroc"].ge(0.5)]


def highest(table: pd.DataFrame) -> float:
    """Best score of any network, `table` as from `scores`; without one, that of knowing nothing."""
    nothing = 0.5 if _first(table) == "auroc" else 0.0
    return float(np.nan_to_num(table[_first(table)].max(), nan=nothing))


def shares_in_words(table: pd.DataFrame, evalue: float) -> str:
    """How many filters are motifs, and how many by chance, for the first page; `table` as `networks.csv`."""
    rows = table[["network", "matched", "shuffled", "untrained"]].itertuples(index=False, name=None)
    parts = [
        f"of {name}'s filters {own:.0%} match a motif of the database (E ≤ {evalue:g}), {shuffled:.0%} with their "
        f"positions shuffled, {untrained:.0%} of a layer that learned nothing"
        for name, own, shuffled, untrained in rows
    ]
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def warning(table: pd.DataFrame, names: list[str]) -> str:
    """Sentence for the first page on networks that predict nothing, `table` as from `scores`; else empty."""
    of_network = dict(iter(table.groupby("network", sort=False)))
    failed = [name for name in names if name in of_network and not predicts(of_network[name])]
    if not failed:
        return ""
    return (
        f"Warning: {' and '.join(failed)} does not predict these labels, so its filters say nothing of them. Do the "
        "sequences have the length, the order of bases and the labels that it was trained on?"
    )


def column_of(table: pd.DataFrame, name: str, marked: str, outputs: list[str]) -> int:
    """Number of a network's output that best predicts the class (or the number, by its upper half) of a motif."""
    of_network = best(table)
    of_network = of_network[of_network["network"] == name]
    of_class = of_network[[marked.endswith(one) for one in of_network["class"]]]
    return outputs.index((of_class if len(of_class) else of_network)["output"].iloc[0])


def _first(table: pd.DataFrame) -> str:
    """Score that counts: auROC, as labels that a network was not made for have any share; or Pearson's r."""
    return "auroc" if "auroc" in table else "pearson"
