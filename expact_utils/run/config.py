"""Settings of a run and parameters of a notebook: one JSON schema, one sentence for what is wrong."""

import ast
import difflib
import json
import math
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

import jsonschema
import yaml

from expact_utils.run.errors import InputError
from expact_utils.run.files import regular
from expact_utils.run.house import HOUSE
from expact_utils.run.names import ACTIVATIONS, ARCHITECTURES, OWN, SOURCES, WITHOUT, is_activation, variation
from expact_utils.run.paths import expanded

JSON_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "`key: value` lines",
    "boolean": "true or false",
}
TRAINS = ("architectures", "activations", "trials", "epochs")  # what a run needs that trains networks
SCHEMA = HOUSE / "config" / "schema.json"


def load(path: str | Path) -> dict:
    """Read a config (YAML), check it and fill in the defaults.

    Its relative paths are taken from the folder that it is in.

    Raises
    ------
    InputError
        When the file cannot be read, is not YAML, or breaks the schema; names the key and what was expected.
    """
    try:
        text = regular(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not text: {error}.") from None
    try:
        content = yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # numbers of 5,000 digits, lists in lists in lists …
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}.") from None
    return anchored(check(content, path), Path(path).absolute().parent)


def anchored(config: dict, folder: Path) -> dict:
    """Config, checked, whose paths are absolute: relative ones are taken from `folder`, where its file is.

    The schema says which settings are paths, and which words stand for something else in their place.

    Raises
    ------
    InputError
        When a path names the home of an unknown user.
    """

    def from_folder(value, rule: dict):
        if isinstance(value, dict):
            rules = rule.get("properties", {})
            return {
                key: from_folder(of, rules.get(key, rule.get("additionalProperties", {}))) for key, of in value.items()
            }
        if isinstance(value, list):
            return [from_folder(of, rule.get("items", {})) for of in value]
        is_path = rule.get("format") == "path" and value and not re.fullmatch(rule.get("words", ""), value)
        return str(folder / expanded(value)) if is_path else value

    return {key: from_folder(value, schema()["properties"][key]) for key, value in config.items()}


def check(config: dict, where: str | Path = "the config") -> dict:
    """Return `config` with its defaults filled in, if it keeps to the schema.

    Raises
    ------
    InputError
        Naming `where`, the key, what it holds and what was expected.
    """
    if not isinstance(config, dict):
        raise InputError(f"{where} holds no settings; expected `key: value` lines such as `epochs: 20`.")
    properties = schema()["properties"]
    if config.get("networks"):  # with which these are empty in a config that was checked before
        config = {key: value for key, value in config.items() if value or key not in TRAINS}
    _check_keys(where, config, properties)
    for key in [*schema()["required"], *([] if config.get("networks") else TRAINS)]:
        if key not in config:
            raise InputError(f"{where}: the setting {key} is missing ({properties[key]['description']}).")
    for key, value in config.items():
        _check_value(f"{where}: {key}", value, properties[key])
    if both := set(config["datasets"]) & set(config.get("sensitivity", [])):
        raise InputError(
            f"{where}: sensitivity holds {min(both)}, which is in datasets already; expected it in one only."
        )
    _check_own(where, config)
    _check_layers(where, config)
    _check_attribution(where, config)
    config = _check_networks(where, config)
    defaults = {key: rule["default"] for key, rule in properties.items() if "default" in rule}
    return defaults | SOURCES[config["datasets"][0]].defaults | config


class _Loader(yaml.SafeLoader):
    """YAML without aliases, with which a few lines unfold to gigabytes, or to a list that holds itself."""

    def compose_node(self, parent, index):
        """Read a value."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "expected a value, not an alias of one", mark)
        return super().compose_node(parent, index)


def _check_own(where, config: dict) -> None:
    """One's own sequences are a run of their own: its pages are about them, not about the paper."""
    if OWN not in [*config["datasets"], *config.get("sensitivity", [])]:
        if config.get("own"):
            raise InputError(f"{where}: own is set, but datasets is {config['datasets']}; expected [own].")
    elif config["datasets"] != [OWN] or config.get("sensitivity") or config.get("also"):
        raise InputError(
            f"{where}: the data set own stands alone; expected datasets: [own], and no sensitivity or also."
        )
    elif not config.get("own"):
        raise InputError(f"{where}: the data set own needs the setting own, which says where the sequences are.")


def _check_layers(where, config: dict) -> None:
    """An activation a layer is asked for of networks that have the layers."""
    blocks = [config, *config.get("also", [])] if "architectures" in config else []
    asked = ((name, label) for of in blocks for name in of["architectures"] for label in of["activations"])
    for name, label in asked:
        layers, there = len(variation(label).layers), ARCHITECTURES[name].convolutions
        if layers > there:
            raise InputError(f"{where}: {label} is of {layers} layers; expected {there} at most, as {name} has.")


def _check_attribution(where, config: dict) -> None:
    """Maps of a block are scored, so the truth of its data is known; and they are made only where the run makes any."""
    asking = [name for block in config.get("also", []) if block.get("attribution") for name in block["datasets"]]
    if asking and not config.get("attribution"):
        raise InputError(f"{where}: a block of also asks for attribution; expected attribution: true of the run too.")
    if unknown := [name for name in asking if not SOURCES[name].truth]:
        raise InputError(
            f"{where}: a block of also asks for attribution on {unknown[0]}, whose motifs' places are not known; "
            f"expected {' or '.join(name for name, source in SOURCES.items() if source.truth)}."
        )


