"""The package in a fresh interpreter: nothing heavy until one of its names is asked for."""

import json
import subprocess
import sys

HEAVY = {"h5py", "jax", "keras", "matplotlib", "numpy", "pandas", "scipy", "sklearn", "tensorflow"}
# What is loaded, and how long that took, in an interpreter that has loaded nothing else.
FRESH = """
import time
started = time.perf_counter()
import expact_utils
took = time.perf_counter() - started
import json, sys
print(json.dumps([took, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def test_the_command_loads_no_tensorflow():
    """Which takes seconds, and only `explain` needs."""
    code = "import sys, expact_utils.command; print(sorted({'tensorflow', 'keras', 'jax'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_package_alone_loads_fast_and_nothing_heavy():
    """One process of its own: what this one has loaded would hide it."""
    done = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True, check=True)
    took, loaded = json.loads(done.stdout)
    assert "expact_utils" in loaded
    assert not HEAVY & set(loaded)
    assert took < 0.2
