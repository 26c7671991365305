# duly: everything a newcomer needs is `make demo` and `make test`. Both set up .venv first, once.
# Needs Python 3.11 or later, a C compiler (durable-rules is compiled) and make; name another Python with PYTHON=...

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# The books of the benchmark, a comma between them: `make bench RECEIVABLES=10000,100000,1000000`
RECEIVABLES ?= 10000

.PHONY: help demo test editor-test lint bench schemas docs clean
.DEFAULT_GOAL := help

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(STAMP) ## a made book of 300 customers, imported and previewed
	@$(BIN)/duly demo

# One process for each processor; the tests of a file stay together, since they share what is laid down for them.
test: $(STAMP) ## every test, that of the documents among them
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile

# Beside `make test`, since it needs node and npm: the real yaml-language-server, in the version of tests/editor, is installed in .editor.
editor-test: $(STAMP) .editor/node_modules ## policies in the real language server of editors (needs npm)
	@$(BIN)/python -m pytest tests/editor/completion.py

.editor/node_modules: tests/editor/package-lock.json
	@mkdir -p .editor && cp tests/editor/package.json tests/editor/package-lock.json .editor/
	@npm ci --prefix .editor --no-audit --no-fund --loglevel=error
	@touch $@

lint: $(STAMP) ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: $(STAMP) ## measures a preview against hand-written SQL, RECEIVABLES=10000
	@$(BIN)/python -m bench.run --sizes $(RECEIVABLES)

schemas: $(STAMP) ## writes schemas/ and docs/import.md anew from the vocabulary
	@$(BIN)/python -m engine.policy.schema
	@$(BIN)/python -m engine.book.files.reference

docs: schemas ## writes every generated page of docs/ anew
	@$(BIN)/python -m engine.report.manual
	@$(BIN)/python -m tests.pages

clean: ## removes .venv, caches and the demo
	rm -rf $(VENV) .editor .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist duly-demo

# The stamp is younger than pyproject.toml exactly when .venv holds what pyproject.toml asks for.
$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("duly needs Python 3.11 or later, and $(PYTHON) is " + sys.version.split()[0] + "; name another one: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what duly needs into $(VENV) (once)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)
