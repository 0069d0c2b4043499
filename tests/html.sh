#!/bin/bash
# The documentation as HTML (make html): doxygen has nothing to say against it, every function, type, constant and field of ws.h and every word
# of the documents is there, every link leads somewhere, nothing is loaded from elsewhere, two runs are the same, the search finds. Installs
# doxygen if it may. Each thing that holds is a line "ok …"; what cannot be tried here is a line "SKIPPED …".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "html: $*" >&2; exit 1; }
ok() { echo "ok $*"; }
has() { command -v "$1" >/dev/null; }

# install PACKAGE: fails, and says why, if it cannot be installed.
install() {
    if [ "$(id -u)" -ne 0 ] || ! has apt-get; then echo "only root could install $1 with apt-get"; return 1; fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >"$scratch/apt" 2>&1 || true
    apt-get install -y -qq --no-install-recommends --no-remove "$1" >"$scratch/apt" 2>&1 && return
    echo "apt-get could not install $1: $(grep '^E: ' "$scratch/apt" | head -n 1)"
    return 1
}
for tool in doxygen python3; do
    has $tool || install $tool >"$scratch/why" || { echo "SKIPPED html: there is no $tool, and $(cat "$scratch/why")"; exit 0; }
done

# ---- It is made, twice: the second time in another folder, from elsewhere, with another time zone and language.

pages=$scratch/pages
mkdir "$scratch/tmp" "$scratch/another folder"
TMPDIR=$scratch/tmp packaging/html.sh "$pages" >"$scratch/printed" 2>&1 || fail "it cannot be made: $(cat "$scratch/printed")"
[ "$(cat "$scratch/printed")" = "$pages/index.html" ] || fail "it was made, but something was said: $(cat "$scratch/printed")"
[ -z "$(ls "$scratch/tmp")" ] || fail "files are left: $(ls "$scratch/tmp")"
ok "doxygen $(doxygen --version | cut -d ' ' -f 1) has no warning, and nothing is left behind"

(cd / && TMPDIR="$scratch/another folder" TZ=Pacific/Auckland LC_ALL=C HOME=/nonexistent "$root/packaging/html.sh" "$scratch/again/html" >"$scratch/printed" 2>&1) ||
    fail "it cannot be made from elsewhere: $(cat "$scratch/printed")"
diff -r "$pages" "$scratch/again/html" >"$scratch/difference" || fail "two runs differ: $(head -n 5 "$scratch/difference")"
ok "two runs are the same, whatever the folder, the time zone and the language"

paths=$(grep -rlF -e "$root" -e "$scratch" -e "$HOME/" "$pages" || true)
[ -z "$paths" ] || fail "a path of this machine is in $paths"
[ -z "$(find "$pages" ! -type d ! -name '*.html' ! -name libws.css ! -name libws.js ! -name names.js)" ] || fail "other files: $(ls "$pages")"
ok "no path of this machine is in any file, and no file that no page uses is there"

# ---- What is in it.

python3 tests/html/check.py "$pages" "$root"

# ---- The search, as a reader sees it.

if ! has chromium; then
    echo "SKIPPED the search: there is no chromium"
    exit 0
fi
# found WORDS: what the search shows first: where it leads, and what it says.
found() {
    timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update \
        --disable-sync --user-data-dir="$scratch/chromium" --dump-dom "file://$pages/guide.html?find=$1" 2>"$scratch/chromium.log" >"$scratch/page" ||
        fail "chromium: $(tail -n 3 "$scratch/chromium.log")"
    tr '\n' ' ' <"$scratch/page" | sed 's/.*<ol id="found">//; s/<\/ol>.*//; s/<\/li>.*//; s/<li><a href="//; s/<[^>]*>/ /g; s/">/ /'
}
entry=$(grep -oh 'href="[^"]*">ws_close</a>' "$pages"/index.html "$pages"/guide-*.html | head -n 1 | cut -d '"' -f 2)
case $(found ws_close) in "$entry "*) ;; *) fail "the search for ws_close finds first: $(found ws_close)" ;; esac
case $(found flow%20control) in 'guide-flow.html '*) ;; *) fail "the search for flow control finds first: $(found flow%20control)" ;; esac
case $(found certificate%20authorities%20file) in *ws_options_set_ca_file*) ;; *) fail "the search among first sentences finds first: $(found certificate%20authorities%20file)" ;; esac
case $(found there%20is%20no%20such%20thing) in *'Nothing has this name'*) ;; *) fail "the search for nothing finds $(found there%20is%20no%20such%20thing)" ;; esac
[ "$(grep -c 'aria-current="page"' "$scratch/page")" -eq 1 ] || fail "the page's place in the contents is not marked"
ok "the search finds names, pages and first sentences, and the contents show where one is"
