import errno
import fcntl
import subprocess
import sys

import pytest
from support import ROOT

from expact_utils.run.errors import InputError
from expact_utils.run.files import write_json
from expact_utils.run.lock import lock
from expact_utils.run.paths import Network, Run, shown
from expact_utils.run.provenance import describe, provenance


def test_paths_of_a_run(tmp_path):
    run = Run(tmp_path)
    key = ("synthetic", "cnn-2", "relu", 3)
    assert run.model(Network(*key)) == tmp_path / "models/synthetic/cnn-2_relu_3.keras"
    assert run.matches(Network(*key)) == tmp_path / "tomtom/synthetic/cnn-2_relu_3.tsv"
    assert shown(Run("runs/quick").data("synthetic")) == "runs/quick/data/synthetic.h5"


def test_provenance_names_commit_and_versions():
    made = provenance()
    assert len(made["commit"]) in (40, len("unknown"))
    assert {"python", "keras", "numpy", "memelite", "scikit-learn"} <= made["versions"].keys()


def test_a_page_says_what_made_it(tmp_path):
    made = {"commit": "0123456789abcdef", "uncommitted_changes": True, "started": "2026-01-01T00:00:00+00:00"}
    made |= {"machine": "Linux, 2 cores", "versions": {"python": "3.11"}}
    page = describe(made, Run(tmp_path))
    assert page["commit"] == "0123456789ab (with uncommitted changes)"
    assert (page["config"], page["device"]) == ("none but the parameters of this page", "CPU")
    assert describe(made, Run(tmp_path), "JAX on GPU")["device"] == "JAX on GPU"
    write_json(Run(tmp_path).config, SETTINGS)
    trained = describe(made | {"device": "TensorFlow on CPU", "seconds": 7}, Run(tmp_path))
    assert trained["config"].endswith("trials: 3, epochs: 100")
    assert (trained["device"], trained["took"]) == ("TensorFlow on CPU", "7 s")
    write_json(Run(tmp_path).config, SETTINGS | {"epochs": "many"})
    with pytest.raises(InputError, match="config.json: epochs is .many.; expected a whole number"):
        describe(made, Run(tmp_path))


SETTINGS = {"name": "a", "datasets": ["synthetic"], "architectures": ["cnn-2"], "activations": ["relu"]}
SETTINGS |= {"trials": 3, "epochs": 100}
HOLDER = "import sys, time; from pathlib import Path; from expact_utils.runs import lock\n"
HOLDER += "with lock(Path(sys.argv[1])): print(flush=True); time.sleep(60)"


def test_one_run_at_a_time(tmp_path):
    path = tmp_path / "new" / "a.lock"
    first = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, cwd=ROOT)
    first.stdout.readline()
    try:
        with pytest.raises(InputError, match="another run works here .it holds .*a.lock.; wait for it or stop it"):
            lock(path)
    finally:
        first.kill()  # as after a power cut: the lock ends with the process
        first.wait()
    with lock(path):
        pass


def test_a_file_system_without_locks(tmp_path, monkeypatch, capsys):
    def refused(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refused)
    lock(tmp_path / "a.lock").close()
    assert "a.lock (Function not implemented: this file system has no locks); take care" in capsys.readouterr().err


def test_a_lock_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write .*a.lock: "):
        lock(tmp_path / "file" / "a.lock")
