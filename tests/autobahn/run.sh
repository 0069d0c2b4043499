#!/bin/bash
# Builds client.c and runs it through the Autobahn|Testsuite on an own loop and on the background loop.
#   run.sh [OPTIONS OF run.py]
# From the environment: CC, CFLAGS, WS_INCLUDE (the folder of ws.h), WS_LIB (the folder of libws.so), BUILD (for the program).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$(dirname "$here")")
include=${WS_INCLUDE:-$root/include}
lib=${WS_LIB:-${CARGO_TARGET_DIR:-$root/target}/release}
build=${BUILD:-$root/build}/autobahn

[ -e "$lib/libws.so" ] || { echo "autobahn: no libws.so in $lib: run cargo build --release, or set WS_LIB" >&2; exit 1; }
mkdir -p "$build"
lib=$(cd "$lib" && pwd)
build=$(cd "$build" && pwd)
# Under its own name and its SONAME, beside the program, so that it is found there.
ln -sf "$lib/libws.so" "$build/libws.so"
ln -sf "$lib/libws.so" "$build/libws.so.0"
# shellcheck disable=SC2086 # CFLAGS is a list
"${CC:-cc}" -std=c99 -Wall -Wextra -Wpedantic -Werror -O2 ${CFLAGS:-} -I"$include" "$here/client.c" -o "$build/client" \
    -L"$build" -lws -Wl,-rpath,"$build"
exec python3 "$here/run.py" --reports "$build/reports" "$@" \
    "libws-own=$build/client own" "libws-background=$build/client background"
