import logomaker
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from expact_utils.dna.jaspar import ground_truth
from expact_utils.dna.letters import ALPHABET
from expact_utils.dna.pfm import Motif, information, reverse_complement
from expact_utils.report import glyphs, logos

mpl.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def letters(ax):
    """Bounds of each letter of a logo: left, bottom, right, top."""
    (collection,) = ax.collections
    return np.array([path.get_extents().extents for path in collection.get_paths()])


def test_letters_are_as_high_as_frequency_times_information():
    # Position 0: A for certain, 2 bits. Position 1: half C, half G, 1 bit, so 0.5 each, one above the other.
    ax = logos.logo(np.array([[1, 0, 0, 0], [0, 0.5, 0.5, 0]]))
    found = letters(ax)
    np.testing.assert_allclose(found[:, [1, 3]], [[0, 2], [0, 0.5], [0.5, 1]], atol=1e-9)
    np.testing.assert_allclose(found[:, [0, 2]], [[0.04, 0.96], [1.04, 1.96], [1.04, 1.96]], atol=1e-9)


def test_a_flat_position_has_no_letters():
    assert len(logos.logo(np.full((3, 4), 0.25)).collections[0].get_paths()) == 0


def test_letters_have_the_conventional_colours():
    colours = logos.logo(np.eye(4)).collections[0].get_facecolors()
    np.testing.assert_allclose(colours, [mpl.colors.to_rgba(glyphs.COLOURS[base]) for base in ALPHABET])


def test_heights_are_logomakers():
    pfm = ground_truth()[1].pfm
    own = letters(logos.logo(pfm))
    frame = logomaker.transform_matrix(
        pd.DataFrame(pfm, columns=list(ALPHABET)), from_type="probability", to_type="information"
    )
    heights = np.sort(frame.to_numpy().ravel())
    heights = heights[heights > logos.VISIBLE + 0.01]  # logomaker adds a small pseudocount
    np.testing.assert_allclose(np.sort(own[:, 3] - own[:, 1])[-len(heights) :], heights, atol=0.03)


def test_glyphs_have_the_extents_of_logomakers():
    pfm = ground_truth()[1].pfm
    heights = pfm * information(pfm)[:, None]
    theirs = logomaker.Logo(pd.DataFrame(heights, columns=list(ALPHABET)))
    drawn = [glyph.patch for row in theirs.glyph_df.to_numpy() for glyph in row if glyph.patch]
    extents = [patch.get_path().get_extents().extents for patch in drawn]
    expected = np.array([box for box in extents if box[3] - box[1] > logos.VISIBLE])
    own = letters(logos.logo(pfm))
    centre = lambda boxes: np.column_stack([boxes[:, [0, 2]].mean(axis=1), boxes[:, 1]])  # noqa: E731
    own, expected = (boxes[np.lexsort(centre(boxes).round(3).T[::-1])] for boxes in (own, expected))
    np.testing.assert_allclose(own[:, [1, 3]], expected[:, [1, 3]], atol=3e-3)  # theirs stacks letters of no height too
    shift = (own - expected)[0, [0, 2]].mean()  # positions start at 0 here, and are centred on 0 there
    np.testing.assert_allclose(own[:, [0, 2]] - shift, expected[:, [0, 2]], atol=0.03)


@pytest.mark.parametrize(("orientation", "offset"), [("+", 2), ("-", -3)])
def test_a_match_is_drawn_aligned(orientation, offset):
    query, target = Motif("filter0", "filter0", np.eye(4), 1), ground_truth()[1]
    match = pd.Series({"Orientation": orientation, "Optimal_offset": offset, "E-value": 0.01})
    _, axes = plt.subplots(2)
    logos.matched_logos(query, target, match, axes)
    # Offset 2: the query starts at column 2 of the target. Offset -3: three columns before it.
    assert letters(axes[0])[:, 0].min() == pytest.approx(max(offset, 0) + 0.04)
    drawn = target.pfm if orientation == "+" else reverse_complement(target.pfm)
    np.testing.assert_allclose(letters(axes[1])[:, [1, 3]], letters(logos.logo(drawn))[:, [1, 3]])
    assert np.floor(letters(axes[1])[:, 0].min()) == max(-offset, 0)
    assert axes[0].get_xlim() == axes[1].get_xlim()


