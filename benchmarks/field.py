"""Fifteen real sets of which the answer is known: `python -m benchmarks.field`.

For each: what baselines and networks score on held-out sequences, which motifs are listed and in what place the known
factor's stands, and how many of the listed motifs hold on a second held-out set. A set that is done is not done again;
its networks are in runs/field.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from expact_utils.data import enhancers, k562, own
from expact_utils.data.datasets import SPLITS, Dataset
from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import clusters, evidence, filters, promiscuity
from expact_utils.motifs.clusters import Cluster
from expact_utils.motifs.identified import identify
from expact_utils.motifs.scanning import best_sites, narrowed
from expact_utils.networks import first_layer, histories, scores, training
from expact_utils.networks.trial import BOTH, Settings
from expact_utils.report.found import names as found_names
from expact_utils.results import baselines, ensembles
from expact_utils.run import choice, downloads
from expact_utils.run.errors import run_command
from expact_utils.run.files import atomic, read_json
from expact_utils.run.names import OWN, SOURCES
from expact_utils.run.paths import ROOT, Run
from expact_utils.run.tables import read_csv, write_csv

RESULTS = ROOT / "benchmarks" / "field.csv"
NOISE = ROOT / "benchmarks" / "noise.csv"  # of benchmarks.noise
PAGE = ROOT / "book" / "field.md"
MOST = 3000  # training sequences with the factor, and without it
DATABASE, EVALUE = "jaspar2024", 0.1  # as `expact init` writes them
TRIALS = 5  # it writes 3; the difference between activations is to be told
ACTIVATIONS = ("relu", "exponential")
LEVEL = 0.05  # largest p of a difference between activations
SHORT = r"(\d+) of (\d+), of (\d+) tried", r"\1×\2 (\3)"  # of `design`, on the page
CHANCE = 0.05  # by how far an auROC of noise may be from .5 on a small test set, and be called chance
HOLDS = 0.05  # p-value on the second held-out set, of a listed motif that holds
DRAWS = 500  # of the test sequences, for an interval
BASELINES = ("length_auroc", "gc_auroc", "kmers_auroc", "gapped_auroc")
COUNTS, ENDS = {"kmers": "6-mers", "gapped": "gapped 6-mers"}, ("low", "high")
COLUMNS = [
    *("dataset", "sequences", *BASELINES, "relu_auroc", "exponential_auroc", "ensemble_auroc", "ensemble"),
    *("kmers_low", "kmers_high", "gapped_low", "gapped_high"),  # of the ensemble's auROC less that of k-mers
    *("rank", "listed", "hold", "minutes", "enriched", "motifs", "first_layer"),
]
DEMO = "https://raw.githubusercontent.com/const-ae/Neural_Network_DNA_Demo/3404b37/data"


def one_against_the_rest(data: Dataset, column: int) -> Dataset:
    """Windows with one of the factors and as many without it, at most `MOST` each to train on."""
    rng, X, Y, names = np.random.default_rng(0), {}, {}, {}
    for split in SPLITS:
        labels = data.Y[split][:][:, column]
        of = [rng.permutation(np.flatnonzero(labels == value)) for value in (1, 0)]
        number = min(*map(len, of), MOST)
        rows = np.sort(np.concatenate([rows[:number] for rows in of]))
        X[split], Y[split] = data.X[split][:][rows], labels[rows][:, None]
        if split in data.names:
            names[split] = [data.names[split][row] for row in rows]
    return replace(data, X=X, Y=Y, class_names=[data.class_names[column]], planted={}, relevant={}, names=names)


def _arrays(name: str) -> Dataset:
    """A set of the authors' journal version, of 400 nt: H3K27ac peaks with a factor, and without it."""
    return replace(own.load({"arrays": str(enhancers.path(name))}, seed=0), class_names=[name])


