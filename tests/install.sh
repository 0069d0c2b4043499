#!/bin/bash
# What make install installs: the files, the library as the dynamic linker sees it, programs of a user built with pkg-config, CMake and
# meson, shared and static, while the build tree is out of sight; the man pages; make uninstall. And whether the ABI moved. Needs
# `make` before it. Each thing that holds is a line "ok …"; what cannot be tried here is a line "SKIPPED …".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
target=$(realpath "${CARGO_TARGET_DIR:-target}")
scratch=$(mktemp -d)
server=
stop() {
    exec 3>&- || true
    [ -z "$server" ] || wait "$server" || true
    rm -rf "$scratch"
}
trap stop EXIT
fail() { echo "install: $*" >&2; exit 1; }
ok() { echo "ok $*"; }
has() { command -v "$1" >/dev/null; }

# What a folder holds, by name.
files() { (cd "$1" && find . ! -type d | LC_ALL=C sort); }
# Runs a command where neither the sources nor what was built from them are to be seen, if this machine lets us hide them.
hiding=
# shellcheck disable=SC2016 # for the inner shell
hide=(unshare --mount sh -c 'for folder in "$1" "$2"; do [ ! -d "$folder" ] || mount -t tmpfs none "$folder"; done; shift 2; exec "$@"' sh "$root" "$target")
if (cd "$scratch" && "${hide[@]}" test ! -e "$root/Makefile") 2>/dev/null; then hiding=yes; fi
away() { if [ -n "$hiding" ]; then "${hide[@]}" "$@"; else "$@"; fi; }

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
soname=libws.so.${version%%.*}
prefix=$scratch/prefix
lib=$prefix/lib
make -s install PREFIX="$prefix"

# ---- The files.

