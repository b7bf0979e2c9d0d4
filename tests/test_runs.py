import subprocess
import sys

import pytest
from conftest import ROOT

from expact_utils.errors import InputError
from expact_utils.runs import Run, alone, provenance, shown


def test_paths_of_a_run(tmp_path):
    run = Run(tmp_path)
    key = ("synthetic", "cnn-2", "relu", 3)
    assert run.model(*key) == tmp_path / "models/synthetic/cnn-2_relu_3.keras"
    assert run.matches(*key) == tmp_path / "tomtom/synthetic/cnn-2_relu_3.tsv"
    assert shown(Run("runs/quick").data("synthetic")) == "runs/quick/data/synthetic.h5"


def test_provenance_names_commit_and_versions():
    made = provenance()
    assert len(made["commit"]) in (40, len("unknown"))
    assert {"python", "keras", "numpy", "memelite", "scikit-learn"} <= made["versions"].keys()


HOLDER = "import sys, time; from pathlib import Path; from expact_utils.runs import alone\n"
HOLDER += "with alone(Path(sys.argv[1])): print(flush=True); time.sleep(60)"


def test_one_run_at_a_time(tmp_path):
    lock = tmp_path / "new" / "a.lock"
    first = subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE, cwd=ROOT)
    first.stdout.readline()
    try:
        with (
            pytest.raises(InputError, match="another run works here .it holds .*a.lock.; wait for it or stop it"),
            alone(lock),
        ):
            pass
    finally:
        first.kill()  # as after a power cut: the lock ends with the process
        first.wait()
    with alone(lock):
        pass


def test_a_lock_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write .*a.lock: "), alone(tmp_path / "file" / "a.lock"):
        pass
