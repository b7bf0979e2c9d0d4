import pandas as pd
import pytest
from handmade import collect, two_trials

from expact_utils.report import page
from expact_utils.run.paths import Network


@pytest.fixture
def run(tmp_path):
    return two_trials(tmp_path)


def test_text_of_users_is_no_html():
    table = pd.DataFrame({"<i>class</i>": ["<b>SRF & co</b>"]}, index=["<u>row</u>"])
    html = page.as_table(table, index=True, caption="<script>").to_html()
    assert "<b>" not in html
    assert "<i>" not in html
    assert "<u>" not in html
    assert "<script>" not in html
    assert "&lt;b&gt;SRF &amp; co&lt;/b&gt;" in html


def test_a_column_without_a_name_has_no_header():
    for name, heads in (("hash", 1), ("", 0)):
        table = page.as_table(pd.Series({"commit": "0d7c"}, name=name).to_frame(), index=True).to_html()
        assert table.count("col_heading") == heads
        assert table.count("row_heading") == 1


def test_where_trainings_come_from(run):
    origin = page.origin_of_trainings(run, page.networks_of(collect(run).trials))
    assert origin["trained on"] == "CPU (2 trainings)"
    assert origin["trained by commit"] == "0123456789ab (2 trainings)"
    assert origin["trained from"] == "2026-01-01T00:00:00 to 2026-01-02T00:00:00 (starts)"
    assert origin["training took"] == "3 s in all"
    one = [Network("synthetic", "cnn-2", "relu", 1)]
    assert page.origin_of_trainings(run, one)["seed of the trainings"] == "0 (1 training)"
