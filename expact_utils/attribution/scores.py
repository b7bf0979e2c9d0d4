"""Scores of attribution maps against the positions that are motif (Koo & Ploenzke 2021; Ghotra & Koo 2021)."""

import numpy as np
import pandas as pd
from sklearn.metrics import auc, precision_recall_curve, roc_auc_score

LARGEST = 20  # positions without a motif that the signal is compared with


def table(attributed: np.ndarray, truth: np.ndarray) -> pd.DataFrame:
    """Score maps.

    Parameters
    ----------
    attributed : np.ndarray
        A value a position, shape=(N, length), such as `Maps.contributions`; signed, the higher the more important.
    truth : np.ndarray
        shape=(N, length), 1 where a position is motif, else 0.

    Returns
    -------
    pd.DataFrame
        A row a sequence. auroc and aupr (trapezoid) of the values against the truth; by chance .5 and the share of
        positions that are motif, `share`. snr: mean value at motif positions over the mean of the `LARGEST` largest
        positive values elsewhere. cosine: of the angle between values and truth. All are NaN of a sequence that is all
        motif or has none, and snr where no value elsewhere is positive.
    """
    rows = [_row(values, of_one == 1) for values, of_one in zip(attributed, truth, strict=True)]
    return pd.DataFrame(rows, columns=["auroc", "aupr", "snr", "cosine", "share"])


def norms(changes: np.ndarray) -> np.ndarray:
    """Norm over bases of each position, shape=(N, length): without a sign, as the authors score mutagenesis."""
    return np.linalg.norm(changes, axis=-1)


def _row(values: np.ndarray, motif: np.ndarray) -> tuple[float, ...]:
    if motif.all() or not motif.any():
        return (np.nan,) * 4 + (float(motif.mean()),)
    precision, recall, _ = precision_recall_curve(motif, values)
    elsewhere = np.sort(values[~motif])[::-1][:LARGEST]
    noise = elsewhere[elsewhere > 0]
    snr = values[motif].mean() / noise.mean() if len(noise) else np.nan
    length = np.linalg.norm(values) * np.linalg.norm(motif)
    cosine = float(values @ motif / length) if length else np.nan
    return roc_auc_score(motif, values), auc(recall, precision), float(snr), cosine, float(motif.mean())
