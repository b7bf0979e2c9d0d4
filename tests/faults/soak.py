"""Run the tiny graph again and again, kill everything at random moments, and compare the tables of each run.

    python tests/faults/soak.py --runs 200

Each run starts from nothing in a folder of its own and is killed (kill -9, all processes at once) at random moments,
twice at most, until it ends; its tables must be those of a run that nobody disturbed. Stopped, it goes on with the
runs that are missing.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from harm import Graph, kill_all

from expact_utils.run.files import atomic
from expact_utils.run.provenance import provenance

RECORD = Path(__file__).with_name("soak.json")
KILLS = 2


def disturbed(graph: Graph, rng: random.Random, usual: float) -> tuple[int, str]:
    """Make a run from nothing, killed within the `usual` seconds of a run.

    Returns how often it was killed, and what it printed if it then failed.
    """
    graph.forget("")
    kills = 0
    while True:
        process = graph.start()
        try:
            output, _ = process.communicate(timeout=rng.uniform(0, usual) if kills < KILLS else None)
        except subprocess.TimeoutExpired:
            kill_all(process)
            kills += 1
            continue
        return kills, output[-10_000:] if process.returncode else ""


def undisturbed(graph: Graph) -> tuple[dict[str, str], float]:
    """Tables of a run that nobody disturbs, and the seconds that it takes."""
    started = time.monotonic()
    graph.output()
    return graph.tables(), time.monotonic() - started


def soak(folder: Path, runs: int, seed: int = 0, workers: int = 1, path: Path | None = None, known=None) -> dict:
    """Compare disturbed runs with one that was not; keep the result in `path`, and go on from there.

    That one is made first, unless its tables and seconds are `known`.

    Returns
    -------
    dict
        `kills`: run to number of kills; `commits`: run to commit; `different`: runs that failed or have other tables.
    """
    made, writing = provenance(), Lock()
    if path and made["uncommitted_changes"]:
        sys.exit("error: there are uncommitted changes; the record names a commit.")
    graphs = [Graph.new(folder / str(worker)) for worker in range(workers)]
    tables, usual = known or undisturbed(graphs[0])
    result = {"seed": seed, "tables": tables, "kills": {}, "commits": {}, "different": []}
    before = json.loads(path.read_text()) if path and path.is_file() else {}
    if all(before.get(key) == result[key] for key in ("seed", "tables")):
        result = before

    def work(worker: int) -> None:
        for number in range(worker, runs, workers):
            if str(number) in result["kills"]:
                continue
            kills, failure = disturbed(graphs[worker], random.Random(f"{seed} {number}"), usual)
            same = not failure and graphs[worker].tables() == result["tables"]
            with writing:
                result["kills"][str(number)] = kills
                result["commits"][str(number)] = made["commit"][:12]
                if not same:
                    result["different"].append(number)
                    print(failure or "other tables", file=sys.stderr)
                done = f"{len(result['kills'])}/{runs} done"
                print(f"run {number}: killed {kills} times; {done}", file=sys.stderr, flush=True)
                if path:
                    with atomic(path, checksum=False) as partial:
                        partial.write_text(json.dumps(result, indent=1) + "\n")

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2, help="runs at a time (default 2)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        result = soak(Path(scratch), arguments.runs, arguments.seed, arguments.workers, RECORD)
    print(f"{len(result['kills'])} runs, {sum(result['kills'].values())} kills, {len(result['different'])} differ.")
    sys.exit(bool(result["different"]))
