import pytest

from expact_utils.networks.protocols import PROTOCOLS

PREPRINT, JOURNAL = PROTOCOLS["preprint2019"], PROTOCOLS["journal2020"]


def test_the_preprint_trains_to_the_end_at_one_rate():
    falling = [0.9, *[0.1] * 99]
    assert not PREPRINT.stops(falling)
    assert PREPRINT.learning_rate(falling) == 0.001


def test_the_journal_stops_after_twenty_epochs_without_a_rise():
    assert not JOURNAL.stops([])
    assert not JOURNAL.stops([0.5, *[0.4] * 19])
    assert JOURNAL.stops([0.5, *[0.4] * 20])
    assert not JOURNAL.stops([0.5, *[0.4] * 19, 0.6])


def test_the_journal_s_rate_falls_to_a_fifth_after_five_flat_epochs():
    assert JOURNAL.learning_rate([]) == 0.001
    assert JOURNAL.learning_rate([0.5, *[0.4] * 4]) == 0.001
    assert JOURNAL.learning_rate([0.5, *[0.4] * 5]) == pytest.approx(0.0002)
    assert JOURNAL.learning_rate([0.5, *[0.4] * 4, 0.6, *[0.6] * 4]) == 0.001  # the wait starts again
    assert JOURNAL.learning_rate([0.5, *[0.50005] * 5]) == pytest.approx(0.0002)  # a rise under .0001 is none
    assert JOURNAL.learning_rate([0.5, *[0.4] * 10]) == pytest.approx(0.00004)
    assert JOURNAL.learning_rate([0.5, *[0.4] * 99]) == 1e-7
