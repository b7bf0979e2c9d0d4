"""The real K562 set, where its files are."""

import gzip
import json
import os
import subprocess
import sys

import pytest
from support import ROOT

from expact_utils.data import datasets, k562, own

K562 = ROOT / os.environ.get("EXPACT_CACHE", "absent") / "tf-binding-matrix"
needs_k562 = pytest.mark.skipif(not K562.is_dir(), reason="EXPACT_CACHE names no folder with tf-binding-matrix/")
COUNTS = """
import json
from pathlib import Path
from expact_utils.data import k562
data = k562.chip()
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peak = sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))  # kB; 0 where it is not told
print(json.dumps([[len(data.X[split]) for split in data.X], data.Y["train"].sum(axis=0).tolist(), peak]))
"""


@needs_k562
def test_the_real_k562_set_has_the_known_counts_in_under_2_gb():
    done = subprocess.run([sys.executable, "-c", COUNTS], cwd=ROOT, capture_output=True, text=True, check=True)
    sizes, positives, kilobytes = json.loads(done.stdout.splitlines()[-1])
    assert sizes == [16358, 3807, 5925]
    assert positives == [2188, 4543, 3965, 3859, 1425, 10321, 420, 2112, 1697, 1081, 333, 5904]
    assert kilobytes < 2_000_000


@needs_k562
def test_k562_as_fasta_and_labels_is_the_built_in_data_set(tmp_path):
    """The same sequences, labels and splits: networks trained on either are the same, and so is Relevant."""
    built_in = k562.chip()
    chosen, positive = k562._k562_labels(k562._cells()["K562"], "chip")
    with (tmp_path / "k562.fa").open("w") as fasta_file, (tmp_path / "labels.tsv").open("w") as table:
        print("id", *built_in.class_names, sep="\t", file=table)
        for chromosome in (name for names in k562.K562_CHROMOSOMES.values() for name in names):
            with gzip.open(k562.fetch(f"sequences.200bp.chr{chromosome}.fa.gz"), "rt") as source:
                for header, sequence in zip(source, source, strict=True):
                    name = header[1:].strip()
                    index = int(name.partition("::")[0])
                    if chosen[index] and "N" not in sequence.upper():
                        print(f">{name}\n{sequence}", file=fasta_file)
                        print(name, *positive[index].astype(int), sep="\t", file=table)
    settings = {"fasta": str(tmp_path / "k562.fa"), "labels": str(tmp_path / "labels.tsv")}
    dataset = own.load(settings | {"valid": [20, 21], "test": [16, 22]}, seed=0)
    assert datasets.fingerprint(dataset) == datasets.fingerprint(built_in)
