# The graph: a notebook in, an executed notebook and files out. Science is in the notebooks and expact_utils.
#
#   snakemake --configfile config/quick.yaml --cores all

import hashlib
import json
import shutil
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from expact_utils.config import OWN, check
from expact_utils.errors import InputError
from expact_utils.files import mend, read_json, write_json
from expact_utils.imports import modules
from expact_utils.invivo import deepsea_folder
from expact_utils.own import input_files
from expact_utils.report import front_figures, networks, pages
from expact_utils.runs import CODE, Run, lock

try:
    config = check(config, "the config (choose one with --configfile, such as config/quick.yaml)")
    OWN_FILES = input_files(config["own"])
    for path in OWN_FILES:
        if not path.is_file():
            raise InputError(f"own: {path} is not a file.")
except InputError as error:
    raise WorkflowError(str(error))

RUN = f"runs/{config['name']}"
if workflow.is_main_process and not workflow.output_settings.dryrun:
    made_by = [file for name in (*CODE, "book", "_config.yml") for file in (Path(name), *Path(name).rglob("*.*"))]
    try:
        LOCK = lock(Run(RUN).lock)  # until Snakemake ends, however it ends
        for sentence in mend(Path(RUN), made_by):
            print(f"warning: {sentence}", file=sys.stderr)
    except (InputError, OSError) as error:
        raise WorkflowError(str(error))
SHOWN = ["plots", "results"]  # of data and trainings, which a new colour does not make again
RESULTS = "05_own_results" if config["own"] else "05_results"
MODEL = "{dataset}/{architecture}_{activation}_{trial}"
MODELS = ["{}/{}_{}_{}".format(*key) for key in networks(config)]
DATASETS = config["datasets"] + config["sensitivity"]
DATA = expand(RUN + "/data/{dataset}.h5", dataset=DATASETS)
NETWORKS = expand(RUN + "/models/{model}.keras", model=MODELS)
HISTORIES = expand(RUN + "/models/{model}.json", model=MODELS)
FILTERS = expand(RUN + "/filters/{model}.{suffix}", model=MODELS, suffix=["meme", "h5"])
MATCHES = expand(RUN + "/tomtom/{model}.tsv", model=MODELS)
TABLES = expand(RUN + "/{table}.csv", table=["table1", "trials", "filters"])
OWN_TABLES = ["baselines.csv", "motifs.csv", "motif_filters.csv", "importance.csv", "motifs.meme"]
BASELINES = [RUN + "/baselines.csv"] if config["own"] else []
DATABASE = [path for path in [Path(config["database"]).expanduser()] if path.is_file()]
BUNDLE = sorted(deepsea_folder(config["deepsea_bundle"]).glob("*.mat"))
FURTHER_TABLES = expand(
    RUN + "/{table}",
    table=["robustness.csv", *(OWN_TABLES if config["own"] else ["claims.csv"])],
)
SENSITIVITY = [RUN + "/sensitivity.csv"] if config["sensitivity"] else []
FRONT_PAGE = [RUN + f"/figures/{name}.png" for dataset in config["datasets"] for name in front_figures(dataset)]
STEPS = expand(RUN + "/notebooks/{step}/{model}.ipynb", step=["02_training", "03_filters", "04_tomtom"], model=MODELS)
PAGES = expand(RUN + "/notebooks/{page}.ipynb", page=pages(config))

# What the notebook leaves is kept as a log, and becomes the output only if every cell ran to its end.
EXECUTE = (
    "python -m expact_utils.report execute {input.notebook} {log} {output.notebook}"
    " --parameters {params.parameters:q}"
    # Greetings of TensorFlow and of the kernel, at every start.
    r" 2> >(grep --line-buffered -vE '^(WARNING: All log messages|I0000|\[IPKernelApp\])' >&2)"
)


