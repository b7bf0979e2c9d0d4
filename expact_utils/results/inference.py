"""Intervals and tests of the claims: exact where trials are few.

A difference between activations is paired over trials, which start from the same weights and see the same batches.
A share of filters has Wilson's interval (Wilson 1927) over the filters of all trials, as if they were independent,
which filters of one network are not quite.
"""

from functools import lru_cache
from itertools import permutations
from math import factorial

import numpy as np
import pandas as pd
from scipy import stats

FEW_BLOCKS = 5  # up to as many, Friedman's chi-squared approximation is poor and all arrangements can be counted


def paired(trials: pd.DataFrame, architecture: str, measure: str) -> tuple[float, float, float, float]:
    """Exponential minus ReLU of a measure, paired over trials: mean, 95 % interval and p; NaN with one trial."""
    rows = trials[trials["architecture"] == architecture]
    own = rows.pivot_table(index="trial", columns="activation", values=measure)
    return difference(own["exponential"], own["relu"])


def difference(one: pd.Series, other: pd.Series) -> tuple[float, float, float, float]:
    """One minus other, paired by index: mean, 95 % interval and p of Student's t; NaN with one pair."""
    pairs = (one - other).dropna().to_numpy(dtype=float)
    mean = float(pairs.mean())
    if len(pairs) < 2:
        return mean, np.nan, np.nan, np.nan
    if np.ptp(pairs) == 0:  # no spread: the interval is the point, and t has no value
        return mean, mean, mean, 1.0 if mean == 0 else np.nan
    result = stats.ttest_1samp(pairs, 0)
    low, high = result.confidence_interval(0.95)
    return mean, float(low), float(high), float(result.pvalue)


def wilson(share: float, number: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of `number`."""
    interval = stats.binomtest(round(share * number), number).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def holm(p: np.ndarray | pd.Series) -> np.ndarray:
    """Holm's correction of p-values (Holm 1979); NaN stays NaN and is not counted."""
    p = np.asarray(p, dtype=float)
    corrected = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known])]
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1)
    return corrected


def friedman(table: np.ndarray) -> tuple[float, float]:
    """Friedman's test (1937): p, and the smallest that it could give: all blocks in one order, without ties.

    Parameters
    ----------
    table : np.ndarray
        shape=(blocks, treatments). Up to `FEW_BLOCKS` blocks, p is exact: the share of all arrangements of the ranks
        within blocks whose rank sums differ as much. NaN with fewer than two blocks.
    """
    blocks, treatments = table.shape
    if blocks < 2:
        return np.nan, np.nan
    floor = float(factorial(treatments)) ** (1 - blocks)
    if np.ptp(table, axis=1).max() == 0:
        return 1.0, floor
    if blocks > FEW_BLOCKS:
        return float(stats.friedmanchisquare(*table.T).pvalue), floor
    ranks = np.rint(2 * stats.rankdata(table, axis=1)).astype(int)  # twice, so that ranks of ties are whole numbers
    sums, shares = _rank_sums(tuple(tuple(sorted(block)) for block in ranks.tolist()))
    as_different = (sums**2).sum(axis=1) >= (ranks.sum(axis=0) ** 2).sum()
    return float(shares[as_different].sum()), floor


@lru_cache(maxsize=8)  # without ties, all tables of a size have the same ranks: one a data set
def _rank_sums(blocks: tuple[tuple[int, ...], ...]) -> tuple[np.ndarray, np.ndarray]:
    """Rank sums of all arrangements within blocks, shape=(n, treatments), and the share of arrangements with each.

    Block by block; sums are sorted, because those that differ in order alone are as different and go on alike.
    """
    treatments = len(blocks[0])
    sums: np.ndarray = np.zeros((1, treatments), dtype=int)
    shares: np.ndarray = np.ones(1)
    digits = (max(map(max, blocks)) * len(blocks) + 1) ** np.arange(treatments)
    for block in blocks:
        orders = np.array(sorted(set(permutations(block))))
        sums = np.sort((sums[:, None] + orders).reshape(-1, treatments), axis=1)
        shares = np.repeat(shares / len(orders), len(orders))
        _, first, which = np.unique(sums @ digits, return_index=True, return_inverse=True)
        sums, shares = sums[first], np.bincount(which, shares)
    return sums, shares
