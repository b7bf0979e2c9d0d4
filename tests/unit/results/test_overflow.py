"""What exponentials in a row make of a network before it is trained."""

import numpy as np
import pandas as pd

from expact_utils.results import overflow


def test_normal_values_stay_small_and_exponentials_of_exponentials_do_not():
    """40,000 or more normal values hold one of 4 to 6 deviations; two exponentials make tens to hundreds of it."""
    table = overflow.largest("cnn-dist", seeds=1)
    assert list(table) == ["layer 1", "layer 2", "layer 3", "layer 4"]
    assert table.loc["relu"].between(3.5, 7).all()
    assert table["layer 1"].between(3.5, 7).all()
    assert 6 < table.loc["exponential"].max() < 20
    assert table.loc["exponential+exponential", "layer 3"] > overflow.LIMIT / 2
    assert np.isnan(table.loc["exponential+exponential+exponential", "layer 4"])
    assert table.loc[overflow.DESIGNS[-1]].max() < 20


def test_in_words():
    table = pd.DataFrame({"layer 1": [5.0, 5.0], "layer 2": [4.0, np.nan]}, index=["relu", "exponential+exponential"])
    assert overflow.sentence(table) == (
        "Before any training, the largest value that enters an activation is, in standard deviations: ReLU 5. The "
        "exponential of more than 89 is infinite in single precision, its square of more than 44. No longer numbers: "
        "exponential (2 layers)."
    )
    assert overflow.sentence(table[:1]).endswith("All networks stay within it.")
