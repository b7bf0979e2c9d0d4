"""Maps as logos: one scale a figure, names as they are, and as many titles as maps."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from expact_utils.attribution.methods import Maps
from expact_utils.dna.letters import one_hot
from expact_utils.report import attribution_logos
from expact_utils.run.errors import InputError


def maps(*heights):
    codes = np.zeros((len(heights), 5), np.int8)
    values = one_hot(codes) * np.array(heights)[:, None, None]
    return Maps(codes, values, np.ones(len(heights)), np.zeros(len(heights)))


def test_heights_are_by_one_scale():
    figure = attribution_logos.of_sequences(maps(10.0, 0.1), ["high", "low"])
    assert {ax.get_ylim() for ax in figure.axes} == {(0, 10.5)}
    plt.close(figure)


def test_names_are_text_even_with_dollar_signs(tmp_path):
    figure = attribution_logos.of_sequences(maps(1.0), ["$a_$ <b>"], [[(0, 2, "$x^{")]])
    figure.savefig(tmp_path / "map.svg")
    plt.close(figure)


def test_a_map_without_a_difference_can_be_drawn():
    plt.close(attribution_logos.of_sequences(maps(0.0), ["blank"]))


@pytest.mark.parametrize(("titles", "sites"), [([], ()), (["a"], ()), (["a", "b"], [[]])])
def test_as_many_titles_and_sites_as_maps(titles, sites):
    with pytest.raises(InputError, match=r"there are 2 maps and \d titles; expected one each"):
        attribution_logos.of_sequences(maps(1.0, 1.0), titles, sites)


def test_maps_of_one_sequence_are_cut_at_the_same_place_about_where_most_is():
    """By each map's own scale: a high map at 0 does not outweigh two low ones at 3 and 4."""

    def one(*heights):
        codes = np.zeros((2, 5), np.int8)
        values = one_hot(codes) * np.array([np.zeros(5), heights])[..., None]
        return Maps(codes, values, np.ones(2), np.zeros(2))

    drawn = {"a": one(100, 0, 0, 0, 0), "b": one(0, 0, 0, 1, 1), "c": one(0, 0, 0, 2, 2)}
    cut, part = attribution_logos.together(drawn, 1, 2)
    assert part == slice(3, 5)
    assert [found.contributions.tolist() for found in cut.values()] == [[[0, 0]], [[1, 1]], [[2, 2]]]
    # A site at 1 and 2 is whole in the stretch that begins at 1 alone; one of four positions in none of two.
    assert attribution_logos.together(drawn, 1, 2, np.array([0, 1, 1, 0, 0]))[1] == slice(1, 3)
    assert attribution_logos.together(drawn, 1, 2, np.array([1, 1, 1, 1, 0]))[1] == slice(3, 5)


def test_positions_are_those_of_the_whole_sequence():
    figure = attribution_logos.of_methods({"ISM": maps(0.2)}, 0, start=49)
    (axis,) = figure.axes
    assert axis.xaxis.get_major_formatter()(3, 0) == "52"
    assert axis.get_xlabel() == "position"


def test_a_map_that_does_not_sum_is_marked_with_how_far_it_is_off():
    """Both should sum to 1: five letters of .2 do, five of .1 are half of it off."""
    drawn = {"ISM": maps(0.2, 0.1), "saliency": maps(0.1, 0.2)}
    assert list(attribution_logos.marked(drawn, 0)) == ["ISM", "saliency (50% off what it should sum to)"]
    assert list(attribution_logos.marked(drawn, 1)) == ["ISM (50% off what it should sum to)", "saliency"]
    assert [attribution_logos.off(share) for share in (0.01, 4.787)] == ["", " (479% off what it should sum to)"]


def test_the_surest_sequence_is_that_of_all_networks_by_rank():
    """The first network's last is the second's least; the one that is high in both comes first."""
    assert attribution_logos.surest([np.array([0, 5, 9.0]), np.array([1, 2, 0.0])]) == {"highest": 1, "median": 2}
    outputs = [np.array([0, 5, 9.0, 7.0])]
    assert attribution_logos.surest(outputs, np.array([True, True, False, False])) == {"highest": 1, "median": 1}
    assert attribution_logos.surest(outputs, np.zeros(4, bool)) == {"highest": 2, "median": 3}
