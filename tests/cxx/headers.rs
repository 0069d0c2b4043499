//! The headers as text and for the compiler: each alone, all in a program of two standards, and whether they have all of `ws.h`.

use super::{
    compiler::{CLANGXX, CXX, Compiler, NEWEST, OLDEST, PLAIN, STRICT},
    program::{Way, folder},
};
use std::{fs, io::Write, path::PathBuf, process::Stdio};

/// What of `ws.h` C++ says in another way, or has no use for.
const ELSEWHERE: [&str; 7] = [
    "ws_send_text",      // socket.send(const char *)
    "ws_user_data",      // event.user_data()
    "WS_NUL_TERMINATED", // std::string_view has a length
    "WS_VERSION",        // of the header, as it is
    "WS_VERSION_MAJOR",
    "WS_VERSION_MINOR",
    "WS_VERSION_PATCH",
];

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

/// The files of a folder with this extension, by their paths from the project's folder, in order.
pub fn files(folder: &str, extension: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|found| found == extension));
    let mut names: Vec<String> = paths.map(|path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn headers() -> Vec<String> {
    let headers = [files("include", "hpp"), files("include/ws", "hpp")].concat();
    assert!(headers.len() > 5, "{headers:?}");
    headers
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn each_compiles_alone(compiler: &Compiler) {
    for header in headers() {
        for style in [PLAIN, OLDEST, NEWEST, STRICT] {
            let Some(mut command) = compiler.command(&header, style) else { return };
            command.args(["-fsyntax-only", "-x", "c++", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let name = header.trim_start_matches("include/");
            child.stdin.take().unwrap().write_all(format!("#include <{name}>\n#include <{name}>\n").as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{command:?}, of {header}\n{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn each_compiles_alone_and_twice() {
    each_compiles_alone(&CXX);
}

#[test]
fn each_compiles_alone_and_twice_with_clang() {
    each_compiles_alone(&CLANGXX);
}

#[test]
fn files_of_two_standards_are_one_program() {
    let source = |name: &str, text: &str| {
        let path = folder().join(name);
        fs::write(&path, format!("#include <ws.hpp>\n{text}\n")).unwrap();
        path
    };
    let older = source("cxx-older.cpp", "ws::status older(const ws::socket &socket) { return socket.failure().status(); }");
    let newer = source(
        "cxx-newer.cpp",
        "ws::status older(const ws::socket &socket);\nint main() { return older(ws::socket()) == ws::status::null_pointer ? 0 : 1; }",
    );
    let object = older.with_extension("o");
    let Some(mut command) = CXX.command("files of two standards", PLAIN) else { return };
    let output = command.arg("-c").arg(&older).arg("-o").arg(&object).output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    let sources = [newer.to_str().unwrap(), object.to_str().unwrap()];
    CXX.program("two-standards", &sources, NEWEST).expect("a compiler").run(Way::Plain, &[], b"").ends_with(0);
}

/// Whether a text has a name in it as a word.
fn has_word(text: &str, name: &str) -> bool {
    text.split(|character: char| !(character.is_alphanumeric() || character == '_')).any(|word| word == name)
}

#[test]
fn nothing_of_the_c_header_is_forgotten() {
    let c = read("include/ws.h");
    let constants = c.lines().filter_map(|line| line.strip_prefix("#define ")?.split_whitespace().next()).filter(|name| *name != "WS_H");
    let functions = c.lines().filter(|line| !line.starts_with([' ', '/', '#', 't'])).filter_map(|line| {
        let name = line.split_once('(')?.0.rsplit([' ', '*']).next()?;
        name.starts_with("ws_").then_some(name)
    });
    let names: Vec<&str> = constants.chain(functions).collect();
    assert!(names.contains(&"WS_ERR_QUOTA") && names.contains(&"ws_options_set_deflate") && names.contains(&"ws_url"), "{names:?}");
    let cxx: String = headers().iter().map(|header| read(header)).collect();
    let lacking: Vec<&&str> = names.iter().filter(|name| !ELSEWHERE.contains(name) && !has_word(&cxx, name)).collect();
    assert!(lacking.is_empty(), "add to include/ws/*.hpp, or to ELSEWHERE in {}: {lacking:?}", file!());
    assert!(ELSEWHERE.iter().all(|name| names.contains(name)), "{ELSEWHERE:?} has a name that is gone");
}

#[test]
fn each_says_what_it_is_in_lines_that_can_be_read() {
    for header in headers() {
        let text = read(&header);
        assert!(text.starts_with("/* "), "{header} does not begin with what it is");
        assert!(text.lines().count() <= 450, "{header} holds more than one idea");
        let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > 140).collect();
        assert!(long.is_empty(), "{header}:\n{}", long.join("\n"));
        // Headers of the project come in by the name that users know.
        assert!(!text.contains("#include \""), "{header} includes by a path");
    }
}
