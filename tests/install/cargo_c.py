"""What `cargo cinstall` (cargo-c) would install by package.metadata.capi, compared with what `make install` has installed.

  cargo_c.py PREFIX      reads `cargo metadata` and the names below PREFIX; ends with 1 if a name differs

cargo-c itself takes longer to build than all of libws' tests: its rules for names are applied here (its docs/configuration.md).
"""

import json
import pathlib
import subprocess
import sys

prefix = pathlib.Path(sys.argv[1])
metadata = json.loads(subprocess.check_output(["cargo", "metadata", "--no-deps", "--format-version", "1"]))
package = next(package for package in metadata["packages"] if package["name"] == "libws")
capi = package["metadata"]["capi"]
version = package["version"]
assert "capi" in package["features"], "cargo-c takes no package for a C library without the feature capi"

library = capi["library"]["name"]
suffix = ".".join(version.split(".")[: capi["library"]["version_suffix_components"]])
assert capi["header"] == {"generation": False, "subdirectory": False}, "the header is the committed one, in include itself"
names = {
    f"lib/lib{library}.a",
    f"lib/lib{library}.so",
    f"lib/lib{library}.so.{suffix}",
    f"lib/lib{library}.so.{version}",
    f"lib/pkgconfig/{capi['pkg_config']['filename']}.pc",
}
for asset in capi["install"]["include"]["asset"]:
    sources = list(pathlib.Path().glob(asset["from"]))
    assert sources, f"there is no {asset['from']}"
    names.update(str(pathlib.PurePosixPath("include", asset["to"], source.name)) for source in sources)

installed = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_symlink() or path.is_file()}
ours = {name for name in installed if not name.startswith(("share/man/", "lib/cmake/"))}
assert names == ours, f"only with cargo-c: {sorted(names - ours)}, only with make: {sorted(ours - names)}"
soname = subprocess.check_output(["readelf", "--dynamic", str(prefix / f"lib/lib{library}.so")], text=True)
assert f"[lib{library}.so.{suffix}]" in soname, "the SONAME is not what cargo-c would give"
fields = dict(line.split(": ", 1) for line in (prefix / "lib/pkgconfig/libws.pc").read_text().splitlines() if ": " in line)
assert (fields["Name"], fields["Version"], fields["Description"]) == (capi["pkg_config"]["name"], version, package["description"])
