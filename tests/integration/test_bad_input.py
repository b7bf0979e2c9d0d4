"""What `expact init` says where rights or room are missing: in a process of its own, as these are taken from it."""

import os
import re
import resource
import signal
import subprocess
import sys

import pytest
from support import ROOT

from expact_utils.data.simulate import simulate
from expact_utils.dna.letters import ALPHABET

CODES = simulate(30, 120, 0).X["train"]
GOOD = "".join(f">s{i}\n{''.join(ALPHABET[code] for code in row)}\n" for i, row in enumerate(CODES))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.fa").write_text(GOOD)
    return tmp_path


def in_a_process(folder, *before, **options):
    """Run `expact init a.fa` as another process, so that its rights and limits can be taken from it."""
    command = [*before, sys.executable, "-B", "-m", "expact_utils.command", "init", "a.fa"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, **options)


# Root may read and write everything, unless these rights are taken from it.
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


@pytest.mark.skipif(
    bool(UNPRIVILEGED) and subprocess.run([*UNPRIVILEGED, "true"], check=False).returncode != 0,
    reason="root's rights cannot be taken away here",
)
@pytest.mark.parametrize(
    ("place", "mode", "sentence"), [("a.fa", 0o000, "cannot read .*a.fa"), (".", 0o500, "cannot write .*a.yaml")]
)
def test_no_permission(folder, place, mode, sentence):
    (folder / place).chmod(mode)
    done = in_a_process(folder, *UNPRIVILEGED)
    (folder / place).chmod(0o700)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(f"error: {sentence}: Permission denied", done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["a.fa"]
    assert (folder / "a.fa").read_text() == GOOD


def test_a_disk_that_is_full(folder):
    """A limit on the size of files stands for it: the write fails midway, as on a full disk."""

    def full():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    done = in_a_process(folder, preexec_fn=full)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search("error: cannot write .*a.yaml: File too large", done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["a.fa"]
    assert (folder / "a.fa").read_text() == GOOD
