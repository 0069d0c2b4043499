#!/bin/bash
# The clients of examples-ffi, each in a language of its own, against the echo server: all must print examples-ffi/expected.txt, with the
# library where WS_LIB says, and with the library where the system's linker finds it. Installs runtimes if it may. Needs `make` before it.
# Each language is a line "ok NAME …", or "SKIPPED NAME: why" if its runtime is not there and cannot be installed.
#
#   tests/ffi.sh [NAME...]      these languages; without names all
#   tests/ffi.sh --lacking      prints Debian's packages of the runtimes that are not there
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
examples=$PWD/examples-ffi
release=$(realpath "${CARGO_TARGET_DIR:-target}")/release
include=$PWD/include
# What is downloaded or compiled is kept for the next time.
kept=$PWD/build/ffi
mkdir -p "$kept"
scratch=$(mktemp -d)
server=
stop() {
    [ -z "$server" ] || { kill "$server" && wait "$server" || true; } 2>/dev/null
    rm -rf "$scratch"
}
trap stop EXIT

# cargo writes libws.so; an installed library has its SONAME, too.
for name in libws.so libws.so.0; do ln -s "$release/libws.so" "$scratch/$name"; done
# Letters that are not ASCII are in the programs and in what they print.
export LC_ALL=C.UTF-8

# For each language: has_NAME prints which version is there, or fails; Debian's packages that bring it; run_NAME URL runs the client.
languages=(node go luajit ruby php java csharp perl)
declare -A packages=(
    [node]='nodejs npm' [go]='golang-go gcc libc6-dev' [luajit]=luajit [ruby]=ruby [php]=php-cli [java]='default-jdk-headless libjna-java'
    [csharp]='mono-mcs mono-runtime' [perl]='perl libffi-platypus-perl'
)

has_node() { node -p '"node " + process.versions.node' && npm --version >"$scratch/npm"; }
koffi() { (cd "$kept" && node -p '"koffi " + require("koffi").version'); }
# What npm has to bring, too.
prepare_node() {
    koffi 2>"$scratch/koffi" && return
    npm install --prefix "$kept" --no-audit --no-fund --fetch-retries=1 koffi@3 >"$scratch/npm" 2>&1 ||
        { echo "npm could not install koffi: $(grep -m 1 -i '^npm err' "$scratch/npm")" >&2; return 1; }
    koffi
}
run_node() { cp "$examples/echo.mjs" "$kept" && node "$kept/echo.mjs" "$1"; }

has_go() { cc --version >"$scratch/cc" && go version | cut -d ' ' -f 3; }
run_go() {
    CGO_ENABLED=1 GOCACHE=$kept/go CGO_CFLAGS=-I$include CGO_LDFLAGS="-L$scratch ${WS_LIB:+-Wl,-rpath,$WS_LIB}" \
        go build -o "$scratch/echo-go" "$examples/echo.go" && "$scratch/echo-go" "$1"
}

has_luajit() { luajit -e 'print(jit.version)'; }
run_luajit() { luajit "$examples/echo.lua" "$1"; }

has_ruby() { ruby -r fiddle/import -e 'puts "ruby #{RUBY_VERSION}, fiddle #{Fiddle::VERSION}"'; }
run_ruby() { ruby "$examples/echo.rb" "$1"; }

has_php() { php -r 'FFI::new("int"); echo "php ", PHP_VERSION, "\n";'; }
run_php() { php "$examples/echo.php" "$1"; }

jna=/usr/share/java/jna.jar
has_java() {
    [ -e $jna ] && javac --version || return 1
    [ "$(javac --version | sed 's/javac \([0-9]*\).*/\1/')" -ge 14 ] || { echo "the client needs Java 14" >&2; return 1; }
}
run_java() { java -cp $jna "$examples/Echo.java" "$1"; }

has_csharp() { mcs --version >"$scratch/mcs" && mono --version | sed -n '1s/.*version \([^ ]*\).*/mono \1/p'; }
run_csharp() { mcs -out:"$scratch/Echo.exe" "$examples/Echo.cs" && mono "$scratch/Echo.exe" "$1"; }

has_perl() { perl -MFFI::Platypus=2.00 -e 'print "perl $^V, FFI::Platypus $FFI::Platypus::VERSION\n"'; }
run_perl() { perl "$examples/echo.pl" "$1"; }

# install PACKAGE...: fails, and says why, if they cannot be installed.
install() {
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then echo "only root could install $* with apt-get"; return 1; fi
    export DEBIAN_FRONTEND=noninteractive
    [ -e "$scratch/updated" ] || apt-get update -qq >"$scratch/updated" 2>&1 || true
    apt-get install -y -qq --no-install-recommends --no-remove "$@" >"$scratch/apt" 2>&1 && return
    echo "apt-get could not install $*: $(grep '^E: ' "$scratch/apt" | head -n 1)"
    return 1
}

# there NAME: prints the versions of what the client needs, installing it if need be; or fails, and says why.
there() {
    local why=$scratch/why
    if ! "has_$1" 2>"$why"; then
        # shellcheck disable=SC2086 # a list
        install ${packages[$1]} || return 1
        "has_$1" 2>"$why" || { echo "installed, but: $(tail -n 1 "$why")"; return 1; }
    fi
    if declare -F "prepare_$1" >/dev/null; then "prepare_$1" 2>"$why" || { tail -n 1 "$why"; return 1; }; fi
}

if [ "${1:-}" = --lacking ]; then
    # shellcheck disable=SC2086 # a list
    for name in "${languages[@]}"; do "has_$name" >"$scratch/there" 2>&1 || printf '%s\n' ${packages[$name]}; done
    exit
fi
[ -x "$release/echo-server" ] || { echo "there is no $release/echo-server: run make first" >&2; exit 1; }
mkfifo "$scratch/url"
"$release/echo-server" >"$scratch/url" &
server=$!
read -r url <"$scratch/url"

export -f "${languages[@]/#/run_}"
export examples include kept scratch jna
# as_expected NAME WHERE: runs the client, with the environment as it is; it must print what is expected and end with 0. It gets 60
# seconds: one that waits for an event that never comes must not hang here.
as_expected() {
    local status=0
    # shellcheck disable=SC2016 # for the inner shell
    timeout 60 bash -c 'run_"$1" "$2"' client "$1" "$url" </dev/null >"$scratch/printed" 2>"$scratch/errors" || status=$?
    if diff -u "$examples/expected.txt" "$scratch/printed" >"$scratch/difference" && [ $status -eq 0 ]; then return; fi
    echo "FAILED $1, the library found by $2: exit status $status; what was expected (-) and what was printed (+):"
    tail -n +3 "$scratch/difference"
    tail -n 20 "$scratch/errors"
    return 1
}

passed=0 failed=0 skipped=0
[ $# -eq 0 ] || languages=("$@")
for name in "${languages[@]}"; do
    [ -n "${packages[$name]:-}" ] || { echo "ffi: there is no client for $name, but for ${!packages[*]}" >&2; exit 2; }
    if ! there "$name" >"$scratch/there"; then
        echo "SKIPPED $name: $(tail -n 1 "$scratch/there")"
        skipped=$((skipped + 1))
        continue
    fi
    version=$(paste -sd '|' "$scratch/there" | sed 's/|/, /g')
    if (export WS_LIB=$scratch && as_expected "$name" WS_LIB) &&
        (unset WS_LIB && export LD_LIBRARY_PATH=$scratch && as_expected "$name" "the system's linker"); then
        echo "ok $name ($version)"
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed languages passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
