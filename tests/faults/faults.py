"""Inject the faults, and make the book's page from what happened: `python tests/faults/faults.py [--page-only]`."""

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from expact_utils.run.files import atomic, read_json
from expact_utils.run.paths import ROOT
from expact_utils.run.provenance import provenance

PAGE = ROOT / "book" / "faults.md"
RECORD, SOAK = (Path(__file__).with_name(f"{name}.json") for name in ("faults", "soak"))
# Two tests at a time, but one of a module: Slurm's daemons are the machine's.
TESTS = ("tests/faults", "-n", "2", "--dist", "loadscope")
SAME = "the same command, given again, ends with the same tables, bit for bit"
FLIPPED = f"{SAME}; the damaged file is kept"
KINDS = (
    *("sequences (HDF5)", "network (Keras)", "history (JSON)", "checkpoint (HDF5)", "PFMs (MEME)", "filters (HDF5)"),
    *("matches (TSV)", "Table 1 (CSV)", "executed notebook", "settings (JSON)", "figure (PNG)"),
)
# Each fault, and what is promised. The test that injects it asserts the promise before it records what happened.
PROMISED = {
    "A notebook's process is killed (kill -9, out of memory)": (
        "the step is tried once more, and the run ends with the same tables, bit for bit"
    ),
    "Snakemake is killed (kill -9); the notebook that it started works on": (
        f"{SAME}, though two processes write the same network"
    ),
    "`expact run` is killed (kill -9); its Snakemake works on": (
        f"a second run is refused as long as it works; then {SAME}"
    ),
    "Everything is killed at once (a power cut)": SAME,
    "Ctrl-C": f"it stops within seconds; {SAME}",
    **{f"A bit flips in a file: {kind}": FLIPPED for kind in KINDS},
    "A bit flips while the graph runs, before the step that reads the file": (
        f"that step stops, and nothing is made of the file; {SAME}"
    ),
    "A file was copied from elsewhere and cut short": (
        "the step that reads it says so; without it, the same command ends with the same tables"
    ),
    "The clock jumps back by an hour while a network is trained": (
        f"{SAME}; what follows from files of the future is made again once, and not each time"
    ),
    "Two runs are started in one folder: `expact run` twice": "the second is refused at once, and the first ends well",
    "Two runs are started in one folder: `snakemake` beside `expact run`": (
        "the second is refused at once, and the first ends well"
    ),
    "Two runs are started in one folder: `expact run` beside `snakemake`": (
        "the second is refused at once, and the first ends well"
    ),
    "The disk is full": f"nothing is left half-written; once there is space, {SAME}",
    "The disk with all runs is read-only": f"it says so; once it can be written to, {SAME}",
    "The run's own folder is read-only": f"it says so; once it can be written to, {SAME}",
    "None: config/test.yaml by sbatch on two nodes": "the tables of a run on this machine, bit for bit",
    "A Slurm job is cancelled (scancel)": (
        "the job is submitted once more, and the run ends with the same tables, bit for bit"
    ),
    "A node fails while it trains (its daemon and processes are killed), and returns": (
        "Slurm gives the job to a node again, and the run ends with the same tables, bit for bit"
    ),
    "Snakemake is killed while its jobs are in the queue": f"{SAME}, though the first job still runs",
    "Ctrl-C while Slurm works": f"the jobs in the queue are cancelled; {SAME}",
}
TEXT = """<!-- Written by `make faults`; edit tests/faults/faults.py instead. -->
# Whatever goes wrong

Long runs meet power cuts, full disks and killed jobs. Below is each fault that the tests inject into a run of the tiny
graph (`config/test.yaml` with one network, or two on two nodes, as far as its tables), what was promised, and what
happened. *Same tables*: `table1.csv`, `trials.csv`, `filters.csv`, and the PFMs and matches that they were made from,
are those of a run that nobody disturbed, bit for bit (but for the seconds that a training took, in `trials.csv`). Where
nothing else is said, “the same command” is `expact run CONFIG`, without any option or file to remove.

{table}

{soak}

**How the clock jumped.** A test may not set its machine's clock. It dated every file of the project and the run an hour
ahead while a network was trained, which is what such a jump leaves on disk; the processes' own clocks went on.

Made on {date} by commit {commit}, {machine}. `make faults` does it again; the tests inject the same faults each time.

## Why it holds

- A file is written under another name, brought to the disk, and renamed: there is the old one or the new one.
- Beside each file that a step leaves for another lies its SHA-256, hidden, as `sha256sum --check` reads it. It is written
  before the file gets its name. Whoever reads the file compares it first, and then looks at its format and shape. A run
  begins by looking all its files through.
- Everything random follows from seed, trial and epoch, so a step that is made again makes the same numbers, and
  two processes that write one file on equal processors write the same numbers. On unequal ones the last digits of a
  training can differ: its history says which network is its own, and no other is taken for it.
- A lock that ends with its process keeps two runs apart, and needs no cleaning up. Snakemake itself holds it, whether
  `expact run` started it or you did. Snakemake's own lock, which outlives it, is not used (`profiles/default`).
- An executed notebook becomes a page only if each of its cells ran to its end.
"""


