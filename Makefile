# Everything a checkout can do. Nothing has to be activated or installed first: each command makes
# the environment it needs, once, under .venv/, one for each version of Python. `make` alone lists them.

PY       ?=
LOG      ?=
DB       ?=
QUICK    ?=
ONLY     ?=
RECORD   ?=
KILLS    ?=
UPGRADE  ?=
RELEASE  ?=
ARGS     ?=
TESTS    ?= tests
WORKERS  ?= auto

SHELL := /bin/sh
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DEFAULT_GOAL := help

# What is set outside, for another project, must not reach in.
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV PYRIGHT_PYTHON_FORCE_VERSION PYRIGHT_PYTHON_PYLANCE_VERSION
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_USER := 0

# --- which Python -------------------------------------------------------------------------------
# PY=... is the only candidate; without it, the first of these that runs and is new enough.
# A name on the PATH proves nothing (version managers leave names that fail), so each one is run.

CANDIDATES := $(or $(PY),python3 python3.13 python3.12 python3.11 python)
PROBE      := import sys; v = sys.version_info; v >= (3, 11) and print("%d.%d" % v[:2])
FOUND      := $(shell for py in $(CANDIDATES); do \
                version=$$($$py -c '$(PROBE)' 2>/dev/null </dev/null) && [ -n "$$version" ] \
                && echo "$$py $$version" && break; done)
BASE       := $(firstword $(FOUND))
VERSION    := $(lastword $(FOUND))

VENV    := .venv/$(or $(VERSION),none)
PYTHON  := $(VENV)/bin/python
READY   := $(VENV)/.ready
LOCK    := requirements/dev.txt
LOCK_UV := uv==0.13.8

# What `make bench` compares with: environments of their own, each with what requirements/bench-NAME.in
# names, at the versions and hashes of requirements/bench-NAME.txt.
PEERS      := arq dbos litestar machines pynenc queues
PEER_READY := $(PEERS:%=$(VENV)-%/.ready)
# What draws its pictures, and what explores beside telic, in environments like those.
TOOLS      := matplotlib pymodelchecking
TOOL_READY := $(TOOLS:%=$(VENV)-%/.ready)

# --- commands -----------------------------------------------------------------------------------

.PHONY: help
help: ## list the commands (this list)
	@echo 'make COMMAND [PY=python3.12]'
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: $(READY) ## make the environment; every command below does this first
	@echo 'Ready: $(PYTHON)'

.PHONY: demo
demo: $(READY) ## run the loan example; LOG=path replays an event log, DB=path keeps the database
	@$(PYTHON) -m examples.loan $(if $(LOG),--log "$(LOG)") $(if $(DB),--db "$(DB)")

.PHONY: test
test: $(READY) ## run the tests; TESTS=tests/kernel narrows, ARGS='-k name' goes to pytest
	$(PYTHON) -m pytest -n $(WORKERS) --maxprocesses 4 $(ARGS) $(TESTS)

.PHONY: lint
lint: $(READY) ## check style, format and the direction of imports
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(VENV)/bin/lint-imports --no-logo

.PHONY: format
format: $(READY) ## put the code into the house format, and mend what can be mended by machine
	$(PYTHON) -m ruff check --fix-only .
	$(PYTHON) -m ruff format .

.PHONY: types
types: $(READY) ## check the types, with mypy and with pyright
	$(PYTHON) -m mypy --strict $(wildcard src examples tests/typing)
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(PYTHON) -m pyright --project pyproject.toml --pythonpath $(PYTHON)

.PHONY: cov
cov: $(READY) ## hold each module of the kernel and the runtime, lines and branches, to its own test file
	$(PYTHON) -m pytest -n $(WORKERS) --maxprocesses 4 $(ARGS) tests/kernel tests/runtime -p tests.house.own_coverage \
	  --cov=telic.kernel --cov=telic.runtime --cov-branch --cov-context=test --cov-report=term-missing \
	  --cov-fail-under=100
	$(PYTHON) -m tests.house.own_coverage

.PHONY: bench
bench: $(READY) $(PEER_READY) $(TOOL_READY) ## measure speed; QUICK=1 for a short run, ONLY=word for a part, LOG=path for a real log
	$(PYTHON) -m tests.bench $(if $(QUICK),--quick,--page docs/explanation/measured.md --plots) \
	  $(if $(ONLY),--only "$(ONLY)") $(if $(LOG),--log "$(LOG)")

.PHONY: count
count: $(READY) ## count the instructions of a step, and compare them with the record; RECORD=1 makes a new one
	$(PYTHON) -m tests.bench.counts $(if $(RECORD),--record)

.PHONY: chaos
chaos: $(READY) ## break things under load, check, and write the figures into the docs; KILLS=100 for a short run
	$(PYTHON) -m tests.chaos --kills $(or $(KILLS),1000) --page docs/explanation/reliability.md

