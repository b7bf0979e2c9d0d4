import subprocess
from types import SimpleNamespace

import pytest

from expact_utils.run.errors import InputError
from expact_utils.run.files import write_json
from expact_utils.run.paths import Run
from expact_utils.run.provenance import describe, provenance

SETTINGS = {"name": "a", "datasets": ["synthetic"], "architectures": ["cnn-2"], "activations": ["relu"]}
SETTINGS |= {"trials": 3, "epochs": 100}


@pytest.mark.parametrize("changes", ["", " M Snakefile\n"])
def test_provenance_names_commit_changes_and_versions(monkeypatch, changes):
    said = {"rev-parse": "0123456789abcdef0123456789abcdef01234567\n", "status": changes}
    monkeypatch.setattr(subprocess, "run", lambda command, **_: SimpleNamespace(stdout=said[command[1]]))
    made = provenance()
    assert made["commit"] == "0123456789abcdef0123456789abcdef01234567"
    assert made["uncommitted_changes"] == bool(changes)
    assert {"python", "keras", "numpy", "memelite", "scikit-learn"} <= made["versions"].keys()


def test_where_there_is_no_git(monkeypatch):
    def absent(*_, **__):
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", absent)
    assert provenance()["commit"] == "unknown"


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
