"""Networks that learned from both strands beside the same designs that saw one, the given, as the paper's do."""

import pandas as pd

from expact_utils.results.tables import collect
from expact_utils.run.names import MEASURES, activation_title
from expact_utils.run.paths import DESIGN, Run
from expact_utils.run.tables import read_csv

STRANDS = ("given", "both")
ASKED = ("aupr", "relevant", "coverage")  # measures that the sentence tells


def compare(
    run: Run, given: Run, datasets: list[str], blocks: list[dict], relevant_list: str, database: str
) -> pd.DataFrame:
    """Table 1 of a run's networks, of both strands, beside that of a run of one; see `beside`.

    Parameters
    ----------
    run : Run
        Has the networks' files.
    given : Run
        Has `table1.csv`; without it the result has no row.
    datasets : list[str]
        Those that are compared.
    blocks : list[dict]
        Networks, as `also` of a config; of each design the row of most trials is taken.
    relevant_list, database : str
        As `tables.collect` takes them.

    Raises
    ------
    InputError
        As `tables.collect`.
    """
    tables = [
        collect(run, [name], of["architectures"], of["activations"], range(of["trials"]), relevant_list, database)
        for of in blocks
        for name in datasets
        if name in of["datasets"]
    ]
    both = pd.concat([of.table1 for of in tables], ignore_index=True).sort_values("trials", kind="stable")
    both = both.drop_duplicates([*DESIGN], keep="last").sort_index()
    known = given.folder / "table1.csv"
    return beside(both, read_csv(known) if known.is_file() else both.head(0))


def beside(both: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """Rows of designs that are in both tables, those of a design together; `strand` says of which they are.

    `both` and `given` are as `table1.csv`: of networks that learned from both strands, and from the given one.
    """
    shared = both[[*DESIGN]].merge(given[[*DESIGN]])
    tables = [shared.merge(of) for of in (given, both)]  # in the order of `shared`
    whole = pd.concat(tables, keys=STRANDS, names=["strand"]).reset_index("strand").sort_index(kind="stable")
    return whole[[*DESIGN, "strand", *(name for name in both if name not in DESIGN)]].reset_index(drop=True)


def sentence(table: pd.DataFrame) -> str:
    """By how much both strands change each measure, and whether the exponential stays above ReLU."""
    if table.empty:
        return "No network of this run is in the table of those that saw one strand alone."
    means = table.pivot_table(index=[*DESIGN], columns="strand", values=[f"{measure}_mean" for measure in ASKED])
    changes = {measure: means[f"{measure}_mean"]["both"] - means[f"{measure}_mean"]["given"] for measure in ASKED}
    said = [
        f"{MEASURES[measure]} by {change.mean():+.2f} (higher in {(change > 0).sum()} of {len(change)})"
        for measure, change in changes.items()
    ]
    return f"Both strands in training change, in the mean over networks, {'; '.join(said)}.{_above(table)}"


def _above(table: pd.DataFrame) -> str:
    """In how many networks the exponential's filters are more often relevant than ReLU's, with either; a sentence."""
    each = table.pivot_table(index=["dataset", "architecture", "strand"], columns="activation", values="relevant_mean")
    if not {"relu", "exponential"} <= set(each):
        return ""
    above = (each["exponential"] > each["relu"]).groupby("strand")
    counts = {strand: f"{above.sum()[strand]} of {above.size()[strand]}" for strand in STRANDS}
    return (
        f" {MEASURES['relevant']} is higher with {activation_title('exponential')} than {activation_title('relu')} in "
        f"{counts['given']} networks on the given strand, and in {counts['both']} on both."
    )
