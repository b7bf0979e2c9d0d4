import pytest
from support import ROOT

from expact_utils.report import build, publish
from expact_utils.report.contents import contents
from expact_utils.run.config import check
from expact_utils.run.errors import InputError
from expact_utils.run.files import write_json
from expact_utils.run.paths import Run

CONFIG = {"name": "mine", "datasets": ["synthetic"], "architectures": ["cnn-2"], "activations": ["relu"]}


def test_the_published_contents_are_those_of_the_published_runs():
    listed = contents(publish.published_config(), publish.beside())
    assert (ROOT / "_toc.yml").read_text() == build.as_yaml(listed)


FIGURE = "```{figure} chapters/figures/a.png\n:alt: An a.\n\nA caption.\n```\n\n"
FRONT = f"""# A

- **x** [r](chapters/05_results.ipynb)
- y

## Beyond

Words.

- {{glue}}`chapters/06_a.ipynb::a`
  more
- [b](chapters/06_b/c.ipynb)

{FIGURE}## Next

[r](chapters/05_results.ipynb)
"""


def test_a_front_page_has_no_items_of_pages_that_are_not_there():
    assert build.of_pages(FRONT, ["05_results", "06_a", "06_b/c"], ["figures/a.png"]) == FRONT
    without = build.of_pages(FRONT, ["05_results", "06_a"], [])
    assert without == FRONT.replace(FIGURE, "").replace("- [b](chapters/06_b/c.ipynb)\n", "")
    alone = build.of_pages(FRONT, ["05_results"], [])
    assert alone == FRONT[: FRONT.index("## Beyond")] + FRONT[FRONT.index("## Next") :]


def test_a_run_that_is_not_complete_has_no_book(tmp_path):
    with pytest.raises(InputError, match="cannot read .*01_data/synthetic.ipynb"):
        build.build(Run(tmp_path), check({**CONFIG, "trials": 1, "epochs": 1}))


def test_a_run_of_further_trials_ends_with_what_takes_them_over(tmp_path):
    run = Run(tmp_path / "more")
    of = {"architectures": ["cnn-2"], "activations": ["relu"], "first_trial": 3, "trials": 2, "epochs": 1}
    write_json(run.config, check({"name": "more", "datasets": ["synthetic"], **of}))
    said = build.summary(run)
    assert f"renewal config/published.yaml --add {run.folder}`" in said


def test_the_front_page_is_of_the_first_data_set(tmp_path):
    front = tmp_path / "intro.md"
    front.write_text("**Synthetic data.** figures/synthetic_relevant.png")
    build._show_first_data(front, {"datasets": ["irf1", "zbed2"]})
    assert front.read_text() == "**IRF1 data.** figures/irf1_relevant.png"
