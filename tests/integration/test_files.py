"""Files and locks that several processes share."""

import os
import subprocess
import sys

import pytest
from support import ROOT

from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic, verify
from expact_utils.run.lock import lock


def test_sha256sum_checks_the_checksum(tmp_path):
    with atomic(tmp_path / "a.txt") as partial:
        partial.write_text("abc")
    done = subprocess.run(["sha256sum", "--check", ".a.txt.sha256"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "a.txt: OK\n"


def test_many_writers_of_one_file(tmp_path):
    code = "import os, sys; from pathlib import Path; from expact_utils.run.files import atomic\n"
    code += "for i in range(200):\n"
    code += "    with atomic(Path(sys.argv[1])) as partial: partial.write_text(f'{os.getpid()} {i}')"
    path = tmp_path / "a.txt"
    writers = [subprocess.Popen([sys.executable, "-c", code, path], cwd=ROOT) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert verify(path).read_text().endswith(" 199")
    assert sorted(os.listdir(tmp_path)) == [".a.txt.sha256", "a.txt"]


HOLDER = "import sys, time; from pathlib import Path; from expact_utils.run.lock import lock\n"
HOLDER += "with lock(Path(sys.argv[1])): print(flush=True); time.sleep(60)"


def test_a_lock_ends_with_the_process_that_holds_it(tmp_path):
    path = tmp_path / "new" / "a.lock"
    first = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, cwd=ROOT)
    first.stdout.readline()
    try:
        with pytest.raises(InputError, match="another run works here .it holds .*a.lock.; wait for it or stop it"):
            lock(path)
    finally:
        first.kill()  # as after a power cut
        first.wait()
    with lock(path):
        pass
