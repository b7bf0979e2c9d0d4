"""The choice of the first layer's filters and widths: by hand-set validation losses, and what is read back of it."""

from dataclasses import replace

import pytest
import toys

from expact_utils.networks import first_layer, models
from expact_utils.run import choice
from expact_utils.run.paths import Run
from expact_utils.run.tables import write_csv

USUAL = (30, 19)


@pytest.fixture(name="choose")
def choose_by_losses(tiny, tmp_path, monkeypatch):
    """Function: the table of a choice where each design has a validation loss; others have 9."""

    def of_losses(losses):
        def train(data, settings, name, run):
            model = models.build("cnn-50", data.length, 2, protocol=settings.rules)
            first = models.first_convolution(model)
            loss = losses.get((first.filters, first.kernel_size[0]), 9.0)
            loss = loss[settings.trial] if isinstance(loss, tuple) else loss
            return model, {"validation_loss": [loss, loss + 1], "best_epoch": 1, "seconds": 1.0}

        monkeypatch.setattr(first_layer, "train", train)
        table = first_layer.choose(tiny, toys.SHORT, "toy", Run(tmp_path))
        write_csv(tmp_path / choice.TABLE, table)
        return table

    return of_losses


def tried(table):
    return list(table[["filters", "width"]].itertuples(index=False, name=None))


def test_the_papers_design_stands_where_no_other_is_clearly_better(choose, tmp_path):
    table = choose({USUAL: 0.500, (60, 19): 0.496, (30, 11): 0.499})
    assert tried(table) == [USUAL, (30, 11), (30, 27), (60, 19)]
    assert list(table["chosen"]) == [True, False, False, False]
    assert choice.chosen(Run(tmp_path)) == {}
    assert choice.of_run(Run(tmp_path)) == (
        "first layers of 30 filters of 19 nt, chosen on the validation set (also tried: 30 of 11, 30 of 27, 60 of 19)"
    )


def test_widths_then_more_filters_of_that_width(choose, tmp_path):
    table = choose({USUAL: 0.5, (30, 11): 0.49, (30, 27): 0.45, (60, 27): 0.44, (120, 27): 0.438, (60, 19): 0.3})
    assert tried(table) == [USUAL, (30, 11), (30, 27), (60, 27), (120, 27)]
    assert choice.chosen(Run(tmp_path)) == {"filters": 60, "width": 27}


def test_both_networks_of_a_design_must_be_better_than_the_usual_ones_are_in_the_mean(choose):
    table = choose({USUAL: (0.60, 0.55), (30, 11): (0.40, 0.58), (30, 27): (0.56, 0.57)})
    assert list(table["chosen"]) == [False, False, True, False]
    assert list(table["lowest"]) == [0.55, 0.40, 0.56, 9.0]


def test_a_loss_near_zero_has_no_better_design(choose, tmp_path):
    """A share of nearly nothing is no gain: .020 against .016 is; what cannot gain enough is not tried."""
    assert list(choose({USUAL: 0.020, (30, 11): 0.014})["chosen"])[:2] == [False, True]
    assert list(choose({USUAL: 0.020, (30, 11): 0.016})["chosen"]) == [True, False, False, False]
    assert tried(choose({USUAL: 0.004, (60, 19): 0.0})) == [USUAL]
    assert choice.of_run(Run(tmp_path)).endswith("validation loss is so near 0 that no other was tried")


def test_filters_longer_than_half_of_the_sequences_are_not_tried(choose, tiny):
    tiny.X = {split: codes[:, :50] for split, codes in tiny.X.items()}
    assert (30, 27) not in tried(choose({USUAL: 0.5}))


def test_a_run_without_a_choice_has_the_papers(tmp_path):
    assert choice.chosen(Run(tmp_path)) == {}
    assert choice.of_run(Run(tmp_path)) == "first layers as in the paper"


def test_settings_decide_the_first_layer_and_nothing_else():
    wide = replace(toys.SHORT, filters=7, width=11)
    for architecture in ("cnn-2", "cnn-50", "cnn-deep", "cnn-local", "cnn-dist"):
        usual, other = (models.build(architecture, 100, 2, protocol=of.rules) for of in (toys.SHORT, wide))
        assert models.first_convolution(other).kernel.shape == (11, 4, 7)
        assert usual.output_shape == other.output_shape
        assert [type(layer) for layer in usual.layers] == [type(layer) for layer in other.layers]
