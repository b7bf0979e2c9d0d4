"""The command `expact`: one's own sequences from files to a report. A thin shell over the graph."""

import io
import json
import os
import re
import subprocess
import sys
import webbrowser
from pathlib import Path

import click

from expact_utils import explanation, suggestion
from expact_utils.data import own
from expact_utils.data.targets import CLASSES, NUMBERS
from expact_utils.motifs import databases
from expact_utils.networks.foreign import published
from expact_utils.networks.foreign.axes import LAYOUTS
from expact_utils.report import pages
from expact_utils.run import config as config_module
from expact_utils.run.errors import ExpactError, InputError
from expact_utils.run.files import regular
from expact_utils.run.house import HOUSE, house_file
from expact_utils.run.paths import ROOT, Run, shown
from expact_utils.run.progress import Progress
from expact_utils.suggestion import DEFAULTS

CONFIGS = (".yaml", ".yml")
FILE = click.Path(readable=False, path_type=Path)  # whether it can be read, its reader says
MAPS = config_module.schema()["properties"]["maps"]["enum"]
LOOK = 2  # seconds between looks at how far a run is
FIRST_LOOK = {  # settings of `run --quick`; the whole run takes up what it does not choose otherwise
    "activations": ["exponential"],
    "trials": 1,
    "first_layer": "paper",
    "maps": "none",
    "note": "This is a first look, of one trial; expact run, without --quick, goes on from it.",
}


class Sentence(click.ClickException):
    """An error of ours as click shows it: one sentence, exit status 1."""

    def show(self, file=None) -> None:
        """Print it to standard error."""
        click.echo(f"error: {self.message}", err=True)


