"""The button that opens a page's notebook elsewhere."""

import json
from types import SimpleNamespace

import pytest
from sphinx.errors import ConfigError

from expact_utils.report import launch


@pytest.mark.parametrize("repository", ["https://github.com/me/expact", "https://github.com/me/expact.git"])
def test_a_launch_button_opens_the_notebook_that_made_the_page(repository):
    metadata = {"a": {"papermill": json.dumps({"input_path": "notebooks/03_filters.ipynb"})}, "b": {}}
    app = SimpleNamespace(env=SimpleNamespace(metadata=metadata), config=SimpleNamespace(expact_repository=repository))
    context = {"header_buttons": []}
    for page in ("a", "b", "search"):
        launch._add_button(app, page, "page.html", context, None)
    (button,) = context["header_buttons"]
    assert button["url"] == "https://mybinder.org/v2/gh/me/expact/HEAD?labpath=notebooks/03_filters.ipynb"
    app.config.expact_repository = ""
    launch._add_button(app, "a", "page.html", context, None)
    assert len(context["header_buttons"]) == 1


@pytest.mark.parametrize("repository", ["me/expact", "https://example.org/me/expact", "https://github.com/me"])
def test_a_repository_without_a_binder_is_refused(repository):
    with pytest.raises(ConfigError, match=f"EXPACT_REPOSITORY is {repository}; expected https://github.com/OWNER/NAME"):
        launch.binder_url(repository, "a.ipynb")
