# Python 3.11 or newer, git and make are all that a fresh machine needs; everything else goes into .venv and .cache.

# The first interpreter that runs and is new enough; PYTHON=... on the command line names another one.
PYTHON ?= $(shell for name in python3.11 python3 python3.14 python3.13 python3.12; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
BIN := .venv/bin
STAMP := .venv/installed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv test check generate demo bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(STAMP) ## set up .venv with contractcheck and the tools of its tests

$(STAMP): pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "contractcheck needs Python 3.11 or newer; install it, or name one: make PYTHON=/path/to/python3.11" >&2; exit 2; fi
	@[ -x $(BIN)/python ] || "$(PYTHON)" -m venv .venv || { rm -rf .venv; \
		echo "no virtual environment: on Debian and Ubuntu, install python3-venv" >&2; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[check]'
	@# An editable install is not compiled by pip, and where PYTHONDONTWRITEBYTECODE is set nobody else does it.
	$(BIN)/python -m compileall -q contractcheck
	@touch $@

test: venv ## run the tests
	$(BIN)/python -m pytest

check: venv ## style, types, layers, and whether what is generated is current
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/rulebook.py --check
	$(BIN)/python tools/coverage.py --check

generate: venv ## rebuild what is generated from rules/, fixtures/, tools/coverage.yaml and the checks of a peer
	$(BIN)/python tools/rulebook.py
	$(BIN)/python tools/coverage.py
	$(BIN)/python tools/oasdiff.py

demo: venv ## compare two releases of a real product and print the report
	$(BIN)/python -m demo

bench: venv ## time whole commands against peers; ARGS='--help' says more
	$(BIN)/python -m compileall -q contractcheck
	$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove .venv, .cache and every generated report
	rm -rf .venv .cache build dist demo/out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
