import os
import time

from support import names

from expact_utils.run.files import atomic
from expact_utils.run.mending import mend


def written(path, text="whole"):
    with atomic(path) as partial:
        partial.write_text(text)
    return path


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