def page(record: dict, soak: dict | None) -> str:
    """The page as Markdown."""
    lines = [["fault", "promised", "what happened"], ["---"] * 3]
    lines += [[fault, row["promised"], row["happened"]] for fault, row in record["faults"].items()]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return TEXT.format(table=table, soak=_soaked(soak), **{key: record[key] for key in ("date", "commit", "machine")})


def _soaked(soak: dict | None) -> str:
    if soak is None:
        return ""
    runs, kills = len(soak["kills"]), sum(soak["kills"].values())
    return (
        f"**Again and again.** {runs} runs of the same graph, each from nothing, in which everything was killed at "
        f"random moments, {kills} times in all: {runs - len(soak['different'])} of {runs} ended with the tables of a run "
        f"that nobody disturbed (`make soak`, by {_commits(soak)})."
    )


def _commits(soak: dict) -> str:
    """Commits of the runs, and how many each made."""
    commits = list(soak["commits"].values())
    return ", ".join(f"commit {commit}: {commits.count(commit)} runs" for commit in dict.fromkeys(commits))


def record(fault: str, happened: str) -> None:
    """Add what happened to the file that EXPACT_FAULTS names, a line a fault: the page of faults is made from it."""
    row = {"fault": fault, "promised": PROMISED[fault], "happened": happened}
    if os.environ.get("EXPACT_FAULTS"):
        with Path(os.environ["EXPACT_FAULTS"]).open("a") as file:
            file.write(json.dumps(row) + "\n")


def inject() -> None:
    """Run the tests that inject faults, and keep what they record."""
    scratch = RECORD.with_suffix(".partial")
    scratch.unlink(missing_ok=True)
    made = provenance()
    if made["uncommitted_changes"]:
        sys.exit("error: there are uncommitted changes; the record names a commit.")
    environment = {**os.environ, "EXPACT_FAULTS": str(scratch)}
    done = subprocess.run([sys.executable, "-m", "pytest", *TESTS], cwd=ROOT, env=environment, check=False)
    lines = scratch.read_text().splitlines() if scratch.is_file() else []
    rows = {row.pop("fault"): row for row in map(json.loads, lines)}
    missing = [fault for fault in PROMISED if fault not in rows]
    if done.returncode or missing:
        sys.exit(f"error: not survived, or not injected here: {'; '.join(missing)}. The page is left as it was.")
    record = {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": made["commit"][:12],
        "machine": made["machine"],
        "faults": {fault: rows[fault] for fault in PROMISED},
    }
    scratch.unlink()
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--page-only", action="store_true", help="make the page from the last record")
    if not parser.parse_args().page_only:
        inject()
    with atomic(PAGE, checksum=False) as partial:
        partial.write_text(page(read_json(RECORD), read_json(SOAK) if SOAK.is_file() else None))
