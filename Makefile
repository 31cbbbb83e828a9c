# Nguồn. `make run` and `make test` need Python 3.11 or newer, pip and make, and set up the rest by themselves.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Dozens of processes start here; each would compile all modules anew where a machine forbids to keep them compiled.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
FLASK := $(PY) -m flask --app wsgi
# pip of the outer Python, working inside the environment: a machine without python3-venv can do that too.
# The lock files name every package with its hash, so nothing is left to resolve (--no-deps).
PIP := $(PYTHON) -m pip --python $(PY) --disable-pip-version-check --no-input -qq
INSTALL := $(PIP) install --no-deps --require-hashes
# Two `make` at once take turns at the set-up.
TURN := flock .setup.lock

PO := $(wildcard translations/*/LC_MESSAGES/*.po app/translations/*/LC_MESSAGES/*.po)
MO := $(PO:.po=.mo)
# More or fewer tests at once: make test JOBS=4
JOBS ?= 2
# Arguments for pytest: make test ARGS='-k checkout'
ARGS ?=
COMMA := ,

PYTEST = $(PY) -m pytest -n $(JOBS)
POSTGRES_ANSWERS := $(PY) -c 'import sys, tests.conftest as t; sys.exit(not t.answers(t.POSTGRES))'
COVERAGE := $(PY) -m coverage
# Money, stock, orders, stamps, verdicts and standing are tested to every line and branch, and what sells and shows them
# but for the view models; the journal in Redis where Redis must answer.
TESTED := app/gs1/* app/core/money.py app/certification/* app/supply/stock.py app/events/* app/listing/*.py app/orders/*
TESTED += app/trace/* app/shop/*.py app/shop/api/* app/shop/storefront/*.py app/shop/buying/forms.py app/shop/buying/views.py
NOTHING :=
TESTED_FILES := --include='$(subst $(NOTHING) $(NOTHING),$(COMMA),$(TESTED))'
TESTED_FILES += $(if $(filter 1,$(REQUIRE_SERVICES)),,--omit='app/trace/scans/journal_redis.py')

.PHONY: help install run test one e2e bench check lock format translations browser clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(VENV)/run.stamp $(MO) ## what the site needs to run, for a machine that others start it on (deploy/)

run: install ## set up what is missing and serve http://127.0.0.1:8000 (HOST, PORT)
	@exec $(FLASK) serve

ifeq ($(ARGS),)
test: $(VENV)/dev.stamp $(MO) browser ## every test, those of the database on PostgreSQL too, with branch coverage
	@$(PYTEST) --cov --cov-report= --cov-fail-under=0
	@if [ "$${REQUIRE_SERVICES:-}" = 1 ] || $(POSTGRES_ANSWERS); then \
	  $(PYTEST) --database=postgresql; \
	else echo "PostgreSQL does not answer (TEST_POSTGRES_URL, default 127.0.0.1:5432): its run is left out."; fi
	@$(COVERAGE) report
	@$(COVERAGE) report $(TESTED_FILES) --fail-under=100
else
test: $(VENV)/dev.stamp $(MO) browser
	@$(PYTEST) $(ARGS)
endif

one: $(VENV)/dev.stamp $(MO) ## one test file or test, in this process: make one ARGS=tests/orders/test_cart.py
	@$(PY) -m pytest -n 0 $(ARGS)

e2e: $(VENV)/dev.stamp $(MO) browser ## the journeys in a real browser
	@$(PY) -m pytest -m browser $(ARGS)

bench: $(VENV)/dev.stamp $(MO) ## measure against a bare Flask and print the table
	@$(PY) -m tests.bench $(ARGS)

check: $(VENV)/dev.stamp $(MO) ## format, lint, types, imports, templates, migrations, translations
	@echo "Format and lint" && $(PY) -m ruff format --check . && $(PY) -m ruff check .
	@echo "Types" && $(PY) -m mypy
	@echo "Imports run one way" && $(VENV)/bin/lint-imports --no-logo
	@echo "Templates" && $(VENV)/bin/djlint --quiet --lint templates
	@echo "Migrations and tables agree" && DATA_DIR="$$(mktemp -d)" && export DATA_DIR && trap 'rm -rf "$$DATA_DIR"' EXIT && \
	  $(FLASK) db upgrade && $(FLASK) db check
	@echo "Translations" && $(PY) scripts/translations.py

format: $(VENV)/dev.stamp ## put Python into the house's form
	@$(PY) -m ruff check --fix . ; $(PY) -m ruff format .

translations: $(VENV)/dev.stamp ## take new strings from the code into translations/
	@$(PY) scripts/translations.py --update

lock: $(VENV)/dev.stamp ## fix the versions of requirements*.in anew
	@scripts/lock

clean: ## remove the environment and what tools left behind; the site's data (var/) stays
	@rm -rf $(VENV) .setup.lock .coverage .coverage.* htmlcov reports .hypothesis .import_linter_cache .mypy_cache \
	  .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} + ; find . -name '*.mo' -delete

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Nguồn needs Python 3.11 or newer, this is $$($(PYTHON) --version). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(TURN) $(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/run.stamp: requirements.lock | $(PY)
	@echo "Installing what the site needs (a minute or so, once)…"
	@$(TURN) $(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock | $(PY)
	@echo "Installing what tests and checks need (two minutes or so, once)…"
	@$(TURN) $(INSTALL) -r requirements-dev.lock
	@touch $@ $(VENV)/run.stamp

%.mo: %.po | $(PY)
	@$(PY) -m babel.messages.frontend --quiet compile --input-file $< --output-file $@

browser:
	@scripts/browser