def _demo() -> Dataset:
    """Peaks of CTCF against those of PU.1, 100 nt, at most `MOST` of each to train on."""
    files = {}
    for name, (file, sha256) in DEMO_FILES.items():
        files[name] = str(downloads.fetch(f"{DEMO}/{file}", sha256, Path("Neural_Network_DNA_Demo/data") / file))
    data = own.load({"classes": files}, seed=0)
    first, rng = data.Y["train"][:][:, 0], np.random.default_rng(0)
    rows = np.sort(np.concatenate([rng.permutation(np.flatnonzero(first == value))[:MOST] for value in (1, 0)]))
    trained_on = {"train": [data.names["train"][row] for row in rows]}
    return replace(
        data,
        X=data.X | {"train": data.X["train"][:][rows]},
        Y=data.Y | {"train": data.Y["train"][:][rows]},
        names=data.names | trained_on,
    )


JOURNAL = ("IRF1", "ZBED2")
DEMO_FILES = {
    "CTCF": ("ctcf.fa.gz", "29f74f5096f3d6e71125c3b34eabb88d72e422fefeac55c9763b4e588132c4d5"),
    "PU.1": ("pu1.fa.gz", "5db3f070fa38285600492ae4d2fe58e511ffd3f1573ecf48cc7cff7a2e297a2a"),
}


def sets() -> dict[str, tuple[Callable[[], Dataset], list[str]]]:
    """Name of each set to what loads it, and to its factors."""
    chip = k562.chip()
    found: dict[str, tuple[Callable[[], Dataset], list[str]]] = {
        f"K562 {name}": (partial(one_against_the_rest, chip, i), [name]) for i, name in enumerate(chip.class_names)
    }
    found |= {name: (partial(_arrays, name), [name]) for name in JOURNAL}
    return found | {"CTCF against PU.1": (_demo, ["CTCF", "SPI1"])}


def halves(data: Dataset) -> tuple[Dataset, Dataset]:
    """The data with either half of its test set: one to list motifs by, one to hold them against."""
    rng = np.random.default_rng(0)
    rows = rng.permutation(len(data.X["test"]))
    parts = np.sort(rows[::2]), np.sort(rows[1::2])
    names = np.array(data.names.get("test", [""] * len(rows)))
    return tuple(
        replace(
            data,
            X={**data.X, "test": data.X["test"][:][part]},
            Y={**data.Y, "test": data.Y["test"][:][part]},
            names={**data.names, "test": names[part].tolist()},
        )
        for part in parts
    )  # type: ignore[return-value]


def measure(name: str, data: Dataset, factors: list[str]) -> dict:
    """A row of the table; see `COLUMNS`."""
    run = Run(f"runs/field/{name.replace(' ', '_')}")
    started = time.monotonic() - trained_before(run)
    without, labels = baselines.outputs(data), data.Y["test"][:]
    predicted, found = train(data, run)
    weights = ensembles.select(data.Y["valid"][:], np.concatenate([*predicted["valid"].values()]))
    listing, holding = halves(data)
    groups, targets = clusters.cluster(clusters.alive(found)), promiscuity.targets(DATABASE, "drop")
    motifs = identify(groups, listing, targets, EVALUE)
    table = motifs.table().set_index("motif")
    names = found_names(table[table["evidence"]], EVALUE)
    listed = [one for one in motifs.groups if table.loc[one.motif.id, "evidence"]]
    together = np.tensordot(weights, np.concatenate([*predicted["test"].values()]), axes=1)
    lead = {name: interval(labels, together, without[of]) for name, of in COUNTS.items()}
    return {
        "dataset": name,
        "sequences": sum(len(codes) for codes in data.X.values()),
        **{name: auroc(labels, of) for name, of in zip(BASELINES, without.values(), strict=True)},
        **{f"{of}_auroc": float(np.mean([auroc(labels, p) for p in predicted["test"][of]])) for of in ACTIVATIONS},
        "ensemble_auroc": auroc(labels, together),
        **{f"{name}_{end}": limit for name, limits in lead.items() for end, limit in zip(ENDS, limits, strict=True)},
        "ensemble": " + ".join(str(np.count_nonzero(of)) for of in np.split(weights, len(ACTIVATIONS))),
        "rank": rank(listed, targets, factors),
        "listed": len(listed),
        "hold": sum(holds(one, table.loc[one.motif.id], holding) for one in listed),
        "minutes": (time.monotonic() - started) / 60,
        "enriched": any(enriched(matrix, listing) for matrix in matrices(factors)),
        "motifs": "; ".join(names),
        "first_layer": design(run),
    }


