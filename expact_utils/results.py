"""Tables of a run: a row a filter, a row a trial, and Table 1 beside the paper's own numbers."""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from itertools import product

import numpy as np
import pandas as pd

from expact_utils import databases, tomtom
from expact_utils import filters as filters_module
from expact_utils.config import ACTIVATION_NAMES, NETWORK_NAMES, OWN, data_title, network_title
from expact_utils.datasets import read_relevant
from expact_utils.errors import InputError
from expact_utils.files import atomic, read_csv, read_json
from expact_utils.motifs import GMEB1, RELEVANT_EXTRA, Motif, consensus, information, relevant_matrices, relevant_tf
from expact_utils.progress import duration
from expact_utils.runs import HISTORY_VERSION, Run

NETWORK = ["dataset", "architecture", "activation"]
# Measures of a trial, and their names on pages.
MEASURES = {"aupr": "auPR", "auroc": "auROC", "jaspar": "JASPAR", "relevant": "Relevant", "coverage": "coverage"}
HISTORY = ("commit", "device", "epochs", "best_epoch", "protocol", "seconds", "seed", "started", "trained")
STANDS_FOR = {"k562": "deepsea", "k562-strict": "deepsea"}  # the paper's in vivo data are DeepSEA's
MISSED = 0.7  # auROC under which a network has not learned a planted motif; those that it learned are over .8
SAME = 0.02  # auPR: less than this apart is the same to a reader; trials of one network differ as much
TABLE1 = [*NETWORK, "trials", "epochs", *(f"{m}_{s}" for m in MEASURES for s in ("mean", "std"))]


@dataclass(frozen=True)
class Results:
    """Tidy tables of a run: `filters`, `trials` and `table1`, a row an observation."""

    filters: pd.DataFrame
    trials: pd.DataFrame
    table1: pd.DataFrame


def collect(
    run: Run,
    datasets: list[str],
    architectures: list[str],
    activations: list[str],
    trials: Iterable[int],
    relevant_list: str = "expact",
    database: str = "jaspar2016",
) -> Results:
    """Read the histories, filters and matches of a run's networks, of these trials, and make its tables.

    Measures of a trial, fractions in [0, 1]: `jaspar` is the share of filters with any match, `relevant` the
    share with a match, at any rank, to a matrix of a ground-truth TF, `coverage` the share of ground-truth TFs
    that some filter matches; both are NaN for data without ground truth. A dead filter counts in the denominator and
    never as a match. `relevant_list` is of the twelve TFs; `database` is what the filters were compared with.

    Raises
    ------
    InputError
        When a file of a network is missing or unreadable.
    """
    keys = list(product(datasets, architectures, activations, trials))
    filters = pd.concat([filter_table(run, *key, relevant_list, database) for key in keys], ignore_index=True)
    relevant = {dataset: relevant_of(run, dataset, relevant_list) for dataset in datasets}
    per_trial = pd.DataFrame([_trial_row(run, key, filters, relevant[key[0]]) for key in keys])
    return Results(filters, per_trial, table1(per_trial))


def relevant_of(run: Run, dataset: str, relevant_list: str = "expact") -> dict[str, tuple[str, ...]]:
    """Matrices that count as finding each TF of a data set; empty if its ground truth is unknown."""
    return read_relevant(run.data(dataset)) if dataset == OWN else relevant_matrices(relevant_list)


def filter_table(
    run: Run,
    dataset: str,
    architecture: str,
    activation: str,
    trial: int,
    relevant_list: str = "expact",
    database: str = "jaspar2016",
) -> pd.DataFrame:
    """Return a row for each filter of one network: activity, sites, consensus, best match, TFs it finds."""
    key = (dataset, architecture, activation, trial)
    filters = filters_module.read(run.filters(*key))
    matches = tomtom.read_tsv(run.matches(*key))
    if unknown := set(matches["Query_ID"]) - {motif.id for motif in filters.motifs()}:
        raise InputError(f"{run.matches(*key)} has the query {min(unknown)}, which is not a filter of this network.")
    names = {motif.id: motif.name for motif in databases.load(database)}
    relevant = relevant_of(run, dataset, relevant_list)
    by_list = {name: relevant_of(run, dataset, name) for name in RELEVANT_EXTRA} if dataset != OWN else {}
    rows = []
    for i, motif in enumerate(filters.motifs()):
        dead = bool(filters.dead[i])
        own = matches[(matches["Query_ID"] == motif.id) & (not dead)]
        targets = list(own["Target_ID"])
        found = _tfs(targets, relevant)
        rows.append(
            {
                **dict(zip([*NETWORK, "trial"], key, strict=True)),
                "filter": motif.id,
                "max_activation": float(filters.max_activation[i]),
                "sites": int(filters.sites[i]),
                "dead": dead,
                "clip_start": int(filters.clip[i, 0]),
                "clip_end": int(filters.clip[i, 1]),
                "consensus": consensus(motif.pfm),
                "bits": round(float(information(motif.pfm).sum()), 4),
                "matches": len(targets),
                "best_match": targets[0] if targets else "",
                "best_match_name": names.get(targets[0], "") if targets else "",
                "evalue": float(own["E-value"].iloc[0]) if targets else np.nan,
                "jaspar": bool(targets),
                "jaspar_without_gmeb1": any(target != GMEB1 for target in targets),
                "relevant": bool(found) if relevant else np.nan,
                "relevant_tfs": ";".join(found),
                **{f"relevant_{name}": bool(_tfs(targets, matrices)) for name, matrices in by_list.items()},
            }
        )
    return pd.DataFrame(rows)


