import re
import xml.etree.ElementTree as ElementTree

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from support import names

from expact_utils.report import figures, glyphs, logos
from expact_utils.run.paths import Run

mpl.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


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
