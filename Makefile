# The front door. Python 3.11, Node 20 and make are all it needs; `make help` lists what there is to do.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
HOME_DIR := $(or $(LOUPE_HOME),var)
MODELS := $(or $(LOUPE_MODELS),$(HOME_DIR)/models)
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
PARALLEL := -n $(CORES) --dist loadscope --no-loadscope-reorder -p tests.longest_first
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header
# uv must neither look for another Python nor take the machine's.
export UV_PYTHON_DOWNLOADS := never
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export npm_config_update_notifier := false
# Where nothing may be cached, each of the many processes compiles all its libraries anew, for some ten seconds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run setup parts test lint types unit pytest lock clean clean-run FORCE

help: ## List what there is to do
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

run: setup ## Install what is missing, start everything, print the address and sign-in links
	@$(BIN)/python manage.py up $(ARGS)

setup: ## Everything that `make run` does before it starts anything
	@$(MAKE) -s --no-print-directory $(VENV)/.stamp-runtime
	@$(MAKE) -s --no-print-directory -j3 parts

parts: node_modules/.stamp $(VENV)/.stamp-warm $(MODELS)/.stamp

# Python -------------------------------------------------------------------------------------------------------------

$(VENV)/.stamp-uv: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
		echo "Loupe needs Python 3.11. Install it, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Python: making the environment in $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-uv.lock || \
		echo "uv could not be installed; pip will do its work, only slower."
	@touch $@

# Tests and runs share one environment: once it has what tests need, it keeps that.
$(VENV)/.stamp-runtime: requirements.lock requirements-dev.lock $(VENV)/.stamp-uv
	@scripts/sync.sh $(BIN) $(if $(wildcard $(VENV)/.stamp-dev),requirements-dev.lock,requirements.lock)
	@touch $@

$(VENV)/.stamp-dev: requirements-dev.lock $(VENV)/.stamp-runtime
	@scripts/sync.sh $(BIN) requirements-dev.lock
	@touch $@

# The first import of rembg compiles for a minute; do it once, here, and not in the first worker.
$(VENV)/.stamp-warm: $(VENV)/.stamp-runtime
	@echo "rembg: compiling at its first import (about a minute)"
	@$(BIN)/python -W ignore -c 'import rembg'
	@touch $@

# Front end and models -----------------------------------------------------------------------------------------------

node_modules/.stamp: package.json package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { \
		echo "Loupe needs Node 20 or later for its front-end libraries."; exit 1; }
	@echo "npm: front-end libraries"
	@npm ci --no-audit --no-fund --ignore-scripts --loglevel error
	@touch $@

# A seal is gone as soon as its model was found damaged, so the next `make` fetches it again.
WHOLE := $(and $(wildcard $(MODELS)/u2net.onnx),$(wildcard $(MODELS)/isnet.onnx),\
	$(wildcard $(MODELS)/u2net.onnx.verified),$(wildcard $(MODELS)/isnet.onnx.verified))
RECIPES := $(wildcard processing/weight*.py processing/preparations.py processing/imaging/quantising.py)

$(MODELS)/.stamp: $(RECIPES) $(VENV)/.stamp-runtime $(if $(WHOLE),,FORCE)
	@$(BIN)/python manage.py models fetch
	@touch $@

FORCE:

# Tests --------------------------------------------------------------------------------------------------------------

test: setup ## The whole suite: lint, types, layers, migrations, and every test
	@$(MAKE) -s --no-print-directory $(VENV)/.stamp-dev
	@scripts/system_packages.sh chromium postgresql
	@$(MAKE) -s --no-print-directory lint types
	@$(MAKE) -s --no-print-directory pytest

lint: $(VENV)/.stamp-dev ## Style, layers, migrations and locks
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	scripts/check_locks.sh

types: $(VENV)/.stamp-dev ## mypy, strict, with Django's stubs
	$(BIN)/mypy

unit: $(VENV)/.stamp-dev ## The quick tests: no servers, no browser, no models
	$(BIN)/python -m pytest -m "not server and not browser and not model" $(PARALLEL)

# A module's tests share its server, so they stay together.
pytest: $(VENV)/.stamp-dev ## The tests alone; make pytest ARGS="tests/catalog -x"
	$(BIN)/python -m pytest $(or $(ARGS),$(PARALLEL))

# Upkeep -------------------------------------------------------------------------------------------------------------

lock: $(VENV)/.stamp-uv ## Resolve pyproject.toml and package.json anew (UPGRADE=1: to the newest versions)
	$(COMPILE) pyproject.toml --group dev $(if $(UPGRADE),--upgrade) -o requirements-dev.lock
	$(COMPILE) pyproject.toml -c requirements-dev.lock $(if $(UPGRADE),--upgrade) -o requirements.lock
	npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund
	scripts/check_locks.sh

clean: ## Remove what was installed (not what was run)
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

clean-run: ## Remove what runs wrote: database, files, queue; models stay
	@test ! -d "$(HOME_DIR)" || find "$(HOME_DIR)" -mindepth 1 -maxdepth 1 ! -name models -exec rm -rf {} +