def table1(per_trial: pd.DataFrame, measures=MEASURES) -> pd.DataFrame:
    """Table 1: a row for every dataset, architecture and activation; mean and population std over trials."""
    groups = per_trial.groupby(NETWORK, sort=False)
    table = groups.agg(trials=("trial", "size"), epochs=("epochs", "max"))
    for measure in measures:
        table[f"{measure}_mean"] = groups[measure].mean()
        table[f"{measure}_std"] = groups[measure].std(ddof=0)
    return table.reset_index().round(6)


def write(run: Run, results: Results) -> None:
    """Write `table1.csv`, `trials.csv` and `filters.csv` to the run's folder, each whole or not at all."""
    for name in ("table1", "trials", "filters"):
        with atomic(run.folder / f"{name}.csv") as partial:
            getattr(results, name).to_csv(partial, index=False, lineterminator="\n")


def read_trials(run: Run) -> pd.DataFrame:
    """Read `trials.csv` of a run.

    Raises
    ------
    InputError
        When the file is missing, is no table, or lacks a column.
    """
    own = "trial", "epochs", "best_epoch", "trained", "filters", "missed"
    return read_csv(run.folder / "trials.csv", (*NETWORK, *own, *MEASURES))


def read_baselines(run: Run) -> pd.DataFrame:
    """Read `baselines.csv` of a run.

    Raises
    ------
    InputError
        When the file is missing, is no table, or lacks a column.
    """
    return read_csv(run.folder / "baselines.csv", ("baseline", "class", "aupr", "auroc"))


def read_history(run: Run, key: tuple) -> dict:
    """Read the history of a training; `key` is dataset, architecture, activation and trial.

    Raises
    ------
    InputError
        When the file is missing or not as it was written, is of another format or another training, lacks what the
        tables need, or has not a loss for each epoch.
    """
    path, history = run.history(*key), read_json(run.history(*key))
    try:
        version = history.get("format_version", HISTORY_VERSION)  # the first ones did not say theirs
        trained = tuple(history[name] for name in (*NETWORK, "trial"))
        epochs = {len(history[f"{name}_loss"]) for name in ("training", "validation")}
        _ = [history[name] for name in HISTORY]
        _ = [history["test"][name] for name in ("aupr", "auroc", "aupr_mean", "auroc_mean")]
    except KeyError as error:
        raise InputError(f"{path} is not the history of a training: {error} is missing.") from None
    except (AttributeError, TypeError):
        raise InputError(f"{path} is not the history of a training.") from None
    if version != HISTORY_VERSION:
        raise InputError(f"{path}: format version {version}; expected {HISTORY_VERSION}.")
    if trained != tuple(key):
        raise InputError(f"{path} is the history of {trained}; expected {tuple(key)}.")
    if len(epochs) > 1 or not 1 <= history["best_epoch"] <= max(epochs):
        raise InputError(f"{path} has not a training and a validation loss for each epoch up to the best one.")
    return history


def panels(
    run: Run, filters: pd.DataFrame, dataset: str, architectures: list[str], activations: list[str], trial: int = 0
) -> dict[str, tuple[list[np.ndarray], list[str]]]:
    """Columns of Figures 1 and 2: title to PFMs, each shape=(width, 4), and names of the TFs found.

    Without ground truth the names are those of the best matches.
    """
    columns = {}
    for architecture, activation in product(architectures, activations):
        key = (dataset, architecture, activation, trial)
        own = filters[(filters[[*NETWORK, "trial"]] == list(key)).all(axis=1)]
        known = own["relevant"].notna().all()
        names = [tfs.split(";")[0] for tfs in own["relevant_tfs"]] if known else list(own["best_match_name"])
        columns[network_title(architecture, activation)] = (list(filters_module.read(run.filters(*key)).pfms), names)
    return columns


