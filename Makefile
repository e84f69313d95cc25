# make run         install, fetch the model, add the sample venue, serve on http://127.0.0.1:8700
# make run SMALL=1 the same with the 0.5B model (490 MB instead of 1.1 GB)
# make test        install what tests need, lint, type-check, test; make test-slow adds the long proofs

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
MODEL  := $(if $(SMALL),qwen2.5-coder-0.5b,qwen2.5-coder-1.5b)

.PHONY: run install test test-slow lint sample screenshots clean

run: $(VENV)/.installed
	@JIANWEN_LANGUAGE=$${JIANWEN_LANGUAGE:-$(MODEL)} sh scripts/run.sh $(BIN)

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt scripts/install.py
	@$(PYTHON) scripts/install.py $(VENV)
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@$(PYTHON) scripts/install.py $(VENV) --for-tests
	@touch $@

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest -m "not slow"

test-slow: lint
	$(BIN)/python -m pytest

sample: $(VENV)/.installed-test
	$(BIN)/python scripts/make_venue.py

screenshots: $(VENV)/.installed-test
	$(BIN)/python scripts/screenshots.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
