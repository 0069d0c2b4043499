//! Gives the shared library its name for the dynamic linker.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os == "linux" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libws.so.0");
        // Other libraries have names that begin with ws_ too: ours are bound to ours.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-Bsymbolic");
    }
}