def best_filters(
    run: Run, filters: pd.DataFrame, dataset: str, architecture: str, activations: list[str], number: int = 12
) -> dict[str, tuple[list[np.ndarray], list[str]]]:
    """The best filters of one network in trial 0, ReLU beside exponential: panels as of `plots.side_by_side`.

    Best are those that match the ground truth (the database, where it is unknown), the best of each motif first, then
    the most informative of the others. The title says how many match; names are as of `panels`.
    """
    measure = "relevant" if filters.loc[filters["dataset"] == dataset, "relevant"].notna().all() else "jaspar"
    blocks = {}
    for activation in activations:
        key = (dataset, architecture, activation, 0)
        [(pfms, names)] = panels(run, filters, dataset, [architecture], [activation]).values()
        own = filters[(filters[[*NETWORK, "trial"]] == list(key)).all(axis=1)].reset_index(drop=True)
        own = own.assign(matched=own[measure].astype(bool), name=names)
        own = own.sort_values("evalue")
        own["again"] = own.groupby("name").cumcount().where(own["matched"], 0)
        best = own.sort_values(["matched", "again", "evalue", "bits"], ascending=[False, True, True, False])[:number]
        clipped = [pfms[row][start:end] for row, start, end in best[["clip_start", "clip_end"]].itertuples()]
        title = f"{network_title(architecture, activation)}: {own['matched'].sum()} of {len(own)} filters match"
        blocks[title] = clipped, list(best["name"].where(best["matched"], ""))
    return blocks


def paper_numbers() -> pd.DataFrame:
    """Return the authors' own numbers: dataset, architecture, activation, measure, mean, std, source."""
    with files("expact_utils").joinpath("paper_table1.csv").open() as file:
        return pd.read_csv(file)


def beside_paper(table: pd.DataFrame, trials: pd.DataFrame) -> pd.DataFrame:
    """Table 1 as text, mean ± std, the paper's Relevant beside ours by both lists of matrices; two digits, to read.

    Parameters
    ----------
    table : pd.DataFrame
        As `table1.csv`. One trial has no spread, so its values stand alone; one data set is not named in every row.
    trials : pd.DataFrame
        As `trials.csv`: Relevant by either list.
    """
    shown = pd.DataFrame({"data": table["dataset"], "network": table["architecture"].map(NETWORK_NAMES)})
    if len(set(table["dataset"])) == 1:
        shown = shown.drop(columns="data")
    shown["activation"] = table["activation"].map(ACTIVATION_NAMES)
    spread = table["trials"] > 1
    for measure, name in MEASURES.items():
        shown[name] = _mean_std(table[f"{measure}_mean"], table[f"{measure}_std"].where(spread), _two_digits)
        if measure == "relevant":
            known = table[NETWORK].replace({"dataset": STANDS_FOR}).merge(paper_relevant(), on=NETWORK, how="left")
            shown["the paper's Relevant"] = _mean_std(known["mean"], known["std"], _two_digits)
            by_authors = table1(trials, {"relevant_authors": ""})
            std = by_authors["relevant_authors_std"].where(spread)
            shown["Relevant, authors' list"] = _mean_std(by_authors["relevant_authors_mean"], std, _two_digits)
    return shown


def beside_baselines(table: pd.DataFrame, baselines: pd.DataFrame) -> pd.DataFrame:
    """Table 1 of one's own sequences as text, mean ± std, under what can be had without a network; to read.

    Parameters
    ----------
    table : pd.DataFrame
        As `table1.csv`, perhaps with `by_chance_mean`, the share of shuffled filters that match. Relevant and coverage
        are shown where there is a ground truth.
    baselines : pd.DataFrame
        As `baselines.csv`: baseline, class, aupr and auroc.
    """
    shown = pd.DataFrame({"predictor": table["architecture"].map(NETWORK_NAMES)})
    shown["activation"] = table["activation"].map(ACTIVATION_NAMES)
    names = MEASURES | {"jaspar": "matched"}
    for measure, name in names.items():
        if table[f"{measure}_mean"].notna().any():
            std = table[f"{measure}_std"].where(table["trials"] > 1)
            shown[name] = _mean_std(table[f"{measure}_mean"], std)
        if measure == "jaspar" and "by_chance_mean" in table:
            shown["by chance"] = table["by_chance_mean"].map("{:.3f}".format)
    means = baselines.groupby("baseline", sort=False)[["aupr", "auroc"]].mean().reset_index()
    without = means.rename(columns={"baseline": "predictor", **MEASURES}).assign(
        **{MEASURES[measure]: means[measure].map("{:.3f}".format) for measure in ("aupr", "auroc")}
    )
    return pd.concat([without, shown], ignore_index=True)[shown.columns].fillna("–")


