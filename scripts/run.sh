#!/usr/bin/env bash
# Opens the window; without a display runs the headless node and prints the address of the same window.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]]; then
    exec target/debug/stoa-window "$@"
fi
if target/debug/stoa node status >/dev/null 2>&1; then
    echo "stoa: your node runs already; open this in a browser on this machine:"
    exec target/debug/stoa node web
fi
echo "stoa: no display here, so this runs without a window; Ctrl-C ends it"
exec target/debug/stoa node run --web 127.0.0.1:0 "$@"
