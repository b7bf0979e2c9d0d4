"""Caches of libraries: elsewhere where the user's home cannot be written, as in containers and on some clusters."""

import os
import tempfile
from functools import cache
from pathlib import Path

# What libraries keep, by the variable that says where: its default below the home, and its place in another folder.
KEPT = {
    "XDG_CACHE_HOME": (".cache", "cache"),  # of Snakemake, numba and pooch
    "MPLCONFIGDIR": (".config/matplotlib", "matplotlib"),
    "IPYTHONDIR": (".ipython", "ipython"),
    "JUPYTER_CONFIG_DIR": (".jupyter", "jupyter"),
    "JUPYTER_DATA_DIR": (".local/share/jupyter", "jupyter/data"),
    "JUPYTER_RUNTIME_DIR": (".local/share/jupyter/runtime", "jupyter/runtime"),
    "KERAS_HOME": (".keras", "keras"),
}


def settle(environment: dict | os._Environ = os.environ) -> None:
    """Give caches a place where their own cannot be written, for this process and those it starts.

    Variables that are set already stay. On a node of a Slurm cluster, where the home is that of all nodes, what is
    compiled or logged is kept on the node.
    """
    home = Path(environment.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 - never raises, as Path.home may
    moved = {name: place for name, (own, place) in KEPT.items() if name not in environment and not _usable(home / own)}
    if "SLURM_JOB_ID" in environment:
        moved |= {"NUMBA_CACHE_DIR": "numba", "IPYTHONDIR": "ipython"}
    for name, place in moved.items():
        environment.setdefault(name, str(substitute() / place))


@cache
def substitute() -> Path:
    """Folder for this user's caches among the temporary files; one of this process, if that is somebody else's."""
    folder = Path(tempfile.gettempdir()) / f"expact-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if found.st_uid == os.getuid() and not found.st_mode & 0o022 and folder.is_dir() and not folder.is_symlink():
            return folder
    except OSError:
        pass  # it is there and is no folder, say
    return Path(tempfile.mkdtemp(prefix="expact-"))


def _usable(folder: Path) -> bool:
    """Whether a folder can be written, or made."""
    try:
        while not folder.exists():
            folder = folder.parent
        with tempfile.TemporaryFile(dir=folder):  # what permissions say is not all: file systems can be read-only
            return True
    except OSError:  # or a name is too long, or a folder above cannot be looked into
        return False