def truth(run: Run, dataset: str, database: str) -> list[Motif]:
    """Matrices of the database that are a data set's ground truth, in its order; empty if it is unknown."""
    relevant = relevant_of(run, dataset)
    return [motif for motif in databases.load(database) if relevant_tf(motif.id, relevant)]


def paper_relevant() -> pd.DataFrame:
    """Return the authors' Relevant, one row a network: printed numbers where there are some, else read off a plot."""
    return paper_numbers().query("measure == 'relevant'").drop_duplicates(NETWORK)


def as_table(frame: pd.DataFrame, caption: str = "", index: bool = False, formats=None, sentences: bool = False):
    """Style a table for a page: with a caption, numbers to three digits unless `formats` says otherwise.

    Networks and activations get the names that the paper gives them; columns without names have no
    header. `sentences`: cells of text are to be wrapped.
    """
    if not index:
        frame = frame.replace({"architecture": NETWORK_NAMES, "activation": ACTIVATION_NAMES})
    # Names of classes and sequences are the user's, and are text, not HTML.
    styler = frame.style.format(formats, precision=3, na_rep="–", escape="html")
    styler = styler.format_index(escape="html", axis=0).format_index(escape="html", axis=1)
    styler = styler.set_table_attributes(f'class="dataframe{" sentences" * sentences}"')
    if not any(frame.columns):
        styler = styler.hide(axis="columns")
    if caption:
        styler = styler.set_caption(html.escape(caption))
    return styler if index else styler.hide(axis="index")


def headline(table: pd.DataFrame, measure: str = "relevant", of: str = "a motif of the twelve TFs") -> str:
    """One sentence: the share of filters of each network that match `of`, by activation; rows of one data set."""
    networks = []
    for architecture, rows in table.groupby("architecture", sort=False):
        shares = ", ".join(
            f"{share:.0%} with {ACTIVATION_NAMES[activation]}"
            for activation, share in zip(rows["activation"], rows[f"{measure}_mean"], strict=True)
        )
        networks.append(f"{NETWORK_NAMES[architecture]}: {shares}")
    return f"Filters that match {of}. {'; '.join(networks)}."


def answer(table: pd.DataFrame) -> str:
    """One sentence for the front page: what the activation changes in the first network; rows of one data set."""
    rows = table[table["architecture"] == table["architecture"].iloc[0]]
    network = NETWORK_NAMES[rows["architecture"].iloc[0]]
    names = rows["activation"].map(ACTIVATION_NAMES)
    of_filters = [f"of {network}'s filters match a motif of the twelve TFs with", *["with"] * (len(rows) - 1)]
    shares = [
        f"{share:.0%} {of} {name}" for share, of, name in zip(rows["relevant_mean"], of_filters, names, strict=True)
    ]
    scores = " and ".join(f"{score:.2f}" for score in rows["aupr_mean"])
    same = len(rows) > 1 and np.ptp(rows["aupr_mean"]) < SAME
    accuracy = f"at the same accuracy (auPR {scores})" if same else f"at an auPR of {scores}"
    return f"{', '.join(shares)}, {accuracy}."


def accuracy(table: pd.DataFrame) -> str:
    """One sentence: the mean auPR of each network, by activation; rows of one data set."""
    networks = []
    for architecture, rows in table.groupby("architecture", sort=False):
        scores = ", ".join(f"{row.aupr_mean:.2f} with {ACTIVATION_NAMES[row.activation]}" for row in rows.itertuples())
        networks.append(f"{NETWORK_NAMES[architecture]}: {scores}")
    return f"auPR on the test set. {'; '.join(networks)}."


