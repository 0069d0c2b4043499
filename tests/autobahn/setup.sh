#!/bin/bash
# Sets the Autobahn|Testsuite up and prints the path of a Python 2.7 that can import it (it runs wstest.py).
#
# The suite is a Python 2.7 program. Its interpreter comes from Debian 11 by apt-get (packages unpacked, not
# installed), its modules from PyPI by pip (unpacked too), so nothing on the system changes and no root is needed.
# Both use the registries that this machine is configured for. Everything lies in one folder of the user's cache; a
# finished one is used again as long as this script and its lists have not changed.
#
# Needs: Linux on x86-64 with apt-get, dpkg-deb and Debian's archive keys, python3 with pip; a C compiler makes it faster.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/libws-autobahn
packages=(python2.7-minimal libpython2.7-minimal libpython2.7-stdlib libpython2.7-dev libssl1.1 libffi7)

say() { echo "autobahn setup: $*" >&2; }
fail() { say "$*"; exit 1; }

# The interpreter, and the two libraries that a newer Debian lacks.
get_python() {
    local apt=$cache/apt site
    # The mirror that apt uses for the machine's own release.
    site=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
    [ -n "$site" ] || fail "apt-get knows no package source; run apt-get update as root first"
    mkdir -p "$apt"/{state/lists/partial,cache/archives/partial}
    touch "$apt/state/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site bullseye main" >"$apt/sources.list"
    local options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o "Dir::State=$apt/state" -o "Dir::State::status=$apt/state/status" -o "Dir::Cache=$apt/cache"
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none -o APT::Get::List-Cleanup=false)
    apt-get "${options[@]}" update || fail "$site has no Debian 11 (bullseye): use a Debian 12 or 13 machine or mirror"
    (cd "$apt" && apt-get "${options[@]}" download "${packages[@]}")
    local deb
    for deb in "$apt"/*.deb; do dpkg-deb -x "$deb" "$cache/python"; done
    mkdir "$cache/lib"
    cp -P "$cache"/python/usr/lib/x86_64-linux-gnu/{libssl.so.1.1,libcrypto.so.1.1,libffi.so.7*} "$cache/lib/"
    rm -rf "$apt"
}

# The suite and what it imports.
get_modules() {
    local down=$cache/download pip=(python3 -m pip -q --disable-pip-version-check download --no-deps -d "$cache/download")
    "${pip[@]}" --python-version 2.7 --implementation cp --abi cp27mu --only-binary=:all: \
        --platform manylinux1_x86_64 --platform manylinux2010_x86_64 -r "$here/packages.txt"
    "${pip[@]}" --no-binary=:all: -r "$here/packages-sdist.txt"
    mkdir "$cache/modules"
    local file name
    for file in "$down"/*.whl; do python3 -m zipfile -e "$file" "$cache/modules"; done
    for file in "$down"/*.tar.gz; do
        name=$(basename "$file" .tar.gz)
        tar -xzf "$file" -C "$cache/modules" --strip-components=1 --wildcards "$name/${name%-*}/*"
    done
    touch "$cache/modules/zope/__init__.py" # a namespace package: only an installer would make it importable
    local include=$cache/python/usr/include
    for name in utf8validator xormask; do
        "${CC:-cc}" -O2 -w -shared -fPIC -fno-strict-aliasing -I"$include/python2.7" -I"$include" \
            -o "$cache/modules/wsaccel/$name.so" "$cache/modules/wsaccel/$name.c" ||
            say "no C compiler: wsaccel's $name is left out, the large cases will be slow"
    done
    rm -rf "$down"
}

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
stamp=$(cat "$here"/{setup.sh,packages.txt,packages-sdist.txt} | sha256sum)
if [ "$(cat "$cache/done" 2>/dev/null)" != "$stamp" ]; then
    [ "$(uname -sm)" = "Linux x86_64" ] || fail "needs Linux on x86-64, this is $(uname -sm)"
    rm -rf "$cache"/{done,apt,python,lib,download,modules,python27}
    say "Python 2.7 from Debian 11"
    get_python
    say "the suite from PyPI"
    get_modules
    cat >"$cache/python27" <<EOF
#!/bin/sh
# Made by setup.sh: Python 2.7 with the suite's modules. Arguments: a Python file and its arguments.
export PYTHONHOME='$cache/python/usr' PYTHONPATH='$cache/modules' LD_LIBRARY_PATH='$cache/lib' LANG=C.UTF-8
exec '$cache/python/usr/bin/python2.7' -W ignore "\$@"
EOF
    chmod +x "$cache/python27"
    "$cache/python27" -c 'import autobahntestsuite.wstest' || fail "the suite cannot be imported"
    echo "$stamp" >"$cache/done"
fi
echo "$cache/python27"
