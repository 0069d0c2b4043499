#!/bin/sh
# A conversation to look at: our echo server, wscat and quickstart; fails if anything is not as it should be.
# ECHO_SERVER is the server's program, EXAMPLES the directory of the built examples (default: build beside this file).
set -u

EXAMPLES=${EXAMPLES:-$(dirname "$0")/build}
: "${ECHO_SERVER:?ECHO_SERVER must be the path of the echo-server program}"

scratch=$(mktemp -d) || exit 1
server=
stop() {
    status=$?
    trap - EXIT
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null
        wait "$server" 2>/dev/null
    fi
    rm -rf "$scratch"
    exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
    echo "demo: $*" >&2
    exit 1
}

# run NAME WANTED_STATUS COMMAND...: runs it on this function's standard input, shows what it prints, keeps it in $scratch/NAME.
run() {
    name=$1 wanted=$2
    shift 2
    "$@" >"$scratch/$name.out" 2>"$scratch/$name.err"
    got=$?
    sed 's/^/    /' "$scratch/$name.out" "$scratch/$name.err"
    echo "    exit status $got"
    echo
    [ "$got" -eq "$wanted" ] || fail "$1 ended with exit status $got, not $wanted"
}

# printed NAME STREAM TEXT: the whole standard output (out), or a part of standard error (err), is TEXT.
printed() {
    case $2 in
    out) [ "$(cat "$scratch/$1.out")" = "$3" ] || fail "$1 did not print exactly: $3" ;;
    err) grep -Fq -- "$3" "$scratch/$1.err" || fail "$1 did not say: $3" ;;
    esac
}

mkfifo "$scratch/url" || fail "no named pipe in $scratch"
"$ECHO_SERVER" >"$scratch/url" &
server=$!
read -r url <"$scratch/url" || fail "the echo server $ECHO_SERVER did not print its URL"
echo "The echo server listens at $url"
echo

printf '%s\n' "\$ printf 'hello\\nworld\\n' | wscat -v -c 1000 -r done $url"
printf 'hello\nworld\n' | run wscat 0 "$EXAMPLES/wscat" -v --timeout 10 -c 1000 -r done "$url" || exit 1
printed wscat out 'hello
world'
printed wscat err "* connected to "
printed wscat err 'closed: 1000 "done", clean'

echo "\$ quickstart $url"
run quickstart 0 "$EXAMPLES/quickstart" "$url" </dev/null
printed quickstart out 'hello
closed 1000 clean=1'

echo "A page may not close with 1001, and neither may we: InvalidAccessError, and the connection is untouched."
echo "\$ wscat -v -c 1001 $url </dev/null"
run refused 2 "$EXAMPLES/wscat" -v --timeout 10 -c 1001 "$url" </dev/null
grep -Eiq 'wscat: close: .*invalid_?access' "$scratch/refused.err" || fail "close(1001) was not refused with InvalidAccessError"
printed refused err 'closed: 1005 "", clean'

echo "\$ wscat ${url}status/404 </dev/null"
run status 1 "$EXAMPLES/wscat" --timeout 10 "${url}status/404" </dev/null
printed status err '(HTTP status 404)'

echo "All as it should be: opened, echoed, closed cleanly with 1000 \"done\"; 1001 and the wrong address refused."
