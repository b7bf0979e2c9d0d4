"""What a run chose for the first layer, as `networks.first_layer` left it."""

from typing import TYPE_CHECKING

from expact_utils.run.paths import Run
from expact_utils.run.tables import read_csv

if TYPE_CHECKING:
    import pandas as pd  # which a training needs not

TABLE = "first_layer.csv"


def chosen(run: Run) -> dict[str, int]:
    """Settings of the first layer that a run chose; none where it is the usual one, or where there was no choice."""
    if not (run.folder / TABLE).is_file():
        return {}
    table = read_csv(run.folder / TABLE)
    row = table[table["chosen"]].iloc[0]
    return {} if row["usual"] else {"filters": int(row["filters"]), "width": int(row["width"])}


def of_run(run: Run) -> str:
    """The first layers of a run's networks in words."""
    if not (run.folder / TABLE).is_file():
        return "first layers as in the paper"
    return in_words(read_csv(run.folder / TABLE))


def in_words(table: "pd.DataFrame") -> str:
    """The choice in a sentence."""
    row = table[table["chosen"]].iloc[0]
    if len(table) == 1:
        return "first layers as in the paper: their validation loss is so near 0 that no other was tried"
    others = [f"{other.filters} of {other.width}" for other in table.itertuples() if not other.chosen]
    return (
        f"first layers of {row['filters']} filters of {row['width']} nt, chosen on the validation set "
        f"(also tried: {', '.join(others)})"
    )
