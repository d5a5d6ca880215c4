# The one list of tasks. Each sets up what it needs; `make help` names them all.
.DEFAULT_GOAL := help
.PHONY: help start test test-all lint fmt openapi screenshots bench bench-full lock setup-runtime \
	setup-dev setup-bench setup-spark console-packages console clients

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
BESIDE_POSTGRES := $(BIN)/python -m tests.with_postgres
PROCESSES := tests/faults tests/journeys
# What promises a time is measured with nothing beside it.
ALONE := $(addprefix tests/faults/test_,takedown.py effective.py alone.py rebuild.py) \
	$(addprefix tests/journeys/test_,main_job.py docs.py)
PARALLEL := tests $(addprefix --ignore=,$(PROCESSES) tests/browser) -n 2
# The main job, by everybody who has a part in it; the other pages are left to test-all.
IN_BROWSER := tests/browser/test_main_job.py
# More than the cores: crashing and racing programs wait for each other, and for the disk. What
# takes minutes begins first, in this order: the others fill the gaps.
LONGEST := $(addprefix tests/journeys/test_,start.py creator_rules.py) \
	$(addprefix tests/faults/test_,review_races.py relay_crashes.py races.py runs.py)
CRASHING := $(LONGEST) $(PROCESSES) $(addprefix --ignore=,$(ALONE)) -n 4 --dist loadfile \
	--no-loadscope-reorder
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header

# Tools that load Django's settings ask for a secret; nothing is signed with this one.
lint openapi: export GUAZAI_SECRET_KEY := for tools alone, never for a running Guazai
openapi: export DJANGO_SETTINGS_MODULE := guazai.control.settings

help: ## name the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

start: setup-runtime console ## start Guazai on this machine; options by ARGS="--check --reset"
	@$(BIN)/guazai start $(ARGS)

test: setup-dev console ## every quick test, on SQLite and on a private PostgreSQL
	npm --prefix console run test
	$(BIN)/python -m tests.system_packages nats-server redis-server chromium fonts-noto-cjk
	$(PYTEST) $(PARALLEL) -m "not slow"
	$(BESIDE_POSTGRES) --unit $(PYTEST) $(PARALLEL) -m "database and not slow"
	$(BESIDE_POSTGRES) $(PYTEST) $(CRASHING) -m "not slow"
	$(BESIDE_POSTGRES) $(PYTEST) $(ALONE) -m "not slow"
	$(PYTEST) $(IN_BROWSER) -m "not slow"

test-all: test setup-spark clients ## test, then the slow ones: Spark, browser, others' clients
	$(BESIDE_POSTGRES) $(PYTEST) tests -m slow --ignore=tests/browser
	$(BESIDE_POSTGRES) $(PYTEST) tests/browser

lint: setup-bench console-packages ## style, types, layers, dependencies, what may be committed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry src
	$(BIN)/python scripts/check_repository.py
	npm --prefix console run lint

fmt: setup-dev ## put every file in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: setup-runtime ## write the OpenAPI snapshot and the error codes again
	$(BIN)/guazai openapi --output docs/reference/openapi.json
	$(BIN)/guazai openapi --wire --output docs/reference/open-platform.json
	$(BIN)/python scripts/write_reference.py

screenshots: setup-bench console ## take the pictures in docs/images again
	$(BIN)/python -m tests.system_packages chromium fonts-noto-cjk
	$(BIN)/python -m tests.browser.screenshots

bench: setup-spark ## measure against named peers
	$(BIN)/python -m bench.resolve
	$(BIN)/python -m bench.http_layers
	$(BIN)/python -m bench.latency
	$(BIN)/python -m bench.memory
	$(BIN)/python -m bench.visible
	$(BIN)/python -m bench.rebuild
	$(BIN)/python -m bench.evaluate
	$(BIN)/python -m bench.openapi

bench-full: setup-spark ## the same at larger sizes, and draw the charts in docs
	$(BIN)/python -m bench.resolve
	$(BIN)/python -m bench.http_layers
	$(BIN)/python -m bench.latency --chart docs/images/latency.svg
	$(BIN)/python -m bench.memory --entries 1000000 2000000 5000000 10000000 \
		--chart docs/images/memory.svg
	$(BIN)/python -m bench.visible
	$(BIN)/python -m bench.rebuild
	$(BIN)/python -m bench.openapi
	$(BIN)/python -m bench.evaluate --accounts 10000000 50000000 100000000

lock: setup-dev ## write the locks again; all newest by ARGS="--upgrade"
	$(COMPILE) $(ARGS) requirements/bootstrap.in -o requirements/bootstrap.lock
	$(COMPILE) $(ARGS) requirements/clients.in -o requirements/clients.lock
	$(COMPILE) $(ARGS) pyproject.toml -o requirements/runtime.lock
	$(COMPILE) $(ARGS) pyproject.toml --extra dev -c requirements/runtime.lock \
		-o requirements/dev.lock
	$(COMPILE) $(ARGS) pyproject.toml --extra dev --extra bench -c requirements/dev.lock \
		-o requirements/bench.lock
	$(COMPILE) $(ARGS) pyproject.toml --extra dev --extra bench --extra spark \
		-c requirements/bench.lock -o requirements/spark.lock

console-packages:
	@$(PYTHON) -m scripts.build_console install

clients: setup-dev
	@$(PYTHON) -m scripts.get_clients

console: ## build the console
	@$(PYTHON) -m scripts.build_console build

setup-runtime setup-dev setup-bench setup-spark: setup-%:
	@$(PYTHON) scripts/bootstrap.py $*
