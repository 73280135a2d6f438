# Each target does its own set-up: a virtual environment from the locked packages, made again when these change.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules
# Tests start hundreds of Pythons: what one of them compiled is kept for the next, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CODE := workers schemas config tests
ASYNCAPI_PARSER := @asyncapi/parser@3.6.3
ASYNCAPI_HTML := @asyncapi/generator@2.8.4 @asyncapi/html-template@3.5.6
PROMETHEUS := v0.307.3
KUSTOMIZE := v5.7.1
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Three times as fast as pip. It reads no pip.conf: where it finds no packages, pip does.
UV := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python
# The first Python on the PATH that is new enough; PYTHON=… overrides.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

# What mypyc compiles (setup.py), beside the sources, so that these stay what runs while one works on them.
COMPILED := build/compiled
# "yes" where there are a C compiler and Python's headers.
CAN_COMPILE = $(shell $(BIN)/python -c 'import os, shutil, sysconfig as s; \
	compiler = shutil.which((os.environ.get("CC") or s.get_config_var("CC") or "cc").split()[0]); \
	print("yes" if compiler and os.path.exists(s.get_path("include") + "/Python.h") else "")')
AS_COMPILED := PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/$(COMPILED):$(CURDIR)
TESTED_COMPILED := tests/unit tests/golden tests/contract/test_inbound_log.py tests/integration/smtp

# Tests with servers wait more than they compute: one process more than cores. Each has a broker of 0.5 GB.
TESTS_AT_ONCE ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) < 4 ? $$(getconf _NPROCESSORS_ONLN) + 1 : 4 )))

.PHONY: help demo test test-compiled compiled lint types unit fuzz bench bench-smtp rules contract contract-check contract-html promtool kustomize screenshots faults lock sbom clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## everything in one process tree, with example mails; ONCE=1 ends after them
	@$(BIN)/stellwerk demo $(if $(ONCE),--once)

test: lint types ## all checks and all tests: what CI runs; TESTS_AT_ONCE=…
	@$(BIN)/pytest -n $(TESTS_AT_ONCE) --dist loadfile --no-loadscope-reorder
	@$(if $(CAN_COMPILE),$(MAKE) test-compiled,echo "Without a C compiler and Python's headers the compiled modules are not tested." >&2)

test-compiled: compiled ## the tests of what mypyc compiles, on the compiled build
	@$(AS_COMPILED) $(BIN)/pytest -n $(TESTS_AT_ONCE) --dist loadfile --import-mode append $(TESTED_COMPILED)

lint: $(READY) ## style, format and layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: $(READY) ## mypy --strict, tests too
	@$(BIN)/mypy $(CODE)

unit: $(READY) ## the tests that need no broker
	@$(BIN)/pytest tests/unit tests/architecture

fuzz: $(READY) ## strange mail and SMTP by the ten thousands; COUNT=… examples of each kind
	@$(BIN)/python -m tests.fuzz $(COUNT)

bench: $(READY) ## the benchmarks; minutes
	@$(BIN)/python -m tests.benchmarks

bench-smtp: $(READY) ## SMTP beside Haraka and aiosmtpd, by smtp-source; fetches them where it can
	@$(BIN)/python -m tests.benchmarks smtp

rules: $(READY) ## the domain's rules: which test shows each
	@$(BIN)/python -m tests.support.rules_table

contract: $(READY) ## write schemas/published, Strimzi's topics and all users anew; refused where v1 would break
	@mkdir -p schemas/published
	@$(BIN)/stellwerk contract check --against schemas/published
	@$(BIN)/stellwerk contract export --out schemas/published
	@$(BIN)/stellwerk topics strimzi --cluster stellwerk --partitions 12 > $(VENV)/topics.yaml
	@mv $(VENV)/topics.yaml deploy/kubernetes/base/topics.yaml
	@$(BIN)/stellwerk topics acls --strimzi stellwerk > $(VENV)/users.yaml
	@mv $(VENV)/users.yaml deploy/kubernetes/base/users.yaml
	@$(BIN)/stellwerk topics acls --redis > $(VENV)/redis-users.txt
	@mv $(VENV)/redis-users.txt deploy/redis/users.txt

contract-check: ## the official AsyncAPI parser over schemas/published; needs npm
	@command -v npm > /dev/null || { echo "The official parser needs npm; none is on the PATH." >&2; exit 1; }
	@npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix $(VENV)/asyncapi $(ASYNCAPI_PARSER)
	@node tests/support/asyncapi/check.mjs $(CURDIR)/$(VENV)/asyncapi schemas/published/asyncapi.yaml

