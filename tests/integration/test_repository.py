"""All files that git keeps: no addresses, none too large."""

import re
import subprocess
from pathlib import Path

from support import ROOT


def tracked():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_records_a_package_address_or_a_path_of_a_machine():
    pattern = re.compile(r"--(?:extra-)?index-url|--find-links|file://+/|" + re.escape(str(ROOT)))
    for path in tracked():
        if path.suffix not in {".h5", ".keras", ".pdf", ".png"} and path != Path(__file__):
            assert not pattern.search(path.read_text()), path


def test_no_large_files():
    sizes = {path: path.stat().st_size for path in tracked()}
    assert [path for path, size in sizes.items() if size > 5e6] == []
    assert sum(sizes.values()) < 60e6