def test_figure_1_names_filters_and_ends_with_the_ground_truth():
    pfms = [np.eye(4)[[0, 1, 2, 3]]] * 3
    figure = logos.filter_columns({"CNN-2, ReLU": (pfms, ["", "SRF", ""])}, list(ground_truth()))
    upper, lower = figure.subfigs
    assert [ax.get_ylabel() for ax in upper.axes] == ["", "SRF", ""]
    assert upper.axes[0].get_title() == "CNN-2, ReLU"
    names = [ax.get_ylabel() for ax in lower.axes]
    assert names[:2] == ["Arid3a", "Arid3a\nrev. comp."]
    assert len(names) == 24


def test_a_grid_shows_each_match_once():
    query, target = Motif("filter0", "filter0", np.eye(4), 1), ground_truth()[1]
    row = {"Query_ID": "filter0", "Target_ID": target.id, "Orientation": "+", "Optimal_offset": 0, "E-value": 0.01}
    figure = logos.match_grid(pd.DataFrame([row] * 5), [query], [target])
    titles = [ax.get_title() for ax in figure.axes if ax.get_title()]
    assert titles == ["filter0, E = 1.0e-02"] * 5
    empty = logos.match_grid(pd.DataFrame([row]).iloc[:0], [query], [target])
    assert [text.get_text() for ax in empty.axes for text in ax.texts] == ["no filter matches"]


def test_alt_text_of_figure_1_counts_the_named_filters():
    alt = logos.filter_columns_alt({"CNN-2, ReLU": ([], ["", "SRF", ""]), "CNN-50, ReLU": ([], ["MAX"])})
    assert alt.endswith(
        "Filters that carry a name, because they match a motif: CNN-2, ReLU: 1 of 3; CNN-50, ReLU: 1 of 1."
    )


def test_a_low_letter_is_left_out_and_its_room_kept():
    # 1.93 bits: A .99 of it, the others .0033 each, that is .0065 bits, too low to be seen.
    found = letters(logos.logo(np.array([[0.99, 0.01 / 3, 0.01 / 3, 0.01 / 3]])))
    assert len(found) == 1
    assert found[0, 1] == pytest.approx(3 * 0.0063, abs=0.001)


def test_blocks_side_by_side():
    panels = {"ReLU": ([np.eye(4)] * 4, ["", "", "", ""]), "exponential": ([np.eye(4)] * 2, ["MYC", "SP1"])}
    figure = logos.side_by_side(panels, columns=2)
    assert [block.get_suptitle() for block in figure.subfigs] == ["ReLU", "exponential"]
    drawn = [[ax.get_title() for ax in block.axes if ax.axison] for block in figure.subfigs]
    assert drawn == [["", "", "", ""], ["MYC", "SP1"]]
    alt = logos.side_by_side_alt(panels, "synthetic")
    assert alt.endswith("synthetic data. Names: ReLU: none; exponential: MYC, SP1.")


def test_a_table_of_logos_leaves_blanks_where_there_is_nothing():
    rows = {"MYC": [(np.eye(4), "first"), None], "SP1": [None, (np.eye(4), "second")], "none, at all": []}
    figure = logos.logo_table(rows, ("left", "right"))
    assert [ax.get_title() for ax in figure.axes if ax.axison] == ["first", "second"]
    assert [ax.axison for ax in figure.axes] == [True, False, False, True, False, False]
    texts = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert sorted(texts) == ["MYC", "SP1", "left", "none\nat all", "right"]
    assert logos.logo_table_alt(rows) == "MYC: first; SP1: second; none, at all: none"
