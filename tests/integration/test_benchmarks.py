"""What the benchmarks measure in a process of its own."""

import sys

import pandas as pd
from support import ROOT

sys.path.insert(0, str(ROOT))  # benchmarks is not installed
from benchmarks import field, page, steps


def test_a_fasta_file_is_read_in_a_process_of_its_own():
    row = steps.reading(1000, length=20)
    assert row["step"] == "reading FASTA, 1,000 × 20 nt"
    assert 0 < row["seconds"] < 10
    assert 10e6 < row["memory"] < 1e9
    table = page._steps({"steps": {"rows": [steps._row("alone", 2.0), row]}})
    assert list(table["peak memory (GB)"].isna()) == [True, False]


def test_whether_the_exponential_predicts_better_than_its_twin():
    rows = {"sequences": range(1, 11), "relu_auroc": 0.8}
    better = field.twins(pd.DataFrame(rows | {"exponential_auroc": [0.8 + i / 100 for i in range(1, 11)]}))
    assert "higher on 10 of 10 sets, by +0.055 in the median" in better
    assert "(p = 0.002) it does better. It is higher on 5 of 5 larger sets and on 5 of 5 smaller ones." in better
    mixed = field.twins(pd.DataFrame(rows | {"exponential_auroc": [0.8 + (-1) ** i * i / 100 for i in range(1, 11)]}))
    assert "this can't be told. It is higher on 3 of 5 larger sets and on 2 of 5 smaller ones." in mixed
    assert "(p = 1) this can't be told" in field.twins(pd.DataFrame(rows | {"exponential_auroc": 0.8}))
