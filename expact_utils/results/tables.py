"""Tables of a run: a row a filter, a row a trial, and Table 1."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from expact_utils.data.datasets import read_relevant
from expact_utils.dna.jaspar import GMEB1, relevant_tf
from expact_utils.dna.pfm import Motif, consensus, information
from expact_utils.motifs import databases, tomtom
from expact_utils.motifs import filters as filters_module
from expact_utils.motifs.filters import Filters
from expact_utils.networks import histories
from expact_utils.networks.scores import interval
from expact_utils.run.errors import InputError
from expact_utils.run.names import MEASURES, SCORES, measures_of
from expact_utils.run.paths import DESIGN, KEY, Foreign, Network, Run, networks
from expact_utils.run.tables import read_csv, write_csv

MISSED = 0.7  # auROC under which a network has not learned a planted motif; those that it learned are over .8
ENSEMBLES = [*DESIGN, "trials"]  # and the scores
OTHERS = [name for name in MEASURES if name not in SCORES]


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
    members = networks(datasets, architectures, activations, trials)
    filters = pd.concat([filter_table(run, one, relevant_list, database) for one in members], ignore_index=True)
    known = {dataset: relevant_of(run, dataset, relevant_list) for dataset in datasets}
    per_trial = pd.DataFrame([_trial_row(run, one, of(filters, one), known[one.dataset]) for one in members])
    return Results(filters, per_trial, table1(per_trial))


def relevant_of(run: Run, dataset: str, relevant_list: str = "expact") -> dict[str, tuple[str, ...]]:
    """Matrices that count as finding each TF of a data set, as its file says; empty if its ground truth is unknown.

    `relevant_list` chooses among the lists that the file has; one that has no such list has one of its own.
    """
    return _chosen(read_relevant(run.data(dataset)), relevant_list)


def filter_table(
    run: Run, network: Network, relevant_list: str = "expact", database: str = "jaspar2016"
) -> pd.DataFrame:
    """Return a row for each filter of one network: activity, sites, consensus, best match, TFs it finds."""
    filters = filters_module.read(run.filters(network))
    matches = tomtom.read_tsv(run.matches(network))
    if unknown := set(matches["Query_ID"]) - {motif.id for motif in filters.motifs()}:
        raise InputError(f"{run.matches(network)} has the query {min(unknown)}, which is not a filter of this network.")
    names = {motif.id: motif.name for motif in databases.load(database)}
    lists = read_relevant(run.data(network.dataset))
    by_list = {f"relevant_{name}": of_list for name, of_list in lists.items() if len(lists) > 1}
    relevant = _chosen(lists, relevant_list)
    rows = []
    for i, motif in enumerate(filters.motifs()):
        matched = matches[(matches["Query_ID"] == motif.id) & (not filters.dead[i])]
        targets = list(matched["Target_ID"])
        found = _tfs(targets, relevant)
        rows.append(
            {
                **network._asdict(),
                **_filter_row(filters, i, motif),
                "matches": len(targets),
                "best_match": targets[0] if targets else "",
                "best_match_name": names.get(targets[0], "") if targets else "",
                "evalue": float(matched["E-value"].iloc[0]) if targets else np.nan,
                "jaspar": bool(targets),
                "jaspar_without_gmeb1": any(target != GMEB1 for target in targets),
                "relevant": bool(found) if relevant else np.nan,
                "relevant_tfs": ";".join(found),
                **{column: bool(_tfs(targets, of_list)) for column, of_list in by_list.items()},
            }
        )
    return pd.DataFrame(rows)


def of(table: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Rows of a table that are of one network."""
    return table[(table[KEY] == list(network)).all(axis=1)]


def table1(per_trial: pd.DataFrame, measures: Iterable[str] = ()) -> pd.DataFrame:
    """Table 1: a row for every dataset, architecture and activation; mean and population std over trials.

    Of `measures`, or else of all that the table has.
    """
    groups = per_trial.groupby(DESIGN, sort=False)
    table = groups.agg(trials=("trial", "size"), epochs=("epochs", "max"))
    for measure in measures or measures_of(per_trial.columns):
        table[f"{measure}_mean"] = groups[measure].mean()
        table[f"{measure}_std"] = groups[measure].std(ddof=0)
    return table.reset_index().round(6)


def write(run: Run, results: Results) -> None:
    """Write `table1.csv`, `trials.csv` and `filters.csv` to the run's folder, each whole or not at all."""
    for name in ("table1", "trials", "filters"):
        write_csv(run.folder / f"{name}.csv", getattr(results, name))


def read_trials(run: Run) -> pd.DataFrame:
    """Read `trials.csv` of a run.

    Raises
    ------
    InputError
        When the file is missing, is no table, or lacks a column.
    """
    own = "trial", "epochs", "best_epoch", "trained", "filters", "missed"
    return read_csv(run.folder / "trials.csv", (*DESIGN, *own, *OTHERS))


