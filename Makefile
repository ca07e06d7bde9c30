# make demo   a first contact sheet, from nothing: no key, no account
# make test   all checks and all tests
# make docs   the job reference and the schema of job files, from what reads the jobs
# make bench  the measurements of benchmarks/, as ratios in one run

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

.PHONY: demo test docs bench clean

demo: $(VENV)/installed
	@$(BIN)/fluxsweep demo

test: $(VENV)/installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest -n 3 --dist worksteal

docs: $(VENV)/installed
	@$(BIN)/fluxsweep schema > fluxsweep.schema.json
	@$(BIN)/fluxsweep schema --markdown > docs/job.md

bench: $(VENV)/installed-dev
	@$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "fluxsweep needs Python 3.11 or later, and finds none on the PATH." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module. On Debian or Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml
	@echo "Installing fluxsweep and what it needs …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "Installing the development tools …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@$(BIN)/python -m tests.browser || $(BIN)/playwright install chromium
	@touch $@
