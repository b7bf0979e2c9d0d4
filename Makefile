# make book: everything, from the environment to the report of the quick run.
# make test: the tests. make env, test-unit, test-all, paper, benchmark, faults, soak, publish, lock, clean: see
# CONTRIBUTING.md.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)
# A kernel of this environment comes before one of the same name in the user's home.
export JUPYTER_PREFER_ENV_PATH := 1

.PHONY: env book test-unit test test-all no-coverage paper benchmark faults soak publish publish-beside lock clean

env: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "expact needs Python 3.11 to 3.13; name one with make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

book: $(READY)
	@$(MAKE) --no-print-directory run-quick

paper: $(READY)
	@$(MAKE) --no-print-directory run-paper

run-%:
	@expact run config/$*.yaml

# Two tests at a time, three where they wait for processes, the longest first; those of a module stay together, as they
# share what they build.
PYTEST := $(BIN)/python -m pytest --dist loadscope

UNIT := $(PYTEST) -n 2 tests/unit

test-unit: $(READY)
	$(UNIT)

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(UNIT) $(COVERAGE)
	$(PYTEST) -n 3 --no-loadscope-reorder tests/integration $(COVERAGE)

# And how many lines `make test` runs in its own processes, which takes a quarter longer.
test-all: COVERAGE := --cov=expact_utils --cov-append --cov-report= --cov-fail-under=0
test-all: no-coverage test
	$(BIN)/coverage report
	$(PYTEST) -n 2 tests/faults

no-coverage: $(READY)
	$(BIN)/coverage erase

# About an hour, on a machine that does nothing else; torch, if it is installed, is one of the peers.
benchmark: $(READY)
	python -m benchmarks

# Faults, injected, and 200 runs with random kills, for the book's page of them: on Linux, as root, with slurm-wlm and
# munge; the second takes hours, and goes on where it was stopped.
faults: $(READY)
	python tests/faults/faults.py

soak: $(READY)
	python tests/faults/soak.py --runs 200
	python tests/faults/faults.py --page-only

publish publish-beside: $(READY)
	@test -n "$(RUN)" || { echo "name the run: make $@ RUN=quick"; exit 1; }
	python -m expact_utils.report $@ runs/$(RUN)

# Versions and hashes of every dependency, without the address of any registry.
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-strip-extras --no-emit-index-url --no-header --quiet --output-file requirements.lock

clean:
	rm -rf _build runs/quick runs/test runs/notebook
