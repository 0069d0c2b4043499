//! The architecture's walls: a layer uses only what is below it, `unsafe` stays where it may be, a file holds one idea.

use std::{
    fs,
    path::{Path, PathBuf},
};

#[path = "layers/code.rs"]
mod code;
use code::{code, words};

/// From the highest to the lowest. `error` is for all and uses none.
const LAYERS: [&str; 6] = ["ffi", "client", "net", "protocol", "spec", "error"];

/// The longest that a file may be, in lines.
const LINES: usize = 450;

/// The Rust files below a folder of the project, with their texts, by their paths from the project's folder.
fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut folders) = (Vec::new(), vec![root.join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no Rust file in {folder}");
    found
}

/// The layer that a file of `src` belongs to; `None` for `lib.rs`.
fn layer_of(path: &str) -> Option<usize> {
    let first = path.strip_prefix("src/")?.split(['/', '.']).next()?;
    LAYERS.iter().position(|layer| *layer == first)
}

/// The names that follow a `crate::` or a chain of `super::`, alone or in braces.
fn uses(text: &str) -> Vec<String> {
    let code = code(text);
    let words = words(&code);
    let mut found = Vec::new();
    for at in 0..words.len() {
        if matches!(words[at], "crate" | "super") && words.get(at + 1) == Some(&"::") {
            found.extend(first_names(&words[at + 2..]));
        }
    }
    found
}

/// The first name of a path, or of each path in braces.
fn first_names(words: &[&str]) -> Vec<String> {
    if words.first() != Some(&"{") {
        return words.first().map(|word| (*word).to_owned()).into_iter().collect();
    }
    let (mut depth, mut found) = (0, Vec::new());
    for pair in words.windows(2) {
        depth += match pair[0] {
            "{" => 1,
            "}" => -1,
            _ => 0,
        };
        if depth == 0 {
            break;
        }
        if depth == 1 && matches!(pair[0], "{" | ",") {
            found.push(pair[1].to_owned());
        }
    }
    found
}

/// The walls that a file breaks.
fn broken(path: &str, text: &str) -> Vec<String> {
    let Some(own) = layer_of(path) else { return Vec::new() };
    let names = uses(text).into_iter();
    let above = names.filter(|name| LAYERS[..own].contains(&name.as_str()));
    above.map(|name| format!("{path} ({}) uses {name}, which is above it", LAYERS[own])).collect()
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_layer_uses_only_what_is_below_it() {
    let files = files("src");
    let reached: Vec<&str> =
        LAYERS.into_iter().filter(|layer| files.iter().any(|(_, text)| uses(text).iter().any(|n| n == layer))).collect();
    assert_eq!(reached, LAYERS[1..], "each layer but the highest is used by some file, or this test does not see the uses");
    assert_none(&files.iter().flat_map(|(path, text)| broken(path, text)).collect::<Vec<_>>());
}

#[test]
fn a_use_of_a_higher_layer_is_noticed_however_it_is_written() {
    for text in [
        "use crate::client::Socket;",
        "use crate::{\n    error::Error,\n    client::{queue, sync},\n};",
        "fn f() { crate::client::sync::lock() }",
        "use super::super::client;",
        "const A: &str = r#\"//\"#; use crate :: client;",
    ] {
        assert_eq!(broken("src/net/stream.rs", text).len(), 1, "{text}");
    }
    for text in ["// crate::client", "/* crate::client */", "const A: &str = \"crate::client\";", "use crate::spec::{client, url};"] {
        assert_eq!(broken("src/net/stream.rs", text), [""; 0], "{text}");
    }
}

#[test]
fn the_crates_root_has_no_logic() {
    let (_, text) = files("src").into_iter().find(|(path, _)| path == "src/lib.rs").unwrap();
    let code = code(&text);
    let mut modules: Vec<&str> = code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("#!")).collect();
    modules.sort_unstable();
    let mut expected = LAYERS.map(|layer| format!("pub mod {layer};"));
    expected.sort();
    assert_eq!(modules, expected);
}

#[test]
fn the_protocol_and_the_standards_do_no_io_and_read_no_clock() {
    const FORBIDDEN: [&str; 9] =
        ["std::fs", "std::thread", "thread::spawn", "TcpStream", "UdpSocket", "Instant::now", "SystemTime", "mio::", "libc::"];
    let files = files("src");
    let pure = files.iter().filter(|(path, _)| path.starts_with("src/protocol/") || path.starts_with("src/spec/"));
    let found = pure.flat_map(|(path, text)| {
        let code = words(&code(text)).concat();
        FORBIDDEN.into_iter().filter(move |word| code.contains(word)).map(move |word| format!("{path} has {word} in it"))
    });
    assert_none(&found.collect::<Vec<_>>());
}

#[test]
fn unsafe_is_only_in_the_c_skin_and_in_one_file_for_the_system() {
    let files = files("src");
    let others = files.iter().filter(|(path, _)| !path.starts_with("src/ffi/") && path != "src/net/os.rs");
    let found = others.filter(|(_, text)| words(&code(text)).contains(&"unsafe"));
    assert_none(&found.map(|(path, _)| format!("{path} has unsafe in it")).collect::<Vec<_>>());
}

#[test]
fn threads_are_started_in_one_place_which_blocks_signals_in_them() {
    let files = files("src");
    let others = files.iter().filter(|(path, _)| path != "src/net/os.rs");
    let found = others.filter(|(_, text)| {
        let code = words(&code(text)).concat();
        ["thread::Builder", "thread::{Builder", "thread::spawn", "thread::{spawn"].iter().any(|word| code.contains(word))
    });
    assert_none(&found.map(|(path, _)| format!("{path} starts a thread without os::spawn")).collect::<Vec<_>>());
}

/// All Rust files of the project.
fn all_files() -> Vec<(String, String)> {
    ["src", "tests", "echo-server", "bench/server", "fuzz"].into_iter().flat_map(files).collect()
}

#[test]
fn every_file_says_in_its_first_line_what_it_holds() {
    let silent = all_files().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    assert_none(&silent.map(|(path, _)| format!("{path} does not begin with //!")).collect::<Vec<_>>());
}

#[test]
fn no_file_is_too_long_to_hold_one_idea() {
    let long = all_files().into_iter().filter(|(_, text)| text.lines().count() > LINES);
    assert_none(&long.map(|(path, text)| format!("{path} has {} lines, more than {LINES}", text.lines().count())).collect::<Vec<_>>());
}
