"""The command of a run's book: `python -m expact_utils.report execute|build|publish …`."""

import argparse
import json
from pathlib import Path

from expact_utils.run.config import check
from expact_utils.run.errors import run_command
from expact_utils.run.files import read_json
from expact_utils.run.paths import Run, shown


def _command() -> None:
    parser = argparse.ArgumentParser(prog="python -m expact_utils.report", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    run_notebook = commands.add_parser("execute", help="execute a notebook; publish it if every cell ran to its end")
    run_notebook.add_argument("notebook", type=Path)
    run_notebook.add_argument("attempt", type=Path, help="executed notebook, kept whatever happens")
    run_notebook.add_argument("page", type=Path, help="executed notebook, written if it ran to its end")
    run_notebook.add_argument("--parameters", type=json.loads, default={}, help="its parameters as JSON")
    for name, text in {
        "build": "build the book of a run into runs/NAME/html, and runs/NAME/report.zip of it",
        "publish": "make a finished run the published one, book/chapters",
        "publish-beside": "add a finished run to the published book: its pages beyond the paper, data and networks",
    }.items():
        commands.add_parser(name, help=text).add_argument("run", help="folder of a run, such as runs/quick")
    arguments = parser.parse_args()
    if arguments.command == "execute":  # imported late, as each notebook of a run begins here
        from expact_utils.report.execution import execute

        execute(arguments.notebook, arguments.attempt, arguments.page, arguments.parameters)
        return
    from expact_utils.report.build import build
    from expact_utils.report.publish import publish, publish_beside

    run = Run(arguments.run)
    config = check(read_json(run.config), shown(run.config))
    if arguments.command == "build":
        build(run, config)
    elif arguments.command == "publish":
        publish(run, config)
    else:
        publish_beside(run, config)


if __name__ == "__main__":
    run_command(_command)
