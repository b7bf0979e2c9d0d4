"""What the benchmarks measure in a process of its own."""

import sys

from support import ROOT

sys.path.insert(0, str(ROOT))  # benchmarks is not installed
from benchmarks import page, steps


def test_a_fasta_file_is_read_in_a_process_of_its_own():
    row = steps.reading(1000, length=20)
    assert row["step"] == "reading FASTA, 1,000 × 20 nt"
    assert 0 < row["seconds"] < 10
    assert 10e6 < row["memory"] < 1e9
    table = page._steps({"steps": {"rows": [steps._row("alone", 2.0), row]}})
    assert list(table["peak memory (GB)"].isna()) == [True, False]
