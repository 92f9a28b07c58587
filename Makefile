# Layerlab's commands. `make run` and `make test` prepare all they need; doing either twice is quick.
PORT ?= 8501
ARGS ?=
TORCH_INDEX ?=# the address of torch's CPU-only builds, where the plain one would bring gigabytes
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := .venv/bin/python -m pip install --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup run test check golden screenshots catalogue

help: ## say what each command does
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

setup: .venv/run system-run ## prepare .venv and Graphviz

run: setup ## open the app (PORT=8501)
	.venv/bin/python -m streamlit run app.py --server.port $(PORT) $(ARGS)

test: check system-test ## check, then run every test
	.venv/bin/python -m pytest -n 2 --dist worksteal $(ARGS)

check: .venv/dev ## format, lint, types and the direction of imports
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy
	.venv/bin/lint-imports

golden: .venv/dev ## write the golden files anew; read the difference before you commit it
	.venv/bin/python -m pytest -q tests/golden --update-golden

screenshots: .venv/dev system-test ## make the pictures in docs/pictures
	.venv/bin/python -m pytest -q tests/browser/test_screenshots.py --screenshots

catalogue: .venv/dev ## bring the Chinese catalogue up to date with the sentences in the code
	.venv/bin/python -m scripts.catalogue

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Layerlab needs Python 3.11 or newer, and found none."; exit 1; }
	@$(PYTHON) -m venv .venv || { scripts/system-packages venv && rm -rf .venv && $(PYTHON) -m venv .venv; }

.venv/run: requirements.txt | .venv/bin/python
	$(if $(TORCH_INDEX),$(PIP) --index-url $(TORCH_INDEX) $(shell grep -o '^torch==[0-9.]*' requirements.txt))
	$(PIP) -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	$(PIP) -r requirements-dev.txt
	@touch $@

.PHONY: system-run system-test
system-run:
	@scripts/system-packages dot
system-test:
	@scripts/system-packages dot chromium fonts
