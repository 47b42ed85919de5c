# Two commands do everything on a fresh machine with python3 (with venv) and git:
#   make demo   sets itself up and lints the reference pair
#   make test   sets itself up and runs all tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEED ?= 1
SYSTEM_PACKAGES := keepalived ipvsadm iproute2 net-tools iptables procps nftables netbase util-linux user-mode-linux kmod gcc libc6-dev
# Packages that ship configurations of keepalived: unpacked, not installed.
SAMPLE_PACKAGES := conntrackd yrmcds augeas-lenses python3-octavia
SAMPLES := $(VENV)/debian

.PHONY: demo test guest check verify verify-shard bench golden grammar setup system clean

demo: $(VENV)/ready
	@echo '$$ lvscompile lint fixtures/reference-pair/lvs1 fixtures/reference-pair/lvs2'
	@$(BIN)/lvscompile lint fixtures/reference-pair/lvs1 fixtures/reference-pair/lvs2; test $$? -eq 1

test: $(VENV)/dev system $(SAMPLES)/ready check
	@# The guest has one processor and mostly waits: it runs beside the others.
	@$(BIN)/python tests/guest/boot.py >$(VENV)/guest.log 2>&1 & guest=$$!; \
	$(BIN)/python -m pytest; here=$$?; \
	wait $$guest; there=$$?; echo 'make guest:'; cat $(VENV)/guest.log; \
	test $$here -eq 0 && test $$there -eq 0

# The tests that need IPVS: on this machine's kernel if it has it, else on one that is booted for them.
guest: $(VENV)/dev system
	$(BIN)/python tests/guest/boot.py

# Style, types, and whether the built files are of the sources as they are.
check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m lvscompile.grammars.build --check

# The full evidence: takes its time, writes its figures with the commit id to tests/evidence/.
verify: $(VENV)/dev system
	$(BIN)/python tests/verify/fuzz.py --inputs 500000 --seed $(SEED)
	$(BIN)/python tests/verify/fuzz_languages.py --inputs 100000 --seed $(SEED)
	LVSCOMPILE_FULL=1 $(BIN)/python -m pytest -q tests/interop tests/unit/cli/test_extremes.py
	LVSCOMPILE_FULL=1 $(BIN)/python tests/guest/boot.py
	$(BIN)/python tests/verify/mutants.py --record
	$(BIN)/python tests/verify/matrix.py --record
	$(BIN)/python tests/bench/bench.py --json tests/evidence/bench.json

# A part of it that another seed makes another one: what CI runs.
verify-shard: $(VENV)/dev
	$(BIN)/python tests/verify/fuzz.py --inputs 30000 --seed $(SEED) --no-record
	$(BIN)/python tests/verify/fuzz_languages.py --inputs 5000 --seed $(SEED) --no-record
	$(BIN)/python tests/verify/mutants.py --whole

bench: $(VENV)/dev system
	$(BIN)/python tests/bench/bench.py

# Regenerates the expected outputs; read the diff.
golden: $(VENV)/dev
	$(BIN)/python tests/golden/update.py
	git --no-pager diff --stat -- fixtures README.md docs

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
	@if command -v keepalived >/dev/null && command -v ipvsadm >/dev/null && command -v ifconfig >/dev/null && command -v iptables-legacy >/dev/null && command -v sysctl >/dev/null && command -v linux.uml >/dev/null && test -d /usr/share/doc/keepalived/samples; then :; \
	elif [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(SYSTEM_PACKAGES); \
	else \
	  echo 'The tests need keepalived and root. Run this, then `sudo make test`:'; \
	  echo '  sudo apt-get install -y $(SYSTEM_PACKAGES)'; exit 2; \
	fi

$(SAMPLES)/ready: Makefile $(VENV)/ready
	@mkdir -p $(SAMPLES)
	@for package in $(SAMPLE_PACKAGES); do \
	  ( cd $(SAMPLES) && apt-get download -qq $$package 2>/dev/null && dpkg -x $${package}_*.deb $$package && rm $${package}_*.deb ) \
	  || { echo "cannot download Debian's package $$package: apt-get update?"; exit 2; }; \
	done
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
