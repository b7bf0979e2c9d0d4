"""Kernels of notebooks, forked from one process that has imported what takes seconds: the pages of a run begin sooner.

On Linux, and on the machine where a run's graph is; elsewhere each kernel is started, as Jupyter does it.
"""

import atexit
import contextlib
import importlib
import json
import os
import secrets
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import warnings
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

# What notebooks import that is not ours, which is imported in each kernel, as it may have changed.
IMPORTED = (
    "ipykernel.kernelapp",
    "pandas",
    "h5py",
    "sklearn.linear_model",
    "seaborn",
    "logomaker",
    "memelite",
    "keras",
)
NAME = "expact-forked"  # of the provisioner, in pyproject.toml
ADDRESS = "EXPACT_KERNELS"  # variable: name of the socket that asks for a kernel, in Linux's abstract namespace
LAUNCHER = "ipykernel_launcher"


def start() -> subprocess.Popen | None:
    """Start the process that forks kernels for the jobs of this one, and ends with it; None where that can't be."""
    if not _possible():
        return None
    os.environ |= {ADDRESS: f"expact-{secrets.token_hex(16)}", "JUPYTER_DEFAULT_PROVISIONER_NAME": NAME}
    with socket.socket(socket.AF_UNIX) as asked:  # from now on, while the imports last, who asks waits
        asked.bind(f"\0{os.environ[ADDRESS]}")
        asked.listen()
        command = [sys.executable, "-P", "-m", "expact_utils.report.kernels", str(asked.fileno()), str(os.getpid())]
        # TensorFlow greets there; a kernel has the streams of its job, and fails there if an import does.
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, stdin=quiet, stderr=quiet, pass_fds=[asked.fileno()])


def _possible() -> bool:
    """Whether this is Linux, which says when any process ends, and Jupyter knows the provisioner."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return NAME in entry_points(group="jupyter_client.kernel_provisioners").names


class Forked:
    """A kernel that is not a child of this process, as jupyter_client uses `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid, self._file = pid, os.pidfd_open(pid)

    def poll(self) -> int | None:
        """0 once it has ended, however it did."""
        return 0 if _ended(self._file, wait=False) else None

    def wait(self) -> int:
        """Wait for its end."""
        _ended(self._file)
        return 0

    def send_signal(self, number: int) -> None:
        """Send a signal.

        Raises
        ------
        ProcessLookupError
            When it has ended.
        """
        signal.pidfd_send_signal(self._file, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class ForkedProvisioner(LocalProvisioner):
    """Of kernels that `start` makes ready; where it has ended, or a kernel is of another environment, Jupyter's own."""

    process: Any
    cwd: Any

    async def launch_kernel(self, cmd, **kwargs):
        """Fork the kernel that a command would start."""
        self.cwd = kwargs.get("cwd") or Path.cwd()
        try:
            self.process = Forked(_ask(cmd, kwargs["env"], self.cwd))
        except (KeyError, OSError, ValueError):
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        return self.connection_info


def _ask(command: list[str], environment: dict[str, str], folder: Path | str) -> int:
    """Process ID of a new kernel, which writes where this process does."""
    if command[0] != sys.executable:
        raise ValueError("a kernel of another environment")
    arguments = command[command.index(LAUNCHER) + 1 :]
    request = {"arguments": arguments, "environment": environment, "folder": str(folder), "of": os.getpid()}
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(f"\0{os.environ[ADDRESS]}")
        socket.send_fds(asked, [b"\n"], [1, 2])
        asked.sendall(json.dumps(request).encode())
        asked.shutdown(socket.SHUT_WR)
        return int(_received(asked))


def _received(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def _ended(process: int, wait: bool = True) -> bool:
    """Whether a process has ended, by its descriptor; or wait until it has."""
    return bool(select.select([process], [], [], None if wait else 0)[0])


def serve(listening: int, parent: int) -> dict | None:
    """Fork a kernel for each request until the process that started this one has ended.

    Parameters
    ----------
    listening : int
        Descriptor of the socket.
    parent : int
        Process that started this one.

    Returns
    -------
    dict or None
        In a kernel, what was asked for; None at the end.
    """
    if os.getppid() != parent:  # it has ended already
        return None
    until: Any = os.pidfd_open(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the graph, which ends its jobs
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # kernels that ended leave nothing
    with socket.socket(fileno=listening) as asked:
        for name in IMPORTED:
            importlib.import_module(name)
        while until not in select.select([until, asked], [], [])[0]:
            connection, _ = asked.accept()
            with connection:
                if request := _forked(connection):
                    return request
    return None


def _forked(connection: socket.socket) -> dict | None:
    """Fork for a request: what it asks for, in the new process."""
    _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    _, streams, _, _ = socket.recv_fds(connection, 1, 2)
    text = _received(connection)
    if user == os.getuid() and len(streams) == 2:
        if not (pid := os.fork()):
            return json.loads(text) | {"streams": streams}
        with contextlib.suppress(OSError):  # who asked has ended, and so will the kernel
            connection.sendall(str(pid).encode())
    for stream in streams:
        os.close(stream)
    return None


def become(request: dict) -> None:
    """Make this process the kernel that was asked for: its variables, folder and streams; it ends with who asked."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.environ.pop("JPY_PARENT_PID", None)  # of a kernel that is the child of who asked
    os.chdir(request["folder"])
    for number, stream in enumerate(request["streams"], start=1):
        os.dup2(stream, number)
        os.close(stream)
    threading.Thread(target=_end_with, args=(os.pidfd_open(request["of"]),), daemon=True).start()

    from ipykernel.kernelapp import launch_new_instance

    with contextlib.suppress(SystemExit):  # with a parent it does not print how to connect to it; 1 it does not watch
        launch_new_instance([*request["arguments"], "--IPKernelApp.parent_handle=1"])
    # As multiprocessing leaves what it forked: TensorFlow's destructors wait for threads that were not forked with it.
    atexit._run_exitfuncs()
    os._exit(0)


def _end_with(process: int) -> None:
    _ended(process)
    os._exit(1)


if __name__ == "__main__":
    # The other threads are those of libraries, which wait for work, and which the child makes anew.
    warnings.filterwarnings("ignore", ".*multi-threaded, use of fork", DeprecationWarning)
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")  # as in every kernel
    if asked_for := serve(*map(int, sys.argv[1:])):
        become(asked_for)
