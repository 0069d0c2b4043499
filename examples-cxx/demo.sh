#!/bin/sh
# Conversations to look at: our echo server and the C++ examples; fails if anything is not as it should be.
# ECHO_SERVER is the server's program, EXAMPLES the directory of the built examples (default: build beside this file).
set -eu

EXAMPLES=${EXAMPLES:-$(dirname "$0")/build}
: "${ECHO_SERVER:?ECHO_SERVER must be the path of the echo-server program}"

scratch=$(mktemp -d)
server=
stop() {
    status=$?
    trap - EXIT
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$scratch"
    exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkfifo "$scratch/url"
"$ECHO_SERVER" >"$scratch/url" &
server=$!
read -r url <"$scratch/url"

# show TEXT COMMAND...: runs it, shows what it prints, which is to be TEXT.
show() {
    text=$1
    shift
    echo "\$ $(basename "$1") $2 ${3-}"
    "$@" >"$scratch/out"
    sed 's/^/    /' "$scratch/out"
    [ "$(cat "$scratch/out")" = "$text" ] || { echo "demo: $1 did not print exactly: $text" >&2; exit 1; }
}

show 'hello
closed 1000 clean=1' "$EXAMPLES/quickstart" "$url"
show 'open
message: hello
closed 1000 "done", clean' "$EXAMPLES/conversation" "$url"
show '100 of 100 closed cleanly' "$EXAMPLES/coroutine" "$url" 100
