# Each target sets up what it needs first; a second time there is nothing to do.
#   PORT=8600 ARGS="..."   the app's port, and more options for streamlit (make run) or pytest (make test)
#   WORKERS=2              how many processes serve (make run: one, unless you say it), or test (as many as there are cores, but at most four)
#   PYTHON=python3.12      the Python that .venv is made with
#   TORCH_INDEX=address    where torch alone is taken from: PyTorch's CPU-only builds spare gigabytes of CUDA

WORKERS ?= auto

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
PACKAGES := node_modules/.installed.json
TORCH := $(shell grep -o '^torch==[^ ]*' requirements.txt)

.PHONY: help setup run test test-deep check golden bench screenshots catalogue programs browser packages

help: ## Print this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

setup: .venv/dev browser packages ## Prepare .venv, and the system's programs, for everything below.

run: .venv/run ## Open the app in the browser.
ifeq ($(WORKERS),auto)
	$(BIN)/python -m streamlit run app.py $(if $(PORT),--server.port $(PORT)) $(ARGS)
else
	$(BIN)/python -m uvicorn app:app --workers $(WORKERS) --no-access-log --host 0.0.0.0 --port $(or $(PORT),8501) $(ARGS)
endif

test: check browser ## Check, then run the tests of every level: the same examples every time.
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist worksteal $(ARGS)

test-deep: check browser ## Run the tests on all combinations, and on thousands of new examples: at night.
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist worksteal --hypothesis-profile=deep $(ARGS)

check: .venv/dev packages ## Check format, lint, types and the one direction of imports, then the JavaScript.
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if [ -e $(PACKAGES) ] || [ -n "$$CI" ]; then npm run --silent check; else echo "The JavaScript is not checked." >&2; fi

golden: .venv/dev ## Write the golden files anew; read the difference before you commit it.
	$(BIN)/python -m pytest tests/golden --update-golden

bench: .venv/dev browser ## Measure plans beside torchinfo, and how soon a gesture is on the screen beside the smallest Streamlit app.
	$(BIN)/python -m scripts.bench_plan
	$(BIN)/python -m scripts.bench $(ARGS)
	$(BIN)/python -m scripts.bench_class
	$(BIN)/python -m scripts.bench_training
	$(BIN)/python -m scripts.bench_live

screenshots: .venv/dev browser ## Take the pictures in docs/pictures anew.
	$(BIN)/python -m scripts.screenshots

catalogue: .venv/dev ## Bring the Chinese catalogue up to date with the sentences in the code.
	$(BIN)/python -m scripts.catalogue

# .venv/run and .venv/dev are stamps: the requirements of that name are installed as they stand.
.venv/dev: requirements-dev.txt .venv/run
	$(PIP) -r $<
	@touch $@

.venv/run: requirements.txt | .venv/bin/pip
	$(if $(TORCH_INDEX),$(PIP) --no-deps --index-url "$(TORCH_INDEX)" $(TORCH))
	$(PIP) -r $<
	@touch $@

.venv/bin/pip: | programs
	python=$$(scripts/find-python) && "$$python" -m venv --clear .venv

# What pip cannot bring; a quick look when it is there.
programs:
	@scripts/system-packages python dot

browser:
	@scripts/system-packages chromium libatomic fonts nginx

# What npm brings, beside a copy of the list that it was brought by: times would not do where node_modules is a link.
packages:
	@cmp -s package-lock.json $(PACKAGES) || { scripts/system-packages npm && npm ci && cp package-lock.json $(PACKAGES); } || true