types='ws_event ws_event_fn ws_failure ws_log_fn ws_loop ws_options ws_socket ws_stats ws_status'
expected=$({
    printf './include/ws.h\n./share/man/man7/ws.7\n'
    printf './%s\n' include/ws.hpp include/ws/*.hpp
    # shellcheck disable=SC2086 # a list
    printf './share/man/man3/%s.3\n' $(cat tests/symbols.list) $types
    printf './lib/%s\n' libws.a libws.so "$soname" "libws.so.$version" pkgconfig/libws.pc cmake/libws/libws-config.cmake cmake/libws/libws-config-version.cmake
} | LC_ALL=C sort)
# Further types may come with the header; their pages are told by man_words.awk.
less=$(comm -23 <(echo "$expected") <(files "$prefix"))
more=$(comm -13 <(echo "$expected") <(files "$prefix") | grep -v '^\./share/man/man3/ws_[a-z_]*\.3$' || true)
[ -z "$less$more" ] || fail "not installed: $less; installed and not expected: $more"
if has python3; then python3 tests/install/cargo_c.py "$prefix" || fail "package.metadata.capi in Cargo.toml says otherwise"; fi
ok "every file is there, by the names that cargo cinstall would give"

paths=$(grep -rlF -e "$root" -e "$target" -e "${CARGO_HOME:-$HOME/.cargo}" "$prefix" || true)
[ -z "$paths" ] || fail "a path of the build is in $paths"
ok "no path of the build is in any file"

# ---- The shared library.

dynamic=$(readelf --dynamic --wide "$lib/libws.so")
has_line() { grep -q "$1" <<<"$dynamic" || fail "readelf --dynamic has no $1: $dynamic"; }
has_line "SONAME.*\[$soname\]"
has_line 'FLAGS_1.*NOW'
has_line 'SYMBOLIC'
! grep -E 'TEXTREL|RPATH|RUNPATH' <<<"$dynamic" || fail "libws.so has text relocations or a path to search"
segments=$(readelf --segments --wide "$lib/libws.so")
grep -q 'GNU_RELRO' <<<"$segments" || fail "libws.so is not linked with -z relro"
grep 'GNU_STACK.* RW ' <<<"$segments" >/dev/null || fail "libws.so asks for a stack that can be executed"
! grep -E ' RWE ' <<<"$segments" || fail "libws.so has memory that can be written and executed"
! readelf --sections --wide "$lib/libws.so" | grep -E ' \.(symtab|debug_info) ' >/dev/null || fail "libws.so is not stripped"
ok "libws.so is bound at once, read-only after that, without text relocations, stripped: $(stat -Lc %s "$lib/libws.so") bytes, $(stat -c %s "$target/release/libws.so") as built"

symbols=$(readelf --dyn-syms --wide "$lib/libws.so" | awk '$7 ~ /^[0-9]+$/ && $5 != "LOCAL" { print $8 }')
[ "$(sed 's/@.*//' <<<"$symbols" | LC_ALL=C sort)" = "$(LC_ALL=C sort tests/symbols.list)" ] || fail "libws.so exports other symbols than tests/symbols.list has: $symbols"
if has ld.bfd; then
    ! grep -v "@@$soname\$" <<<"$symbols" || fail "symbols without the version $soname"
    ok "each symbol has the version $soname"
else
    echo "SKIPPED versions of symbols: there is no GNU ld (build.rs)"
fi
! readelf --sections --wide "$lib/libws.a" | grep -E ' \.(debug_info|llvmbc) ' >/dev/null || fail "libws.a has debug information or LLVM's code"
ok "libws.a has neither debug information nor LLVM's code: $(stat -c %s "$lib/libws.a") bytes, $(stat -c %s "$target/release/libws.a") as built"

# ---- Programs of a user.

mkdir "$scratch/user"
cp tests/install/CMakeLists.txt tests/install/meson.build "$scratch/user"
cp "$target/release/echo-server" "$scratch/echo-server"
cd "$scratch/user"
[ -n "$hiding" ] || echo "the build tree cannot be hidden here (no unshare): programs are built beside it"

# The server ends when its standard input does, which is descriptor 3 here.
mkfifo "$scratch/in" "$scratch/url"
"$scratch/echo-server" --until-eof <"$scratch/in" >"$scratch/url" &
server=$!
exec 3>"$scratch/in"
read -r url <"$scratch/url" || fail "the echo server did not print its URL"

# The programs are the README's, as they stand there but for the server's URL; so is what they print.
block() { awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; next } /^```/ { inside = 0 } inside' "$root/README.md"; }
# program LANGUAGE [URL]
program() { block "$1" | sed "s|ws://localhost:9001/|${2:-$url}|"; }
program c >hello.c
program cpp >hello.cpp
says=$(block console)

# runs PROGRAM HOW: it does what it should, and is linked to libws.so as `how` says, with no path of the build.
runs() {
    local printed needed
    printed=$(LD_LIBRARY_PATH=$lib away "$1") || fail "hello, $2, ended with status $?"
    [ "$printed" = "$says" ] || fail "hello, $2, printed: $printed"
    needed=$(readelf --dynamic "$1" | grep -c "NEEDED.*$soname" || true)
    [ "$needed" = "$(case $2 in shared*) echo 1 ;; *) echo 0 ;; esac)" ] || fail "hello, $2, is linked to $needed $soname"
    ! grep -lF -e "$root" -e "$target" "$1" || fail "a path of the build is in hello, $2"
    ok "the README's hello, $2"
}

# readme COMMAND HOW: a command of the README, as it stands there, makes ./hello.
readme() {
    rm -f hello
    # glibc says that a static program still looks names up by shared libraries.
    PKG_CONFIG_PATH=$lib/pkgconfig away sh -c "$1" 2>warnings || fail "$1: $(cat warnings)"
    runs ./hello "$2"
    case $1 in *' -static '*)
        ! readelf --dynamic hello | grep NEEDED || fail "$1 made a program that needs shared libraries"
    esac
}

strict=(-Wall -Wextra -Wpedantic -Werror)
compile=(away "${CC:-cc}" -std=c99 "${strict[@]}" hello.c)
if has pkg-config; then
    flags() { PKG_CONFIG_PATH=$lib/pkgconfig pkg-config "$@" libws; }
    [ "$(flags --modversion)" = "$version" ] || fail "the version in libws.pc is $(flags --modversion) and not $version"
    # shellcheck disable=SC2046 # flags are lists
    "${compile[@]}" -o shared $(flags --cflags --libs)
    runs ./shared "shared, by pkg-config, without a warning"
    # -l:libws.a, because the linker would rather take libws.so.
    # shellcheck disable=SC2046
    "${compile[@]}" -o static $(flags --cflags --static --libs | sed 's/-lws\b/-l:libws.a/')
    runs ./static "static, by pkg-config"
    # shellcheck disable=SC2046
    away "${CXX:-c++}" -std=c++17 "${strict[@]}" hello.cpp -o shared_cxx $(flags --cflags --libs)
    runs ./shared_cxx "shared, in C++, by pkg-config, without a warning"

    readme "$(sed -n '1s|^/\* \(.*\) \*/$|\1|p' hello.c)" "shared, by its first line"
    readme "$(sed -n '1s|^// ||p' hello.cpp)" "shared, in C++, by its first line"
    lines=0
    while IFS='#' read -r command how; do
        readme "$command" "${how# }, by the README's line"
        lines=$((lines + 1))
    done < <(sed -n 's/^    \(cc .*\)/\1/p' "$root/README.md")
    [ $lines = 2 ] || fail "the README has $lines lines that begin with cc"

    # fails LANGUAGE COMPILER URL WORDS: it says them, be it as output or by an exception.
    fails() {
        program "$1" "$3" >"fails.$1"
        # shellcheck disable=SC2046,SC2086
        away $2 "fails.$1" -o fails $(flags --cflags --libs)
        printed=$(LD_LIBRARY_PATH=$lib away sh -c './fails 2>&1; true')
        grep -qF "$4" <<<"$printed" || fail "the README's hello in $1, of $3, says: $printed"
    }
    for language in c cpp; do
        case $language in c) compiler=${CC:-cc} ;; *) compiler="${CXX:-c++} -std=c++17" ;; esac
        fails $language "$compiler" "${url}status/404" 'the HTTP status 404 "Not Found"'
        fails $language "$compiler" "${url}drop" 'closed with 1006'
        fails $language "$compiler" "ftp${url#ws}" 'has the scheme "ftp"'
    done
    ok "the README's hello, in C and in C++, says what went wrong"

    # Where the system looks, with /usr/local and /etc that are gone afterwards.
    if [ -n "$hiding" ]; then
        install=$(sed -n 's/^    \(sudo make [^#]*[^# ]\) *#.*/\1/p' "$root/README.md")
        mkdir "$scratch/system"
        # shellcheck disable=SC2016 # for the inner shell
        printed=$(unshare --mount sh -ec '
            mount -t tmpfs none /usr/local
            cp -a /etc "$1"
            mount --bind "$1/etc" /etc
            (cd "$2" && sh -c "$3") >&2
            rm -f hello
            sh -c "$4"
            ./hello' sh "$scratch/system" "$root" "${install//sudo /}" "$(sed -n '1s|^/\* \(.*\) \*/$|\1|p' hello.c)" 2>log) || fail "$install: $(cat log)"
        [ "$printed" = "$says" ] || fail "after $install, hello printed: $printed"
        ok "the README's hello, after $install"
    else
        echo "SKIPPED the README's line that installs: only root could hide /usr/local and /etc"
    fi
else
    echo "SKIPPED programs by pkg-config: there is none"
fi

if has meson && has ninja && has pkg-config; then
    PKG_CONFIG_PATH=$lib/pkgconfig away meson setup meson >log 2>&1 && away ninja -C meson >>log 2>&1 || fail "meson: $(cat log)"
    runs meson/shared "shared, by meson"
    runs meson/static "static, by meson"
else
    echo "SKIPPED programs by meson: there is no meson, ninja or pkg-config"
fi

# From here on the prefix lies elsewhere.
mv "$prefix" "$scratch/moved"
lib=$scratch/moved/lib
if has cmake; then
    away cmake -S . -B cmake -DCMAKE_PREFIX_PATH="$scratch/moved" -DCMAKE_BUILD_TYPE=Release -DCMAKE_SKIP_RPATH=ON >log 2>&1 && away cmake --build cmake >>log 2>&1 ||
        fail "CMake: $(cat log)"
    ! grep -F "$prefix" cmake/CMakeCache.txt || fail "the CMake package leads to where the prefix was"
    runs cmake/shared "shared, by CMake, from a prefix that was moved"
    runs cmake/static "static, by CMake, from a prefix that was moved"
    runs cmake/shared_cxx "shared, in C++, by CMake, from a prefix that was moved"
    runs cmake/static_cxx "static, in C++, by CMake, from a prefix that was moved"
else
    echo "SKIPPED programs by CMake: there is none"
fi
if has pkg-config; then
    # shellcheck disable=SC2046
    "${compile[@]}" -o moved $(flags --define-prefix --cflags --libs)
    runs ./moved "shared, by pkg-config --define-prefix, from a prefix that was moved"
fi
mv "$scratch/moved" "$prefix"
lib=$prefix/lib
cd "$root"

# ---- The man pages.

man=$prefix/share/man
awk -f tests/install/man_words.awk include/ws.h "$man"/man3/*.3 || fail "man pages leave out what the header says"
ok "the man pages say all that the header says"
lint() { # NAME COMMAND...: the command says nothing about any page.
    local name=$1
    shift
    if ! has "$1"; then echo "SKIPPED man pages under $name: there is none"; return; fi
    "$@" "$man"/man3/*.3 "$man"/man7/ws.7 >/dev/null 2>"$scratch/lint" || true
    [ ! -s "$scratch/lint" ] || fail "$name: $(head -n 20 "$scratch/lint")"
    ok "$name has nothing to say about the man pages"
}
lint groff groff -ww -man -Tutf8
# They have no date: the version says which library they are of.
mandoc_lint() { mandoc -T lint -W warning "$@" | grep -v 'missing date' >&2; }
if has mandoc; then lint mandoc mandoc_lint; fi
if has man && has lexgrog; then
    MANWIDTH=80 man -M "$man" 3 ws_close | grep 'ws_close - closes the connection' >/dev/null || fail "man does not show ws_close(3)"
    MANWIDTH=80 man -M "$man" 7 ws | grep 'THE LIFE OF A SOCKET' >/dev/null || fail "man does not show ws(7)"
    ! lexgrog "$man"/man3/*.3 "$man"/man7/ws.7 | grep -v ': "ws' || fail "apropos would not find every man page"
    ok "man shows the pages and apropos finds them"
else
    echo "SKIPPED man: there is none"
fi

# ---- Uninstalled, staged.

make -s uninstall PREFIX="$prefix"
[ -z "$(files "$prefix")" ] || fail "after make uninstall there is still: $(files "$prefix")"
[ ! -e "$lib/cmake/libws" ] || fail "after make uninstall there is still $lib/cmake/libws"
ok "make uninstall leaves nothing behind"

stage=$scratch/stage
make -s install DESTDIR="$stage" PREFIX=/opt/ws LIBDIR=/opt/ws/lib/triplet MANDIR=/opt/man
[ "$(find "$stage" -type f -o -type l | grep -cv "^$stage/opt/\(ws/include\|ws/lib/triplet\|man\)/")" = 0 ] || fail "staged elsewhere: $(files "$stage")"
grep -qx 'prefix=/opt/ws' "$stage/opt/ws/lib/triplet/pkgconfig/libws.pc" || fail "DESTDIR has got into libws.pc, or PREFIX has not"
grep -qx 'libdir=${prefix}/lib/triplet' "$stage/opt/ws/lib/triplet/pkgconfig/libws.pc" || fail "LIBDIR has not got into libws.pc"
grep -qF '"${_libws_libdir}/../../include"' "$stage/opt/ws/lib/triplet/cmake/libws/libws-config.cmake" || fail "the CMake package does not find the header from LIBDIR"
! grep -rlF "$stage" "$stage" || fail "DESTDIR has got into a file"
make -s uninstall DESTDIR="$stage" PREFIX=/opt/ws LIBDIR=/opt/ws/lib/triplet MANDIR=/opt/man
[ -z "$(files "$stage")" ] || fail "after make uninstall there is still: $(files "$stage")"
ok "staged by DESTDIR, with LIBDIR and MANDIR, and uninstalled"

# ---- The ABI.

abi() { packaging/abi.sh "$@" >"$scratch/abi" 2>&1; }
status=0
abi || status=$?
cat "$scratch/abi"
[ $status -ne 77 ] || exit 0
[ $status -eq 0 ] || fail "the ABI moved"
ok "a program that was built for the last release runs with this library"
moves() { # WHAT SED: the comparison notices a header that is changed so.
    sed "$2" include/ws.h >"$scratch/changed.h"
    ! cmp -s include/ws.h "$scratch/changed.h" || fail "$2 does not fit the header any more"
    ! abi "$scratch/changed.h" || fail "abidiff does not notice $1"
}
moves "a parameter of another type" 's/^ws_status ws_ping(struct ws_socket \*ws, const void \*payload, size_t len)/ws_status ws_ping(struct ws_socket *ws, const void *payload, int len)/'
moves "a function that is gone" '/^ws_status ws_resume(/d'
moves "a number with another meaning" 's/^#define WS_ERR_QUOTA -22/#define WS_ERR_QUOTA -24/'
moves "a field of another size" 's/^    int32_t was_clean;/    int64_t was_clean;/'
ok "abidiff notices parameters, functions, numbers and fields that change"
