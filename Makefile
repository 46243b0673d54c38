# Every target has a help line; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app wsgi
export PORT ?= 8000

.PHONY: help setup texts run test test-fast test-long check bench format screenshots extract browser

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s'|'

$(VENV)/.installed: requirements.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Synaq needs Python 3.11 or newer; this is $$($(PYTHON) --version). Set PYTHON=python3.12, say."; exit 1; }
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

setup: $(VENV)/.installed texts ## Make the environment from the pins

texts: $(VENV)/.installed ## Compile the interface texts
	@$(BIN)/pybabel -q compile -d app/translations 2>/dev/null || $(BIN)/pybabel compile -d app/translations

run: setup ## Make everything ready and serve on http://127.0.0.1:$(PORT) (Ctrl-C stops)
	@$(FLASK) db upgrade
	@$(FLASK) keys init --if-missing
	@$(FLASK) items import
	@$(FLASK) demo seed
	@$(FLASK) serve

test: setup browser ## Run every test: unit, service, web (SQLite and PostgreSQL), policy, browser
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-fast: setup ## Run the tests that need neither PostgreSQL nor a browser
	$(BIN)/python -m pytest -n 2 tests/unit tests/policy

test-long: setup browser ## Run the long forms of the randomized tests as well
	SYNAQ_LONG=1 $(BIN)/python -m pytest -n 2 --dist loadgroup

browser: ## See that Chromium is here, or install it as root
	@tests/browser/require-chromium

check: setup ## Lint, types, imports, item pool, interface texts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m question_bank check
	$(BIN)/python -m pytest -q tests/policy/test_translations.py

extract: setup ## Collect the interface texts into the catalogs
	$(BIN)/pybabel -q extract -F babel.cfg -k lazy_gettext -k _l --no-location --sort-output -o $(VENV)/messages.pot .
	$(BIN)/pybabel -q update -N --no-wrap --ignore-obsolete -i $(VENV)/messages.pot -d app/translations
	sed -i -E '/^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|Report-Msgid-Bugs-To):/d' app/translations/*/LC_MESSAGES/messages.po

bench: setup ## Print the figures of docs/benchmarks.md
	$(BIN)/python -m tests.bench

format: setup ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: setup browser ## Take the screenshots of docs/screenshots
	$(BIN)/python -m tests.browser.screenshots
