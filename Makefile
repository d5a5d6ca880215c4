# The one list of tasks. Each sets up what it needs; `make help` names them all.
.DEFAULT_GOAL := help
.PHONY: help start test test-all lint fmt openapi bench lock setup-runtime setup-dev setup-bench

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
SERIAL := tests/faults tests/journeys
PARALLEL := tests $(addprefix --ignore=,$(SERIAL) tests/browser) -n 2

help: ## name the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

start: setup-runtime ## start Guazai on this machine; options by ARGS="--check --reset"
	@$(BIN)/guazai start $(ARGS)

test: setup-dev ## every quick test, on SQLite and on a private PostgreSQL
	$(PYTEST) $(PARALLEL) -m "not slow"
	$(BIN)/python -m tests.with_postgres --unit $(PYTEST) $(PARALLEL) -m "database and not slow"
	$(BIN)/python -m tests.with_postgres $(PYTEST) $(SERIAL) -m "not slow"

test-all: test ## test, then the slow tests and those in a browser
	$(BIN)/python -m tests.system_packages chromium fonts-noto-cjk
	$(BIN)/python -m tests.with_postgres $(PYTEST) tests -m "slow" --ignore=tests/browser
	$(BIN)/python -m tests.with_postgres $(PYTEST) tests/browser

lint: setup-dev ## style, types, layers, dependencies, what may be committed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry src
	$(BIN)/python scripts/check_repository.py

fmt: setup-dev ## put every file in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: setup-runtime ## write the OpenAPI snapshot again
	$(BIN)/django-admin export_openapi_schema --settings guazai.control.settings \
		--api guazai.control.delivery.api.api --indent 2 --output docs/reference/openapi.json

bench: setup-bench ## measure against named peers; options by ARGS="--entries 100000"
	$(BIN)/python -m bench.resolve $(ARGS)

lock: setup-dev ## choose newest versions again, within pyproject.toml
	$(BIN)/python scripts/lock.py $(ARGS)

setup-runtime setup-dev setup-bench: setup-%:
	@$(PYTHON) scripts/bootstrap.py $*
