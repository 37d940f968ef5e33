# `make demo` and `make test` need Python 3.11 or newer (with venv) and make; everything else they bring themselves.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
LIBRARIES := packages/feel packages/dmn packages/bpmn packages/worktime clients/python
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
export FIRSTLINE_HOME ?= $(CURDIR)/var/demo

.PHONY: demo story test conformance check lint types contracts alone tck fuzz chaos erp match stop lock clean debian

demo: $(VENV)/.server ## Try everything in the browser; Ctrl-C ends it, data stays
	@exec $(BIN)/firstline demo

story: $(VENV)/.server ## Play the demo's story against the running demo
	@$(BIN)/firstline demo --story

test: $(VENV)/.checks ## Run all tests
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup

conformance: $(VENV)/.checks ## Run the BPMN conformance suite; SUITE=folder for another of the same form
	$(BIN)/python packages/bpmn/conformance/run.py $(SUITE)

check: lint types contracts alone test ## What CI runs

lint: $(VENV)/.checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.checks
	$(BIN)/mypy packages/feel/src packages/dmn/src packages/bpmn/src packages/worktime/src clients/python/src
	$(BIN)/mypy server/firstline

contracts: $(VENV)/.checks
	cd server && ../$(BIN)/lint-imports --config ../.importlinter --no-cache

alone: $(VENV)/.checks ## Test each library in an environment that holds only what it declares
	PYTHON=$(PYTHON) scripts/test-libraries-alone

# The score of the suite beside the project is committed; that of any other copy goes to var/.
TCK ?= $(or $(FIRSTLINE_DATA),../shared/data)/dmn-tck
tck: $(VENV)/.checks ## Run the DMN Technology Compatibility Kit; TCK=folder runs another copy of it
	$(BIN)/python packages/dmn/tck "$(TCK)" --result $(if $(filter file default undefined,$(origin TCK)),packages/dmn/tck/score.json,var/tck.json)

fuzz: $(VENV)/.checks ## Try FEEL, DMN and BPMN on new random input; MINUTES=60 goes on for that long, SEED=n tries one seed again
	@SEED=$(SEED) scripts/fuzz $(or $(MINUTES),10)

chaos: $(VENV)/.checks ## Let the engine and the write-back die: RUNS=n seeded runs from SEED=s on (WRITES=1: each of a write-back to four systems), KILLS=k real kills; tells what was lost and doubled
	@cd server && ../$(BIN)/python -m tests.chaos --runs $(or $(RUNS),10000) --seed $(or $(SEED),0) --kills $(or $(KILLS),300) $(if $(WRITES),--writes)

erp: $(VENV)/.checks ## Try the connector to Tryton, a change of address and a refund on a real one, which is installed in var/erp; takes two minutes the first time
	@PYTHON="$(PYTHON)" scripts/erp "$(CURDIR)/var/erp"
	FIRSTLINE_ERP="$(CURDIR)/var/erp" $(BIN)/python -m pytest -q server/tests/sources/connectors/test_tryton.py server/tests/sources/connectors/test_erp.py

match: $(VENV)/.checks ## Tell how well the same customers are found; ENTITIES=file of FEBRL's form, MADE_UP=n people made up instead
	$(BIN)/python benchmarks/match $(ENTITIES) $(if $(MADE_UP),--made-up $(MADE_UP))

stop: $(VENV)/.server
	$(BIN)/firstline stop

lock: ## Renew the requirement locks
	for name in base build dev erp; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header requirements/$$name.in -o requirements/$$name.txt || exit 1; done

debian: ## Install what the tests with real servers and a real browser need (Debian, as root)
	scripts/setup-debian

clean: stop
	rm -rf $(VENV) var server/frontend/node_modules server/firstline/ui/static/firstline

# What the server runs on, from the locks; its own code is installed editable, which also builds the front end.
$(VENV)/.server: requirements/base.txt requirements/build.txt $(addsuffix /pyproject.toml,$(LIBRARIES)) server/pyproject.toml \
  $(shell find server/frontend server/firstline -not -path '*/node_modules*' \( -name '*.js' -o -name '*.css' -o -name '*.po' -o -name 'package*.json' -o -name 'build.mjs' \) -not -path '*/static/firstline/*')
	@command -v "$(PYTHON)" >/dev/null || { echo "Python 3.11 or newer is needed: install it, or say make PYTHON=/path/to/python3"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older."; exit 1; }
	@test -x $(BIN)/python || { echo "Setting up, which takes a minute or two the first time ..."; "$(PYTHON)" -m venv $(VENV); }
	@cmp -s requirements/base.txt $(VENV)/base.txt || { $(PIP) install --require-hashes -r requirements/base.txt -r requirements/build.txt && cp requirements/base.txt $(VENV)/base.txt; }
	@$(PIP) install --no-deps --no-build-isolation $(addprefix -e ,$(LIBRARIES)) -e server
	@touch $@

$(VENV)/.checks: $(VENV)/.server requirements/dev.txt
	@cmp -s requirements/dev.txt $(VENV)/dev.txt || { $(PIP) install --require-hashes -r requirements/dev.txt && cp requirements/dev.txt $(VENV)/dev.txt; }
	@scripts/setup-debian --if-possible
	@touch $@
