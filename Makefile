# `make serve` to use Heartline, `make test` to trust it. Both make what they need in .venv.

PYTHON ?= python3.11
HEARTLINE_DATA_DIR ?= heartline-data
BIN := .venv/bin
CHAMPION := $(HEARTLINE_DATA_DIR)/models/champion.json
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --root-user-action ignore

export HEARTLINE_DATA_DIR

.PHONY: help serve test screenshots benchmarks example proof notices lock

help:
	@echo "make serve        the API and the console on http://127.0.0.1:8000 (ARGS=... for its options)"
	@echo "make test         lint, types, security lint and all tests"
	@echo "make benchmarks   latency and throughput as a table; docs/figures/benchmarks.json"
	@echo "make proof        every figure of the documents, computed again"
	@echo "make example      the example in the README, by a real call"
	@echo "make screenshots  the pictures of the console"
	@echo "make notices      THIRD_PARTY.md from what is installed"
	@echo "make lock         requirements/*.txt from pyproject.toml"

serve: .venv/base.stamp $(CHAMPION)
	@$(BIN)/heartline serve $(ARGS)

# Only where there is none: a center's own champion is never replaced.
$(CHAMPION): | .venv/base.stamp
	@$(BIN)/heartline train --default

test: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/bandit -q -r classifier models training api -c pyproject.toml
	$(BIN)/pytest $(ARGS)

benchmarks: .venv/test.stamp $(CHAMPION)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/benchmarks/run.py --write docs/figures/benchmarks.json

screenshots: .venv/test.stamp $(CHAMPION)
	$(BIN)/python docs/screenshots.py

example: .venv/test.stamp $(CHAMPION)
	$(BIN)/python docs/example.py

proof: .venv/test.stamp $(CHAMPION)
	$(BIN)/heartline rules check
	$(BIN)/heartline evaluate --behavior --write
	$(BIN)/heartline evaluate --rules --write
	$(BIN)/heartline evaluate --write
	for name in kill down full; do $(BIN)/python tests/proofs/record_$$name.py --write docs/figures/record_$$name.json; done
	$(MAKE) benchmarks

notices: .venv/base.stamp
	$(BIN)/python requirements/third_party.py

# The training lock first: it is the strictest, and the others are held to it.
lock: build/uv/bin/uv
	$(LOCK) --extra train --output-file requirements/train.txt
	$(LOCK) --constraints requirements/train.txt --output-file requirements/base.txt
	$(LOCK) --constraints requirements/train.txt --extra train --extra test --output-file requirements/test.txt

LOCK = UV_CUSTOM_COMPILE_COMMAND="make lock" build/uv/bin/uv pip compile pyproject.toml --extra build --quiet \
	--python build/uv/bin/python --generate-hashes --no-emit-index-url $(LOCK_ARGS)

build/uv/bin/uv:
	$(PYTHON) -m venv build/uv
	build/uv/bin/pip install --quiet --disable-pip-version-check uv

# The stamps say that an installation was finished; the test set holds the base set.
.venv/test.stamp: requirements/test.txt pyproject.toml | $(BIN)/python
	@echo "Installing Heartline and what its tests need into .venv: some minutes, once."
	@$(PIP_INSTALL) --require-hashes --requirement requirements/test.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch .venv/base.stamp $@

.venv/base.stamp: requirements/base.txt pyproject.toml | $(BIN)/python
	@echo "Installing Heartline into .venv: a minute or two, once."
	@$(PIP_INSTALL) --require-hashes --requirement requirements/base.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || \
		{ echo "Heartline needs Python 3.11. On Debian: apt-get install python3.11 python3.11-venv" >&2; exit 1; }
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || \
		{ echo "Python's venv module is missing. On Debian: apt-get install python3.11-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
