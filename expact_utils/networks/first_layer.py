"""Number and width of the first layer's filters, chosen on validation data.

The paper's design, 30 filters of 19 nt, stands unless another one loses clearly less on the validation set. More
filters are tried first, then narrower and wider ones; a network each, trained as all are.
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
LEAST_GAIN = 0.05  # of the validation loss, as a share: networks of one design differ by as much from trial to trial


def choose(data: Dataset, settings: Settings, name: str, run: Run) -> pd.DataFrame:
    """Train a network of each design, as far as a design gains, and say which one is taken.

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
        A row a design, in the order in which they were tried: `filters`, `width`, `epochs` until its best,
        `validation_loss`, `seconds`, `usual` and `chosen`.
    """
    rows = [_measured(data, settings, name, run)]
    best = usual = rows[0]
    for multiple in MULTIPLES:
        rows.append(_measured(data, replace(settings, filters=multiple * usual["filters"]), name, run))
        if not _better(rows[-1], best):
            break
        best = rows[-1]
    number = best["filters"] if best is not usual else 0
    for width in WIDTHS:
        if width <= data.length // 2:
            rows.append(_measured(data, replace(settings, filters=number, width=width), name, run))
            best = rows[-1] if _better(rows[-1], best) else best
    return pd.DataFrame([row | {"usual": row is usual, "chosen": row is best} for row in rows])


def _better(row: dict, best: dict) -> bool:
    return row["validation_loss"] < (1 - LEAST_GAIN) * best["validation_loss"]


def _measured(data: Dataset, settings: Settings, name: str, run: Run) -> dict:
    """A design's network, trained or taken up, and how well it does."""
    design = f"{settings.filters or 'usual'}x{settings.width or 'usual'}"
    model, history = train(data, settings, name, Run(run.folder / "first_layer" / design))
    first = first_convolution(model)
    return {
        "filters": first.filters,
        "width": first.kernel_size[0],
        "epochs": history["best_epoch"],
        "validation_loss": float(np.min(history["validation_loss"])),
        "seconds": history["seconds"],
    }
