"""The profiles of Slurm and Kubernetes, and the graph that they are for."""

import pytest
import yaml
from support import ROOT

from expact_utils.report import pages

PROFILES = {
    name: yaml.safe_load((ROOT / "config" / name / "config.yaml").read_text()) for name in ("slurm", "kubernetes")
}


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_names_rules_and_resources_that_exist(name):
    profile = PROFILES[name]
    assert set(profile["set-resources"]) | set(profile["set-threads"]) <= {page.rule for page in pages.PAGES}
    assert set(profile["default-resources"]) == {"mem_mb", "runtime"}


def test_the_profiles_ask_for_the_same():
    for name in ("default-resources", "set-resources", "set-threads"):
        assert PROFILES["slurm"][name] == PROFILES["kubernetes"][name]
