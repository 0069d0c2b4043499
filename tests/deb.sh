#!/bin/bash
# Debian packages in a clean Debian: makes them, installs them in a root that has nothing but a C compiler and pkg-config, builds and runs
# a program there, and removes them again. Needs `make` before it, mmdebstrap and Debian's archive; each thing that holds is a line
# "ok …", and what cannot be tried here a line "SKIPPED …".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=$(realpath "${CARGO_TARGET_DIR:-target}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
skip() { echo "SKIPPED deb: $*"; exit 0; }
for tool in dpkg-deb dpkg-shlibdeps; do command -v $tool >/dev/null || skip "there is no $tool"; done

chmod 755 "$scratch"
mkdir "$scratch/debs" "$scratch/again"
packaging/deb.sh "$scratch/debs" >/dev/null
echo "ok packages: $(cd "$scratch/debs" && stat -c '%n %s bytes' -- *.deb | paste -sd , | sed 's/,/, /g')"
packaging/deb.sh "$scratch/again" >/dev/null
for deb in "$scratch"/debs/*.deb; do cmp "$deb" "$scratch/again/${deb##*/}"; done
echo "ok made again they are the same, byte for byte"

command -v mmdebstrap >/dev/null || skip "there is no mmdebstrap for a clean root"
# shellcheck disable=SC1091 # every Debian has it
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
mapfile -t sources < <(find /etc/apt/sources.list.d -name '*.sources' 2>/dev/null | LC_ALL=C sort)
if [ -s /etc/apt/sources.list ]; then sources+=(-); fi
[ -n "$suite" ] && [ ${#sources[@]} -gt 0 ] || skip "apt has no sources here"

# What is done in the clean root; the packages, the program and the server are put there before.
cat >"$scratch/debs/inside" <<'INSIDE'
set -eu
cd /try
ours() { find / -xdev ! -type d \( -name '*libws*' -o -name 'ws.h' -o -name 'ws_*.3.gz' \) ! -path '/try/*' ! -path '/var/lib/dpkg/info/*'; }
ours >before
dpkg --install ./*.deb >log
test -z "$(dpkg --audit)"
test -z "$(dpkg --verify libws0 libws-dev)"
ldconfig -p | grep 'libws\.so\.0 ' >log
ours | cmp - before >log && { echo "nothing was installed"; exit 1; }
echo "ok installed: $(dpkg-query -W -f '${Package} ${Version}, ' libws0 libws-dev)and the loader knows libws.so.0"

mkfifo in url
./echo-server --until-eof <in >url &
exec 3>in
read -r url <url
for how in shared static; do
    libs=$(pkg-config --libs libws)
    test $how = shared || libs=$(pkg-config --static --libs libws | sed 's/-lws\b/-l:libws.a/')
    cc -std=c99 -Wall -Wextra -Wpedantic -Werror quickstart.c -o $how $(pkg-config --cflags libws) $libs
    printed=$(./$how "$url")
    test "$printed" = "$(printf 'hello\nclosed 1000 clean=1')" || { echo "quickstart, $how, printed: $printed"; exit 1; }
    echo "ok quickstart, $how, built there by pkg-config"
done
exec 3>&-
wait

dpkg --remove libws-dev libws0 >log
ours | cmp - before
ldconfig -p | grep 'libws\.so' && exit 1
echo "ok removed, and nothing is left"
INSIDE
cp examples-c/quickstart.c "$target/release/echo-server" "$scratch/debs/"
stdin=/dev/null
if [ -s /etc/apt/sources.list ]; then stdin=/etc/apt/sources.list; fi
status=0
mmdebstrap --variant=apt --include=gcc,libc6-dev,pkg-config --dpkgopt=force-unsafe-io --aptopt='Acquire::Languages "none"' --format=null \
    --customize-hook='mkdir "$1/try"' --customize-hook="sync-in '$scratch/debs' /try" \
    --customize-hook="echo 'in a clean $suite:'; chroot \"\$1\" sh /try/inside" \
    "$suite" /dev/null "${sources[@]}" <"$stdin" >"$scratch/log" 2>&1 || status=$?
# The root's output lies between what mmdebstrap itself says.
if [ $status -eq 0 ] && grep -q '^ok removed' "$scratch/log"; then
    grep -e '^in a clean' -e '^ok ' "$scratch/log"
    exit
fi
tail -n 30 "$scratch/log"
grep -q '^in a clean' "$scratch/log" || skip "mmdebstrap cannot make a clean root here"
echo "deb: the packages do not hold in a clean root" >&2
exit 1