class Commands(click.Group):
    """Commands in which our errors are sentences, and names of files are UTF-8 in every locale."""

    def invoke(self, context):
        """Run the command that was asked for."""
        if sys.getfilesystemencoding() != "utf-8":
            os.environ["PYTHONUTF8"] = "1"  # of all that this starts, too
            _become(sys.argv[1:])
        for stream in (sys.stdout, sys.stderr):  # of a terminal that cannot show every letter
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(context)
        except ExpactError as error:
            raise Sentence(str(error)) from None
        except OSError as error:  # such as a name that is too long to be looked for
            if not error.filename:
                raise
            raise Sentence(f"cannot use {error.filename}: {error.strerror}.") from None
        except MemoryError as error:
            raise Sentence(f"this takes more memory than there is ({str(error) or 'none is left'}).") from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Find the motifs that tell your DNA sequences apart, and see them.

    expact trains small convolutional networks on your sequences, with the usual activation (ReLU) and with an
    exponential one, shows their filters as sequence logos, and compares these with a motif database. Everything goes
    into one report that opens in a browser.

    \b
      expact run --quick peaks.fa     a first look in a minute or two
      expact init peaks.fa            look at the file, write peaks.yaml
      expact run peaks.yaml           train, compare, build the report
      expact open peaks               open the report
      expact explain net.h5 peaks.fa  the same for a network that is trained already
    """  # noqa: D301 - the mark that keeps the lines apart is \b itself, not a backslash and a b


@main.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("-o", "--output", type=FILE, help="Config to write (default: NAME.yaml, here).")
@click.option("--name", help="Name of the run (default: the first file's).")
@click.option("--labels", type=FILE, help="Table with a column of names and a column of 0/1 a class.")
@click.option("--sequence-column", help="Column of a table's sequences (default: sequence or seq).")
@click.option("--id-column", help="Column of names in a table, or in labels (default: id or name).")
@click.option(
    "--label-column",
    multiple=True,
    help="Column of labels; may be repeated (default: bound, label or the like, else all others).",
)
@click.option("--split-column", help="Column that says train, valid or test (default: split, if there is one).")
@click.option("--target", type=click.Choice([CLASSES, NUMBERS]), help="What labels are (default: what they look like).")
@click.option("--genome", type=FILE, help="Genome (FASTA), for BED and narrowPeak files.")
@click.option(
    "--negatives", help="none, shuffle, gc, or a file (default, for one class: gc for regions, else shuffle)."
)
@click.option("--length", type=int, help="Length to crop and pad to (default: the median length).")
@click.option("--database", default=DEFAULTS["database"], show_default=True, help="Release of JASPAR, or a motif file.")
@click.option("--trials", default=DEFAULTS["trials"], show_default=True, help="Trainings of each network.")
@click.option("--epochs", type=int, help="Passes over the training set (default: by the number of sequences).")
@click.option(
    "--strand",
    type=click.Choice(["both", "given", "single"]),
    help="single for RNA: reverse complements are not learned from, nor matched; given: only matched (default: both).",
)
@click.option("--maps", type=click.Choice(MAPS), help="Attribution maps: none, drawn, or motifs of them too (default).")
@click.option("--network", multiple=True, type=FILE, help="Trained network to explain, as `explain` does; repeatable.")
@click.option("--force", is_flag=True, help="Overwrite the config.")
def init(files, output, name, labels, genome, negatives, network, force, **options) -> None:
    """Look at FILES and write a config with sensible defaults.

    FILES are one FASTA or FASTQ (.fa, .fq, also .gz), BED or narrowPeak file a class, named after it; or one table
    (.csv, .tsv) with a column of sequences and a column of 0/1, TRUE/FALSE or yes/no a class, or one with the names of
    classes, or columns of numbers to predict; or one HDF5 or npz file of one-hot sequences. A label may be missing.
    """
    columns = {key: options.pop(key) for key in ("sequence_column", "id_column", "split_column", "target")}
    columns["label_columns"] = list(options.pop("label_column"))
    columns = {key: value for key, value in columns.items() if value}
    if network:
        _refuse_given(("trials", "epochs"), "with --network nothing is trained")
        given = {"output": output, "name": name, "labels": labels, "genome": genome, "negatives": negatives, **options}
        given["columns"] = columns
        config = explanation.write(explanation.sort_files((*network, *files))[0], files, {}, given, force)
    else:
        settings = suggestion.settings_of(files, labels, genome, negatives) | columns
        name = suggestion.run_name(files) if name is None else name
        config = suggestion.write(settings, output, name, options, force)
    click.echo(f"\nwrote {config}; look it over, then: expact run {config}")


@main.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--quick", is_flag=True, help="A first look in a minute or two: one trial of the exponential network.")
@click.option("--cores", default="all", show_default=True, help="Processor cores to use.")
@click.option("--profile", type=FILE, help="Where to run the steps: a profile of Snakemake, such as config/slurm.")
@click.option("-o", "--output", type=FILE, help="Folder of the run (default: runs/NAME).")
def run(files, quick, cores, profile, output) -> None:
    """Train, compare with the database and build the report, as a config says, or of files with sequences.

    FILES are a config, as `expact init` writes it, and perhaps what to make instead of everything: `tables` is all as
    far as Table 1; or files of the run. Or they are files as `expact init` takes them: it then writes the config first,
    with its defaults.

    Stopped midway, it goes on where it was when it is called again. What has not changed is not made again; after a
    first look, without --quick, the rest is made.
    """
    config, targets = _config_of(files)
    settings = config_module.load(config)
    if quick and settings["networks"]:
        raise InputError(f"{config} trains no network, so there is no first look at one; expected no --quick.")
    databases.load(settings["database"])  # so that what is wrong with a file is said at once
    if settings["own"]:
        own.load(settings["own"], settings["seed"], settings["strand"])
    cluster = ["--cores", cores]
    if profile:
        profile = house_file(profile)
        cluster = ["--profile", suggestion.absolute(profile) if regular(profile).exists() else str(profile)]
    folder, where = _folder(output, settings["name"]), f" -o {output}" if output else ""
    graph = [sys.executable, "-m", "snakemake", *targets, "--snakefile", str(HOUSE / "Snakefile")]
    graph += ["--configfile", str(config.absolute()), *cluster]
    # Snakemake's lock outlives a run that was killed; that of the Snakefile does not, and is enough.
    graph += ["--nolock", "--rerun-incomplete", "--keep-going", "--quiet", "host", "reason"]
    if chosen := (FIRST_LOOK if quick else {}) | ({"folder": folder} if output else {}):
        graph += ["--config", *(f"{key}={json.dumps(value)}" for key, value in chosen.items())]
    lacking = [] if targets else _lacking(Run(folder), settings | (FIRST_LOOK if quick else {}))
    process = subprocess.Popen(graph, cwd=ROOT, env=_environment())
    from expact_utils.report import build  # a second, while the graph begins

    if _wait(process, lacking):
        raise InputError(f"the run stopped; the messages above say why. `expact run {config}{where}` goes on with it.")
    if not targets:
        click.echo(build.summary(Run(folder)))
    if quick:
        click.echo(f"\nThis was a first look; `expact run {config}{where}` goes on from it.")


@main.command(epilog=f"\b\nPublished networks:\n{published.listing()}")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("-o", "--output", type=FILE, help="Folder of the run (default: runs/NAME).")
@click.option("--name", help="Name of the run (default: the network's).")
@click.option("--labels", type=FILE, help="Table with a column of names and a column a class, or of numbers.")
@click.option("--genome", type=FILE, help="Genome (FASTA), for BED and narrowPeak files.")
@click.option("--negatives", help="shuffle, gc, or a file (default, for one class: gc for regions, else shuffle).")
@click.option("--length", type=int, help="Length to crop and pad to (default: what the network takes).")
@click.option("--database", default=DEFAULTS["database"], show_default=True, help="Release of JASPAR, or a motif file.")
@click.option("--strand", type=click.Choice(["both", "single"]), help="single for RNA (default: both).")
@click.option("--maps", type=click.Choice(MAPS), help="Attribution maps: none, drawn, or motifs of them too (default).")
@click.option("--layout", type=click.Choice(LAYOUTS), help="Axes of the input (default: what fits its shape).")
@click.option("--bases", help="Order of the bases in the network (default: ACGT).")
@click.option("--input-name", help="Input that takes the sequence, where there are several.")
@click.option("--output-name", help="Output to explain (default: all).")
@click.option("--fill", multiple=True, help="NAME=NUMBER: value of a further input; may be repeated.")
@click.option("--activation", help="Of the first layer, where the file does not tell.")
@click.option("--normalised/--not-normalised", default=None, help="Whether it has a batch normalisation, likewise.")
@click.option("--padding", help="same, valid, or zeros at either end, likewise.")
@click.option("--module", multiple=True, help="Python module that defines custom layers; its code is run.")
@click.option("--theano/--no-theano", default=None, help="Whether kernels are turned, as Theano has them.")
@click.option("--cores", default="all", show_default=True, help="Processor cores to use.")
@click.option("--profile", type=FILE, help="Where to run the steps: a profile of Snakemake, such as config/slurm.")
@click.option("--force", is_flag=True, help="Overwrite the config.")
def explain(files, cores, profile, output, force, **options) -> None:
    """Explain trained networks: what their first layers learned, and which bases make their outputs.

    FILES are one or more networks (.keras, .h5, .json and its .h5, .onnx, .pt, .pth, .safetensors), and sequences as
    `expact init` takes them, perhaps with a table of labels: then it is told first whether the network predicts these.
    Nothing that is in a network's file is run. A published network goes by its name, of those below: it is downloaded,
    and what its files do not tell is known.

    It writes a config, NAME.yaml, and goes; `expact run NAME.yaml` goes on where it was stopped.
    """
    networks, others = explanation.sort_files(files)
    config = explanation.write(networks, tuple(others), _of_network(options), options | {"output": None}, force)
    click.echo(f"\nwrote {config}")
    where = ["--cores", cores, *(["--profile", profile] if profile else []), *(["-o", output] if output else [])]
    _become(["run", config, *where])


def _refuse_given(options: tuple[str, ...], why: str) -> None:
    """Refuse options that were given, and would change nothing."""
    source = click.get_current_context().get_parameter_source
    if given := [name for name in options if source(name) is not click.core.ParameterSource.DEFAULT]:
        raise InputError(f"{why}; expected no --{given[0]}.")


def _become(arguments: list) -> None:
    """Go on as another call of this command, such as one without TensorFlow, which would hold memory until the end."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "expact_utils.command", *map(str, arguments)])


