"""A real Slurm of two nodes on this machine, for the tests: Debian's slurm-wlm and munge, as root."""

import os
import platform
import re
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil

SETTINGS = Path("/etc/slurm/slurm.conf")  # the one place where Snakemake's plugin lets Slurm look
CARDS = SETTINGS.with_name("gres.conf")
PROGRAMS = ("slurmctld", "slurmd", "sbatch", "scancel", "munged", "mungekey")
NODES = ("n1", "n2")
MARK = "ClusterName=expact-tests"
# A `sitecustomize.py` for Snakemake: it asks every two seconds; Slurm's plugin would ask 10 s later each time that
# nothing has ended.
OFTEN = """\
import sys
if "--profile" in sys.orig_argv:
    from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
    RemoteExecutor.next_seconds_between_status_checks = property(lambda executor: 2, lambda executor, seconds: None)
"""
CONF = """\
{mark}
SlurmctldHost={host}
SlurmUser=root
AuthType=auth/munge
AuthInfo=cred_expire=20
StateSaveLocation={folder}/slurmctld
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmdTimeout=15
KillWait=5
GresTypes=gpu
NodeName=n1 NodeHostname={host} Port=17001 CPUs=1 RealMemory=8000 Gres=gpu:1
NodeName=n2 NodeHostname={host} Port=17002 CPUs=1 RealMemory=8000 Gres=gpu:1
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str:
    """Why there can be no Slurm here; empty if there can."""
    if missing := [name for name in PROGRAMS if not shutil.which(name)]:
        return f"{missing[0]} is not installed (Debian: slurm-wlm munge)"
    if os.getuid():
        return "starting Slurm's daemons takes root"
    if SETTINGS.exists() and MARK not in SETTINGS.read_text():
        return f"{SETTINGS} is of a real cluster"
    return ""


def end_steps(job: str = "") -> None:
    """Kill every process of a job, or of all jobs; they outlive their node's daemon."""
    for step in psutil.process_iter(["cmdline"]):
        if f"slurmstepd: [{job}" in " ".join(step.info["cmdline"] or []):
            for process in (step, *step.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    process.kill()


class Cluster:
    """Slurm's daemons, with their files in a folder; `with` starts and ends them."""

    def __init__(self, folder: Path):
        self.folder, self.daemons = folder, {}

    def __enter__(self):
        for name in ("slurmctld", *NODES):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        SETTINGS.parent.mkdir(exist_ok=True)
        host = platform.node().partition(".")[0]
        CARDS.write_text("NodeName=n[1-2] Name=gpu File=/dev/null\n")  # no card, but one to ask for
        SETTINGS.write_text(CONF.format(mark=MARK, host=host, folder=self.folder))
        self._start_munge()
        self._start("slurmctld", "slurmctld", "-D")
        for node in NODES:
            self.start(node)
        self.wait_for_nodes("idle", *NODES)
        return self

    def __exit__(self, *_):
        for daemon in self.daemons.values():
            daemon.kill()
            daemon.wait()
        end_steps()  # of a test that failed
        SETTINGS.unlink()
        CARDS.unlink()

    def start(self, node: str) -> None:
        """Start a node's daemon."""
        self._start(node, "slurmd", "-D", "-N", node)

    def fail(self, node: str, job: str) -> None:
        """Let a node fail: its daemon is killed, and every process of the job there."""
        self.daemons[node].kill()
        self.daemons[node].wait()
        end_steps(f"{job}.")

    def jobs(self) -> list[tuple[str, str, str, str]]:
        """Number, state, node and rule of each job that waits or runs."""
        text = self._ask("squeue", "--noheader", "--format=%A|%T|%N|%k")
        return [tuple(line.split("|")) for line in text.splitlines()]

    def asked(self, job: str) -> dict[str, str]:
        """Cores, memory, time and cards that a job asked for, as Slurm has them."""
        text = self._ask("scontrol", "show", "job", "--oneliner", job)
        fields = dict(field.partition("=")[::2] for field in text.split())
        return {name: fields.get(name, "") for name in ("NumCPUs", "MinMemoryNode", "TimeLimit", "TresPerJob")}

    def wait_for_job(self, rule: str, node: str = "n[12]") -> str:
        """Wait until a job of a rule runs on a node; return its number."""
        for _ in range(3000):
            for number, state, where, comment in self.jobs():
                if state == "RUNNING" and rule in comment and re.fullmatch(node, where):
                    return number
            time.sleep(0.1)
        raise AssertionError(f"no job of {rule} ran on {node}: {self.jobs()}")

    def wait_for_nodes(self, state: str, *nodes: str) -> None:
        """Wait until nodes are `idle`, `down` …"""
        for _ in range(1200):
            text = self._ask("sinfo", "--noheader", "--Node", "--format=%N %T")
            states = dict(line.split() for line in text.splitlines())
            if all(states.get(node, "").rstrip("*").startswith(state) for node in nodes):
                return
            time.sleep(0.1)
        raise AssertionError(f"{nodes} are not {state}: {states}")

    def _start(self, name: str, *command: str) -> None:
        log = (self.folder / f"{name}.out").open("a")
        self.daemons[name] = subprocess.Popen(command, stdout=log, stderr=log)

    def _start_munge(self) -> None:
        if subprocess.run(["munge", "-n"], capture_output=True, check=False).returncode == 0:
            return
        key = Path("/etc/munge/munge.key")
        if not key.exists():
            subprocess.run(["mungekey"], check=True)
        for folder in ("/run/munge", "/var/log/munge", "/var/lib/munge", "/etc/munge"):
            Path(folder).mkdir(exist_ok=True)
            shutil.chown(folder, "munge", "munge")
        shutil.chown(key, "munge", "munge")
        Path("/run/munge").chmod(0o755)
        subprocess.run(["su", "-s", "/bin/sh", "munge", "-c", shutil.which("munged")], check=True)

    def _ask(self, *command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout
