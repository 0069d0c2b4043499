#!/bin/bash
# Everything that must hold, part after part; goes on after a failure and says at the end how many tests passed, failed and were
# skipped. $TOTALS, if set, is a file that gets that line alone.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
passed=0 failed=0 skipped=0 times=
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# part NAME COUNTER COMMAND...: runs a part; the counter reads from its output how many tests it was.
part() {
    local name=$1 counter=$2 start=$SECONDS status
    shift 2
    echo
    echo "== $name"
    "$@" </dev/null 2>&1 | tee "$scratch/output"
    status=${PIPESTATUS[0]}
    p=0 f=0 s=0
    "$counter" "$status" "$scratch/output"
    # A part that breaks off before its tests could fail has failed all the same.
    if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    times+=$(printf '%5d s  %-10s %4d passed %4d failed %4d skipped' $((SECONDS - start)) "$name" $p $f $s)$'\n'
}

# skip NAME WHY
skip() {
    echo
    echo "SKIPPED $1: $2"
    skipped=$((skipped + 1))
    times+=$(printf '%5d s  %-10s    0 passed    0 failed    1 skipped' 0 "$1")$'\n'
}

# Counters set p, f and s: passed, failed, skipped.
as_one() { if [ "$1" -eq 0 ]; then p=1; else f=1; fi; }
as_none() { :; }
as_lines() {
    p=$(grep -c '^ok ' "$2") s=$(grep -c '^SKIPPED ' "$2")
    if [ "$1" -ne 0 ]; then f=1; fi
}
as_measured() { if grep -q '^SKIPPED ' "$2"; then s=1; else as_one "$1"; fi; }
as_cargo() {
    read -r p f s < <(sed -n 's/^test result: .* \([0-9]*\) passed; \([0-9]*\) failed; \([0-9]*\) ignored;.*/\1 \2 \3/p' "$2" |
        awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }')
    # Tests that cannot run on this machine say so and count as passed with cargo.
    local unable
    unable=$(grep -o 'SKIPPED [^ ]' "$2" | wc -l)
    p=$((p - unable)) s=$((s + unable))
}
as_browser() { if grep -q '^SKIPPED browser' "$2"; then s=1; else as_cargo "$@"; fi; }
as_pytest() {
    local own
    read -r p f own < <(sed -n 's/^=* *\(.* passed.*\) in [0-9.]*s.*/\1/p' "$2" | tr ',' '\n' |
        awk '/ passed/ { p += $1 } / failed| error/ { f += $1 } / skipped/ { s += $1 } END { print p + 0, f + 0, s + 0 }')
    s=$(($(grep -c '^SKIPPED python' "$2") + own))
}
as_autobahn() {
    read -r p f < <(grep '^all ' "$2" | grep -o '[0-9]* of [0-9]*' | awk '{ p += $1; f += $3 - $1 } END { print p + 0, f + 0 }')
}

