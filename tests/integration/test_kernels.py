"""Kernels that are forked from a process which has imported what takes seconds."""

import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory
from nbformat import v4
from support import environment

from expact_utils.report import execution, kernels
from expact_utils.run.errors import NotebookError

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="kernels are forked on Linux alone")
SEEN = """
import json, os, sys
print(json.dumps([os.getppid(), os.getcwd(), os.environ.get("OF_THE_JOB"), "keras" in sys.modules]))
"""


@pytest.fixture(scope="module")
def server():
    """The process that forks kernels for those of this module, as a graph's does for its jobs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (kernels.ADDRESS, "JUPYTER_DEFAULT_PROVISIONER_NAME"):
            patch.setenv(name, "")
        patch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
        KernelProvisionerFactory.clear_instance()  # which has read the variable for tests before, in this process
        process = kernels.start()
        yield process
        process.kill()
        process.wait()
        KernelProvisionerFactory.clear_instance()


def written(folder, code):
    """Path of a notebook of one cell."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# Title"), v4.new_code_cell(code)], metadata=kernel)
    nbformat.write(notebook, folder / "in.ipynb")
    return folder / "in.ipynb"


def printed(folder, code):
    """What a notebook of one cell printed."""
    execution.execute(written(folder, code), folder / "attempt.ipynb", folder / "page.ipynb", {})
    (output,) = nbformat.read(folder / "page.ipynb", 4).cells[1].outputs
    return output["text"]


def ended(pid, seconds=20):
    """Whether a process is over within so many seconds."""
    deadline = time.monotonic() + seconds
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not psutil.pid_exists(pid)


def test_a_kernel_has_what_was_imported_and_all_else_of_its_job(server, tmp_path, monkeypatch):
    monkeypatch.setenv("OF_THE_JOB", "set later")
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert json.loads(printed(tmp_path, SEEN)) == [server.pid, str(tmp_path), "set later", True]


def test_figures_and_tables_are_those_of_a_kernel_that_was_started(server, tmp_path, monkeypatch):
    code = "import numpy as np, matplotlib.pyplot as plt\nplt.plot(np.random.default_rng(0).normal(size=9))\nplt.show()"
    outputs = []
    for name in ("local-provisioner", kernels.NAME):
        monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", name)
        KernelProvisionerFactory.clear_instance()
        execution.execute(written(tmp_path, code), tmp_path / "attempt.ipynb", tmp_path / "page.ipynb", {})
        outputs.append(nbformat.read(tmp_path / "page.ipynb", 4).cells[1].outputs)
    assert "image/png" in outputs[0][-1]["data"]
    assert outputs[0] == outputs[1]


def test_what_a_notebook_leaves_for_its_end_is_done(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    printed(tmp_path, "import atexit, pathlib\natexit.register(pathlib.Path('left').write_text, 'done')\nprint(1)")
    assert (tmp_path / "left").read_text() == "done"


def test_a_kernel_that_dies_ends_in_one_sentence(server, tmp_path):
    with pytest.raises(NotebookError, match="in.ipynb failed: its process died, or was killed"):
        printed(tmp_path, "import os\nos.kill(os.getpid(), 9)")


def test_a_kernel_ends_with_the_process_that_asked_for_it(server, tmp_path):
    code = "import os, time\nopen('started', 'w').write(str(os.getpid()))\ntime.sleep(600)"
    execute = [sys.executable, "-m", "expact_utils.report", "execute", written(tmp_path, code), "a.ipynb", "page.ipynb"]
    process = subprocess.Popen(execute, cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL)
    while not (tmp_path / "started").exists() or not (tmp_path / "started").read_text():
        assert process.poll() is None
        time.sleep(0.05)
    kernel = psutil.Process(int((tmp_path / "started").read_text()))
    assert kernel.ppid() == server.pid
    process.kill()
    process.wait()
    assert ended(kernel.pid)


def test_without_that_process_a_kernel_is_started(server, tmp_path, monkeypatch):
    monkeypatch.setenv(kernels.ADDRESS, "expact-of-another-machine")
    assert json.loads(printed(tmp_path, SEEN))[0] == os.getpid()


def test_where_no_process_can_be_watched_kernels_are_started(monkeypatch):
    monkeypatch.delattr(os, "pidfd_open")
    assert kernels.start() is None


def test_ctrl_c_is_not_for_that_process(server, tmp_path):
    server.send_signal(signal.SIGINT)
    assert json.loads(printed(tmp_path, SEEN))[0] == server.pid


def test_that_process_ends_with_the_one_that_started_it():
    code = (
        "import sys; from expact_utils.report import kernels; print(kernels.start().pid, flush=True); sys.stdin.read()"
    )
    graph = subprocess.Popen(
        [sys.executable, "-c", code], env=environment(), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    server = int(graph.stdout.readline())
    graph.kill()
    graph.communicate()
    assert ended(server)
