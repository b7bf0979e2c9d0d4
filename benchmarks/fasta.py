"""Reading a FASTA file, in a process of its own: prints seconds and peak memory (bytes) as JSON."""

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.trainings import peak_memory
from expact_utils.data.sequences import read_fasta

PIECE = 10_000  # records that are made at a time


def write(path: Path, records: int, length: int) -> None:
    """Write random sequences, one a line."""
    rng, letters = np.random.default_rng(0), np.frombuffer(b"ACGT", np.uint8)
    with path.open("wb") as file:
        for first in range(0, records, PIECE):
            for number in range(first, min(first + PIECE, records)):
                file.write(b">s%d\n%s\n" % (number, letters[rng.integers(0, 4, length)].tobytes()))


if __name__ == "__main__":
    started = time.perf_counter()
    found = read_fasta(sys.argv[1])
    seconds = time.perf_counter() - started
    print(json.dumps({"records": len(found), "seconds": seconds, "memory": peak_memory()}))