def first_and_other(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Table 1 of the first data set, and `headline` of each further one, for the front page."""
    first, *others = dict.fromkeys(table["dataset"])
    sentences = [f"On {name} data. {headline(table[table['dataset'] == name])}" for name in others]
    return table[table["dataset"] == first], " ".join(sentences) or "This run has no in vivo data."


def scale(table: pd.DataFrame) -> str:
    """How large the run behind a table is, e.g. `5 trials of 100 epochs`."""
    trials, epochs = int(table["trials"].max()), int(table["epochs"].max())
    return f"{trials} trial{'s' * (trials > 1)} of {epochs} epoch{'s' * (epochs > 1)}"


def caption(table: pd.DataFrame, name: str = "Table 1") -> str:
    """Caption of a table like Table 1: the data and how large the run is."""
    spread = "mean ± standard deviation over trials" if table["trials"].max() > 1 else "no spread from one trial"
    return f"{name}: {data_title(', '.join(dict.fromkeys(table['dataset'])))}, {scale(table)}; {spread}."


def aupr_by_class(
    run: Run, datasets: list[str], architectures: list[str], activations: list[str], trials: Iterable[int]
) -> pd.DataFrame:
    """Mean auPR over trials: a row a class, a column a dataset and network."""
    columns = {}
    for dataset, architecture, activation in product(datasets, architectures, activations):
        key = (dataset, architecture, activation)
        scores = [read_history(run, (*key, trial))["test"]["aupr"] for trial in trials]
        columns[f"{dataset}: {network_title(architecture, activation)}"] = pd.DataFrame(scores).astype(float).mean()
    return pd.DataFrame(columns)


def networks(keys: Iterable[tuple]) -> pd.DataFrame:
    """Trainings as a table, a row each: dataset, architecture, activation and trial."""
    return pd.DataFrame(keys, columns=[*NETWORK, "trial"])


def origin_of_trainings(run: Run, trials: pd.DataFrame) -> dict[str, str]:
    """Where the trainings behind a page come from: commits, devices, seed, start and duration, as text.

    `trials` names them as `networks` does, each in as many rows as it likes.
    """
    keys = trials[[*NETWORK, "trial"]].drop_duplicates().itertuples(index=False, name=None)
    histories = [read_history(run, key) for key in keys]

    def each(name: str, length: int | None = None) -> str:
        counts = pd.Series([str(history[name])[:length] for history in histories]).value_counts()
        return ", ".join(f"{value} ({number} training{'s' * (number > 1)})" for value, number in counts.items())

    starts = sorted(history["started"] for history in histories)
    return {
        "trained on": each("device"),
        "trained by commit": each("commit", 12),
        "seed of the trainings": each("seed"),
        "protocol": each("protocol"),
        "trained from": f"{starts[0]} to {starts[-1]} (starts)",
        "training took": duration(sum(history["seconds"] for history in histories)) + " in all",
    }


def _trial_row(run: Run, key: tuple, filters: pd.DataFrame, relevant: dict[str, tuple[str, ...]]) -> dict:
    history = read_history(run, key)
    own = filters[(filters[[*NETWORK, "trial"]] == list(key)).all(axis=1)]
    covered = {tf for tfs in own["relevant_tfs"] for tf in tfs.split(";") if tf}
    return {
        **dict(zip([*NETWORK, "trial"], key, strict=True)),
        "epochs": history["epochs"],
        "best_epoch": history["best_epoch"],
        "seconds": history["seconds"],
        "trained": history["trained"],
        "aupr": history["test"]["aupr_mean"],
        "auroc": history["test"]["auroc_mean"],
        "jaspar": own["jaspar"].mean(),
        "jaspar_without_gmeb1": own["jaspar_without_gmeb1"].mean(),
        "relevant": own["relevant"].mean(),
        **{name: own[name].mean() for name in own if name in ("relevant_expact", "relevant_authors")},
        "coverage": len(covered) / len(relevant) if relevant else np.nan,
        "dead": int(own["dead"].sum()),
        "filters": len(own),
        "missed": sum(score is not None and score < MISSED for score in history["test"]["auroc"].values()),
    }


def _tfs(targets: list[str], relevant: dict[str, tuple[str, ...]]) -> list[str]:
    """Ground-truth TFs among the matched matrices, best match first, each once."""
    found = (relevant_tf(target, relevant) for target in targets)
    return list(dict.fromkeys(tf for tf in found if tf))


def _mean_std(mean: pd.Series, std: pd.Series, text_of="{:.3f}".format) -> list[str]:
    texts = ["–" if np.isnan(m) else text_of(m) for m in mean]
    return [text if np.isnan(s) else f"{text} ± {text_of(s)}" for text, s in zip(texts, std, strict=True)]


def _two_digits(share: float) -> str:
    return f"{share:.2f}".removeprefix("0")
