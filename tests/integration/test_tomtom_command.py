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
