# The graph: a notebook in, an executed notebook and files out. Science is in the notebooks and expact_utils; which
# pages there are, what each reads and leaves, is declared in expact_utils/report/pages.py.
#
#   snakemake --configfile config/quick.yaml --cores all

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from expact_utils.data.deepsea import deepsea_folder
from expact_utils.data.own import input_files
from expact_utils.motifs import tomtom
from expact_utils.report import graph, kernels, pages
from expact_utils.run.config import anchored, check
from expact_utils.run.errors import InputError
from expact_utils.run.files import read_json, write_json
from expact_utils.run.house import HOUSE, PACKAGE, book_files
from expact_utils.run.lock import lock
from expact_utils.run.mending import mend
from expact_utils.run.paths import Run, shown

FOLDER = config.get("folder")  # of `expact run -o`
BESIDE = Path(workflow.configfiles[-1]).absolute().parent if workflow.configfiles else Path.cwd()  # for its paths
try:
    config = {key: value for key, value in config.items() if key != "folder"}
    config = check(config, "the config (choose one with --configfile, such as config/quick.yaml)")
    config = anchored(config, BESIDE)
    OWN_FILES = input_files(config["own"])
    NETWORK_FILES = [Path(path) for network in config["networks"].values() for path in network["files"]]
    for setting, path in [("own", path) for path in OWN_FILES] + [("networks", path) for path in NETWORK_FILES]:
        if not path.is_file():
            raise InputError(f"{setting}: {path} is not a file.")
except InputError as error:
    raise WorkflowError(str(error))

RUN = FOLDER or f"runs/{config['name']}"
if workflow.is_main_process and not workflow.output_settings.dryrun:
    made_by = [PACKAGE, *(HOUSE / name for name in ("notebooks", "config", "Snakefile", "book", "_config.yml"))]
    made_by = [file for path in made_by for file in (path, *path.rglob("*.*"))]
    try:
        LOCK = lock(Run(RUN).lock)  # until Snakemake ends, however it ends
        for sentence in mend(Path(RUN), made_by):
            print(f"warning: {sentence}", file=sys.stderr)
    except (InputError, OSError) as error:
        raise WorkflowError(str(error))
# Files of the user that a setting names.
NAMED = {
    "own": OWN_FILES,
    "networks": NETWORK_FILES,
    "database": [path for path in [Path(config["database"]).expanduser()] if path.is_file()],
    "deepsea_bundle": sorted(deepsea_folder(config["deepsea_bundle"]).glob("*.mat")),
}
BETWEEN = [f"{RUN}/{path}" for name in pages.FILES for path in graph.every(name, config)]
MADE = [f"{RUN}/{path}" for path in pages.made(config)]
TABLES = [f"{RUN}/{name}" for name in pages.TABLES if name in pages.made(config)]
EXECUTED = [
    f"{RUN}/notebooks/{page.pattern.format(**fields)}.ipynb"
    for page in pages.of_run(config)
    for fields in pages.subjects(page, config)
]
BOOK = [] if config["first_trial"] else [RUN + "/html/index.html", RUN + "/report.zip"]
STEPS = [path for path in EXECUTED if Path(path).parent.parent.name[:2] in ("02", "03", "04")]

# What the notebook leaves is kept as a log, and becomes the output only if every cell ran to its end.
EXECUTE = (
    "{params.environment} python -m expact_utils.report execute {params.notebook} {log:q} {output.notebook:q}"
    " --parameters {params.parameters:q}"
    # Greetings of TensorFlow, of the kernel and of tqdm, at every start.
    r" 2> >(grep --line-buffered -vE '^(WARNING: All log messages|I0000|\[IPKernelApp\]|.*TqdmWarning|  from .auto)' >&2)"
    # What was taken up is older than the data and code it was checked against.
    " && touch {output:q}"
)
# A core each: two such trainings side by side are faster than one after the other on two cores, and the number of
# threads, which decides the last digits, is not the machine's. A GPU is for one training at a time.
CORES = workflow.cores if shutil.which("nvidia-smi") else 1
SUBJECTS = {  # in messages
    "run": "",
    "dataset": ": {wildcards.dataset}",
    "trial": ": {wildcards.dataset}, trial {wildcards.trial}",
    "network": ": {wildcards.dataset}, {wildcards.architecture} {wildcards.activation}, trial {wildcards.trial}",
    "foreign": ": {wildcards.foreign}",
}


# The pages of steps show the settings, and none is made again for them alone: so they are there before the first job,
# and an input of the results only. (As `ancient` input they would keep Snakemake from seeing that a step's own
# parameters changed.)
onstart:
    settings = Path(RUN) / "config.json"
    if workflow.is_main_process and not (settings.is_file() and read_json(settings) == config):
        write_json(settings, config)
    if workflow.is_main_process and workflow.local_exec and not workflow.touch:
        kernels.start()
        tomtom.compile_ahead()


