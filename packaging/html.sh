#!/bin/bash
# The documentation as HTML, from the project's own files: the README, the guide, the documents, the reference of ws.h and of ws.hpp, the
# examples. Needs doxygen (Debian 12's will do).
#
#   packaging/html.sh DIRECTORY      makes DIRECTORY anew
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -eq 1 ] || { echo "say where to: packaging/html.sh DIRECTORY" >&2; exit 2; }
command -v doxygen >/dev/null || { echo "there is no doxygen: install it (apt-get install doxygen)" >&2; exit 1; }
export LC_ALL=C.UTF-8
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/in/ws" "$scratch/page"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

filter() { awk -f "packaging/html/$1.awk" -f packaging/html/markup.awk "${@:2}"; }
header() { filter header -f packaging/comments.awk "$@" src/ffi/*.rs include/ws.h; }

# ---- What there is: the names of the library, and the pages, of which the navigation is made.

names=$scratch/names places=$scratch/places navigation=$scratch/navigation
header -v names_to="$names"
# The classes that a program begins with come first.
filter cxx -v names_to="$scratch/cxx_names" include/ws/{socket,options,event,loop}.hpp include/ws/*.hpp
cat "$scratch/cxx_names" >>"$names"

section() { printf '0\t\t%s\n' "$1" >>"$navigation"; }
# page LEVEL NAME PATH [TITLE]: a document; its title is its first heading.
page() {
    local title=${4:-$(sed -n '1s/^# //p' "$3")} file=$2.html
    [ "$2" != mainpage ] || file=index.html
    echo "$3 $2 $file" >>"$places"
    printf '%s\t%s\t%s\n' "$1" "$file" "$title" >>"$navigation"
}
# sources FILE...: files that are shown as they are, behind the document about them.
sources() {
    local path name
    for path; do
        name=$(tr '/_.' '-' <<<"$path")
        name=${name,,}
        echo "$path $name $name.html source" >>"$places"
        printf '2\t%s.html\t%s\n' "$name" "${path##*/}" >>"$navigation"
    done
}

section 'libws'
page 1 mainpage README.md 'What it is'
page 1 changelog CHANGELOG.md
section 'Guide'
page 1 guide docs/guide/README.md 'Contents'
# In the order of its list of contents.
while read -r chapter; do
    page 1 "guide-$chapter" "docs/guide/$chapter.md"
done < <(sed -n 's/^[0-9]*\. \[.*\](\([a-z]*\)\.md).*/\1/p' docs/guide/README.md)
section 'C'
header -v nav_to="$scratch/groups" -v briefs_to="$scratch/briefs" "$names" >"$scratch/in/ws.h"
cat "$scratch/groups" >>"$navigation"
echo 'include/ws.h c group__c.html' >>"$places"
page 1 examples-c examples-c/README.md
sources examples-c/*.c examples-c/*.h
section 'C++'
printf '1\tnamespacews.html\tThe C++ interface: ws.hpp\n' >>"$navigation"
echo 'include/ws.hpp cxx namespacews.html' >>"$places"
awk '$1 ~ /^ws::[a-z_]*$/ && $3 == "class" { name = $1; gsub(/_/, "__", name); gsub(/::/, "_1_1", name)
    printf "2\tclass%s.html\t%s\n", name, $1 }' "$names" >>"$navigation"
page 1 examples-cxx examples-cxx/README.md
sources examples-cxx/*.cpp
section 'Other languages'
page 1 python bindings/python/README.md
page 1 examples-ffi examples-ffi/README.md
sources examples-ffi/[Ee]cho.* examples-ffi/expected.txt
section 'What it does, and how fast'
page 1 semantics docs/semantics.md
page 1 performance docs/performance.md
page 1 bench bench/README.md 'How it is measured'
section 'Security'
page 1 security SECURITY.md 'Threat model, and how to report'
page 1 vulnerabilities docs/vulnerabilities.md
section 'For who works on it'
page 1 architecture docs/architecture.md
page 1 contributing CONTRIBUTING.md
page 1 tests tests/README.md
page 1 fuzz fuzz/README.md
page 1 releasing docs/releasing.md

# ---- What doxygen reads.

for path in include/ws.hpp include/ws/*.hpp; do filter cxx "$names" "$path" >"$scratch/in/${path#include/}"; done
# shellcheck disable=SC2094 # it is only read
while read -r path name _ source; do
    case $path in include/*) continue ;; esac
    if [ -z "$source" ]; then
        filter markdown -v path="$path" "$names" "$places" "$path"
    else
        case $path in
        *.c | *.h) kind=.c ;;
        *.cpp) kind=.cpp ;;
        *.java | *.cs | *.php) kind=.${path##*.} ;;
        *.mjs) kind=.js ;;
        *) kind=.unparsed ;;
        esac
        printf '# %s {#%s}\n\n~~~{%s}\n' "${path##*/}" "$name" "$kind"
        cat "$path"
        printf '~~~\n'
    fi >"$scratch/in/$name.md"
done <"$places"

awk -f packaging/html/navigation.awk "$navigation" >"$scratch/navigation.html"
for part in header footer; do
    sed -e "s/@VERSION@/$version/" -e "/@NAVIGATION@/{r $scratch/navigation.html" -e 'd}' "packaging/html/$part.html" >"$scratch/page/$part.html"
done
cp packaging/html/layout.xml packaging/html/libws.css packaging/html/libws.js "$scratch/page"

(cd "$scratch" && doxygen "$OLDPWD/packaging/html/Doxyfile")

# ---- What it has written, without what no page uses.

awk -f packaging/html/search.awk "$scratch/briefs" "$scratch/tags" >"$scratch/html/names.js"
rm -rf "$1"
mkdir -p "$1"
cp "$scratch"/html/{libws.css,libws.js,names.js} "$1"
for page in "$scratch"/html/*.html; do
    case ${page##*/} in
    *-members.html | dir_*.html | annotated.html | classes.html | hierarchy.html | modules.html | pages.html | files.html | functions*.html) ;;
    namespacemembers*.html | namespaces.html) ;;
    *) sed -f packaging/html/after.sed "$page" >"$1/${page##*/}" ;;
    esac
done
echo "$1/index.html"
