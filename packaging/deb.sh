#!/bin/bash
# Makes Debian packages of what `make` has built, with dpkg alone: libws0, the shared library; libws-dev, what programs are built with.
#
#   packaging/deb.sh DIRECTORY     writes DIRECTORY/libws0_VERSION_ARCH.deb and DIRECTORY/libws-dev_VERSION_ARCH.deb
#
# The packages depend on what the library needs on the machine that builds them. SOURCE_DATE_EPOCH, if set, is the date of all files.
set -euo pipefail
for tool in dpkg-deb dpkg-architecture dpkg-shlibdeps; do
    command -v $tool >/dev/null || { echo "there is no $tool: install dpkg-dev" >&2; exit 1; }
done
mkdir -p "$1"
to=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
umask 022

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
description=$(sed -n 's/^description = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
major=${version%%.*}
package=$version-1
architecture=$(dpkg-architecture -qDEB_HOST_ARCH)
multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
maintainer="${DEBFULLNAME:-The libws authors} <${DEBEMAIL:-libws@localhost}>"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(stat -c %Y Cargo.toml)}
export SOURCE_DATE_EPOCH

# What make install installs, parted in two.
run=$scratch/debian/libws$major dev=$scratch/debian/libws-dev lib=usr/lib/$multiarch
make -s install PREFIX=/usr LIBDIR=/"$lib" DESTDIR="$dev"
mkdir -p "$run/$lib" "$run/DEBIAN"
mv "$dev/$lib/libws.so.$version" "$dev/$lib/libws.so.$major" "$run/$lib"
find "$dev/usr/share/man" -type f -exec gzip -9n {} +

# dpkg-shlibdeps reads debian/control of the directory that it runs in.
printf 'Source: libws\n\nPackage: libws%s\nArchitecture: any\n' "$major" >"$scratch/debian/control"
needs=$(cd "$scratch" && dpkg-shlibdeps -O "debian/libws$major/$lib/libws.so.$version" | sed -n 's/^shlibs:Depends=//p')

# control NAME SECTION DEPENDS TEXT: the control file and the documents of a package.
control() {
    local root=$scratch/debian/$1
    mkdir -p "$root/DEBIAN" "$root/usr/share/doc/$1"
    {
        printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: libws\n\nFiles: *\n'
        printf 'Copyright: %s\nLicense: Expat or Apache-2.0\n\nLicense: Expat\n' "$(sed -n 's/^Copyright (c) //p' LICENSE-MIT)"
        sed -e 's/^$/./; s/^/ /' LICENSE-MIT
        printf '\nLicense: Apache-2.0\n On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.\n'
    } >"$root/usr/share/doc/$1/copyright"
    printf 'libws (%s) unstable; urgency=medium\n\n  * Version %s: see CHANGELOG.md of libws.\n\n -- %s  %s\n' "$package" "$version" "$maintainer" \
        "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$root/usr/share/doc/$1/changelog.Debian.gz"
    (cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
    cat >"$root/DEBIAN/control" <<CONTROL
Package: $1
Source: libws
Version: $package
Architecture: $architecture
Multi-Arch: same
Maintainer: $maintainer
Installed-Size: $(du -k -s --apparent-size "$root/usr" | cut -f 1)
Section: $2
Priority: optional
Depends: $3
Description: $description
 $4
CONTROL
    dpkg-deb --root-owner-group --build "$root" "$to/$1_${package}_$architecture.deb"
}

# Programs that link to it need this version or a later one; the loader's cache is brought up to date.
printf 'libws %s libws%s (>= %s)\n' "$major" "$major" "$version" >"$run/DEBIAN/shlibs"
printf 'activate-noawait ldconfig\n' >"$run/DEBIAN/triggers"
control "libws$major" libs "$needs" "The shared library. It is a WebSocket client, and behaves as the WHATWG
 WebSockets Standard says."
control libws-dev libdevel "libws$major (= $package), libc6-dev | libc-dev" "Header, static library, pkg-config file, CMake package and man pages, to build
 programs with libws."
