import pytest

from expact_utils.run import progress
from expact_utils.run.progress import Progress, duration


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_lines_in_a_log_and_time_left(clock, capsys):
    work = Progress("cnn-2", 100)
    for part in range(1, 101):
        clock[0] = 2.0 * part
        work.report(part, f"epoch {part}/100")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "cnn-2: epoch 1/100, 3 min left"  # 99 epochs of 2 s
    assert lines[1] == "cnn-2: epoch 5/100, 3 min left"
    assert lines[-1] == "cnn-2: epoch 100/100"
    assert len(lines) == 21


def test_a_line_a_minute_when_a_part_takes_long(clock, capsys):
    work = Progress("cnn-2", 2)
    for step in range(1, 10):
        clock[0] = 20.0 * step
        work.report(step / 10, f"step {step}/10")
    assert capsys.readouterr().err.splitlines() == [
        "cnn-2: step 3/10, 6 min left",
        "cnn-2: step 6/10, 5 min left",
        "cnn-2: step 9/10, 4 min left",
    ]


def test_what_was_done_before_does_not_count_as_fast(clock, capsys):
    work = Progress("cnn-2", 100, done=98)
    clock[0] = 10.0
    work.report(99, "epoch 99/100")
    clock[0] = 70.0
    work.report(99.5, "step 5/10")
    assert capsys.readouterr().err == "cnn-2: step 5/10, 23 s left\n"  # 1.5 epochs in 70 s


def test_one_line_that_moves_in_a_terminal(clock, capsys, monkeypatch):
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True)
    work = Progress("cnn-2", 2)
    clock[0] = 30.0
    work.report(1, "epoch 1/2")
    work.report(2, "epoch 2/2")
    assert capsys.readouterr().err == "\rcnn-2: epoch 1/2, 30 s left\x1b[K\rcnn-2: epoch 2/2\x1b[K\n"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (5399, "90 min"), (9000, "2.5 h")]
)
def test_duration(seconds, words):
    assert duration(seconds) == words
