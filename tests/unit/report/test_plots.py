import itertools
import re
import xml.etree.ElementTree as ElementTree

import logomaker
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from support import names

from expact_utils.dna.jaspar import ground_truth
from expact_utils.dna.letters import ALPHABET
from expact_utils.dna.pfm import Motif, information, reverse_complement
from expact_utils.report import figures, logos, plots
from expact_utils.run.paths import Run

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


# Machado, Oliveira & Fernandes 2009, severity 1: what is left of linear RGB without one kind of cone.
COLOUR_BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])  # of linear sRGB


def lab(colour, seen_by=None):
    """CIE Lab (D65) of a colour, as it is or as a colour-blind reader sees it."""
    rgb = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(COLOUR_BLIND[seen_by]) @ linear, 0, 1) if seen_by else linear
    t = XYZ @ linear / XYZ.sum(axis=1)
    x, y, z = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_lab_by_hand():
    np.testing.assert_allclose(lab("white"), [100, 0, 0], atol=1e-6)
    np.testing.assert_allclose(lab("red"), [53.24, 80.09, 67.20], atol=0.1)
    assert np.linalg.norm(lab("#d1202f") - lab("#0a8f2b")) > 100
    assert np.linalg.norm(lab("#d1202f", "deuteranopia") - lab("#0a8f2b", "deuteranopia")) < 40


@pytest.mark.parametrize("seen_by", [None, *COLOUR_BLIND])
@pytest.mark.parametrize("palette", [tuple(plots.ACTIVATION_COLOURS.values()), plots.LINE_COLOURS])
def test_lines_and_bars_are_told_apart_by_the_colour_blind(palette, seen_by):
    # 2.3 is just noticeable side by side; thin lines apart from their legend need ten times that.
    for one, other in itertools.combinations(palette, 2):
        assert np.linalg.norm(lab(one, seen_by) - lab(other, seen_by)) > 23, (one, other)


def test_curves_of_eight_filters_differ_in_colour_or_dashes():
    names = [f"filter{i}" for i in range(8)]
    figure = plots.position_curves(pd.DataFrame(1, index=names, columns=["10", "20"]), names, "a network")
    assert len({(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines}) == 8


def test_a_logarithmic_axis_has_plain_numbers():
    row = {"dataset": "synthetic", "architecture": "cnn-2", "activation": "relu", "trial": 0, "relevant": 0.5}
    table = pd.DataFrame([row | {"setting": setting} for setting in (0.001, 0.01, 0.1, 1, 10)])
    [ax] = plots.sweep_curves(table, "relevant", "largest E-value", log=True).axes
    ax.figure.canvas.draw()
    labels = [text for text in (label.get_text() for label in ax.get_xticklabels(which="both")) if text]
    assert [text for text in labels if 0.001 <= float(text) <= 10] == ["0.001", "0.01", "0.1", "1", "10"]


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


def test_show_saves_the_figure_and_carries_its_alt_text(tmp_path, capsys, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda image, metadata: shown.append((image, metadata)))
    figures.show(logos.logo(np.eye(4)).figure, Run(tmp_path), "a", "An identity matrix as a logo.")
    assert names(tmp_path / "figures") == ["a.pdf", "a.png", "a.svg"]
    [(image, metadata)] = shown
    assert image._repr_mimebundle_()[1]["image/png"]["alt"] == "An identity matrix as a logo."
    assert metadata == {"figure": "a"}


def test_letters_of_an_svg_are_uses_of_four_shapes_in_their_places(tmp_path, monkeypatch):
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: None)
    ax = logos.logo(np.array([[1, 0, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 0, 1]]))
    ax.set_position([0, 0, 1, 1])
    width, height = ax.figure.get_size_inches() * 72
    figures.show(ax.figure, Run(tmp_path), "a", "A, then C below G, then T.")
    svg = ElementTree.parse(tmp_path / "figures" / "a.svg").getroot()
    uses = [use for use in svg.iter("{http://www.w3.org/2000/svg}use") if "matrix" in use.get("transform", "")]
    letters = [use.get("{http://www.w3.org/1999/xlink}href")[1:] for use in uses]
    assert sorted(letters) == ["A", "C", "G", "T"]
    shapes = {path.get("id"): path.get("fill") for path in svg.iter("{http://www.w3.org/2000/svg}path")}
    assert [shapes[letter] for letter in letters] == [glyphs.COLOURS[letter] for letter in letters]
    # Each is .92 of a third of the width; A and T are 2 bits high, C and G half a bit.
    scales = {
        name: [float(n) for n in re.findall(r"[-\d.]+", use.get("transform"))]
        for name, use in zip(letters, uses, strict=True)
    }
    for letter, bits in {"A": 2, "C": 0.5, "G": 0.5, "T": 2}.items():
        across, _, _, down, *_ = scales[letter]
        assert across == pytest.approx(0.92 * width / 3, abs=0.1)
        assert down == pytest.approx(bits / 2 * height, abs=0.1)
    assert scales["C"][5] > scales["G"][5] > scales["A"][5]  # y goes down


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
