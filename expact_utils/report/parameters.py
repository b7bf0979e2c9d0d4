"""The book's page of parameters, made from the notebooks themselves and from the schema of configs.

Command: `python -m expact_utils.report.parameters` writes it again, `book/parameters.md`.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import nbformat

from expact_utils.run.config import JSON_TYPES, TRAINS, schema
from expact_utils.run.errors import InputError, run_command
from expact_utils.run.files import atomic
from expact_utils.run.house import HOUSE, require_clone
from expact_utils.run.names import SOURCES
from expact_utils.run.paths import shown

PAGE = HOUSE / "book" / "parameters.md"
RENEW = "python -m expact_utils.report.parameters"
HEAD = f"""<!-- Written by `{RENEW}` from notebooks/ and config/schema.json. -->
# Parameters

Every notebook has its parameters in its first code cell, and papermill sets them: `-p NAME VALUE`, or
`-y "NAME: [A, B]"` for a list. A config sets them for a whole run; the notebooks check what they are given by the same
rules. [Rerun](rerun) shows both.
"""


def page(notebooks: Iterable[Path]) -> str:
    """Page of parameters, Markdown: a table of the settings of a config, then one a notebook.

    Raises
    ------
    InputError
        When a notebook has no parameters, or one of them no type or no comment; names both.
    """
    rules = schema()
    own, network = rules["properties"]["own"], rules["properties"]["networks"]["additionalProperties"]
    parts = [
        f"{HEAD}\n## Settings of a config\n\n{_settings(rules, rules, TRAINS)}",
        f"## The setting `own`\n\nHow they go together: [Rerun](rerun).\n\n{_settings(own, rules)}",
        f"## A network of the setting `networks`\n\nHow to run them: [Rerun](rerun).\n\n{_settings(network, rules)}",
        *map(_of_notebook, sorted(notebooks)),
    ]
    return "\n".join(parts)


def _settings(rule: dict, rules: dict, also: Iterable[str] = ()) -> str:
    """Table of the properties of an object in the schema, `also` those that are required beyond what it says."""
    required = [*rule.get("required", []), *also]
    rows = [
        (_code(name), _kind(of, rules), _default(of, name in required), _text(of["description"]))
        for name, of in rule["properties"].items()
    ]
    return _table("setting", rows)


def _default(rule: dict, required: bool) -> str:
    if required:
        return "required"
    return _code(json.dumps(rule["default"])) if "default" in rule else "–"


def _kind(rule: dict, rules: dict) -> str:
    """What a rule of the schema asks for, e.g. `whole number, at least 0`."""
    if "$ref" in rule:
        return _kind(rules["$defs"][rule["$ref"].rpartition("/")[2]], rules)
    if "variationOf" in rule:
        return f"{' or '.join(_code(value) for value in rule['variationOf'])}, or one of these with settings"
    if "enum" in rule:
        return " or ".join(_code(value) for value in rule["enum"])
    if "items" in rule:
        return f"list of {_kind(rule['items'], rules)}"
    kinds = [rule["type"]] if isinstance(rule["type"], str) else rule["type"]
    name = " or ".join(JSON_TYPES[kind].removeprefix("a ") for kind in kinds)
    words = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most"}
    return ", ".join([name, *(f"{word} {rule[key]:,}" for key, word in words.items() if key in rule)])


def _of_notebook(path: Path) -> str:
    """Heading and table of a notebook's parameters, as papermill finds them."""
    import papermill  # takes a second

    found = papermill.inspect_notebook(path).values()
    if not found:
        raise InputError(f"{shown(path)} has no parameters; expected a cell with the tag parameters.")
    for parameter in found:
        if "None" in (parameter["inferred_type_name"], parameter["help"] or "None"):
            raise InputError(f"{shown(path)}: {parameter['name']} needs a type and a comment.")
    rows = [(_code(p["name"]), _code(p["inferred_type_name"]), _code(p["default"]), _meaning(p, path)) for p in found]
    title = nbformat.read(path, 4).cells[0].source.partition("\n")[0].lstrip("# ")
    return f"## `{path.stem}`: {_text(title)}\n\n{_table('parameter', rows)}"


def _meaning(parameter: dict, notebook: Path) -> str:
    """What a parameter is, and where the registry says what it may be, that: of a data set's page, its data sets."""
    rule = schema()["$defs"].get(parameter["name"].removesuffix("s"), {})
    names = [name for name in rule.get("enum", ()) if name in SOURCES and SOURCES[name].notebook == notebook.stem]
    allowed = {"enum": names} if names else rule
    return _text(parameter["help"]) + (f": {_kind(allowed, schema())}" if "enum" in rule else "")


def _table(first: str, rows: list[tuple]) -> str:
    lines = [(first, "type", "default", "meaning"), ("---",) * 4, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _code(text: str) -> str:
    """Text as code in a table, between more backticks than it holds in a row."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def _text(text: str) -> str:
    """Text in a table, where nothing but `code` is markup."""
    parts = re.split("(`[^`]+`)", text)
    escaped = [re.sub(r"([\\`*_{}<>\[\]$|])", r"\\\1", part) for part in parts[::2]]
    parts[::2], parts[1::2] = escaped, [_code(part[1:-1]) for part in parts[1::2]]
    return "".join(parts)


def _command() -> None:
    require_clone("the page of parameters")
    with atomic(PAGE, checksum=False) as partial:
        partial.write_text(page((HOUSE / "notebooks").glob("*.ipynb")), encoding="utf-8")


if __name__ == "__main__":
    run_command(_command)
