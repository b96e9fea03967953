#!/usr/bin/env bash
# Measures a release build on this machine and writes docs/benchmarks.md. Takes a while: the build first.
# Always the whole workspace: `-p` would choose other features and build everything again.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --workspace --bin stoa
cargo bench --workspace --bench cipher >target/cipher.jsonl
cargo bench --workspace --bench state >target/state.jsonl
cargo bench --workspace --bench persona >target/persona.jsonl
cargo bench --workspace --features stoa-tests/transfer --bench transfer -- "$PWD/target/transfer.json"
(cd tests/benches && npm ci --no-audit --no-fund)
cards="$(cargo bench --workspace --bench cards --no-run 2>&1 | sed -n 's/.*Executable benches\/cards.rs (\(.*\))/\1/p')"
node tests/benches/cards.mjs "$cards" target/cards.json
node tests/benches/catalog.mjs target/release/stoa target/catalog.json
node tests/benches/figures.mjs target/release/stoa docs/benchmarks.md \
    --transfer target/transfer.json --cipher target/cipher.jsonl --drawings target/cards.json --catalog target/catalog.json --persona target/persona.jsonl --state target/state.jsonl
