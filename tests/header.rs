//! `include/ws.h` is what cbindgen makes of `src/ffi`, compiles everywhere, and says of every function what a C reader must know.
//!
//! `UPDATE_HEADER=1` (`make header`) writes the file instead of comparing it.

use std::{
    env, fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

const FILE: &str = "include/ws.h";

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// What cbindgen makes, so that no test reads the file while `UPDATE_HEADER` has it written.
fn header() -> String {
    let config = cbindgen::Config::from_file(path("cbindgen.toml")).expect("cbindgen.toml");
    let bindings = cbindgen::Builder::new().with_config(config).with_src(path("src/ffi/mod.rs")).generate().expect("cbindgen");
    let mut bytes = Vec::new();
    bindings.write(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_committed_file_is_up_to_date() {
    let made = header();
    if env::var_os("UPDATE_HEADER").is_some() {
        return fs::write(path(FILE), made).unwrap();
    }
    let committed = fs::read_to_string(path(FILE)).unwrap();
    if let Some((number, (old, new))) = committed.lines().zip(made.lines()).enumerate().find(|(_, (old, new))| old != new) {
        panic!("{FILE} is not what src/ffi says, run make header: line {} is\n{old}\nand should be\n{new}", number + 1);
    }
    assert!(committed == made, "{FILE} is not what src/ffi says, run make header: it has {} bytes, not {}", committed.len(), made.len());
}

#[test]
fn its_version_is_the_crates() {
    let header = header();
    let value = |name: &str| {
        let start = format!("#define {name} ");
        header.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("no {name} in {FILE}")).to_owned()
    };
    assert_eq!(value("WS_VERSION"), format!("{:?}", env!("CARGO_PKG_VERSION")), "set it in cbindgen.toml");
    let parts = ["WS_VERSION_MAJOR", "WS_VERSION_MINOR", "WS_VERSION_PATCH"].map(value);
    assert_eq!(parts.join("."), env!("CARGO_PKG_VERSION"), "set them in src/ffi/version.rs");
    let [major, minor, patch] = parts.map(|part| part.parse::<u32>().unwrap());
    assert_eq!(value("WS_VERSION_NUMBER"), (major << 16 | minor << 8 | patch).to_string());
}

#[test]
fn every_constant_begins_with_the_prefix() {
    let header = header();
    let names: Vec<&str> = header.lines().filter_map(|line| line.strip_prefix("#define ")?.split_whitespace().next()).collect();
    assert!(names.contains(&"WS_OK"), "{names:?}");
    let strange: Vec<&&str> = names.iter().filter(|name| !name.starts_with("WS_")).collect();
    assert!(strange.is_empty(), "not to be seen from C: make them pub(super) or pub(crate) in src/ffi: {strange:?}");
}

#[test]
fn no_line_is_longer_than_140_columns() {
    let header = header();
    let long: Vec<&str> = header.lines().filter(|line| line.chars().count() > 140).collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// Compiles the header alone, once and twice.
fn compiles(variable: &str, default: &str, standard: &str, language: &str) {
    let compiler = env::var(variable).unwrap_or_else(|_| default.to_owned());
    let mut words = compiler.split_whitespace();
    let program = words.next().unwrap_or_else(|| panic!("{variable} is empty"));
    if Command::new(program).arg("--version").output().is_err() {
        // Past the test harness, which would hide it.
        return std::io::stderr().write_all(format!("SKIPPED {FILE} with {program}, which is not installed\n").as_bytes()).unwrap();
    }
    for source in ["#include <ws.h>\n", "#include <ws.h>\n#include <ws.h>\n"] {
        let mut command = Command::new(program);
        command.args(words.clone()).arg(standard).args([
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Werror",
            "-fsyntax-only",
            "-x",
            language,
            "-I",
        ]);
        command.arg(path("include")).arg("-").stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{command:?}, of\n{source}{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn it_compiles_as_c99() {
    compiles("CC", "cc", "-std=c99", "c");
}

#[test]
fn it_compiles_as_cxx11() {
    compiles("CXX", "c++", "-std=c++11", "c++");
}

#[test]
fn it_compiles_as_c99_with_clang() {
    compiles("CLANG", "clang", "-std=c99", "c");
}

#[test]
fn it_compiles_as_cxx11_with_clang() {
    compiles("CLANGXX", "clang++", "-std=c++11", "c++");
}

/// A function of the header: its comment, what it returns, its name and its parameters.
struct Function {
    comment: String,
    returns: String,
    name: String,
    parameters: Vec<String>,
}

fn functions(header: &str) -> Vec<Function> {
    let (_, functions) = header.split_once("extern \"C\" {").expect("the functions");
    let mut found = Vec::new();
    for block in functions.split("\n\n").filter(|block| block.contains("/**")) {
        let (comment, declaration) = block.split_once("*/").expect("the end of a comment");
        let comment = comment.lines().map(|line| line.trim_start_matches(['/', ' ', '*'])).collect::<Vec<_>>().join(" ");
        let words = declaration.split_whitespace().collect::<Vec<_>>().join(" ");
        let (head, parameters) = words.strip_suffix(");").and_then(|words| words.split_once('(')).expect("a declaration");
        let (returns, name) = head.split_at(head.rfind([' ', '*']).unwrap() + 1);
        let parameters = parameters.split(", ").filter(|parameter| *parameter != "void");
        found.push(Function {
            comment,
            returns: returns.trim().to_owned(),
            name: name.to_owned(),
            parameters: parameters.map(|parameter| parameter.rsplit([' ', '*']).next().unwrap().to_owned()).collect(),
        });
    }
    found
}

/// Where a word of its own begins.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).map(|(at, _)| at).find(|at| !text[..*at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

/// What a comment lacks, of the fixed order: what it does; each parameter; what it returns; whether it blocks; threads; callbacks.
fn lacks(function: &Function) -> Vec<String> {
    let Function { comment, returns, name, parameters } = function;
    let first_of = |words: &[&str]| words.iter().filter_map(|word| comment.find(word)).min();
    let mut lacks = Vec::new();
    let says = first_of(&["Returns"]);
    if says.is_none() && returns != "void" {
        lacks.push("what it returns".to_owned());
    }
    let blocks = first_of(&["Does not block", "Never blocks", "Blocks", "blocks and may be called as ws_"]);
    if blocks.is_none() {
        lacks.push("whether it blocks".to_owned());
    }
    if says.zip(blocks).is_some_and(|(says, blocks)| says > blocks) {
        lacks.push("\"Returns\" before whether it blocks".to_owned());
    }
    let end = says.or(blocks).unwrap_or(comment.len());
    let named = parameters.iter().filter(|parameter| find_word(&comment[..end], parameter).is_none());
    lacks.extend(named.map(|parameter| format!("its parameter {parameter}, before what it returns")));
    let after = blocks.unwrap_or(0);
    // Options are for one thread at a time: their type says so, once for all.
    let threads = ["ny thread", "One thread at a time", "each thread", "threads", "may be called as ws_"];
    if !name.starts_with("ws_options_") && !threads.iter().any(|word| comment[after..].contains(word)) {
        lacks.push("which threads may call it".to_owned());
    }
    if !["allback", "may be called as ws_"].iter().any(|word| comment[after..].contains(word)) {
        lacks.push("whether a callback may call it".to_owned());
    }
    lacks
}

#[test]
fn every_function_says_what_a_caller_must_know_in_the_fixed_order() {
    let functions = functions(&header());
    assert!(functions.len() > 50, "only {} functions were found", functions.len());
    let wrong: Vec<String> =
        functions.iter().flat_map(|function| lacks(function).into_iter().map(|lack| format!("{}: {lack}", function.name))).collect();
    assert!(wrong.is_empty(), "comments in src/ffi lack\n{}", wrong.join("\n"));
}

#[test]
fn a_comment_that_lacks_something_is_noticed() {
    let comment = "/**\n * Does it. Does not block; any thread; a callback may call it.\n */";
    let header = &format!("extern \"C\" {{\n#endif\n\n{comment}\nint ws_f(int a, const char *b);\n");
    let found: Vec<String> = functions(header).iter().flat_map(lacks).collect();
    assert_eq!(found, ["what it returns", "its parameter a, before what it returns", "its parameter b, before what it returns"]);
}
