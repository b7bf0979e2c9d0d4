import re

import numpy as np

from expact_utils.report import glyphs


def test_glyphs_fill_the_unit_square():
    for letter in "ACGT":
        numbers = np.array(re.findall(r"-?[\d.]+", glyphs.outline(letter)), float).reshape(-1, 2)
        np.testing.assert_allclose(numbers.min(axis=0), 0, atol=0.02)  # control points may lie a little outside
        np.testing.assert_allclose(numbers.max(axis=0), 1, atol=0.02)
