#!/bin/bash
# Builds the Python package's wheel, installs it with pytest, mypy and Python's `websockets` into an environment of its own, and runs
# tests/python; then the same without a GIL, if there is a free-threaded Python. Says SKIPPED python...: ... where pip cannot fetch what it needs.
#   python.sh [OPTIONS OF pytest]
# From the environment: PYTHON (python3), PYTHON_FREE_THREADED (python3.15t, python3.14t, python3.13t), LIBWS_LIBRARY (a libws.so that is
# there already, else cargo builds it).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
skip() {
    echo "SKIPPED $part: $*"
    return 1
}

# environment PYTHON PACKAGES...: one with those packages, in $venv; 1: skipped.
environment() {
    local python=$1 headers tag
    shift
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || skip "there is no Python 3.10 or newer ($python)" || return
    headers=$("$python" -c 'import os, sysconfig; print(os.path.join(sysconfig.get_path("include"), "Python.h"))')
    [ -e "$headers" ] || skip "there is no $headers (Debian: python3-dev)" || return
    tag=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("SOABI"))')
    scratch=$PWD/build/python/$tag
    venv=$scratch/venv
    mkdir -p "$scratch"
    if ! "$venv/bin/python" -c pass 2>/dev/null; then
        rm -rf "$venv"
        "$python" -m venv "$venv" >"$scratch/venv.log" 2>&1 || skip "$python makes no venv (Debian: python3-venv): $(tail -n 1 "$scratch/venv.log")" || return
    fi
    if ! "$venv/bin/pip" install --quiet --disable-pip-version-check 'setuptools>=77' wheel 'cffi>=2.0' "$@" >"$scratch/pip.log" 2>&1; then
        grep -E 'Error: |^ERROR' "$scratch/pip.log" | tail -n 3
        skip "pip cannot install setuptools, cffi, $* for $("$python" -V)" || return
    fi
}

# Builds the package and installs it there.
package() {
    if [ -z "${LIBWS_LIBRARY:-}" ]; then
        cargo build --release --lib --quiet
        LIBWS_LIBRARY=${CARGO_TARGET_DIR:-target}/release/libws.so
    fi
    LIBWS_LIBRARY=$(realpath "$LIBWS_LIBRARY")
    export LIBWS_LIBRARY
    rm -rf "$scratch/wheel" bindings/python/build
    CFLAGS="-Wall -Wextra -Werror -Wno-missing-field-initializers -Wno-cast-function-type ${CFLAGS:-}" \
        "$venv/bin/pip" wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps --wheel-dir "$scratch/wheel" bindings/python
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --force-reinstall "$scratch"/wheel/libws-*.whl
}

# In tests/python, not where the package's sources are: what is tested is what was installed.
export PYTHONDONTWRITEBYTECODE=1
types() {
    (cd tests/python && "$venv/bin/mypy" --strict --cache-dir "$scratch/mypy" -p libws && "$venv/bin/mypy" --strict --cache-dir "$scratch/mypy" typed_use.py)
}
tests() {
    local unseen=(-W error::pytest.PytestUnhandledThreadExceptionWarning -W error::pytest.PytestUnraisableExceptionWarning)
    (cd tests/python && "$venv/bin/python" -X faulthandler -m pytest -q "${unseen[@]}" -p no:cacheprovider -o faulthandler_timeout=60 "$@" .)
}

part=python
if environment "${PYTHON:-python3}" 'websockets>=14' pytest mypy; then
    package
    types
    tests "$@"
fi

part='python-free-threaded'
free=${PYTHON_FREE_THREADED:-$(command -v python3.15t python3.14t python3.13t | head -n 1 || true)}
if [ -z "$free" ]; then
    skip "there is no free-threaded Python (python3.14t, or \$PYTHON_FREE_THREADED)" || true
elif "$free" -c 'import sys, sysconfig; sys.exit(bool(sysconfig.get_config_var("Py_GIL_DISABLED")))'; then
    skip "$free has a GIL" || true
elif environment "$free" 'websockets>=14' pytest; then
    package
    tests "$@"
fi