def design(run: Run) -> str:
    """The first layer that was chosen, and how many designs were tried."""
    tried = read_csv(run.folder / choice.TABLE)
    (row,) = tried[tried["chosen"]].itertuples()
    return f"{row.filters} of {row.width}, of {len(tried)} tried"


def trained_before(run: Run) -> float:
    """Seconds that the trainings took which a run has already."""
    found = (read_json(path) for path in run.folder.glob("**/models/*/*.json"))  # also those of designs that were tried
    return sum(sum(history["epoch_seconds"]) for history in found)


def train(data: Dataset, run: Run, trials: int = TRIALS) -> tuple[dict[str, dict[str, list[np.ndarray]]], dict]:
    """Predictions of the validation and test set by activation, one a trial, and the filters of all networks."""
    predicted = {split: {of: [] for of in ACTIVATIONS} for split in ("valid", "test")}
    found = {}
    usual = {key: value for key, value in SOURCES[OWN].defaults.items() if key in ("strand", "patience", "paired")}
    usual |= own.schedule(len(data.X["train"]))
    table = first_layer.choose(data, Settings("cnn-50", "exponential", **usual), OWN, run)
    write_csv(run.folder / choice.TABLE, table)
    usual |= choice.chosen(run)
    for activation in ACTIVATIONS:
        for trial in range(trials):
            settings = Settings("cnn-50", activation, trial, **usual)
            model, history = training.train(data, settings, "own", run)
            for split, of_split in predicted.items():
                of_split[activation].append(training.predict(model, data.X[split], BOTH))
            of_one = filters.extract(model, data.X["test"][:])
            of_one.learned = histories.learned(history, len(of_one.sites))
            found[settings.of("own")] = of_one
    return predicted, found


