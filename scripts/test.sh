#!/usr/bin/env bash
# Builds everything once, then runs every test. Goes on after a failed stage, so that one run tells all.
set -uo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/stages.sh
source scripts/stages.sh
rm -rf "$logs"
mkdir -p "$logs"
export CI=true NO_COLOR=1 CARGO_TERM_COLOR=never

ui() { (cd ui && npm run --silent "$@"); }
ui_build() { ui build && touch ui/node_modules/.built; }

rust_tests() {
    if command -v cargo-nextest >/dev/null; then
        cargo nextest run --workspace --no-fail-fast --cargo-quiet
    else
        cargo test --workspace --no-fail-fast -- --test-threads "$(nproc)"
    fi
}

stage lint ui-check ui check
stage lint ui-lint ui lint
stage test ui-test ui test
if stage build ui-build ui_build && stage build rust-build cargo build --workspace; then
    stage build test-build cargo test --workspace --no-run --quiet && stage test rust rust_tests
    stage test window scripts/window-tests.sh
fi

summary