wildcard_constraints:
    architecture="|".join({network.architecture for network in pages.networks(config)}) or "-",
    activation="|".join({re.escape(network.activation) for network in pages.networks(config)}) or "-",
    foreign="|".join(config["networks"]) or "-",
    trial=r"\d+",


def subject(page, wildcards):
    """What a job's page is of."""
    of_job = {key: int(value) if key == "trial" else value for key, value in wildcards.items()}
    return graph.alone(page, config) | of_job


def parameters(page):
    """A notebook's parameters as JSON: the job's wildcards and settings of the config."""
    return lambda wildcards: json.dumps(graph.parameters(page, config, RUN, subject(page, wildcards)))


def environment(page):
    """Variables of a job: a training has as many threads as the job has cores."""
    if not page.takes_up:
        return ""
    return lambda wildcards, threads: f"TF_NUM_INTRAOP_THREADS={threads} TF_NUM_INTEROP_THREADS={threads}"


def decided_by(page):
    """What a page follows from that is no file of the run: code, and names that it shows."""
    return lambda wildcards: graph.decided_by(page, config, subject(page, wildcards))


def state(page):
    """What changes when a file of the user does; their names may hold what Snakemake takes for its own, as <b>."""

    def of_job(wildcards):
        takes = graph.parameters(page, config, RUN, subject(page, wildcards))
        files = [(str(path), path.stat()) for name in NAMED if name in takes for path in NAMED[name]]
        stats = [(path, stat.st_size, stat.st_mtime_ns) for path, stat in files]
        return hashlib.sha256(repr(stats).encode()).hexdigest()

    return of_job


def datasets(page):
    """Data sets that a page is of, as a pattern."""
    found = {fields["dataset"] for fields in pages.subjects(page, config) if "dataset" in fields}
    return "|".join(sorted(found)) or "-"


localrules:
    all,
    tables,
    settings,


rule all:
    message:
        f"{RUN} is complete"
    input:
        BOOK,
        # The files between the steps are targets too, so that one that was deleted is made again.
        [RUN + "/config.json", BETWEEN, MADE, EXECUTED],


# As far as Table 1, without the pages and the book.
rule tables:
    message:
        f"The tables of {RUN} are complete"
    input:
        [RUN + "/config.json", BETWEEN, STEPS, TABLES],


for page in pages.of_run(config):

    rule:
        name:
            page.rule
        message:
            page.rule.capitalize() + SUBJECTS["run" if graph.alone(page, config) else page.each]
        input:
            [f"{RUN}/{path}" for path in graph.inputs(page, config)],
        output:
            # Not deleted before the job, where a training that was finished elsewhere, or before its page failed, is
            # taken up.
            [update(f"{RUN}/{path}") if page.takes_up else f"{RUN}/{path}" for path in graph.outputs(page, config)],
            notebook=f"{RUN}/notebooks/{graph.filled(page.pattern, page, config)}.ipynb",
        log:
            f"{RUN}/logs/{graph.filled(page.pattern, page, config)}.ipynb",
        params:
            environment=environment(page),
            notebook=f"notebooks/{page.notebook}.ipynb",
            parameters=parameters(page),
            decided_by=decided_by(page),
            files=state(page),
        wildcard_constraints:
            dataset=datasets(page),
        threads: CORES if page.takes_up else 1
        # Two kernels that start at the same moment can ask for one port; a training goes on from its last checkpoint.
        retries: 1
        shell:  # the same for all, as it is looked up when a job runs, and `page` is then the last
            EXECUTE


rule settings:
    output:
        update(RUN + "/config.json"),  # not deleted before: steps read it meanwhile
    params:
        config=config,
    run:
        write_json(Path(output[0]), params.config)


rule book:
    message:
        "Book: " + RUN + "/html"
    input:
        [shown(path) for path in book_files()],
        [path for path in EXECUTED if path in {f"{RUN}/notebooks/{page}.ipynb" for page in pages.pages(config)}],
        [RUN + "/config.json", TABLES, [f"{RUN}/{path}" for path in pages.front_figures(config, pages.pages(config))]],
    output:
        [RUN + "/html/index.html", RUN + "/report.zip"],
    log:
        RUN + "/logs/book.txt",
    params:
        run=RUN,
        decided_by=graph.book_decided_by(config),
    shell:
        "python -m expact_utils.report build {params.run:q} > {log:q} 2>&1 || (cat {log:q} && false)"
