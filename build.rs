//! How the shared library is linked: its name for the dynamic linker, whose symbols it uses, and the version of its own.

use std::{env, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        return;
    }
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libws.so.{}", env!("CARGO_PKG_VERSION_MAJOR"));
    // Other libraries have names that begin with ws_ too: ours are bound to ours.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-Bsymbolic");
    // And a program's to the library that it was linked to, though another major version of it is in the process: each symbol has
    // the SONAME as its version. rustc lists the symbols in a version script without a name; beside it LLD leaves a second script
    // without effect and GNU ld refuses it, but GNU ld gives versions of its own accord.
    if env::var("HOST") == env::var("TARGET") && has_gnu_ld() {
        println!("cargo::rustc-cdylib-link-arg=-fuse-ld=bfd");
        println!("cargo::rustc-cdylib-link-arg=-Wl,--default-symver");
    }
}

/// Whether GNU ld is there, under the name by which `-fuse-ld=bfd` asks for it.
fn has_gnu_ld() -> bool {
    Command::new("ld.bfd").arg("--version").output().is_ok_and(|output| output.status.success())
}
