"""Buttons of the book that lead to its repository, and to a notebook of it in a browser: a Sphinx extension.

The repository's address is the variable EXPACT_REPOSITORY while the book is built. Without it, as in any build on one's
own machine, there are no buttons, so none that leads nowhere. The theme's own button would open the executed page, with
the paths of the run that made it; this one opens the notebook that was executed, which reads the published run.
"""

import json
import os
import re

from sphinx.errors import ConfigError

BINDER = "https://mybinder.org/v2/gh"


def setup(app) -> dict:
    """Register the extension with Sphinx."""
    app.add_config_value("expact_repository", os.environ.get("EXPACT_REPOSITORY", ""), "html", str)
    app.connect("config-inited", _set_repository)
    app.connect("html-page-context", _add_button, priority=900)  # after the theme's own buttons
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def binder_url(repository: str, notebook: str) -> str:
    """Address that opens a notebook, a path in the repository, on Binder.

    Raises
    ------
    ConfigError
        When the repository is not one of GitHub's.
    """
    found = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(\.git)?/?", repository)
    if not found:
        raise ConfigError(f"EXPACT_REPOSITORY is {repository}; expected https://github.com/OWNER/NAME.")
    return f"{BINDER}/{found[1]}/HEAD?labpath={notebook}"


def _set_repository(app, config) -> None:
    if config.expact_repository:
        binder_url(config.expact_repository, "")
        config.html_theme_options |= {"repository_url": config.expact_repository, "use_repository_button": True}


def _add_button(app, page, template, context, doctree) -> None:
    """Add the button to a page that papermill made of one of the repository's notebooks."""
    executed = json.loads(app.env.metadata.get(page, {}).get("papermill", "{}"))
    notebook = executed.get("input_path") or ""
    if app.config.expact_repository and notebook.startswith("notebooks/"):
        button = {
            "type": "link",
            "url": binder_url(app.config.expact_repository, notebook),
            "icon": "fas fa-rocket",
            "tooltip": f"Run {notebook} on Binder, with its defaults",
            "text": "",
            "label": "launch-binder-button",
        }
        context["header_buttons"].append(button)
