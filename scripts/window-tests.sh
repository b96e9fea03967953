#!/usr/bin/env bash
# The real windows on displays in memory, and the browser face in Chromium. Screenshots: target/screenshots.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p target/screenshots
exec node --test --test-concurrency=1 --test-reporter=spec tests/window/*.test.mjs
