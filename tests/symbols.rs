//! `libws.so` exports what `include/ws.h` declares and `symbols.list` names, no more and no less, under its own name.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The library that cargo built for this test: this program lies beside it.
fn library() -> PathBuf {
    env::current_exe().unwrap().with_file_name("libws.so")
}

/// What a tool of binutils prints about the library.
fn print(tool: &str, option: &str) -> String {
    let output = Command::new(tool).args([option, "--wide"]).arg(library()).env("LC_ALL", "C").output();
    let output = output.unwrap_or_else(|error| panic!("{tool}, which comes with a C compiler: {error}"));
    assert!(output.status.success(), "{tool} {option}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The symbols that the dynamic linker finds in the library, without their versions (`build.rs`).
fn exported() -> BTreeSet<String> {
    // Num: Value Size Type Bind Vis Ndx Name
    let table = print("readelf", "--dyn-syms");
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    // An absolute one is no symbol of ours but the name of the version.
    let defined = rows.filter(|row| {
        row.len() >= 8 && row[0].ends_with(':') && row[0] != "Num:" && !["UND", "ABS"].contains(&row[6]) && row[4] != "LOCAL"
    });
    defined.filter_map(|row| row[7].split('@').next()).map(str::to_owned).collect()
}

/// The functions that the header declares: its lines outside comments and types that name one before a parenthesis.
fn declared() -> BTreeSet<String> {
    let header = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("include/ws.h")).unwrap();
    let (_, functions) = header.split_once("extern \"C\" {").expect("the functions");
    let declarations = functions.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    declarations.filter_map(|line| line.split_once('(')).map(|(head, _)| head.rsplit([' ', '*']).next().unwrap().to_owned()).collect()
}

/// `symbols.list`, which must be sorted and have nothing twice.
fn listed() -> BTreeSet<String> {
    let lines: Vec<&str> = include_str!("symbols.list").lines().collect();
    assert!(lines.is_sorted_by(|a, b| a < b), "tests/symbols.list is not sorted");
    lines.into_iter().map(str::to_owned).collect()
}

fn assert_same(left: (&str, &BTreeSet<String>), right: (&str, &BTreeSet<String>)) {
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>().join(" ");
    let (more, less) = (only(left.1, right.1), only(right.1, left.1));
    assert!(more.is_empty() && less.is_empty(), "only in {}: {more}\nonly in {}: {less}", left.0, right.0);
}

#[test]
fn the_library_exports_what_the_header_declares() {
    assert_same(("libws.so", &exported()), ("include/ws.h", &declared()));
}

#[test]
fn the_header_declares_what_the_list_names() {
    assert_same(("include/ws.h", &declared()), ("tests/symbols.list", &listed()));
}

#[test]
fn every_symbol_begins_with_ws() {
    let others: Vec<String> = exported().into_iter().filter(|name| !name.starts_with("ws_")).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn the_library_is_called_libws_so_0_and_has_no_text_relocations() {
    let dynamic = print("readelf", "--dynamic");
    assert!(dynamic.contains("Library soname: [libws.so.0]"), "{dynamic}");
    assert!(dynamic.contains("(SYMBOLIC)") || dynamic.contains(" SYMBOLIC"), "not linked with -Bsymbolic:\n{dynamic}");
    assert!(!dynamic.contains("TEXTREL"), "{dynamic}");
}