# The pages of steps show the settings, and none is made again for them alone: so they are there before the first job,
# and an input of the results only. (As `ancient` input they would keep Snakemake from seeing that a step's own
# parameters changed.)
onstart:
    settings = Path(RUN) / "config.json"
    if workflow.is_main_process and not (settings.is_file() and read_json(settings) == config):
        write_json(settings, config)


wildcard_constraints:
    dataset="|".join(DATASETS),
    architecture="|".join(config["architectures"]),
    activation="|".join(config["activations"]),
    trial=r"\d+",


def code(notebook, but=()):
    """What a notebook imports, as Snakemake does not see that; not the modules that only show its results."""
    return [f"expact_utils/{name}.py" for name in modules(notebook, but)]


def state(files):
    """What changes when one of the user's files does; their names may hold what Snakemake takes for its own, as <b>."""
    stats = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(repr(stats).encode()).hexdigest()


def parameters(*settings, **fixed):
    """A notebook's parameters as JSON: the job's wildcards, these settings of the config, and `fixed`."""

    def of_job(wildcards):
        from_wildcards = {key: int(value) if key == "trial" else value for key, value in wildcards.items()}
        return json.dumps({"run": RUN, **from_wildcards, **{key: config[key] for key in settings}, **fixed})

    return of_job


localrules:
    all,
    tables,
    settings,


rule all:
    message:
        f"{RUN} is complete"
    input:
        [RUN + "/html/index.html", RUN + "/report.zip"],
        [PAGES, FURTHER_TABLES, SENSITIVITY, FRONT_PAGE],
        # The files between the steps are targets too, so that one that was deleted is made again.
        [RUN + "/config.json", DATA, NETWORKS, HISTORIES, FILTERS, MATCHES, STEPS, TABLES],


# As far as Table 1, without the pages and the book.
rule tables:
    message:
        f"The tables of {RUN} are complete"
    input:
        [RUN + "/config.json", DATA, NETWORKS, HISTORIES, FILTERS, MATCHES, STEPS, TABLES],


rule data:
    message:
        "Data: synthetic"
    input:
        code("01_data", but=SHOWN),
        notebook="notebooks/01_data.ipynb",
    output:
        data=RUN + "/data/synthetic.h5",
        notebook=RUN + "/notebooks/01_data/synthetic.ipynb",
    log:
        RUN + "/logs/01_data/synthetic.ipynb",
    params:
        parameters=parameters("sequences", "length", "seed", dataset="synthetic"),
    # Two kernels that start at the same moment can ask for one port.
    retries: 1
    shell:
        EXECUTE


rule invivo:
    message:
        "Data: {wildcards.dataset}"
    input:
        code("01_invivo", but=SHOWN),
        "expact_utils/k562_files.txt",
        notebook="notebooks/01_invivo.ipynb",
    output:
        data=RUN + "/data/{dataset}.h5",
        notebook=RUN + "/notebooks/01_data/{dataset}.ipynb",
    log:
        RUN + "/logs/01_data/{dataset}.ipynb",
    params:
        parameters=parameters("deepsea_bundle"),
        files=lambda wildcards: state(BUNDLE if wildcards.dataset == "deepsea" else []),
    wildcard_constraints:
        dataset="k562|k562-strict|deepsea",
    retries: 1
    shell:
        EXECUTE


rule own:
    message:
        "Data: your sequences"
    input:
        code("01_own", but=SHOWN),
        notebook="notebooks/01_own.ipynb",
    output:
        data=RUN + f"/data/{OWN}.h5",
        baselines=RUN + "/baselines.csv",
        notebook=RUN + f"/notebooks/01_data/{OWN}.ipynb",
    log:
        RUN + f"/logs/01_data/{OWN}.ipynb",
    params:
        parameters=parameters("own", "seed"),
        files=state(OWN_FILES),
    retries: 1
    shell:
        EXECUTE


