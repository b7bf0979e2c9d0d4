"""The config that suits somebody's trained networks and sequences, as `expact explain` writes it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import h5py
import yaml

from expact_utils import suggestion
from expact_utils.data import own
from expact_utils.motifs import databases
from expact_utils.networks.foreign import published
from expact_utils.run import config as config_module
from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic, regular

if TYPE_CHECKING:
    from expact_utils.networks.foreign.network import ForeignNetwork

NETWORKS = (".keras", ".json", ".onnx", ".pt", ".pth", ".ckpt", ".bin", ".safetensors", ".pb", ".pkl")
EITHER = (".h5", ".hdf5")  # a network's, or sequences
TEMPLATE = """\
# Somebody's trained networks, explained on sequences: `expact run {file}`. The report: `expact open {name}`.
name: {quoted}                # the run's folder is runs/{name}
datasets: [own]
own:                        # where the sequences are; paths from this file's folder, or absolute
{own}
networks:                   # a name to its files, and what these do not tell (activation, padding, layout, bases …)
{networks}
maps: {maps}                # of which bases count: drawn (a few sequences), motifs (TF-MoDISco's too; minutes), or none
strand: {strand}                # both: filters are read on both strands; single: RNA, on the given one
database: {database}      # a release of JASPAR (jaspar2024-plants), or a MEME, JASPAR or TRANSFAC file
promiscuous: drop           # matrices of the database that match random PFMs (keep, as the paper did)
evalue: 0.1                 # largest E-value of a match
seed: 0                     # same seed, same result
"""


def sort_files(files: tuple[Path, ...]) -> tuple[list[list[Path]], list[Path]]:
    """Networks, a list of files each, and the others; an architecture (.json) and the weights beside it are one.

    The name of a published network stands for its files, where there is no file of that name.

    Raises
    ------
    InputError
        When there is no network, or nothing beside the networks.
    """
    found: list[list[Path]] = []
    others: list[Path] = []
    architecture: Path | None = None
    for path in files:
        if not _is_network(path):
            others.append(path)
        elif published.is_named(path):
            found += [[architecture], [path]] if architecture else [[path]]
            architecture = None
        elif path.suffix.lower() == ".json":
            found += [[architecture]] if architecture else []  # which then is refused, as it has no weights
            architecture = path
        else:
            found.append([architecture, path] if architecture else [path])
            architecture = None
    if architecture:  # given after its weights, or alone
        single = found and len(found[-1]) == 1 and not published.is_named(found[-1][0])
        found.append([*(found.pop() if single else []), architecture])
    if not found:
        raise InputError(
            f"{files[0]} is no network, by its name; expected one of {', '.join(NETWORKS + EITHER)} first."
        )
    if not others:
        raise InputError(
            "there is a network and no sequences; expected a FASTA file, or others that `init` takes, too."
        )
    return found, others


def write(networks: list[list[Path]], others: tuple[Path, ...], options: dict, chosen: dict, force: bool) -> Path:
    """Look at the networks and sequences, say what was found, and write a config for them; its path is returned.

    Parameters
    ----------
    networks : list[list[Path]]
        Files of each, or the name of a published one, which is fetched.
    others : tuple[Path, ...]
        Files of the sequences, as `init` takes them.
    options : dict
        Of all networks, as `network.Options` has them; they go before those of a published one.
    chosen : dict
        `name`, `output`, `labels`, `genome`, `negatives`, `length`, `database`, `strand` and `maps`, None where not
        told; and perhaps `columns`, further settings of `own` that say which columns of a table are what.
    force : bool
        Overwrite a config.

    Raises
    ------
    InputError
        When a file or an option is not what it should be, networks take sequences of different lengths, or the config
        is there already.
    """
    names = [suggestion.as_name(files[-1].stem) for files in networks]
    if len(set(names)) < len(names):
        raise InputError(f"two networks are named {max(names, key=names.count)}, after their files; rename one.")
    entries, opened = {}, {}
    for of, files in zip(names, networks, strict=True):
        entries[of], opened[of] = _open(files, options)
    for network in opened.values():
        _check(network)
    others, labels = _with_labels(others, chosen["labels"])
    settings = suggestion.settings_of(others, labels, chosen["genome"], chosen["negatives"])
    settings |= chosen.get("columns", {})
    if length := chosen["length"] or _length(opened, settings):
        settings |= {"length": length}
    name = chosen["name"] or "-".join(names)[: suggestion.LONGEST_NAME]
    output = regular(chosen["output"] or f"{name}.yaml")
    for path in (output, name):
        suggestion.absolute(path)
    text = _text(output, name, settings, entries, chosen)
    config_module.check(yaml.safe_load(text), output)
    databases.load(chosen["database"])
    if output.exists() and not force:
        if output.read_text(encoding="utf-8") == text:  # the same command again
            return output
        raise InputError(f"{output} is there already, of other settings; --force overwrites it, --name names another.")
    data = own.load(settings, 0, chosen["strand"] or suggestion.DEFAULTS["strand"])
    with atomic(output, checksum=False) as partial:
        partial.write_text(text, encoding="utf-8")
    for of, network in opened.items():
        describe(of, network)
    suggestion.describe(data, chosen["strand"])
    return output


def describe(name: str, network: "ForeignNetwork") -> None:
    """Print what was found in a network's file."""
    click.echo(f"{name}:")
    for title, value in network.description().items():
        click.echo(f"  {title}: {value}")
    for note in network.notes:
        click.echo(f"  {note}")