# What a fresh machine may lack: the command, and Debian's package that has it.
lacking() {
    local command package
    while read -r command package; do
        # shellcheck disable=SC2086 # a command with its arguments
        $command --version >/dev/null 2>&1 || echo "$package"
    done <<'LIST'
valgrind valgrind
strace strace
c++ g++
pkg-config pkg-config
python3 python3
node nodejs
npm npm
cmake cmake
meson meson
ninja ninja-build
abidiff abigail-tools
man man-db
groff groff-base
dpkg-shlibdeps dpkg-dev
mmdebstrap mmdebstrap
clang clang
doxygen doxygen
curl-config libcurl4-openssl-dev
LIST
    [ -e /usr/include/libwebsockets.h ] || echo libwebsockets-dev
    command -v nginx >/dev/null || [ -e /usr/sbin/nginx ] || echo nginx-light
    command -v haproxy >/dev/null || [ -e /usr/sbin/haproxy ] || echo haproxy
    # These have no way to say their version that succeeds.
    python3-config --prefix >/dev/null 2>&1 || echo python3-dev
    for command in tinyproxy microsocks; do command -v $command >/dev/null || echo "$command"; done
    python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
    python3 -m pip --version >/dev/null 2>&1 || echo python3-pip
    [ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || echo chromium
    tests/ffi.sh --lacking
}
install_tools() {
    local packages package
    mapfile -t packages < <(lacking | sort -u)
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        [ ${#packages[@]} -eq 0 ] || echo "not installed, and only root could with apt-get: ${packages[*]}"
        return 0
    fi
    # Autobahn's set-up needs apt-get's lists, which a new container does not have.
    if [ ${#packages[@]} -ne 0 ] || [ -z "$(apt-get indextargets 'Created-By: Packages')" ]; then
        apt_get update
        # One that is not to be had keeps the others away.
        apt_get install "${packages[@]}" || for package in "${packages[@]}"; do apt_get install "$package"; done
    fi
    # clang's sanitizers are a package of their own, named after its version.
    if command -v clang >/dev/null && ! clang -fsanitize=address -x c -o "$scratch/sanitized" - <<<'int main(void) { return 0; }' 2>/dev/null; then
        apt_get install "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
    fi
}

# apt_get COMMAND PACKAGE...
apt_get() {
    echo "apt-get $*"
    DEBIAN_FRONTEND=noninteractive apt-get "$1" -y -qq --no-install-recommends --no-remove "${@:2}" >"$scratch/apt" 2>&1 && return
    tail -n 20 "$scratch/apt"
    echo "apt-get could not: what needs it is skipped or fails"
    return 1
}

# What comes through the network comes while the processor builds what needs none of it.
fetch() {
    install_tools
    tests/interop/setup.sh
    tests/autobahn/setup.sh >/dev/null
}
fetched() { tail -n +1 -f --pid=$fetching "$scratch/fetched"; }
fetch </dev/null >"$scratch/fetched" 2>&1 &
fetching=$!

part release as_one make --no-print-directory build
format() {
    cargo fmt --all --check && cargo fmt --check --manifest-path fuzz/Cargo.toml && cargo fmt --check --manifest-path tests/interleavings/Cargo.toml
}
if cargo fmt --version >/dev/null 2>&1; then part format as_one format; else skip format "there is no rustfmt"; fi
if cargo clippy --version >/dev/null 2>&1; then
    part clippy as_one cargo clippy --workspace --all-targets --quiet -- -D warnings
else
    skip clippy "there is no clippy"
fi
part handles as_cargo cargo test --manifest-path tests/interleavings/Cargo.toml --target-dir "${CARGO_TARGET_DIR:-target}/interleavings"
part fetched as_none fetched
# libfuzzer is C++.
if cargo clippy --version >/dev/null 2>&1; then
    part fuzz-clippy as_one cargo clippy --manifest-path fuzz/Cargo.toml --all-targets --quiet --target-dir "${CARGO_TARGET_DIR:-target}/fuzz" -- -D warnings
fi
part fuzz as_cargo cargo test --manifest-path fuzz/Cargo.toml --target-dir "${CARGO_TARGET_DIR:-target}/fuzz"
# The comparison with a browser is a part of its own.
part tests as_cargo cargo test --workspace --no-fail-fast -- --skip libws_does_what_chromium_does
part coverage as_measured tests/coverage.sh
part install as_lines bash tests/install.sh
part deb as_lines bash tests/deb.sh
part html as_lines bash tests/html.sh
part python as_pytest make --no-print-directory test-python
part demo as_one make --no-print-directory demo
part ffi as_lines make --no-print-directory test-ffi
part browser as_browser bash -c 'tests/browser/run.sh || [ $? -eq 77 ]'
if tests/autobahn/setup.sh >"$scratch/setup" 2>&1; then
    part autobahn as_autobahn make --no-print-directory autobahn
else
    tail -n 5 "$scratch/setup"
    skip autobahn "the Autobahn|Testsuite could not be set up"
fi

total="$passed passed, $failed failed, $skipped skipped"
echo
printf '%s' "$times"
echo "$total"
[ -z "${TOTALS:-}" ] || echo "$total" >"$TOTALS"
[ "$failed" -eq 0 ]
