import subprocess
import sys
import time

from expact_utils.runs import Run, hold, provenance, shown


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