contract-html: ## the contract as one HTML page, build/contract/index.html, by the official generator; needs npm
	@command -v npm > /dev/null || { echo "The official generator needs npm; none is on the PATH." >&2; exit 1; }
	@mkdir -p $(VENV)/asyncapi-html
	@PUPPETEER_SKIP_DOWNLOAD=1 npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix $(VENV)/asyncapi-html $(ASYNCAPI_HTML)
	@cd $(VENV)/asyncapi-html && node_modules/.bin/asyncapi-generator $(CURDIR)/schemas/published/asyncapi.yaml @asyncapi/html-template \
		--output $(CURDIR)/build/contract --force-write --param singleFile=true --disable-warning
	@grep --quiet 'tickets.routed' build/contract/index.html

promtool: $(VENV)/promtool/promtool ## the alerts, fired and not fired, by Prometheus's own promtool; needs Go, builds for minutes
	@$< check rules deploy/alerts.yaml
	@$< test rules deploy/alerts_test.yaml

$(VENV)/promtool/promtool:
	@command -v go > /dev/null || { echo "promtool is built from its Go module; no go is on the PATH." >&2; exit 1; }
	@mkdir -p $(@D)
	@cd $(@D) && { test -f go.mod || go mod init promtool; } && go get github.com/prometheus/prometheus/cmd/promtool@$(PROMETHEUS) \
		&& go build -o promtool github.com/prometheus/prometheus/cmd/promtool

kustomize: $(VENV)/kustomize/kustomize ## render the production overlay; needs Go the first time
	@$< build deploy/kubernetes/overlays/production

$(VENV)/kustomize/kustomize:
	@command -v go > /dev/null || { echo "kustomize is built from its Go module; no go is on the PATH." >&2; exit 1; }
	@GOBIN=$(CURDIR)/$(@D) go install sigs.k8s.io/kustomize/kustomize/v5@$(KUSTOMIZE)

screenshots: $(READY) ## README's pictures of the operators' pages, anew; needs Chromium
	@$(BIN)/python -m tests.support.screenshots

faults: $(READY) ## the fault campaign: breaks everything; SEED=…, FAULTS=…, MINUTES=…, BROKERS=3; 20 to 30 minutes
	@$(BIN)/python -m tests.faults.campaign $(if $(SEED),--seed $(SEED)) --faults $(or $(FAULTS),200) $(if $(BROKERS),--brokers $(BROKERS)) $(if $(MINUTES),--minutes $(MINUTES))

compiled: $(COMPILED)/.ready ## what runs in production, in build/compiled: what mypyc compiles is compiled; needs a C compiler

$(COMPILED)/.ready: $(READY) setup.py $(shell find workers schemas config -type f ! -name '*.pyc')
	@test -n "$(CAN_COMPILE)" || { echo "mypyc needs a C compiler, such as gcc, and Python's headers (Python.h): install both." >&2; exit 1; }
	@echo "Compiling into $(COMPILED) ..." >&2
	@rm -rf $(COMPILED) build/bdist.* build/lib.* build/temp.* build/mypyc
	@STELLWERK_COMPILE=1 $(PIP) install --no-deps --no-build-isolation --target $(COMPILED) .
	@rm -rf $(COMPILED)/bin
	@touch $@

lock: $(READY) ## take newer packages and Kafka files into the locks
	@$(BIN)/uv pip compile pyproject.toml --upgrade --quiet --universal --python-version 3.11 \
		--extra embedded --extra traces --extra dev --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --output-file requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra traces --constraint requirements.lock --quiet --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --output-file deploy/requirements.lock
	@$(BIN)/uv pip compile deploy/build.in --no-emit-package typing-extensions --no-emit-package mypy-extensions --constraint requirements.lock --quiet --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --output-file deploy/build.lock
	@$(BIN)/python -m workers.adapters.kafka_jars_locking > $(VENV)/kafka_jars.lock
	@mv $(VENV)/kafka_jars.lock workers/adapters/kafka_jars.lock
	@$(MAKE) sbom

sbom: $(READY) ## the image's bill of materials, deploy/sbom.cdx.json, from its lock
	@$(BIN)/python -m tests.support.sbom > $(VENV)/sbom.cdx.json
	@mv $(VENV)/sbom.cdx.json deploy/sbom.cdx.json

clean: ## the virtual environment and all caches of this directory; not the fetched Kafka
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find $(CODE) -name __pycache__ -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Stellwerk needs Python 3.11 or newer; none is on the PATH. Set PYTHON=/path/to/python3." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages into $(VENV) ..." >&2
	@sed -n '/^uv==/,/^[^ ]/{/^uv==/p;/--hash/p;}' requirements.lock > $(VENV)/uv.txt
	@$(PIP) install --require-hashes --requirement $(VENV)/uv.txt
	@$(UV) --require-hashes --requirement requirements.lock 2> /dev/null \
		|| $(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q workers schemas config
	@touch $@