def _open(files: list[Path], options: dict) -> tuple[dict, "ForeignNetwork"]:
    """A network's entry in a config, and the network; of a published one, with what its row tells."""
    from expact_utils.networks.foreign.opening import open_network  # and TensorFlow, which takes seconds

    if published.is_named(files[0]):
        entry, network = published.opened(str(files[0]), options)
    else:
        entry, network = {"files": files, **options}, open_network(*files, **options)
    return entry | {"files": list(map(suggestion.absolute, entry["files"]))}, network


def _is_network(path: Path) -> bool:
    ending = path.suffix.lower()
    return published.is_named(path) or ending in NETWORKS or (ending in EITHER and not _has_sequences(path))


def _has_sequences(path: Path) -> bool:
    """Whether an HDF5 file holds arrays at its top, as sequences do, and no groups of layers; what it is not, tells."""
    try:
        with h5py.File(path) as file:
            return not file.attrs.keys() & {"layer_names", "model_config", "keras_version"} and any(
                isinstance(file.get(name, getlink=False), h5py.Dataset) for name in file
            )
    except (OSError, KeyError, RuntimeError):
        return False


def _with_labels(others: tuple[Path, ...], labels: Path | None) -> tuple[tuple[Path, ...], Path | None]:
    """Files of sequences, and the table of labels, which may stand beside one of these."""
    tables = [path for path in others if path.suffix.lower() in suggestion.TABLES]
    if labels is None and len(tables) == 1 and len(others) == 2:
        return tuple(path for path in others if path not in tables), tables[0]
    return others, labels


def _check(network: "ForeignNetwork") -> None:
    """Refuse before any work what the report would stop at."""
    try:
        _ = network.first.known_activation
    except InputError as error:
        raise InputError(f"{network.path}: {error}") from None


def _length(opened: dict[str, "ForeignNetwork"], settings: dict) -> int | None:
    """Length that the networks take, or else that of the sequences; None where these have one length already."""
    lengths = {network.length for network in opened.values() if network.length}
    if len(lengths) > 1:
        told = ", ".join(f"{name} {network.length} nt" for name, network in opened.items() if network.length)
        raise InputError(f"networks take sequences of different lengths ({told}); explain each by itself.")
    if lengths:
        return lengths.pop()
    return None if "arrays" in settings else suggestion.usual_length(settings)


def _text(output: Path, name: str, settings: dict, entries: dict[str, dict], chosen: dict[str, Any]) -> str:
    """Config, YAML."""
    database = chosen["database"]
    if Path(database).exists() or not database.lower().startswith("jaspar"):
        database = suggestion.absolute(database)
    return TEMPLATE.format(
        file=output,
        name=name,
        quoted=json.dumps(name),
        own="\n".join(f"  {key}: {suggestion.as_yaml(value)}" for key, value in settings.items()),
        networks="\n".join(f"  {of}: {suggestion.as_yaml(entry)}" for of, entry in entries.items()),
        strand=chosen["strand"] or suggestion.DEFAULTS["strand"],
        maps=chosen["maps"] or suggestion.DEFAULTS["maps"],
        database=suggestion.as_yaml(database),
    )
