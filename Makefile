# Every target sets up what it needs by itself; `make` alone lists them. Commands that you type more than once are here.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
export PATH := $(CURDIR)/.deskbell/bin:$(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup setup-try try test check static widget fix schema bench

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## Make .venv, install Node, the widget's tools and Chromium, build the widget
	@$(PYTHON) scripts/setup.py test

setup-try:
	@$(PYTHON) scripts/setup.py try

try: setup-try ## Run everything on this machine: shop page, agent app, database (ARGS="--fresh --port 55000")
	@exec $(BIN)/deskbell try $(ARGS)

test: check ## Run everything that CI runs

check: static ## The same: format, lint, types, import rules, widget size, then all tests
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

static: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/basedpyright
	cd widget && npm run check && npm run build

widget: setup-try ## Build widget/dist and print its sizes
	cd widget && npm run build

fix: setup ## Format and mend what can be mended by machine
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: setup ## Write the next migration from supabase/schemas (name=what_it_does)
	$(BIN)/python -m scripts.schema $(name)

bench: setup ## Run the benchmarks; each prints a ratio against a floor of the same run (ARGS="chain")
	$(BIN)/python -m benchmarks $(ARGS)
