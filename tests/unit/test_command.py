"""The command `expact`, as far as it is more than the graph."""

import os
import subprocess
import sys

from click.testing import CliRunner
from support import ROOT

from expact_utils import command
from expact_utils.run.config import load
from expact_utils.run.paths import Run


class Job:
    """A process that makes a page at each look, is interrupted, and ends."""

    def __init__(self, paths):
        self.steps = [*paths, KeyboardInterrupt]

    def wait(self, timeout):
        if not self.steps:
            return 3
        step = self.steps.pop(0)
        if step is KeyboardInterrupt:
            raise step
        step.touch()
        raise subprocess.TimeoutExpired("graph", timeout)


def test_pages_that_lack_are_counted_and_the_exit_status_is_kept(tmp_path, capsys):
    paths = [tmp_path / f"{i}.ipynb" for i in range(3)]
    assert command._wait(Job(paths), paths) == 3
    said = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in said] == [f"the run: {i} of 3 pages" for i in (1, 2, 3)]
    assert said[0].endswith(" left")


def test_a_run_lacks_the_pages_that_it_has_not(tmp_path):
    config, run = load(ROOT / "config" / "test.yaml"), Run(tmp_path)
    lacking = command._lacking(run, config)
    assert tmp_path / "notebooks" / "02_training" / "synthetic" / "cnn-2_relu_0.ipynb" in lacking
    lacking[0].parent.mkdir(parents=True)
    lacking[0].touch()
    assert command._lacking(run, config) == lacking[1:]


def test_in_a_locale_without_utf8_it_begins_again_in_utf8(monkeypatch):
    begun = []

    def execv(program, arguments):
        begun.append((program, arguments))
        raise SystemExit

    monkeypatch.setattr(os, "execv", execv)
    monkeypatch.setattr(sys, "argv", ["expact", "open", "été"])
    assert CliRunner().invoke(command.main, ["open", "été"]).exit_code == 1  # there is no such run
    assert begun == []
    monkeypatch.setenv("PYTHONUTF8", "0")  # so that it stands as before after this test
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "ascii")
    CliRunner().invoke(command.main, ["open", "été"])
    assert begun == [(sys.executable, [sys.executable, "-m", "expact_utils.command", "open", "été"])]
    assert os.environ["PYTHONUTF8"] == "1"
