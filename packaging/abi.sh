#!/bin/bash
# Compares what programs rely on in include/ws.h (functions, types, numbers) with abi/libws.abi, which describes the last release.
#
#   packaging/abi.sh [HEADER]   says what moved; ends with 1 if a program built for the last release could notice: added is fine
#   packaging/abi.sh renew      writes abi/libws.abi: at a release
#
# Needs a C compiler and abigail-tools, and the processor of the description; else it ends with 77.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for tool in abidw abidiff; do
    command -v $tool >/dev/null || { echo "SKIPPED abi: there is no $tool (Debian's package abigail-tools)"; exit 77; }
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
case ${1:-} in renew | '') header=include/ws.h ;; *) header=$1 ;; esac

cp "$header" "$scratch/ws.h"
awk -f packaging/abi.awk "$header" >"$scratch/libws.c"
"${CC:-cc}" -std=c99 -g -shared -fPIC -I"$scratch" -Wl,-soname,libws.so.0 -o "$scratch/libws.so" "$scratch/libws.c"
# Without the places in files, which say nothing of the ABI.
describe=(abidw --no-show-locs --no-corpus-path --no-comp-dir-path)

if [ "${1:-}" = renew ]; then
    "${describe[@]}" "$scratch/libws.so" >abi/libws.abi
    echo "abi: abi/libws.abi has $(grep -c '<elf-symbol .*func-type' abi/libws.abi) functions"
    exit
fi
"${describe[@]}" "$scratch/libws.so" >"$scratch/libws.abi"
architecture() { sed -n "1s/.*architecture='\([^']*\)'.*/\1/p" "$1"; }
if [ "$(architecture "$scratch/libws.abi")" != "$(architecture abi/libws.abi)" ]; then
    echo "SKIPPED abi: abi/libws.abi is of $(architecture abi/libws.abi), and this machine is $(architecture "$scratch/libws.abi")"
    exit 77
fi
# 4: something changed, 8: incompatibly; what was added is told and not counted.
status=0
abidiff --no-show-locs --suppressions abi/libws.suppr abi/libws.abi "$scratch/libws.abi" >"$scratch/report" || status=$?
[ $((status & 3)) -eq 0 ] || { cat "$scratch/report"; echo "abi: abidiff ended with status $status" >&2; exit 1; }
moved=0
abidiff --no-show-locs --no-added-syms --suppressions abi/libws.suppr abi/libws.abi "$scratch/libws.abi" >"$scratch/moved" || moved=$?
if [ $moved -ne 0 ]; then
    cat "$scratch/moved"
    echo "abi: it moved: programs built for the last release could break. Undo it, or raise the major version, which is in the SONAME," \
        "and run make abi. (Before that release is out: make abi alone.)" >&2
    exit 1
fi
added=$(sed -n "s/.*\[A\] 'function .* \(ws_[a-z0-9_]*\)(.*/\1/p" "$scratch/report" | tr '\n' ' ')
echo "abi: as abi/libws.abi says${added:+; added since: $added}"
