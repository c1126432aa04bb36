# Everything a fresh machine needs is installed by these targets: Python 3.11+, pip and make suffice.
# The virtual environment is made without ensurepip (Debian splits it off) and filled by the machine's own pip.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check
ROOM   := --no-warn-script-location --progress-bar on

.PHONY: help demo test check lint types imports tests chaos run bench pictures lock clean

help:
	@echo "make demo    the bot, the worker, Redis and a stand-in for Slack on this machine; one incident from start to end"
	@echo "make test    sets up and runs every check that CI runs"
	@echo "make run     against a real Slack workspace (tokens in the environment or in .env)"
	@echo "make chaos   kills, stops, fail-overs and faults of Slack, round after round (ROUNDS=3 SEED=any MINUTES=no limit)"
	@echo "make bench   the measured figures of docs/benchmarks.md"
	@echo "make pictures the pictures of docs/summaries.md (needs Chromium)"
	@echo "make lock    pin the dependencies anew"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Set PYTHON=python3.12, for example."; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "pip is needed: apt-get install python3-pip"; exit 1; }
	@echo "[1/3] virtual environment in $(VENV)"
	@$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	@echo "[2/3] locked dependencies"
	@$(PIP) install $(ROOM) --quiet --require-hashes --no-deps -r requirements.txt
	@echo "[3/3] supportbot itself"
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "[+] development dependencies, locked"
	@$(PIP) install $(ROOM) --quiet --require-hashes --no-deps -r requirements-dev.txt
	@touch $@

demo: $(VENV)/.run
	@$(BIN)/python -m bot demo

run: $(VENV)/.run
	@$(BIN)/python -m bot run

test: check

check: lint types imports tests

lint: $(VENV)/.dev
	@echo "== ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.dev
	@echo "== mypy --strict"
	@$(BIN)/mypy

imports: $(VENV)/.dev
	@echo "== import contracts"
	@$(BIN)/lint-imports --no-cache

tests: $(VENV)/.dev
	@echo "== tests, with branch coverage"
	@$(BIN)/python -m pytest -n 2 --cov --cov-branch --cov-report=term

# One round on one kind of Redis again: make chaos ROUNDS=1 SEED=17 STORE=cluster
ROUNDS  ?= 3
SEED    ?= 0
MINUTES ?= 0

chaos: $(VENV)/.dev
	@$(BIN)/python -m tests.chaos --rounds $(ROUNDS) --seed $(SEED) --minutes $(MINUTES) $(if $(STORE),--store $(STORE))

pictures: $(VENV)/.dev
	@$(BIN)/python -m tests.pictures

bench: $(VENV)/.bench
	@$(BIN)/python -m benchmarks

$(VENV)/.bench: requirements-bench.txt $(VENV)/.dev
	@$(PIP) install $(ROOM) --quiet --require-hashes --no-deps -r requirements-bench.txt
	@touch $@

lock:
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --extra build pyproject.toml -o requirements.txt
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --extra bench pyproject.toml -c requirements-dev.txt -o requirements-bench.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