def _of_network(options: dict) -> dict:
    """Options of a network, as its entry in a config has them, of those of `explain`; what was not told is left out."""
    filled = {}
    for text in options["fill"]:
        name, _, number = text.partition("=")
        try:
            filled[name] = float(number)
        except ValueError:
            raise InputError(f"--fill {text} is no NAME=NUMBER.") from None
    padding = options["padding"]
    found = {"input": options["input_name"], "output": options["output_name"], "fill": filled}
    found |= {"padding": int(padding) if padding and padding.isdigit() else padding, "modules": list(options["module"])}
    found |= {name: options[name] for name in ("layout", "bases", "activation", "normalised", "theano")}
    return {name: value for name, value in found.items() if value not in (None, {}, [])}


def _folder(output: Path | None, name: str) -> str:
    """Folder of a run, as the graph names it."""
    if output is None:
        return f"runs/{name}"
    if re.search("[{}]", str(output.absolute())) or (output.exists() and not output.is_dir()):
        raise InputError(f"{output} cannot be the run's folder; expected a folder, without {{ or }} in its path.")
    return suggestion.absolute(output)


def _config_of(files: tuple[str, ...]) -> tuple[Path, list[str]]:
    """Config and targets of what `run` is given; of files with sequences, the config is written if it is not there."""
    if Path(files[0]).suffix.lower() in CONFIGS:
        return house_file(files[0]), list(files[1:])
    paths = tuple(map(Path, files))
    settings, name = suggestion.settings_of(paths, None, None, None), suggestion.run_name(paths)
    output = Path(f"{name}.yaml")
    if not output.exists():
        click.echo(f"\nwrote {suggestion.write(settings, None, name, {})}")
    elif not settings.items() <= config_module.load(output)["own"].items():
        raise InputError(f"{output} is there already, of other files; `expact init` writes another config.")
    return output, []


