# Two commands: `make demo` and `make test`. Both set everything up first.
SHELL := /bin/bash
PYTHON ?= $(shell command -v /usr/bin/python3.11 || command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Tests start hundreds of processes; without compiled modules on disk each compiles all it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test quick lint types imports unit cases damages powercut flat faultday worstday whole hours samples outages explore order peers fuzz differential bench walks personas gallery photographs deb package-test provisioning clean

help:
	@echo "make demo    a whole polling day: windows if there is a display, otherwise headless"
	@echo "make test    lint, types, import contract, tests"
	@echo "make quick   lint, types, and the tests that wait for nothing: about a minute"
	@echo "make cases   small cases of what has to hold when somebody attacks it or a day goes wrong"
	@echo "make damages every file of a device damaged in every way, in every state of the polls"
	@echo "make powercut the power cut at every point of a day: 50,000 states, 3,000 of them to the import"
	@echo "make flat    5,000 voters at a terminal and at a station: time, memory and handles of the last as of the first"
	@echo "make faultday a day of 300 voters through the windows of five devices, among faults (SEED=…)"
	@echo "make worstday a dead terminal, a dead station, their spares, a lost card and no power, at real devices (SEED=…)"
	@echo "make whole   all of what the tests take a share of: every screen, every drawn election (SEED=…)"
	@echo "make hours   the tests that ask the time, at other hours and dates, up to 40 minutes (SEED=…)"
	@echo "make samples what takes too long for the tests, other samples each day (SEED=…)"
	@echo "make explore the lives of authorizations and claims: five million states of small branches, and faults that are put in"
	@echo "make outages a centre's servers killed and stalled while stations ask: nothing is lost or given twice"
	@echo "make order   what raw media say about the order of 2,000 votes"
	@echo "make peers   elections together with the reference tool, from Debian's package"
	@echo "make fuzz    every parser against mutated input, and every bit of an archive"
	@echo "make differential  a million results of the compiled core against libsodium and GMP, and it under sanitizers"
	@echo "make bench   what things cost on this machine"
	@echo "make walks   every screen in every form: nothing cut, small, near, pale or out of focus (SEED=…)"
	@echo "make personas voters of every language, way of input and temper at the real terminal (SEED=…)"
	@echo "make deb     the Debian package of a device, in build/deb"
	@echo "make package-test  built twice, compared, run without the sources, photographed on two screens"
	@echo "make provisioning  a branch from nothing by the commands of docs/operator-guide.md"
	@echo "make gallery a picture of every screen, with a page to look through them"
	@echo "make photographs  the demo as it starts on screens of four sizes (Xvfb)"
	@echo "make setup   only what both need: packages by apt, a virtual environment in .venv"
	@echo "make clean   remove .venv and caches"

setup:
	@PYTHON="$(PYTHON)" scripts/setup test

# The demo needs less: no browser, no tools of the tests.
demo:
	@PYTHON="$(PYTHON)" scripts/setup run
	@$(BIN)/amin demo $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

# Two processes: a third one makes clients of serial lines wait too long on two cores.
# Files come in the order of tests/longest.txt, the long ones first (python -m tests.longest makes it anew).
unit: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

cases: setup
	@QT_QPA_PLATFORM=offscreen $(BIN)/pytest -n 2 --dist loadfile tests/cases $(ARGS)

# Every file of a device in every way and every state of the polls: at most 40 minutes on two cores.
damages: setup
	@DAMAGES=all QT_QPA_PLATFORM=offscreen $(BIN)/pytest -n 2 --dist worksteal tests/cases/branch/test_damages.py $(ARGS)

# At most 40 minutes on two cores; ARGS="--minutes 5 --processes 0" and the like for less (SEED=…).
powercut: setup
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.powercut $(ARGS)

# 5,000 voters at a device in one process; ARGS="--voters 1000 --device terminal" and the like for less.
flat: setup
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.long_days.flat $(ARGS)

# Real programs and robots, something happens before every fourth voter; ARGS="--voters 20" for less (SEED=…).
faultday: setup
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.long_days.faults $(ARGS)

# Seven real devices; ARGS="--voters 8" for less (SEED=…).
worstday: setup
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.long_days.worst $(ARGS)

# What the tests take a share of (tests/shares.py), all of it.
whole: setup
	@$(BIN)/python -m tests.whole $(ARGS)

# The tests that ask what time it is, at midnights, ends of months and leap days; no new file after 40 minutes (SEED=…).
hours: setup
	@$(BIN)/python -m tests.hours $(ARGS)

samples: setup
	@$(BIN)/python -m tests.samples $(ARGS)

# Rooms whose tests wait for threads, windows, devices or other programs, or compute a thing many times.
WAITING := cases contract distributions e2e explore fuzz golden peers samples simulators ui commands \
	kiosk/runtime kiosk/station drivers/threads drivers/media/test_lock.py drivers/printer \
	drivers/fingerprint drivers/test_serial_line.py \
	headquarters/ceremony headquarters/test_keys.py headquarters/test_verification_attacks.py \
	headquarters/test_verification.py headquarters/seats headquarters/capacity headquarters/site \
	headquarters/test_arrivals.py headquarters/test_interims.py headquarters/challenge \
	election/test_audit_log.py drivers/sound page order powercut trust

quick: lint types
	QT_QPA_PLATFORM=offscreen $(BIN)/pytest -n 2 --dist loadfile -q --hypothesis-profile quick -m "not slow and not pcscd" \
		$(addprefix --ignore=tests/,$(WAITING)) $(ARGS)

outages: setup
	@$(BIN)/python -m tests.outages $(ARGS)

explore: setup
	@$(BIN)/python -m tests.explore

order: setup
	@$(BIN)/python -m tests.order $(ARGS)

peers: setup
	scripts/get-belenios-tool -s sid .peers
	CI=true BELENIOS_TOOL=$(CURDIR)/.peers/belenios-tool \
		$(BIN)/pytest -n 2 tests/peers/belenios.py tests/peers/belenios_count.py $(ARGS)
	PAGE_MUTANTS=10000 PAGE_RESULTS=300 $(BIN)/pytest --timeout=7200 tests/page $(ARGS)
	PAGE_SAMPLE=1 $(BIN)/pytest --timeout=7200 tests/trust/attacks/test_publication.py -k page $(ARGS)
	$(BIN)/pytest tests/page/firefox.py $(ARGS)
	npm install --silent --no-save --ignore-scripts --prefix .peers axe-core@4.14.1
	AXE=$(CURDIR)/.peers/node_modules/axe-core/axe.min.js $(BIN)/pytest tests/headquarters/site/axe.py tests/headquarters/board/axe.py tests/headquarters/arrivals_axe.py tests/page/axe.py $(ARGS)

fuzz: setup
	$(BIN)/python -m tests.fuzz $(ARGS)

# ARGS="--cases 100000" for less; a seed that differs is told and goes on with --seed.
differential: setup
	$(BIN)/python -m tests.crypto.differential $(ARGS)
	CI=true $(BIN)/pytest tests/crypto/test_core.py -k sanitizers

bench: setup
	$(BIN)/amin bench $(ARGS)

# Two processes, each with half of the forms; some half an hour, no new form after 90 minutes.
walks: setup
	@for half in 1/2 2/2; do $(BIN)/python -m tests.ui.walks --share $$half $(ARGS) & pids="$$pids $$!"; done; \
		for pid in $$pids; do wait $$pid || failed=1; done; exit $${failed:-0}

# Two processes, each with half of the voters; then a whole day with all ways and languages, some half an hour.
personas: setup
	@for seed in 1 2; do $(BIN)/python -m tests.ui.personas --share $$seed/2 $(ARGS) & pids="$$pids $$!"; done; \
		for pid in $$pids; do wait $$pid || failed=1; done; exit $${failed:-0}
	@rm -rf personas-day && $(BIN)/amin demo --headless --in-process --personas --voters 36 --out personas-day

# The Debian package of a device (or, with ARGS="--package amin-registry", of a registry's machine); and the test of both:
# built twice, judged by lintian, installed on a bare Debian, run, photographed, a day played, upgraded, purged.
deb: setup
	@$(BIN)/python scripts/deb build/deb $(ARGS)

package-test: setup
	@$(BIN)/python -m tests.packaging build/package $(ARGS)

# A branch set up from nothing by the commands of the operator's guide. What it needs is there, or it fails.
provisioning: setup
	@CI=true QT_QPA_PLATFORM=offscreen $(BIN)/pytest tests/provisioning/branch.py $(ARGS)

gallery: setup
	@$(BIN)/python -m tests.ui.walks.gallery gallery $(ARGS)

photographs: setup
	@$(BIN)/python -m tests.ui.photographs photographs $(ARGS)

test: lint types imports unit

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
