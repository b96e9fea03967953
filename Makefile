# `make run` opens Stoa, `make test` checks all of it. Both install what is missing first.

SHELL := /bin/bash
CARGO ?= cargo
# Stands for ui/dist: Rust's build writes a placeholder page there when it runs first.
UI := ui/node_modules/.built

.PHONY: run demo test bench fmt lint build setup-run setup-test setup-bench FORCE

run: build
	@scripts/run.sh

demo: setup-test build
	@target/debug/stoa demo

test: setup-test ui/node_modules/.package-lock.json tests/window/node_modules/.package-lock.json
	@scripts/test.sh

bench: setup-bench $(UI)
	@scripts/bench.sh

fmt: ui/node_modules/.package-lock.json
	$(CARGO) fmt --all
	cd ui && npm run format --if-present

lint: $(UI)
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	cd ui && npm run check && npm run lint

# The UI goes first: both binaries carry it inside.
build: $(UI)
	$(CARGO) build --workspace

UI_SOURCES := $(filter-out ui/dist/%,$(shell git ls-files --cached --others --exclude-standard ui 2>/dev/null || find ui -name node_modules -prune -o -type f -print))

$(UI): $(wildcard $(UI_SOURCES)) ui/node_modules/.package-lock.json $(if $(wildcard ui/dist/assets),,FORCE) | setup-run
	cd ui && npm run build
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json | setup-run
	cd $* && npm ci --no-audit --no-fund
	@touch $@

setup-run setup-test setup-bench: setup-%:
	@scripts/setup.sh $*