.PHONY: docs
docs: $(READY) ## make the manual in build/site, and check the pages: links lead somewhere, code runs
	$(PYTHON) -m docs.building
	$(PYTHON) -m pytest -n $(WORKERS) --maxprocesses 4 $(ARGS) tests/docs
	@echo 'The manual: build/site/index.html'

.PHONY: changelog
changelog: $(READY) ## show what the fragments in changes/ come to; RELEASE=0.2.0 writes it into CHANGELOG.md
	@$(PYTHON) -m towncrier build $(if $(RELEASE),--yes --version $(RELEASE),--draft --version unreleased)

.PHONY: pictures
pictures: $(READY) ## draw the pictures of the docs anew
	$(PYTHON) -m tests.docs.pictures

.PHONY: lock
lock: ## re-make the locked requirements; UPGRADE=1 moves them to the newest versions
	@$(call make_venv,.venv/lock)
	@$(call pip_of,.venv/lock) install -qq $(LOCK_UV)
	.venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header $(if $(UPGRADE),--upgrade) \
	  --group dev pyproject.toml --output-file $(LOCK)
	@{ echo '# Made by `make lock` from pyproject.toml: every version and hash that a checkout installs.'; \
	  cat $(LOCK); } > $(LOCK).new && mv $(LOCK).new $(LOCK)
	@set -e; for peer in $(PEERS) $(TOOLS); do \
	  .venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --no-annotate $(if $(UPGRADE),--upgrade) \
	    requirements/bench-$$peer.in --output-file requirements/bench-$$peer.txt; \
	  { echo '# Made by `make lock` from bench-'$$peer'.in: what `make bench` compares with, every version and hash.'; \
	    cat requirements/bench-$$peer.txt; } > .venv/lock/$$peer.txt; \
	  mv .venv/lock/$$peer.txt requirements/bench-$$peer.txt; \
	done

.PHONY: clean
clean: ## remove everything that these commands made
	rm -rf .venv build dist htmlcov .coverage .coverage.* .hypothesis .import_linter_cache \
	  .mypy_cache .pytest_cache .ruff_cache
	find src tests examples -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: which
which: # for .ci/run: the interpreter that the commands use, and its version
	@$(require_python)
	@echo '$(BASE) $(VERSION)'

# --- the environment ----------------------------------------------------------------------------
# The stamp is written last: what was broken off half-way is done again, and a second call does nothing.

$(READY): pyproject.toml $(LOCK)
	@$(call make_venv,$(VENV))
	@echo 'Installing telic and its tools into $(VENV) ...'
	@$(call pip_of,$(VENV)) install -qq --require-hashes --requirement $(LOCK)
	@$(call pip_of,$(VENV)) install -qq --no-deps --no-build-isolation --editable .
	@touch $@

# A peer that cannot be installed is reported by the benchmarks, and does not stop them.
$(PEER_READY) $(TOOL_READY): $(VENV)-%/.ready: requirements/bench-%.txt
	@$(call make_venv,$(VENV)-$*)
	@echo 'Installing $* into $(VENV)-$* ...'
	@if $(call pip_of,$(VENV)-$*) install -qq --require-hashes --requirement $<; then touch $@; \
	  else echo '$* could not be installed; the benchmarks go on without it.' >&2; rm -rf $(VENV)-$*; fi

define require_python
if [ -z '$(VERSION)' ]; then \
  echo 'telic needs Python 3.11 or newer. None of these runs and is that new: $(CANDIDATES)' >&2; \
  echo 'Name one that does: make PY=/path/to/python3.12 ...' >&2; \
  exit 1; \
fi
endef

# Debian splits ensurepip off into a package of its own. Without it, the environment is made without
# pip, and the pip of the interpreter outside installs into it; the system's own Python is not touched.
define make_venv
set -e; $(require_python); \
if ! $(1)/bin/python -c 'import sys' 2>/dev/null; then \
  echo 'Making $(1) with $(BASE) (Python $(VERSION)) ...'; \
  rm -rf $(1); \
  if $(BASE) -c 'import ensurepip' 2>/dev/null; then \
    $(BASE) -m venv $(1); \
  elif $(BASE) -m pip --version >/dev/null 2>&1; then \
    $(BASE) -m venv --without-pip $(1); \
  else \
    echo '$(BASE) has neither ensurepip nor pip. On Debian: apt-get install python3-venv' >&2; \
    exit 1; \
  fi; \
fi
endef

pip_of = if [ -x $(1)/bin/pip ]; then set -- $(1)/bin/python -m pip; \
  else set -- $(BASE) -m pip --python $(1)/bin/python; fi; "$$@"
