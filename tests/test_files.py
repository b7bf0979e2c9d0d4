import os
from pathlib import Path

import pytest

from expact_utils.errors import InputError
from expact_utils.files import atomic, read_json, write_json


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with atomic(path) as partial:
        partial.write_text("whole")
        assert not path.exists()
    with pytest.raises(RuntimeError), atomic(path) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert path.read_text() == "whole"
    assert os.listdir(path.parent) == ["a.txt"]


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
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(InputError, match="a.json is not valid JSON"):
        read_json(tmp_path / "a.json")
