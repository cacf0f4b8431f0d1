# Two commands: `make demo` and `make test`. Both set everything up first.
SHELL := /bin/bash
PYTHON ?= $(shell command -v /usr/bin/python3.11 || command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup demo test lint types imports unit bench clean

help:
	@echo "make demo    a whole polling day: windows if there is a display, otherwise headless"
	@echo "make test    lint, types, import contract, tests"
	@echo "make setup   only what both need: packages by apt, a virtual environment in .venv"
	@echo "make clean   remove .venv and caches"

setup:
	@PYTHON="$(PYTHON)" scripts/setup

demo: setup
	@$(BIN)/amin demo $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

unit: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/pytest $(ARGS)

test: lint types imports unit

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
