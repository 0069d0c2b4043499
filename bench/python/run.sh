#!/bin/bash
# Installs the Python clients into a folder of its own, builds the server and the package, measures.
#   run.sh [OPTIONS OF measure.py]
# From the environment: PYTHON, LIBWS_LIBRARY (a libws.so that is there already), BENCH_SERVER (a bench server that is there already).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$(dirname "$here")")
build=$root/bench/build/python
mkdir -p "$build"
[ -x "$build/venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$build/venv"
if ! "$build/venv/bin/pip" install -q websockets picows aiohttp websocket-client "$root/bindings/python" >"$build/pip.log" 2>&1; then
    tail -n 5 "$build/pip.log" >&2
    echo "SKIPPED bench-python: pip could not install the clients" >&2
    exit 0
fi
if [ -z "${BENCH_SERVER:-}" ]; then
    cargo build --release --quiet --manifest-path "$root/bench/server/Cargo.toml" --target-dir "$root/bench/build/server"
    BENCH_SERVER=$root/bench/build/server/release/bench-server
fi
export PYTHONDONTWRITEBYTECODE=1
exec "$build/venv/bin/python" "$here/measure.py" "$BENCH_SERVER" "$@"
