# Every target sets up what it needs on a machine with Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# dagster-dbt and sqlfluff look for their programs on PATH.
export PATH := $(CURDIR)/$(BIN):$(PATH)
PORT ?= 3000
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DAGSTER_DISABLE_TELEMETRY := true
export RUNTIME__DLTHUB_TELEMETRY := false
# Where dbt writes, and Dagster looks.
TARGET := $(or $(DBT_TARGET_PATH),target)

.PHONY: help setup demo test lint dev docs bench lock
help:
	@echo "make demo | test | dev | docs | lint | bench | setup | lock"

# uv is some ten times faster than pip; where it can't install (a private index known
# to pip only), pip does.
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Mirante needs Python 3.11 or later")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "$$(grep '^uv==' requirements.lock)"
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.lock \
		|| $(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable . \
		|| $(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

setup: $(VENV)/.ready $(TARGET)/manifest.json

# Dagster loads the graph from dbt's manifest; parsing needs no server.
$(TARGET)/manifest.json: $(VENV)/.ready $(shell find models macros seeds snapshots tests/data dbt_project.yml profiles.yml -type f)
	$(BIN)/dbt parse --quiet
	touch $@

demo: setup
	@$(BIN)/mirante demo

# Parsed again, for the manifest to name the database and the prefix in use now. The same
# instance as `mirante up`, so not both at once; this one loads changed code again.
dev: setup
	@eval "$$($(BIN)/mirante env)" \
		&& $(BIN)/dbt parse --quiet \
		&& prepared="$$($(BIN)/mirante up --preparar)" \
		&& eval "$$prepared" \
		&& exec $(BIN)/dagster dev --host 127.0.0.1 --port $(PORT)

docs: setup
	@eval "$$($(BIN)/mirante env)" && $(BIN)/dbt docs generate --static --quiet
	@$(BIN)/colibri generate --manifest $(TARGET)/manifest.json --catalog $(TARGET)/catalog.json \
		--output-dir $(TARGET)/colunas --disable-telemetry > $(TARGET)/colunas.log 2>&1 \
		|| { cat $(TARGET)/colunas.log; exit 1; }
	@echo "dicionário e linhagem:  $(TARGET)/static_index.html"
	@echo "linhagem por coluna:    $(TARGET)/colunas/index.html"

# sqlfluff compiles models, and compiling asks the server what is built already.
lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	eval "$$($(BIN)/mirante env)" && $(BIN)/sqlfluff lint --processes 2 models snapshots tests/data

# Two processes, each with a server of its own; a file stays in one of them, and those with
# slow tests come first (tests/conftest.py). `.venv/bin/pytest` alone runs one after another.
test: lint
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder
	$(BIN)/dg check defs

bench: setup
	$(BIN)/python -m benchmarks

# The pinned versions of everything; no registry address in it.
lock:
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--no-header --no-annotate --no-emit-index-url --quiet --output-file requirements.lock
