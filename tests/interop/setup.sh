#!/bin/bash
# Fetches what the tests of interoperation need and Debian has not, or not new enough: Node's `ws` by npm, Python's `websockets` by pip.
#
# Both go into build/interop of the project, where the tests look; nothing on the system changes and no root is needed. The
# registries are those that this machine is configured for. What is there is used again as long as this script and its lists have not
# changed. What cannot be had is said, and the tests that need it are skipped.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$here/../../build/interop

say() { echo "interop setup: $*" >&2; }

# get NAME COMMAND...: runs the command, which fills the folder NAME, unless that has been done.
get() {
    local name=$1 stamp
    shift
    stamp=$(cat "$here/setup.sh" "$here"/packages/* | sha256sum)
    [ "$(cat "$build/$name/done" 2>/dev/null)" = "$stamp" ] && return
    rm -rf "${build:?}/$name"
    mkdir -p "$build/$name"
    if "$@" >"$build/$name.log" 2>&1; then
        echo "$stamp" >"$build/$name/done"
    else
        say "$1 could not, see build/interop/$name.log: tests are skipped"
        rm -rf "${build:?}/$name"
    fi
}

mkdir -p "$build"
exec 9>"$build/lock"
flock 9
get node npm install --prefix "$build/node" --ignore-scripts --no-audit --no-fund --no-package-lock "$(cat "$here/packages/node.txt")"
get python python3 -m pip install -q --disable-pip-version-check --no-deps --target "$build/python" -r "$here/packages/python.txt"
exit 0
