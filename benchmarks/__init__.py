"""Benchmarks: expact beside named peers, in alternating processes on one machine. `python -m benchmarks --help`."""
