import os
import subprocess
import time
from pathlib import Path

import pytest
from conftest import from_elsewhere, names

from expact_utils.errors import InputError
from expact_utils.files import atomic, checksum_file, mend, read_csv, read_json, verify, write_json


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
    """An empty one, as a full disk may leave it, says nothing."""
    path = written(tmp_path / "a.txt")
    checksum_file(path).write_bytes(checksum)
    if checksum:
        with pytest.raises(InputError, match="is not as it was written"):
            verify(path)
    else:
        verify(path)


def test_a_run_is_mended(tmp_path):
    whole, damaged, future = (written(tmp_path / "data" / name) for name in ("whole", "damaged", "future"))
    damaged.write_text("wHole")
    os.utime(future, (time.time() + 3600,) * 2)
    old, new = tmp_path / ".a.host.1.partial.h5", tmp_path / ".b.host.2.partial.h5"
    for partial in (old, new):
        partial.touch()
    os.utime(old, (time.time() - 2 * 24 * 3600,) * 2)
    sentences = mend(tmp_path)
    assert sentences == [
        f"{damaged} is not as it was written; it is kept as damaged.damaged and made again.",
        f"{future} is from the future (the clock was set back); what follows from it is made again.",
    ]
    assert names(tmp_path / "data") == ["damaged.damaged", "future", "whole"]
    assert (tmp_path / "data" / "damaged.damaged").read_text() == "wHole"
    assert abs(future.stat().st_mtime - time.time()) < 60
    assert names(tmp_path) == [".b.host.2.partial.h5", "data"]
    assert whole.read_text() == "whole"
    assert mend(tmp_path) == []


def test_a_run_that_is_not_there_yet_needs_no_mending(tmp_path):
    assert mend(tmp_path / "absent") == []
