"""The book's page of faults, and the record that it is made from."""

import re

import faults

from expact_utils.run.files import read_json


def test_the_page_is_made_from_the_record():
    kept, soaked = read_json(faults.RECORD), read_json(faults.SOAK)
    assert faults.PAGE.read_text() == faults.page(kept, soaked)
    assert {fault: row["promised"] for fault, row in kept["faults"].items()} == faults.PROMISED
    assert re.fullmatch("[0-9a-f]{12}", kept["commit"])
    assert soaked["different"] == []
    assert soaked["commits"].keys() == soaked["kills"].keys()
    assert len(soaked["kills"]) == 200
