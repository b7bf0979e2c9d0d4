"""Where libraries keep their caches when the home cannot be written."""

import os
from pathlib import Path

import pytest

from expact_utils.run import caches


@pytest.fixture(autouse=True)
def substitute(tmp_path, monkeypatch):
    """The folder among the temporary files."""
    caches.substitute.cache_clear()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(caches.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    yield tmp_path / "temporary" / f"expact-{os.getuid()}"
    caches.substitute.cache_clear()


def test_a_home_that_can_be_written_is_left_alone(tmp_path):
    environment = {"HOME": str(tmp_path)}
    caches.settle(environment)
    assert environment == {"HOME": str(tmp_path)}
    assert os.listdir(tmp_path) == ["temporary"]


def test_a_home_that_cannot_be_written_has_a_stand_in(substitute):
    environment = {"HOME": os.devnull, "IPYTHONDIR": "/mine"}
    caches.settle(environment)
    assert environment == {
        "HOME": os.devnull,
        "IPYTHONDIR": "/mine",
        "XDG_CACHE_HOME": f"{substitute}/cache",
        "MPLCONFIGDIR": f"{substitute}/matplotlib",
        "JUPYTER_CONFIG_DIR": f"{substitute}/jupyter",
        "JUPYTER_DATA_DIR": f"{substitute}/jupyter/data",
        "JUPYTER_RUNTIME_DIR": f"{substitute}/jupyter/runtime",
        "KERAS_HOME": f"{substitute}/keras",
    }
    assert substitute.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("place", ["a file", "a link elsewhere", "a folder that all can write"])
def test_a_folder_that_another_user_may_have_made_is_not_used(substitute, tmp_path, place):
    if place == "a file":
        substitute.touch()
    elif place == "a link elsewhere":
        substitute.symlink_to(tmp_path)
    else:
        substitute.mkdir()
        substitute.chmod(0o777)
    caches.settle(environment := {"HOME": os.devnull})
    assert Path(environment["KERAS_HOME"]).parent.is_dir()
    assert not environment["KERAS_HOME"].startswith(f"{substitute}/")


def test_nodes_of_a_cluster_keep_their_caches_apart(tmp_path, substitute):
    environment = {"HOME": str(tmp_path), "SLURM_JOB_ID": "7", "IPYTHONDIR": "/mine"}
    caches.settle(environment)
    assert environment["NUMBA_CACHE_DIR"] == f"{substitute}/numba"
    assert environment["IPYTHONDIR"] == "/mine"
