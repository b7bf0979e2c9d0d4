import hashlib
import os
from pathlib import Path

import pytest
from support import from_elsewhere, names

from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic, checksum_file, read_json, verify, write_json
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


def test_the_checksum_is_as_sha256sum_writes_it(tmp_path):
    path = written(tmp_path / "a.txt", "abc")
    # FIPS 180-4, the digest of "abc".
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.txt\n"
    assert checksum_file(path).read_text() == expected


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
        """Rename; at the given step, a whole second writer comes first, as from another process."""
        renames.append(target)
        if len(renames) == step:
            with monkeypatch.context() as other:
                other.setattr(Path, "replace", rename)
                other.setattr(os, "getpid", lambda: 0)
                written(path, "second")
        return rename(partial, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    written(path, "first")
    assert len(renames) >= 2
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert checksum_file(path).read_text() == f"{digest}  a.txt\n"
    assert names(tmp_path) == ["a.txt"]


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
