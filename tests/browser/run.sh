#!/bin/bash
# Compares libws with Chromium (tests/browser/main.rs); installs Debian's Chromium if it is not there and root may. $CHROMIUM, if
# set, is another one. Exit code 77: skipped, and the last line says why.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

skip() {
    echo "SKIPPED browser: $1"
    exit 77
}

chromium=${CHROMIUM:-chromium}
if ! command -v "$chromium" >/dev/null; then
    [ -z "${CHROMIUM:-}" ] || skip "there is no $CHROMIUM, which \$CHROMIUM names"
    [ "$(id -u)" -eq 0 ] || skip "there is no chromium, and only root could install it"
    command -v apt-get >/dev/null || skip "there is no chromium, and no apt-get to install it"
    export DEBIAN_FRONTEND=noninteractive
    echo "apt-get update, apt-get install chromium"
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >"$log" 2>&1; then
        tail -n 5 "$log"
        skip "apt-get could not install chromium"
    fi
fi
"$chromium" --version --no-sandbox 2>/dev/null
CHROMIUM=$chromium ${CARGO:-cargo} test --test browser -- --ignored --nocapture
