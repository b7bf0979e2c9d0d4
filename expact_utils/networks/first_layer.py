"""Number and width of the first layer's filters, chosen on validation data.

The paper's design, 30 filters of 19 nt, stands unless another one loses less on the validation set: its networks by a
hundredth in the mean, and even the worst of them less than the other's mean. Narrower and wider filters are tried
first, then more of the width that is best.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from expact_utils.data.datasets import Dataset
from expact_utils.networks.models import first_convolution
from expact_utils.networks.training import train
from expact_utils.networks.trial import Settings
from expact_utils.run.paths import Run

MULTIPLES = (2, 4)  # of the usual number of filters
WIDTHS = (11, 27)  # beside the usual
TRIALS = 2  # trainings of each design: on a small validation set, those of one design differ by a tenth and more
LEAST_GAIN = 0.01  # of the validation loss, as a share
LEAST_FALL = 0.005  # of the loss itself: near 0 any share of it is little


def choose(data: Dataset, settings: Settings, name: str, run: Run) -> pd.DataFrame:
    """Train `TRIALS` networks of each design, as far as a design gains, and say which one is taken.

    Parameters
    ----------
    data : Dataset
        Its training and validation sets decide; the test set has no part in it.
    settings : Settings
        Of the trainings, of the usual design.
    name : str
        Name of the data set.
    run : Run
        Where the networks are saved, below `first_layer/`: a choice that was stopped goes on.

    Returns
    -------
    pd.DataFrame
        A row a design, in the order in which they were tried: `filters`, `width`, `trials`, their `validation_loss`
        (mean), the `lowest` and `highest`, `seconds`, `usual` and `chosen`.
    """
    rows = [_measured(data, settings, name, run)]
    best = usual = rows[0]
    if _limit(usual) <= 0:
        return _table(rows, usual, best)
    for width in WIDTHS:
        if width <= data.length // 2:
            rows.append(_measured(data, replace(settings, width=width), name, run))
            best = rows[-1] if _better(rows[-1], best) else best
    width = best["width"] if best is not usual else 0
    for multiple in MULTIPLES:
        rows.append(_measured(data, replace(settings, filters=multiple * usual["filters"], width=width), name, run))
        if not _better(rows[-1], best):
            break
        best = rows[-1]
    return _table(rows, usual, best)


def _table(rows: list[dict], usual: dict, best: dict) -> pd.DataFrame:
    return pd.DataFrame([row | {"usual": row is usual, "chosen": row is best} for row in rows])


def _better(row: dict, best: dict) -> bool:
    return row["validation_loss"] < _limit(best) and row["highest"] < best["validation_loss"]


def _limit(best: dict) -> float:
    """Mean loss that a better design stays under."""
    return min((1 - LEAST_GAIN) * best["validation_loss"], best["validation_loss"] - LEAST_FALL)


def _measured(data: Dataset, settings: Settings, name: str, run: Run) -> dict:
    """A design's networks, trained or taken up, and how well they do."""
    design = f"{settings.filters or 'usual'}x{settings.width or 'usual'}"
    folder = Run(run.folder / "first_layer" / design)
    trained = [train(data, replace(settings, trial=trial), name, folder) for trial in range(TRIALS)]
    losses = [min(history["validation_loss"]) for _, history in trained]
    first = first_convolution(trained[0][0])
    return {
        "filters": first.filters,
        "width": first.kernel_size[0],
        "trials": TRIALS,
        "validation_loss": float(np.mean(losses)),
        "lowest": min(losses),
        "highest": max(losses),
        "seconds": sum(history["seconds"] for _, history in trained),
    }
