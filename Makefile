# Two commands do everything on a fresh machine with python3 (with venv) and git:
#   make demo   sets itself up and lints the reference pair
#   make test   sets itself up and runs all tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEED ?= 1
SYSTEM_PACKAGES := keepalived iproute2 nftables util-linux

.PHONY: demo test check verify verify-shard bench golden grammar setup system clean

demo: $(VENV)/ready
	@echo '$$ lvscompile lint fixtures/reference-pair/lvs1 fixtures/reference-pair/lvs2'
	@$(BIN)/lvscompile lint fixtures/reference-pair/lvs1 fixtures/reference-pair/lvs2; test $$? -eq 1

test: $(VENV)/dev system check
	$(BIN)/python -m pytest

# Style, types, and whether the built files are of the sources as they are.
check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m lvscompile.grammars.build --check

# The full evidence: takes its time, writes its figures with the commit id to tests/evidence/.
verify: $(VENV)/dev system
	$(BIN)/python tests/verify/fuzz.py --inputs 500000 --seed $(SEED)
	LVSCOMPILE_FULL=1 $(BIN)/python -m pytest -q tests/interop tests/unit/cli/test_extremes.py
	$(BIN)/python tests/verify/matrix.py --record
	$(BIN)/python tests/bench/bench.py --json tests/evidence/bench.json

# A part of it that another seed makes another one: what CI runs.
verify-shard: $(VENV)/dev
	$(BIN)/python tests/verify/fuzz.py --inputs 30000 --seed $(SEED) --no-record

bench: $(VENV)/dev system
	$(BIN)/python tests/bench/bench.py

# Regenerates the expected outputs; read the diff.
golden: $(VENV)/dev
	$(BIN)/python tests/golden/update.py
	git --no-pager diff --stat -- fixtures README.md

grammar: $(VENV)/dev
	$(BIN)/python -m lvscompile.grammars.build

setup: $(VENV)/dev

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/dev: pyproject.toml $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# keepalived is the judge of the tests; without it nothing is proved.
system:
	@if command -v keepalived >/dev/null && command -v ip >/dev/null && test -d /usr/share/doc/keepalived/samples; then :; \
	elif [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(SYSTEM_PACKAGES); \
	else \
	  echo 'The tests need keepalived and root. Run this, then `sudo make test`:'; \
	  echo '  sudo apt-get install -y $(SYSTEM_PACKAGES)'; exit 2; \
	fi

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