rule training:
    message:
        "Training: {wildcards.dataset}, {wildcards.architecture} {wildcards.activation}, trial {wildcards.trial}"
    input:
        code("02_training", but=SHOWN),
        notebook="notebooks/02_training.ipynb",
        data=RUN + "/data/{dataset}.h5",
    output:
        # Not deleted before the job: a training that was finished elsewhere, or before the page failed, is taken up.
        model=update(RUN + f"/models/{MODEL}.keras"),
        history=update(RUN + f"/models/{MODEL}.json"),
        notebook=RUN + f"/notebooks/02_training/{MODEL}.ipynb",
    log:
        RUN + f"/logs/02_training/{MODEL}.ipynb",
    params:
        parameters=parameters("epochs", "batch_size", "seed", "protocol", inputs=RUN),
    # A core each: two such trainings side by side are faster than one after the other on two cores, and the number of
    # threads, which decides the last digits, is not the machine's. A GPU is for one training at a time.
    threads: workflow.cores if shutil.which("nvidia-smi") else 1
    # From its last checkpoint.
    retries: 1
    shell:
        # What was taken up is older than the data and code it was checked against.
        "TF_NUM_INTRAOP_THREADS={threads} TF_NUM_INTEROP_THREADS={threads} "
        + EXECUTE
        + " && touch {output.model} {output.history}"


rule filters:
    message:
        "Filters: {wildcards.dataset}, {wildcards.architecture} {wildcards.activation}, trial {wildcards.trial}"
    input:
        code("03_filters", but=["results"]),
        notebook="notebooks/03_filters.ipynb",
        data=RUN + "/data/{dataset}.h5",
        model=rules.training.output.model,
        history=rules.training.output.history,
    output:
        meme=RUN + f"/filters/{MODEL}.meme",
        filters=RUN + f"/filters/{MODEL}.h5",
        notebook=RUN + f"/notebooks/03_filters/{MODEL}.ipynb",
    log:
        RUN + f"/logs/03_filters/{MODEL}.ipynb",
    params:
        parameters=parameters("threshold", "protocol", inputs=RUN),
    retries: 1
    shell:
        EXECUTE


rule tomtom:
    message:
        "Tomtom: {wildcards.dataset}, {wildcards.architecture} {wildcards.activation}, trial {wildcards.trial}"
    input:
        code("04_tomtom", but=["results"]),
        notebook="notebooks/04_tomtom.ipynb",
        meme=rules.filters.output.meme,
        history=rules.training.output.history,
    output:
        matches=RUN + f"/tomtom/{MODEL}.tsv",
        notebook=RUN + f"/notebooks/04_tomtom/{MODEL}.ipynb",
    log:
        RUN + f"/logs/04_tomtom/{MODEL}.ipynb",
    params:
        parameters=parameters("database", "promiscuous", "evalue", inputs=RUN),
        files=state(DATABASE),
    retries: 1
    shell:
        EXECUTE


rule results:
    message:
        "Results: Table 1, Figures 1 and 2"
    input:
        code(RESULTS),
        "expact_utils/paper_table1.csv",
        [RUN + "/config.json", BASELINES, HISTORIES, FILTERS, MATCHES],
        notebook=f"notebooks/{RESULTS}.ipynb",
    output:
        [TABLES, FRONT_PAGE],
        notebook=RUN + "/notebooks/05_results.ipynb",
    log:
        RUN + "/logs/05_results.ipynb",
    params:
        parameters=parameters(
            *("architectures", "activations", "trials", "database"),
            *(("promiscuous", "evalue") if config["own"] else ("datasets", "relevant_list", "note")),
            inputs=RUN,
        ),
    retries: 1
    shell:
        EXECUTE


rule trials:
    message:
        "Results: {wildcards.dataset}, trial {wildcards.trial}"
    input:
        code("05_trials"),
        [RUN + "/config.json", HISTORIES, FILTERS, MATCHES],
        notebook="notebooks/05_trials.ipynb",
    output:
        notebook=RUN + "/notebooks/05_trials/{dataset}_{trial}.ipynb",
    log:
        RUN + "/logs/05_trials/{dataset}_{trial}.ipynb",
    params:
        parameters=parameters("architectures", "activations", "relevant_list", "database", inputs=RUN),
    retries: 1
    shell:
        EXECUTE


