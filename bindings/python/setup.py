"""Builds libws with cargo, the two extension modules over it, and the wheel that has all three inside.

From the environment: LIBWS_LIBRARY, a libws.so that is there already; CARGO_TARGET_DIR, CC as ever.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import cffi
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HEADER = ROOT / "include" / "ws.h"
MAC = sys.platform == "darwin"
BUILT_AS = "libws.dylib" if MAC else "libws.so"
INSTALLED_AS = "libws.0.dylib" if MAC else "libws.so.0"  # by its SONAME, so that the extension modules find it beside them

if not HEADER.exists():
    sys.exit(f"{HEADER} is not there: the package is built inside a clone of libws, by `pip install ./bindings/python`")
sys.path.insert(0, str(HERE))
os.chdir(HERE)

import header  # noqa: E402

DECLARED = header.read(HEADER)
VERSION = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]


def library():
    """The path of the shared library; builds it if it has to."""
    if given := os.environ.get("LIBWS_LIBRARY"):
        return pathlib.Path(given).resolve()
    if not shutil.which("cargo"):
        sys.exit("libws is built with Rust, and there is no cargo: see https://rustup.rs, or set LIBWS_LIBRARY to a libws.so")
    subprocess.run(["cargo", "build", "--release", "--lib"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or "target")
    return ROOT / target / "release" / BUILT_AS


class BuildExtensions(build_ext):
    """Has the library in the package before the modules are linked to it."""

    def run(self):
        package = (HERE / "src" if self.inplace else pathlib.Path(self.build_lib)) / "libws"
        package.mkdir(parents=True, exist_ok=True)
        inside = package / INSTALLED_AS
        shutil.copyfile(library(), inside)
        if MAC:
            subprocess.run(["install_name_tool", "-id", f"@rpath/{INSTALLED_AS}", inside], check=True)
        elif shutil.which("strip"):
            subprocess.run(["strip", "--strip-unneeded", inside], check=True)
        for extension in self.extensions:
            extension.extra_objects = [str(inside)]
            extension.extra_link_args = ["-Wl,-rpath,@loader_path" if MAC else "-Wl,-rpath,$ORIGIN"]
        super().run()
        if self.inplace:
            (package / "_header.py").write_text(header.module(DECLARED))

    def get_outputs(self):
        return [*super().get_outputs(), str(pathlib.Path(self.build_lib) / "libws" / INSTALLED_AS)]


class BuildPython(build_py):
    """Adds the module that is made from ws.h."""

    def run(self):
        super().run()
        made = pathlib.Path(self.build_lib) / "libws" / "_header.py"
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(header.module(DECLARED))


builder = cffi.FFI()
builder.cdef(DECLARED.definitions)
builder.set_source("libws._cffi", "#include <ws.h>", include_dirs=[str(HEADER.parent)])
(HERE / "build" / "cffi").mkdir(parents=True, exist_ok=True)
core = Extension(
    "libws._core",
    [f"core/{name}.c" for name in ("module", "socket", "ring", "blocking", "awaiting", "dispatching", "waiter", "loop")],
    depends=["core/core.h", str(HEADER)],
    include_dirs=[str(HEADER.parent)],
)
setup(
    version=VERSION,
    ext_modules=[builder.distutils_extension("build/cffi"), core],
    cmdclass={"build_ext": BuildExtensions, "build_py": BuildPython},
)
