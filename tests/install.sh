#!/bin/bash
# Installs the release build into a folder of its own, builds quickstart.c with the installed pkg-config file, shared and static,
# runs both against the echo server, and removes everything again. Needs `make` before it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
release=$(realpath "${CARGO_TARGET_DIR:-target}")/release
scratch=$(mktemp -d)
server=
stop() {
    exec 3>&- || true
    [ -z "$server" ] || wait "$server" || true
    rm -rf "$scratch"
}
trap stop EXIT
fail() { echo "install: $*" >&2; exit 1; }

# What the folder holds, by name.
files() { (cd "$1" && find . ! -type d | sort | tr '\n' ' '); }
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
expected="./include/ws.h ./lib/libws.a ./lib/libws.so ./lib/libws.so.0 ./lib/libws.so.$version ./lib/pkgconfig/libws.pc "

prefix=$scratch/prefix
make -s install PREFIX="$prefix"
[ "$(files "$prefix")" = "$expected" ] || fail "installed $(files "$prefix") and not $expected"

if command -v pkg-config >/dev/null; then
    echo "install: flags from $(command -v pkg-config)"
    flags() { PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config "$@" libws; }
    [ "$(flags --modversion)" = "$version" ] || fail "the version in libws.pc is $(flags --modversion) and not $version"
else
    echo "install: there is no pkg-config here: flags read from libws.pc by sed"
    flags() {
        local keys='Libs' option
        for option in "$@"; do
            case $option in
            --cflags) keys=Cflags ;;
            --static) keys='Libs\|Libs.private' ;;
            esac
        done
        sed -n "s/^\($keys\): //p" "$prefix/lib/pkgconfig/libws.pc" | tr '\n' ' ' |
            sed -e "s|\${libdir}|$prefix/lib|g" -e "s|\${includedir}|$prefix/include|g"
    }
fi

compile=("${CC:-cc}" -std=c99 -Wall -Wextra -Wpedantic -Werror examples-c/quickstart.c)
# shellcheck disable=SC2046 # flags are lists
"${compile[@]}" -o "$scratch/shared" $(flags --cflags) $(flags --libs) -Wl,-rpath,"$prefix/lib"
# shellcheck disable=SC2046 # -l:libws.a, because the linker would rather take libws.so
"${compile[@]}" -o "$scratch/static" $(flags --cflags) $(flags --static --libs | sed 's/-lws\b/-l:libws.a/')

# The server ends when its standard input does, which is descriptor 3 here.
mkfifo "$scratch/in" "$scratch/url"
"$release/echo-server" --until-eof <"$scratch/in" >"$scratch/url" &
server=$!
exec 3>"$scratch/in"
read -r url <"$scratch/url" || fail "the echo server $release/echo-server did not print its URL"

for way in shared static; do
    printed=$("$scratch/$way" "$url") || fail "quickstart, $way, ended with status $?"
    [ "$printed" = $'hello\nclosed 1000 clean=1' ] || fail "quickstart, $way, printed: $printed"
    needed=$(readelf --dynamic "$scratch/$way" | grep -c 'NEEDED.*libws.so.0' || true)
    [ "$needed" = "$([ "$way" = shared ] && echo 1 || echo 0)" ] || fail "quickstart, $way, is linked to $needed libws.so.0"
    echo "install: quickstart, $way: as it should be"
done

make -s uninstall PREFIX="$prefix"
[ -z "$(files "$prefix")" ] || fail "after make uninstall there is still: $(files "$prefix")"

make -s install DESTDIR="$scratch/stage" PREFIX=/opt/ws LIBDIR=/opt/ws/lib
[ "$(files "$scratch/stage/opt/ws")" = "$expected" ] || fail "staged $(files "$scratch/stage") and not $expected in /opt/ws"
grep -qx 'prefix=/opt/ws' "$scratch/stage/opt/ws/lib/pkgconfig/libws.pc" || fail "DESTDIR has got into libws.pc, or PREFIX has not"
echo "install: installed, uninstalled and staged"
