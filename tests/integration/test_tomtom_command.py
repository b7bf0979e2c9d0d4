"""The command of Tomtom in a process of its own."""

import subprocess
import sys

import pytest

from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.meme import write_meme
from expact_utils.motifs.tomtom import COLUMNS


@pytest.mark.parametrize("database", ["jaspar2016", "absent.meme"])
def test_the_module_is_a_command(tmp_path, database):
    write_meme(tmp_path / "q.meme", list(jaspar())[:1])
    done = subprocess.run(
        [sys.executable, "-m", "expact_utils.tomtom", "q.meme", database],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if database == "jaspar2016":
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("\t".join(COLUMNS))
    else:
        assert done.returncode == 1
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1


def test_what_was_taken_for_granted_is_told_beside_the_matches(tmp_path):
    (tmp_path / "q.meme").write_text(
        "MEME version 4\nMOTIF q\nletter-probability matrix: nsites= 0\n" + "1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n" * 2
    )
    done = subprocess.run(
        [sys.executable, "-m", "expact_utils.tomtom", "q.meme", "q.meme"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == "q.meme: q: no number of sites is told, 20 are taken\n"
    assert done.stdout.splitlines()[1].startswith("q\tq\t")
