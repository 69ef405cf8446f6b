# Everything from a fresh clone, with nothing but Python and make: `make` alone lists the commands.
# What stands below as NAME ?= can be set: make run PORT=8080, make test ARGS="-k facets".
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
INDEX ?= index
ARGS ?=
# With bench the tests of the benchmarks run too, for 170 MB more, with spacy those of its taggers, for 230 MB, with
# semantic that of the model that makes vectors, for 105 MB: make test EXTRAS=test,bench,spacy,semantic
EXTRAS ?= test

BIN = $(VENV)/bin
comma = ,
# Stamps: an environment is made anew when what it was made from has changed, and only then.
RUN_READY = $(VENV)/ready-to-run
TEST_READY = $(VENV)/ready-for-$(subst $(comma),-,$(EXTRAS))
NETWORK = search/enrich/entities/network
COMPILED_PYTHON = search/enrich/entities/merging search/highlight
MODULES = $(wildcard $(COMPILED_PYTHON:=/[a-z]*.py))
COMPILED = search/engines/whoosh_index/kernels/_kernels $(NETWORK)/_network search/text/_words $(COMPILED_PYTHON:=__mypyc) $(MODULES:.py=)
MADE_FROM = setup.cfg pyproject.toml setup.py search/engines/whoosh_index/format/constants.py $(NETWORK)/constants.py \
	search/text/constants.py $(wildcard search/engines/whoosh_index/kernels/c/*.[ch] $(NETWORK)/c/*.[ch] search/text/c/*.c) $(MODULES)
# Twice quiet: the pip of Python 3.11 warns of an extra of lxml that setup.cfg names in its stead.
INSTALL = $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --editable

.DEFAULT_GOAL = help
.NOTPARALLEL:
.PHONY: help run test test-cluster check lint types screenshot clean free-port

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /make \1: /p' Makefile

run: free-port $(RUN_READY) ## index the sample articles, search them, serve the web page
	$(BIN)/newssearch index --index "$(INDEX)" seeds
	$(BIN)/newssearch query --index "$(INDEX)" "Blinken NATO"
	@$(BIN)/newssearch serve --index "$(INDEX)" --port "$(PORT)"

test: $(TEST_READY) ## run the whole test suite; ARGS go to pytest
	$(BIN)/python -m pytest $(ARGS)

test-cluster: ## run the tests of the OpenSearch engine on three real nodes; needs Java 17 and Maven
	@$(MAKE) --no-print-directory test EXTRAS="$(EXTRAS),opensearch" ARGS="tests/opensearch $(ARGS)"

check: lint types test ## all that has to be clean before a change is handed in

lint: $(TEST_READY) ## ruff: rules and format
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

types: $(TEST_READY) ## mypy --strict over search/ and web/
	$(BIN)/python -m mypy

screenshot: $(TEST_READY) ## make docs/screenshot.png anew, which README.md opens with
	$(BIN)/python -m tests.support.screenshot

# Fixed names in the checkout, whatever VENV and INDEX say: they may come from the environment.
clean: ## remove .venv and the files of tools; the index stays
	@test -d search/ingest || { echo "make clean works in the checkout alone" >&2; exit 1; }
	rm -rf .venv build dist *.egg-info .opensearch .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f $(addsuffix .*.so,$(COMPILED))
	find search web tests benchmarks -name __pycache__ -exec rm -rf {} +

$(RUN_READY): $(MADE_FROM) | $(BIN)/pip
	@echo "Installing newssearch and what it needs into $(VENV) ..."
	@$(BIN)/python -c "$$FORGET_LOOPS" $(COMPILED)
	@$(INSTALL) .
	@$(BIN)/python -c "$$TELL_LOOPS"
	@touch $@

$(TEST_READY): $(MADE_FROM) | $(BIN)/pip
	@echo "Installing newssearch and what $(EXTRAS) needs into $(VENV) ..."
	@$(BIN)/python -c "$$FORGET_LOOPS" $(COMPILED)
	@$(INSTALL) ".[$(EXTRAS)]"
	@$(BIN)/python -c "$$TELL_LOOPS"
	@touch $(RUN_READY) $(VENV)/ready-for-test $@

# pip is what venv puts in last: an environment without it was left half made, and is made anew.
$(BIN)/pip:
	@$(PYTHON) -c "$$SUITABLE_PYTHON"
	$(PYTHON) -m venv --clear "$(VENV)" || { echo "$$NO_VENV" >&2; exit 1; }

free-port:
	@$(PYTHON) -c "$$FREE_PORT" "$(PORT)"

define SUITABLE_PYTHON
import sys
if not (3, 11) <= sys.version_info < (3, 14):
    sys.exit(
        "newssearch runs on Python 3.11 to 3.13 and this is %d.%d; "
        "name another, for example: make PYTHON=python3.12" % sys.version_info[:2]
    )
endef

define NO_VENV
$(PYTHON) cannot make an environment with pip. On Debian and Ubuntu: apt-get install python3-venv
endef

# What was compiled from older C is removed, as the new C may not compile here.
define FORGET_LOOPS
import os, sys, sysconfig
for name in sys.argv[1:]:
    compiled = name + sysconfig.get_config_var("EXT_SUFFIX")
    if os.path.exists(compiled):
        os.remove(compiled)
endef

# pip is quiet above, and nothing fails where the loops are missing.
define TELL_LOOPS
import os
os.environ.pop("NEWSSEARCH_KERNELS", None)
from search.engines.whoosh_index import kernels
from search.enrich.entities.merging import merge
from search.enrich.entities.network import kernels as network
from search.highlight import matches
from search.text import kernels as words
python = [module for module in (merge, matches) if module.__file__.endswith(".py")]
if python or not (kernels.IS_COMPILED and network.IS_COMPILED and words.IS_COMPILED):
    print(
        "Not all inner loops were compiled: everything works, but a page of results, and finding names, take up to twice as long. "
        "README.md says what compiling needs; then: make clean, and this again."
    )
endef

# Asked first, so that nobody waits for an index only to hear that the port is taken.
define FREE_PORT
import socket, sys
port = sys.argv[1]
if not port.isdecimal() or int(port) > 65535:
    sys.exit("PORT=%s is not a port; use a number such as 8080" % port)
with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", int(port)))
    except OSError as exc:
        sys.exit("Port %s cannot be used (%s). Choose another: make run PORT=8080" % (port, exc.strerror))
endef
export SUITABLE_PYTHON NO_VENV FORGET_LOOPS TELL_LOOPS FREE_PORT