def auroc(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean over classes."""
    return float(np.mean([scores.auroc(*pair) for pair in zip(labels.T, probabilities.T, strict=True)]))


def interval(labels: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """95 % interval of the difference of two auROC, by bootstrap of the sequences."""

    def lead(rows: np.ndarray) -> float:
        return auroc(labels[rows], ours[rows]) - auroc(labels[rows], theirs[rows])

    rows = np.arange(len(labels))
    options = {"vectorized": False, "n_resamples": DRAWS, "method": "percentile", "rng": np.random.default_rng(0)}
    return tuple(stats.bootstrap((rows,), lead, **options).confidence_interval)


def matrices(factors: list[str]) -> list:
    """The factors' own matrices."""
    wanted = {factor.upper() for factor in factors}
    return [motif for motif in jaspar("JASPAR2024") if motif.name.upper() in wanted]


def families(factors: list[str]) -> set[str]:
    """Names of the matrices of the factors' structural families (JASPAR's tf_family), their own among them."""
    from pyjaspar import jaspardb

    wanted = {factor.upper() for factor in factors}
    records = jaspardb(release="JASPAR2024").fetch_motifs(collection="CORE", tax_group=["vertebrates"])
    of_factors = {family for record in records if record.name.upper() in wanted for family in record.tf_family or ()}
    related = [record.name for record in records if of_factors & set(record.tf_family or ())]
    return {*related, *(record.name for record in records if record.name.upper() in wanted)}


def rank(listed: list[Cluster], targets: list[Motif], factors: list[str]) -> float:
    """Place of the first listed motif that matches a matrix of a factor's family; missing where there is none.

    Which motifs are the factor's is asked of its family alone: Tomtom's p, against the whole database, is corrected for
    the family's matrices and the listed motifs. Corrected for all matrices none of six positions could be matched.
    """
    family = families(factors)
    of_family = {one.id for one in targets if one.name in family}
    least = EVALUE / max(len(of_family) * len(listed), 1)  # p-value
    matches = clusters.look_up(listed, targets, least * len(targets))
    right = set(matches.loc[matches["Target_ID"].isin(of_family), "Query_ID"])
    return next((float(place) for place, one in enumerate(listed, start=1) if one.motif.id in right), np.nan)


def holds(one: Cluster, row: pd.Series, data: Dataset) -> bool:
    """Whether a listed motif, at its threshold, marks the same class in other held-out sequences."""
    codes = data.X["test"][:]
    has = best_sites(codes, narrowed(one.motif.pfm, codes.shape[1])[None]).of(0).scores >= row["threshold"]
    positive = data.Y["test"][:][:, data.class_names.index(row["class"])] == 1
    return evidence.fisher(evidence.counts_of(positive, has), row["odds_ratio"] > 1) < HOLDS


def enriched(matrix, data: Dataset) -> bool:
    """Whether a factor's own matrix has evidence in the data, so that it is there to be found."""
    _, table = evidence.weigh([Cluster(matrix, [("own", "cnn-50", "relu", 0, matrix.id, 0, "+")])], data)
    return bool(table["evidence"].iloc[0])


def page(table: pd.DataFrame, noise: pd.DataFrame) -> str:
    """The book's page, in Markdown, of the sets and of runs on noise."""
    shown = pd.DataFrame({"set": table["dataset"], "sequences": table["sequences"].map("{:,}".format)})
    titles = {
        "length_auroc": "length, N",
        "gc_auroc": "GC",
        "kmers_auroc": "6-mers",
        "gapped_auroc": "gapped 6-mers",
        "relu_auroc": "ReLU",
        "exponential_auroc": "exponential",
        "ensemble_auroc": "ensemble",
    }
    for column, title in titles.items():
        shown[title] = table[column].map("{:.3f}".format)
    shown["networks in it"] = table["ensemble"]
    shown["the factor's place"] = table["rank"].map(lambda of: "–" if np.isnan(of) else f"{of:.0f}")
    shown.loc[~table["enriched"], "the factor's place"] += " (matrix not enriched)"
    shown["first motif"] = table["motifs"].fillna("–").str.partition(";")[0]
    shown["motifs listed"], shown["of these hold"] = table["listed"], table["hold"]
    shown["minutes"] = table["minutes"].map("{:.1f}".format)
    shown["first layer"] = table["first_layer"].astype(str).str.replace(*SHORT, regex=True)
    aligned = ("left", *["right"] * (shown.shape[1] - 1))
    return TEXT.format(
        table=shown.to_markdown(index=False, disable_numparse=True, colalign=aligned),
        noise=on_noise(noise),
        most=MOST,
        **_counts(table),
    )


def _counts(table: pd.DataFrame) -> dict[str, int | str]:
    networks = table["ensemble_auroc"]
    there = table[table["enriched"]]
    return {
        "sets": len(table),
        "kmers": int((networks >= table["kmers_auroc"]).sum()),
        "behind": behind(table),
        "gapped": int((networks >= table["gapped_auroc"]).sum()),
        "every_first": int((table["rank"] == 1).sum()),
        "first": int((there["rank"] == 1).sum()),
        "enriched": len(there),
        "others": int((table["rank"] == 1).sum() - (there["rank"] == 1).sum()),
        "without": len(table) - len(there),
        "listed": int(table["listed"].sum()),
        "hold": int(table["hold"].sum()),
        "twins": twins(table),
    }


def behind(table: pd.DataFrame) -> str:
    """Where the ensemble is less good than counts, by how much, and whether that is beyond chance, in words."""
    found = []
    for name, title in COUNTS.items():
        lead = table["ensemble_auroc"] - table[f"{name}_auroc"]
        rows = table.assign(lead=lead, low=table[f"{name}_low"], high=table[f"{name}_high"])[lead < 0]
        found += [f"{of.dataset} ({title}: {of.lead:.3f}, {of.low:+.3f} to {of.high:+.3f})" for of in rows.itertuples()]
    return ", ".join(found) or "none"


def twins(table: pd.DataFrame) -> str:
    """Whether exponential networks predict better than their ReLU twins, over the sets, in sentences."""
    gain = table["exponential_auroc"] - table["relu_auroc"]
    p = float(stats.wilcoxon(gain).pvalue) if (gain != 0).any() else 1.0
    answer = "this can't be told" if p >= LEVEL else f"it does {'better' if gain.median() > 0 else 'worse'}"
    large = table["sequences"] > table["sequences"].median()
    larger, smaller = (f"{(gain[rows] > 0).sum()} of {rows.sum()}" for rows in (large, ~large))
    return (
        f"The exponential's auROC is higher on {(gain > 0).sum()} of {len(table)} sets, by {gain.median():+.3f} in the "
        f"median; by Wilcoxon's signed-rank test over sets (p = {p:.2g}) {answer}. It is higher on {larger} larger "
        f"sets and on {smaller} smaller ones."
    )


def on_noise(table: pd.DataFrame) -> str:
    """What networks score where there is nothing to learn, and how many motifs are listed, a sentence."""
    scores = table[["relu", "exponential"]].to_numpy()
    return (
        f"In {len(table)} runs on noise ({', '.join(table['noise'].unique())}) the filters that learned made up "
        f"{table['motifs'].sum()} motifs, and {table['listed'].sum()} were listed; the networks' mean auROC was "
        f"{scores.mean():.2f}, {scores.min():.2f} to {scores.max():.2f}, and {np.sum(abs(scores - 0.5) <= CHANCE)} of "
        f"{scores.size} are within {CHANCE} of .5."
    )


TEXT = """\
<!-- Written by `python -m benchmarks.field`. -->
# Real sets with known answers

Does the report find what is known to be there, and only that? {sets} real sets of which the bound factor is known: for
twelve factors, windows of K562 that the factor binds against as many that others of the twelve bind, but not it
(chromosomes 16 and 22 to test on); regions of H3K27ac with IRF1 or ZBED2 against those without; peaks of CTCF against
those of PU.1. All is as `expact init` sets
it: CNN-50, both strands, first layers as the last column has them (filters × nt, designs tried on validation data), but
five trials of each activation, and at most {most:,} sequences of a class to train on. *ReLU* and *exponential* are
means over trials; the *ensemble* is the mean prediction of the networks that validation data choose (ReLU +
exponential). Scores are auROC on held-out sequences.

- The networks' ensemble is at least as good as 6-mers on {kmers} of {sets} sets, and as gapped 6-mers on {gapped}.
  Less good, with the 95 % interval of the difference (bootstrap of test sequences): {behind}.
- The first motif listed matches the factor's own matrix, or one of its family (JASPAR's), on {every_first} of {sets}
  sets: on {first} of the {enriched} in which that matrix has evidence itself, and on {others} of the other {without},
  where the networks found a motif that does. Its name in the report is that of its best match, often a relative's: the
  factors of a family share a motif, and no sequence tells which of them bound.
- Does the exponential network, with both strands, also *predict* better than its ReLU twin? {twins}
- Of {listed} motifs listed, {hold} hold on a second held-out set (Fisher's p below .05 at the same threshold).
- And where there is nothing to find? {noise}

{table}

The motifs are listed by one half of the test set, and held against the other. The factor's place is that of the first
listed motif that matches one of its family's matrices: by Tomtom's p-value times these matrices and the listed motifs,
0.1 at most. A dash: none does.
*Matrix not enriched*: the factor's matrix in JASPAR has no evidence in these sequences itself, beyond that of its
shuffled versions, as GC content alone tells them apart to a degree. Minutes are those of one processor core, with other
work beside it.
"""


def _command() -> None:
    about = (__doc__ or "").partition("\n\n")[2]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.field", description=about)
    parser.add_argument("--only", nargs="*", default=[], help="names of sets; the others are left as they are")
    parser.add_argument("--again", action="store_true", help="measure sets again that have been")
    arguments = parser.parse_args()
    rows = {} if not RESULTS.exists() else {row["dataset"]: row for row in read_csv(RESULTS).to_dict("records")}
    for name, (load, factors) in sets().items():
        if (arguments.only and name not in arguments.only) or (name in rows and not arguments.again):
            continue
        print(f"\n{name}", flush=True)
        rows[name] = measure(name, load(), factors)
        with atomic(RESULTS, checksum=False) as file:
            pd.DataFrame(rows.values(), columns=COLUMNS).to_csv(file, index=False, lineterminator="\n")
    table = read_csv(RESULTS)
    print(table.to_string(index=False, float_format="{:.3f}".format))
    with atomic(PAGE, checksum=False) as file:
        file.write_text(page(table, read_csv(NOISE)), encoding="utf-8")


if __name__ == "__main__":
    run_command(_command)