@main.command(name="open")
@click.argument("name")
def open_report(name) -> None:
    """Open the report of the run NAME (of a config, or in a folder) in a browser."""
    name = config_module.load(name)["name"] if Path(name).suffix in CONFIGS else name
    page = ROOT / "runs" / name / "html" / "index.html"
    if not page.is_file() and Path(name, "config.json").is_file():
        page = Path(name, "html", "index.html").absolute()
    if not page.is_file():
        raise InputError(f"{shown(page)} does not exist; `expact run` makes it.")
    click.echo(page)
    webbrowser.open(page.as_uri())


def _environment() -> dict[str, str]:
    """Environment of the graph: this Python and its kernel come first, whether or not it is activated."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "JUPYTER_PREFER_ENV_PATH": "1", "PYTHONUTF8": "1"}


def _lacking(run: Run, settings: dict) -> list[Path]:
    """Executed notebooks that a run does not have yet."""
    paths = [page.pattern.format(**of) for page in pages.of_run(settings) for of in pages.subjects(page, settings)]
    return [path for path in (run.folder / "notebooks" / f"{name}.ipynb" for name in paths) if not path.is_file()]


def _wait(process: subprocess.Popen, lacking: list[Path]) -> int:
    """Exit status of a process; on the way, say how many of the pages that lacked are made, and the time left.

    Ctrl-C reaches the process as well: it has jobs to stop, perhaps on other machines.
    """
    progress, told = Progress("the run", len(lacking)), 0
    progress.moves = False  # other lines come between
    while True:
        try:
            return process.wait(LOOK)
        except subprocess.TimeoutExpired:
            made = sum(path.is_file() for path in lacking)
            if made > told:
                told = made
                progress.report(made, f"{made} of {len(lacking)} pages")
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    main()
