import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import ROOT, from_elsewhere, names

from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic, checksum_file, read_json, verify, write_json
from expact_utils.run.mending import mend
from expact_utils.run.tables import read_csv


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with atomic(path) as partial:
        partial.write_text("whole")
        assert not path.exists()
    with pytest.raises(RuntimeError), atomic(path) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert path.read_text() == "whole"
    assert names(path.parent) == ["a.txt"]


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
    from_elsewhere(tmp_path / "a.json").write_text("{")
    with pytest.raises(InputError, match="a.json is not valid JSON"):
        read_json(tmp_path / "a.json")


def written(path, text="whole"):
    with atomic(path) as partial:
        partial.write_text(text)
    return path


def test_the_checksum_is_one_that_sha256sum_checks(tmp_path):
    path = written(tmp_path / "a.txt", "abc")
    # FIPS 180-4, the digest of "abc".
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.txt\n"
    assert checksum_file(path).read_text() == expected
    done = subprocess.run(["sha256sum", "--check", ".a.txt.sha256"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "a.txt: OK\n"


def test_a_byte_that_flips_is_noticed(tmp_path):
    path = written(tmp_path / "a.csv", "a,b\n1,2\n")
    assert read_csv(path)["b"].tolist() == [2]
    path.write_text("a,b\n1,3\n")
    for read in (verify, read_csv, read_json):
        with pytest.raises(InputError, match="a.csv is not as it was written .*delete it, and the run makes it again"):
            read(path)
    written(path, "a,b\n1,3\n")
    assert read_csv(path)["b"].tolist() == [3]


def test_a_file_without_a_checksum_is_taken_as_it_is(tmp_path):
    path = tmp_path / "a.csv"
    with atomic(path, checksum=False) as partial:
        partial.write_text("a\n1\n")
    assert os.listdir(tmp_path) == ["a.csv"]
    assert read_csv(path)["a"].tolist() == [1]


@pytest.mark.parametrize("checksum", [b"", b"0" * 64 + b"  a.txt\n", b"\xff\xfe"])
def test_a_damaged_checksum(tmp_path, checksum):
    path = written(tmp_path / "a.txt")
    checksum_file(path).write_bytes(checksum)
    with pytest.raises(InputError, match="is not as it was written"):
        verify(path)


@pytest.mark.parametrize("step", [1, 2])
def test_two_writers_of_one_file(tmp_path, monkeypatch, step):
    """Whichever step of the second one falls between which two of the first: file and checksum belong together."""
    path, renames = tmp_path / "a.txt", []
    rename = Path.replace

    def interrupted(partial, target):
        """Rename; at the given step, a whole second writer comes first, in another process."""
        renames.append(target)
        if len(renames) == step:
            code = "import sys; from pathlib import Path; from expact_utils.files import atomic\n"
            code += "with atomic(Path(sys.argv[1])) as partial: partial.write_text('second')"
            subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, check=True)
        return rename(partial, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    written(path, "first")
    assert len(renames) >= 2
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert checksum_file(path).read_text() == f"{digest}  a.txt\n"
    assert names(tmp_path) == ["a.txt"]


def test_many_writers_of_one_file(tmp_path):
    code = "import os, sys; from pathlib import Path; from expact_utils.files import atomic\n"
    code += "for i in range(200):\n"
    code += "    with atomic(Path(sys.argv[1])) as partial: partial.write_text(f'{os.getpid()} {i}')"
    path = tmp_path / "a.txt"
    writers = [subprocess.Popen([sys.executable, "-c", code, path], cwd=ROOT) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert verify(path).read_text().endswith(" 199")
    assert sorted(os.listdir(tmp_path)) == [".a.txt.sha256", "a.txt"]


def test_killed_between_checksum_and_file(tmp_path, monkeypatch):
    """Never is a file there without its checksum: the old one is refused instead, and made again."""
    path, rename = written(tmp_path / "a.txt", "old"), Path.replace

    def killed(partial, target):
        if target == path:
            raise KeyboardInterrupt
        return rename(partial, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        written(path, "new")
    assert path.read_text() == "old"
    with pytest.raises(InputError, match="is not as it was written"):
        verify(path)


def test_a_run_is_mended(tmp_path):
    whole, damaged, future = (written(tmp_path / "data" / name) for name in ("whole", "damaged", "future"))
    for name in ("b.json", "a.csv"):
        (tmp_path / "data" / name).write_text("from elsewhere")
    code = tmp_path / "module.py"
    code.touch()
    os.utime(code, (time.time() + 7200,) * 2)
    damaged.write_text("wHole")
    os.utime(future, (time.time() + 3600,) * 2)
    old, new = tmp_path / ".a.host.1.partial.h5", tmp_path / ".b.host.2.partial.h5"
    for partial in (old, new):
        partial.touch()
    os.utime(old, (time.time() - 2 * 24 * 3600,) * 2)
    sentences = mend(tmp_path, [code])
    assert sentences == [
        f"{damaged} is not as it was written; it is kept as damaged.damaged and made again.",
        f"{future} and 1 more are from the future (the clock was set back); what follows is made again.",
        f"{tmp_path / 'data/a.csv'} and 1 more are without a checksum (copied without hidden files?), and "
        "not verified.",
    ]
    assert names(tmp_path / "data") == ["a.csv", "b.json", "damaged.damaged", "future", "whole"]
    assert (tmp_path / "data" / "damaged.damaged").read_text() == "wHole"
    for path in (future, code):
        assert abs(path.stat().st_mtime - time.time()) < 60
    assert names(tmp_path) == [".b.host.2.partial.h5", "data", "module.py"]
    assert whole.read_text() == "whole"
    assert len(mend(tmp_path, [code])) == 1  # what came without a checksum is named each time


def test_a_run_that_is_not_there_yet_needs_no_mending(tmp_path):
    assert mend(tmp_path / "absent") == []