def _check_networks(where, config: dict) -> dict:
    """Somebody's networks are explained on one's own sequences, and none is trained beside them."""
    if not config.get("networks"):
        return config
    if config["datasets"] != [OWN]:
        raise InputError(f"{where}: networks are explained on your own sequences; expected datasets: [own].")
    if given := [key for key in TRAINS if key in config]:
        raise InputError(f"{where}: with networks nothing is trained; expected no {given[0]}.")
    return {"architectures": [], "activations": [], "trials": 0, "epochs": 0, "first_layer": "paper"} | config


def _check_keys(where, given: dict, known: dict) -> None:
    for key in given:
        if key not in known:
            raise InputError(f"{where}: {key} is not a setting{_nearest(key, known)}.")


def check_parameters(namespace: dict) -> None:
    """Check the parameters of a notebook before it does any work.

    A notebook's parameters cell annotates each parameter (`epochs: int = 20`), so the annotations in `namespace`
    (the notebook's `globals()`) name the parameters and their types. Names that papermill injected and that have no
    annotation are unknown.

    Raises
    ------
    InputError
        When a parameter is unknown, of another type than its annotation, or outside the config schema's rules.
    """
    annotations = namespace.get("__annotations__", {})
    for name in _injected(namespace.get("In", [])):
        if name not in annotations:
            raise InputError(f"{name} is not a parameter of this notebook{_nearest(name, annotations)}.")
    rules = schema()["$defs"] | schema()["properties"]
    for name, expected in annotations.items():
        value = namespace[name]
        if not _has_type(value, expected):
            raise InputError(f"{name} is {value!r}, a {type(value).__name__}; expected {_type_name(expected)}.")
        if name in rules and not (name in TRAINS and namespace.get("networks")):  # with which nothing is trained
            _check_value(name, value, rules[name])


@cache
def schema() -> dict:
    """Rules of a config, config/schema.json, with the names of the registry."""
    rules = json.loads(SCHEMA.read_text(encoding="utf-8"))
    registry: dict[str, Iterable[str]] = {
        "dataset": SOURCES,
        "architecture": ARCHITECTURES,
    }
    for kind, names in registry.items():
        rules["$defs"][kind] = {"enum": list(names)}
    rules["$defs"]["activation"] = {"type": "string", "variationOf": list(ACTIVATIONS)}
    return rules


def _check_value(where: str, value, rule: dict) -> None:
    if isinstance(value, dict) and "properties" in rule:
        _check_keys(where, value, rule["properties"])
    validator = _Validator({**rule, "$defs": schema()["$defs"]})
    error = jsonschema.exceptions.best_match(validator.iter_errors(value))
    if error:
        keys = [step for step in error.path if isinstance(step, str)]
        verb = "is" if len(keys) == len(error.path) else "holds"
        given = json.dumps(error.instance, default=str)
        raise InputError(f"{': '.join([where, *keys])} {verb} {given}; expected {_expected(error)}.")


def _is_whole(_, value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(_, value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _check_variation(_, known, value, __) -> Iterator[jsonschema.ValidationError]:
    if isinstance(value, str) and not is_activation(value):
        yield jsonschema.ValidationError(f"{value} is no activation")


# JSON calls 1.0 an integer, and YAML knows .nan and .inf; neither is a setting.
_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    {"variationOf": _check_variation},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_whole, "number": _is_finite}
    ),
)


def _expected(error: jsonschema.ValidationError) -> str:
    limit: Any = error.validator_value
    match error.validator:
        case "variationOf":
            return f"{_one_of(error.instance, limit)}; -scale-S, -{WITHOUT} or an initialiser may follow"
        case "enum":
            return _one_of(error.instance, limit)
        case "type":
            return " or ".join(JSON_TYPES[kind] for kind in ([limit] if isinstance(limit, str) else limit))
        case "minimum":
            return f"a number of at least {limit}"
        case "exclusiveMinimum":
            return f"a number above {limit}"
        case "maximum":
            return f"a number of at most {limit}"
        case "maxLength":
            return f"at most {limit} letters"
        case "minItems" | "minLength" | "minProperties":
            return "at least one entry"
        case "uniqueItems":
            return "each entry once"
        case "pattern":
            return "letters, digits, - and _ only"
    return error.message


def _one_of(given, names: list) -> str:
    closest = difflib.get_close_matches(str(given), map(str, names), n=1, cutoff=0.3)
    guess = f" (did you mean {closest[0]}?)" if closest else ""
    return f"one of {', '.join(map(str, names))}{guess}"


def _nearest(name, known) -> str:
    closest = difflib.get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {closest[0]}?" if closest else f"; expected one of {', '.join(known)}"


def _has_type(value, expected) -> bool:
    if isinstance(expected, UnionType):
        return any(_has_type(value, option) for option in get_args(expected))
    if get_origin(expected) is list:
        return isinstance(value, list) and all(_has_type(item, get_args(expected)[0]) for item in value)
    if isinstance(value, bool) or expected is bool:
        return isinstance(value, bool) and expected is bool
    return isinstance(value, (int, float) if expected is float else expected)


def _type_name(expected) -> str:
    names = {int: "a whole number", float: "a number", str: "text", bool: "true or false", dict: "`key: value` lines"}
    return names.get(expected, f"a {expected}".replace("list[str]", "list of texts"))


def _injected(cells: list[str]) -> list[str]:
    """Names that papermill set: the assignments of the cell that it puts after the parameters."""
    source = next((cell for cell in cells if cell.startswith("# Parameters\n")), "")
    set_there = [node for node in ast.parse(source).body if isinstance(node, ast.Assign)]
    return [target.id for node in set_there for target in node.targets if isinstance(target, ast.Name)]
