"""A run of the tiny graph in a folder of its own, for what goes wrong."""

import csv
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import yaml

from expact_utils.run.files import checksum_file
from expact_utils.run.mending import STEPS
from expact_utils.run.paths import ROOT, Network, Run

CODE = ("config", "expact_utils", "notebooks", "profiles", "Snakefile", "_config.yml")
NETWORK = Network("synthetic", "cnn-50", "exponential", 0)
ONE = {"architectures": [NETWORK.architecture], "activations": [NETWORK.activation]}  # settings of a run of one network
TABLES = ("table1.csv", "trials.csv", "filters.csv")
KERNEL = {"ipykernel_launcher", "expact_utils.report.kernels"}  # in the command of a process that may be one
PAGES = [f"runs/test/notebooks/06_{name}.ipynb" for name in ("attribution", "activations", "deeper")]
STARTS = 300  # seconds in which a step must start
COMMANDS = {
    "expact": [sys.executable, "-m", "expact_utils.command", "run", "config/test.yaml", "tables"],
    "snakemake": [
        *(sys.executable, "-m", "snakemake", "tables", "--configfile", "config/test.yaml"),
        *("--cores", "all"),
    ],
    "pages": [sys.executable, "-m", "snakemake", *PAGES, "--configfile", "config/test.yaml", "--cores", "all"],
}


class Graph:
    """The project in a folder of its own, with its run `test`, as far as the tables."""

    def __init__(self, folder: Path):
        self.folder, self.run = folder, Run(folder / "runs" / "test")
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(folder),
            "JUPYTER_PREFER_ENV_PATH": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }

    @classmethod
    def new(cls, folder: Path) -> "Graph":
        """Copy the project's code, with config/test.yaml cut down to one network."""
        folder.mkdir(parents=True)
        for name in CODE:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, folder)
        graph = cls(folder)
        graph.configure("test", ONE)
        return graph

    def copy(self, folder: Path) -> "Graph":
        """Copy it, with its run as it stands."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Graph(folder)

    def configure(self, name: str, settings: dict) -> None:
        """Change settings of a file in `config/`."""
        path = self.folder / "config" / f"{name}.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | settings))

    def start(self, *arguments: str, program: str = "expact") -> subprocess.Popen:
        """Start `expact run config/test.yaml tables` (or by `snakemake`, or pages of part two), in a process group of its own."""
        return subprocess.Popen(
            [*COMMANDS[program], *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def output(self, *arguments: str, fails: bool = False, program: str = "expact") -> str:
        """Run it to its end; return what it printed."""
        process = self.start(*arguments, program=program)
        text, _ = process.communicate()
        assert bool(process.returncode) == fails, text[-10_000:]
        return text

    def forget(self, *names: str) -> None:
        """Remove files or folders of the run, so that they are made again."""
        for name in names:
            path = self.run.folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def untrain(self) -> None:
        """Forget the networks, so that all is made again but the data."""
        self.forget("models", "checkpoints", "table1.csv")

    def tables(self) -> dict[str, str]:
        """SHA-256 of each table, and of the PFMs and matches that it was made from."""
        paths = [self.run.meme(NETWORK), self.run.matches(NETWORK)]
        contents = {path.name: path.read_bytes() for path in paths}
        contents |= {name: table(self.run.folder / name) for name in TABLES}
        return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}

    def unsound(self) -> list[Path]:
        """Files of the run that are not as they were written, have no checksum, or are left half-written."""
        found = [path for path in self.run.folder.rglob("*") if path.is_file()]
        partial = [path for path in found if ".partial" in path.name]
        between = [path for path in found if path.relative_to(self.run.folder).parts[0] in (*STEPS, *TABLES)]
        kept = [path for path in between if path.name[0] != "."]
        bare = [path for path in kept if not checksum_file(path).is_file()]
        digests = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in set(kept) - set(bare)}
        other = [path for path, digest in digests.items() if not checksum_file(path).read_text().startswith(digest)]
        return partial + bare + other

    def wait_for(self, job: str) -> psutil.Process:
        """Wait until the notebook of a step runs; return its kernel's process."""
        deadline = time.monotonic() + STARTS
        while time.monotonic() < deadline:
            for process in psutil.process_iter(["cmdline"]):
                if KERNEL & {*(process.info["cmdline"] or [])} and self._works_here(process, job):
                    return process
            time.sleep(0.1)
        raise AssertionError(f"{job} did not start")

    def _works_here(self, kernel: psutil.Process, job: str) -> bool:
        """Whether papermill asked for a kernel in this folder, with a notebook of this job."""
        try:
            asked = [kernel.parent(), *watched(kernel)]
            return any(one.cwd() == str(self.folder) and any(job in a for a in one.cmdline()) for one in asked if one)
        except (psutil.Error, OSError):  # it has ended meanwhile
            return False


def watched(kernel: psutil.Process) -> list[psutil.Process]:
    """Processes whose end a process waits for, as a forked kernel does for papermill's, by its descriptors."""
    paths = Path(f"/proc/{kernel.pid}/fdinfo").glob("*")
    numbers = re.findall(r"^Pid:\t(\d+)$", "".join(map(Path.read_text, paths)), re.MULTILINE)
    return [process_of(int(number)) for number in numbers]


def table(path: Path) -> bytes:
    """A table, byte for byte, but for the seconds that each training took."""
    lines = list(csv.reader(path.read_text().splitlines()))
    keep = [i for i, name in enumerate(lines[0]) if name != "seconds"]
    return "\n".join(",".join(line[i] for i in keep) for line in lines).encode()


def kill_all(process: subprocess.Popen) -> None:
    """Kill a process and all that it started, at once, as a power cut does."""
    found = [process_of(process.pid), *process_of(process.pid).children(recursive=True)]
    for one in found:
        try:
            one.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    process.communicate()


def process_of(pid: int) -> psutil.Process:
    return psutil.Process(pid)


def flip(path: Path) -> None:
    """Flip one bit in the middle of a file, and leave its time as it is."""
    content, times = bytearray(path.read_bytes()), path.stat()
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def said(pattern: str, output: str, folder: Path) -> str:
    """The sentence that matches a pattern in what was printed, as a reader of the page can use it."""
    found = re.search(pattern, output)
    assert found, output[-10_000:]
    return re.sub(r"\x1b\[[0-9;]*m", "", found[0]).replace(f"{folder}/", "").strip()
