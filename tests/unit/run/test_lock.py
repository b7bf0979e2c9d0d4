import errno
import fcntl

import pytest

from expact_utils.run.errors import InputError
from expact_utils.run.lock import lock


def test_one_run_at_a_time(tmp_path):
    path = tmp_path / "new" / "a.lock"
    first = lock(path)
    with pytest.raises(InputError, match="another run works here .it holds .*a.lock.; wait for it or stop it"):
        lock(path)
    first.close()
    with lock(path):
        pass


def test_a_file_system_without_locks(tmp_path, monkeypatch, capsys):
    def refused(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refused)
    lock(tmp_path / "a.lock").close()
    assert "a.lock (Function not implemented: this file system has no locks); take care" in capsys.readouterr().err


def test_a_lock_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write .*a.lock: "):
        lock(tmp_path / "file" / "a.lock")
