import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from expact_utils.errors import InputError
from expact_utils.runs import Run, atomic, hold, provenance, read_json, shown, write_json


def test_paths_of_a_run(tmp_path):
    run = Run(tmp_path)
    key = ("synthetic", "cnn-2", "relu", 3)
    assert run.model(*key) == tmp_path / "models/synthetic/cnn-2_relu_3.keras"
    assert run.matches(*key) == tmp_path / "tomtom/synthetic/cnn-2_relu_3.tsv"
    assert shown(Run("runs/quick").data("synthetic")) == "runs/quick/data/synthetic.h5"


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with atomic(path) as partial:
        partial.write_text("whole")
        assert not path.exists()
    with pytest.raises(RuntimeError), atomic(path) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert path.read_text() == "whole"
    assert os.listdir(path.parent) == ["a.txt"]


def test_what_cannot_be_written(tmp_path):
    with pytest.raises(InputError, match="it is a folder"), atomic(tmp_path):
        pass
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write .*file/a.txt: "), atomic(tmp_path / "file/a.txt"):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_gets_one_sentence(tmp_path):
    with pytest.raises(InputError, match="a.txt: No space left on device"), atomic(tmp_path / "a.txt") as partial:
        partial.unlink()
        partial.symlink_to("/dev/full")
        partial.write_text("more than nothing")
    assert os.listdir(tmp_path) == []


def test_json(tmp_path):
    write_json(tmp_path / "a.json", {"a": 1})
    assert read_json(tmp_path / "a.json") == {"a": 1}
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(InputError, match="a.json is not valid JSON"):
        read_json(tmp_path / "a.json")


def test_provenance_names_commit_and_versions():
    made = provenance()
    assert len(made["commit"]) in (40, len("unknown"))
    assert {"python", "keras", "numpy", "memelite", "scikit-learn"} <= made["versions"].keys()


def test_one_run_at_a_time(tmp_path):
    lock = tmp_path / "a.lock"
    holder = [sys.executable, "-m", "expact_utils.runs", str(lock)]
    first = subprocess.Popen([*holder, "sleep", "60"])
    try:
        for _ in range(100):
            if lock.exists():
                break
            time.sleep(0.1)
        time.sleep(0.5)
        second = subprocess.run([*holder, "true"], capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert second.stderr.startswith("error: another run works here")
    finally:
        first.kill()  # as after a power cut: the lock ends with the process
        first.wait()
    assert hold(lock, ["true"]) == 0
