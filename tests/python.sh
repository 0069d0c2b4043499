#!/bin/bash
# Builds the Python package's wheel, installs it with pytest, mypy and Python's `websockets` into an environment of its own, and runs
# tests/python; says SKIPPED python: ... where pip cannot fetch what it needs.
#   python.sh [OPTIONS OF pytest]
# From the environment: PYTHON (python3), LIBWS_LIBRARY (a libws.so that is there already, else cargo builds it).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-python3}
skip() {
    echo "SKIPPED python: $*"
    exit 0
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || skip "there is no Python 3.10 or newer ($python)"
# shellcheck disable=SC2016 # the program is Python
headers=$("$python" -c 'import os, sysconfig; print(os.path.join(sysconfig.get_path("include"), "Python.h"))')
[ -e "$headers" ] || skip "there is no $headers (Debian: python3-dev)"
tag=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("SOABI"))')
scratch=$PWD/build/python/$tag
venv=$scratch/venv
mkdir -p "$scratch"
if ! "$venv/bin/python" -c pass 2>/dev/null; then
    rm -rf "$venv"
    "$python" -m venv "$venv" >"$scratch/venv.log" 2>&1 || skip "$python makes no venv (Debian: python3-venv): $(tail -n 1 "$scratch/venv.log")"
fi
if ! "$venv/bin/pip" install --quiet --disable-pip-version-check 'setuptools>=77' wheel 'cffi>=2.0' 'websockets>=14' pytest mypy >"$scratch/pip.log" 2>&1; then
    tail -n 3 "$scratch/pip.log"
    skip "pip cannot fetch setuptools, cffi, websockets, pytest and mypy"
fi
if [ -z "${LIBWS_LIBRARY:-}" ]; then
    cargo build --release --lib --quiet
    LIBWS_LIBRARY=${CARGO_TARGET_DIR:-target}/release/libws.so
fi
LIBWS_LIBRARY=$(realpath "$LIBWS_LIBRARY")
export LIBWS_LIBRARY CFLAGS="-Wall -Wextra -Werror -Wno-missing-field-initializers -Wno-cast-function-type ${CFLAGS:-}"
rm -rf "$scratch/wheel" bindings/python/build
"$venv/bin/pip" wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps --wheel-dir "$scratch/wheel" bindings/python
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --force-reinstall "$scratch"/wheel/libws-*.whl

cd tests/python # not where the package's sources are: what is tested is what was installed
export PYTHONDONTWRITEBYTECODE=1
"$venv/bin/mypy" --strict --cache-dir "$scratch/mypy" -p libws
"$venv/bin/mypy" --strict --cache-dir "$scratch/mypy" typed_use.py
unseen=(-W error::pytest.PytestUnhandledThreadExceptionWarning -W error::pytest.PytestUnraisableExceptionWarning)
"$venv/bin/python" -X faulthandler -m pytest -q "${unseen[@]}" -p no:cacheprovider -o faulthandler_timeout=60 "$@" .