def read_baselines(run: Run) -> pd.DataFrame:
    """Read `baselines.csv` of a run.

    Raises
    ------
    InputError
        When the file is missing, is no table, or lacks a column.
    """
    return read_csv(run.folder / "baselines.csv", ("baseline", "class"))


def read_ensembles(run: Run) -> pd.DataFrame:
    """Read `ensembles.csv` of a run, as from `ensembles.table`.

    Raises
    ------
    InputError
        When the file is missing, is no table, or lacks a column.
    """
    return read_csv(run.folder / "ensembles.csv", ENSEMBLES)


def foreign(run: Run, dataset: str, names: Iterable[str]) -> list[Foreign]:
    """Somebody's networks by their names in the config, each with the activation that its table says.

    Raises
    ------
    InputError
        When the table of a network is missing, is none, or lacks a column.
    """
    found = {name: read_csv(run.explained(name, ".csv"), ("network", "activation")) for name in names}
    return [Foreign(dataset, name, table["activation"].iloc[0]) for name, table in found.items()]


def truth(run: Run, dataset: str, database: str) -> list[Motif]:
    """Matrices of the database that are a data set's ground truth, in its order; empty if it is unknown."""
    relevant = relevant_of(run, dataset)
    return [motif for motif in databases.load(database) if relevant_tf(motif.id, relevant)]


def scores_by_class(
    run: Run,
    datasets: list[str],
    architectures: list[str],
    activations: list[str],
    trials: Iterable[int],
    score: str = "aupr",
) -> pd.DataFrame:
    """Mean of a score over trials: a row a class, a column a dataset and network."""
    trials, columns = list(trials), {}
    for first in networks(datasets, architectures, activations, trials[:1]):
        scores = [histories.read(run, first._replace(trial=trial))["test"][score] for trial in trials]
        columns[f"{first.dataset}: {first.title}"] = pd.DataFrame(scores).astype(float).mean()
    return pd.DataFrame(columns)


def with_intervals(correlations: pd.DataFrame, known: np.ndarray) -> pd.DataFrame:
    """Correlations as text, each with its 95 % confidence interval; a row a number, of so many `known` sequences.

    A dash stands where there is none, as of a prediction that is the same throughout.
    """

    def text(of: float, number: int) -> str:
        return "–" if np.isnan(of) else "{:.2f} ({:.2f} to {:.2f})".format(of, *interval(of, number))

    rows = zip(correlations.itertuples(index=False), known, strict=True)
    texts = [[text(of, int(number)) for of in row] for row, number in rows]
    return pd.DataFrame(texts, index=correlations.index, columns=correlations.columns)


def _filter_row(filters: Filters, i: int, motif: Motif) -> dict:
    """What is known of a filter without a database; `motif` is its clipped PFM."""
    return {
        "filter": motif.id,
        "max_activation": float(filters.max_activation[i]),
        "sites": int(filters.sites[i]),
        "dead": bool(filters.dead[i]),
        "learned": bool(filters.learned[i]),
        "clip_start": int(filters.clip[i, 0]),
        "clip_end": int(filters.clip[i, 1]),
        "consensus": consensus(motif.pfm),
        "bits": round(float(information(motif.pfm).sum()), 4),
    }


def _trial_row(run: Run, network: Network, own: pd.DataFrame, relevant: dict[str, tuple[str, ...]]) -> dict:
    """A row of `trials.csv`; `own` are the rows of the network's filters."""
    history = histories.read(run, network)
    covered = {tf for tfs in own["relevant_tfs"] for tf in tfs.split(";") if tf}
    return {
        **network._asdict(),
        "epochs": history["epochs"],
        "best_epoch": history["best_epoch"],
        "seconds": history["seconds"],
        "trained": history["trained"],
        **{name: history["test"][f"{name}_mean"] for name in histories.scored_by(history)},
        "jaspar": own["jaspar"].mean(),
        "jaspar_without_gmeb1": own["jaspar_without_gmeb1"].mean(),
        "relevant": own["relevant"].mean(),
        **{name: own[name].mean() for name in own if name.startswith("relevant_") and name != "relevant_tfs"},
        "coverage": len(covered) / len(relevant) if relevant else np.nan,
        "dead": int(own["dead"].sum()),
        "unlearned": int((~own["learned"]).sum()),
        "filters": len(own),
        "missed": sum(score is not None and score < MISSED for score in history["test"].get("auroc", {}).values()),
    }


def _chosen(lists: dict[str, dict], relevant_list: str) -> dict[str, tuple[str, ...]]:
    return lists.get(relevant_list) or next(iter(lists.values()), {})


def _tfs(targets: list[str], relevant: dict[str, tuple[str, ...]]) -> list[str]:
    """Ground-truth TFs among the matched matrices, best match first, each once."""
    found = (relevant_tf(target, relevant) for target in targets)
    return list(dict.fromkeys(tf for tf in found if tf))
