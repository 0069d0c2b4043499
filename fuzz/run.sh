#!/bin/bash
# Fuzzes: run.sh [SECONDS [TARGET...]], 60 seconds and every target unless said otherwise. Installs cargo-fuzz if it is missing, unless
# $FUZZ_INSTALL is 0. New inputs stay in artifacts/ and corpus.new/, which are not in git. Ends with 1 if something was found.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
seconds=${1:-60}
shift $(($# > 0 ? 1 : 0))
if ! [[ $seconds =~ ^[1-9][0-9]*$ ]]; then
    echo "fuzz/run.sh: \"$seconds\" is no number of seconds; use: fuzz/run.sh [SECONDS [TARGET...]]" >&2
    exit 2
fi
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(response_head url_and_subprotocols frames negotiation inflate proxy tls c_calls)

if ! cargo fuzz --version >/dev/null 2>&1; then
    if [ "${FUZZ_INSTALL:-1}" = 0 ]; then
        echo "SKIPPED fuzz: cargo-fuzz is not installed (cargo install cargo-fuzz)"
        exit 0
    fi
    echo "cargo install cargo-fuzz"
    if ! cargo install --locked --quiet cargo-fuzz; then
        echo "SKIPPED fuzz: cargo-fuzz could not be installed"
        exit 0
    fi
fi
# AddressSanitizer is an unstable flag: a nightly compiler takes it, a stable one if it is told to.
if cargo +nightly --version >/dev/null 2>&1; then
    fuzz() { cargo +nightly fuzz "$@"; }
else
    fuzz() { RUSTC_BOOTSTRAP=1 cargo fuzz "$@"; }
fi
# Where this folder lies, for cargo-fuzz, which looks for it from above.
cd .. || exit 1

found=0
for target in "${targets[@]}"; do
    echo "== $target, $seconds s"
    mkdir -p "fuzz/corpus.new/$target"
    log=$(mktemp)
    fuzz run --release --debug-assertions "$target" "fuzz/corpus.new/$target" "fuzz/corpus/$target" "fuzz/regressions/$target" -- \
        -max_total_time="$seconds" -timeout=30 -len_control=0 -print_final_stats=1 >"$log" 2>&1
    status=$?
    grep -E 'ERROR|SUMMARY|DONE|stat::(number_of_executed_units|average_exec_per_sec)|Test unit written' "$log"
    if [ "$status" -ne 0 ]; then
        grep -A 2 'panicked at' "$log" || tail -n 30 "$log"
        echo "$target: FOUND something: the input is in fuzz/artifacts/$target; the whole report is $log"
        found=1
    else
        rm -f "$log"
        echo "$target: nothing found"
    fi
done
exit "$found"