rule motifs:
    message:
        "Motifs"
    input:
        code("06_motifs"),
        [RUN + "/config.json", DATA, NETWORKS, HISTORIES, FILTERS],
        notebook="notebooks/06_motifs.ipynb",
    output:
        expand(RUN + "/{table}", table=[name for name in OWN_TABLES if name != "baselines.csv"]),
        notebook=RUN + "/notebooks/06_motifs.ipynb",
    log:
        RUN + "/logs/06_motifs.ipynb",
    params:
        parameters=parameters(
            *("architectures", "activations", "trials", "database", "promiscuous", "evalue", "protocol", "seed"),
            dataset=config["datasets"][0],
            inputs=RUN,
        ),
        files=state(DATABASE),
    retries: 1
    shell:
        EXECUTE


rule robustness:
    message:
        "Robustness"
    input:
        code("06_robustness"),
        [RUN + "/config.json", DATA, NETWORKS, HISTORIES, FILTERS, MATCHES],
        notebook="notebooks/06_robustness.ipynb",
    output:
        [RUN + "/robustness.csv", SENSITIVITY],
        notebook=RUN + "/notebooks/06_robustness.ipynb",
    log:
        RUN + "/logs/06_robustness.ipynb",
    params:
        parameters=parameters(
            *("datasets", "architectures", "activations", "trials", "sensitivity", "sensitivity_trials"),
            *("evalue", "relevant_list", "database", "promiscuous"),
            inputs=RUN,
        ),
    retries: 1
    shell:
        EXECUTE


rule claims:
    message:
        "Claims"
    input:
        code("07_claims"),
        [RUN + "/config.json", HISTORIES, TABLES],
        notebook="notebooks/07_claims.ipynb",
    output:
        RUN + "/claims.csv",
        notebook=RUN + "/notebooks/07_claims.ipynb",
    log:
        RUN + "/logs/07_claims.ipynb",
    params:
        parameters=parameters(inputs=RUN),
    retries: 1
    shell:
        EXECUTE


rule explorer:
    message:
        "Motif explorer"
    input:
        code("08_explorer"),
        ["expact_utils/explorer.js", "expact_utils/explorer.css"],
        [RUN + "/config.json", HISTORIES, FILTERS, MATCHES, RUN + "/importance.csv" if config["own"] else []],
        notebook="notebooks/08_explorer.ipynb",
    output:
        RUN + "/explorer.html",
        notebook=RUN + "/notebooks/08_explorer.ipynb",
    log:
        RUN + "/logs/08_explorer.ipynb",
    params:
        parameters=parameters(
            *("datasets", "architectures", "activations", "trials", "relevant_list", "database"),
            inputs=RUN,
        ),
        files=state(DATABASE),
    retries: 1
    shell:
        EXECUTE


rule tutorial:
    message:
        "Tutorial"
    input:
        code("tutorial"),
        notebook="notebooks/tutorial.ipynb",
    output:
        notebook=RUN + "/notebooks/tutorial.ipynb",
    log:
        RUN + "/logs/tutorial.ipynb",
    params:
        parameters=lambda _: json.dumps({"run": RUN + "/tutorial", "trials": 3, "epochs": 30}),
    retries: 1
    shell:
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
        [f"expact_utils/{name}.py" for name in ("book", "config", "executed", "launch", "report", "website")],
        "expact_utils/search.js",
        RUN + "/config.json",
        ["_config.yml", *(str(path) for kind in ("*.md", "*.bib", "_static/*") for path in Path("book").glob(kind))],
        [TABLES, FRONT_PAGE, PAGES],
    output:
        [RUN + "/html/index.html", RUN + "/report.zip"],
    log:
        RUN + "/logs/book.txt",
    shell:
        "python -m expact_utils.report build " + RUN + " > {log} 2>&1 || (cat {log} && false)"
