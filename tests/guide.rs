//! The guide in `docs/guide`: its programs compile and print what stands below them.
//!
//! A block of C is a program. The console block below it has its runs: `$ ./NAME ARGUMENTS`, then what it prints. `|| echo failed`
//! says that it ends with another status than 0. The addresses and the file that `Servers::start` names
//! stand for what is there in this run. A program for another library names it in its first line, as the linker's option: it has
//! tests of its own, which say aloud that they are skipped where the library is not installed.

#[path = "c_programs/echo_server.rs"]
mod echo_server;
#[path = "c_programs/program.rs"]
#[allow(dead_code, reason = "these programs run in one way")]
mod program;
#[path = "c_programs/secure_servers.rs"]
#[allow(dead_code, reason = "these programs need few of them")]
mod secure_servers;
#[path = "c_programs/servers.rs"]
#[allow(dead_code, unused_imports, reason = "these programs need few of them")]
mod servers;
mod support;

use program::{Program, Way, folder};
use servers::Further;
use std::{
    fmt::Write,
    fs,
    path::Path,
    process::{Command, Stdio},
};
use support::{proxy::ESTABLISHED, server::Server};

/// One module a chapter, with a test of its programs; and the list of the chapters.
macro_rules! chapters {
    ($($name:ident)*) => {
        const CHAPTERS: &[&str] = &[$(stringify!($name)),*];
        $(mod $name {
            #[test]
            fn its_programs_print_what_stands_below_them() {
                super::run_programs(stringify!($name));
            }
        })*
    };
}

chapters! { first closing loops flow connecting migration }

fn chapter(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/guide/{name}.md"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between fences.
#[derive(Debug, PartialEq, Eq)]
struct Block<'a> {
    language: &'a str,
    text: String,
}

fn blocks(document: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else { continue };
        let text = lines.by_ref().take_while(|line| *line != "```").fold(String::new(), |text, line| text + line + "\n");
        blocks.push(Block { language, text });
    }
    blocks
}

/// A line that begins with a dollar sign and what stands below it.
#[derive(Debug, PartialEq, Eq)]
struct Run<'a> {
    name: &'a str,
    arguments: Vec<&'a str>,
    fails: bool,
    output: String,
}

fn runs(console: &str) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for line in console.lines() {
        if let Some(command) = line.strip_prefix("$ ./") {
            let shorter = command.strip_suffix(" || echo failed");
            let mut words = shorter.unwrap_or(command).split_whitespace().map(|word| word.trim_matches('\''));
            let name = words.next().expect("a program's name");
            runs.push(Run { name, arguments: words.collect(), fails: shorter.is_some(), output: String::new() });
        } else {
            let run = runs.last_mut().unwrap_or_else(|| panic!("{line:?} stands above every \"$ ./NAME\""));
            writeln!(run.output, "{line}").expect("a text");
        }
    }
    runs
}

/// The other libraries, as their programs name them.
const OTHERS: [&str; 2] = ["-lcurl", "-lwebsockets"];

/// The library that a program is for, if it is not ours.
fn other_library(source: &str) -> Option<&str> {
    source.lines().next()?.split(' ').find(|word| word.starts_with("-l"))
}

/// The programs of a document, each with its runs, and what is wrong with its blocks.
fn programs(document: &str) -> Result<Vec<(String, String)>, String> {
    let mut programs = Vec::new();
    let mut blocks = blocks(document).into_iter();
    while let Some(block) = blocks.next() {
        match block.language {
            "c" => {
                let below = blocks.next().filter(|below| below.language == "console");
                let below = below.ok_or_else(|| format!("no console block says what this program prints:\n{}", block.text))?;
                programs.push((block.text, below.text));
            }
            // The code of a library that Debian has not.
            "text" if block.text.contains("not compiled") => {}
            other => return Err(format!("a block of {other:?} is neither a program nor marked as not compiled:\n{}", block.text)),
        }
    }
    Ok(programs)
}

/// What a run connects to, for as long as it is kept.
struct Servers {
    /// What the guide says, and what there is.
    names: Vec<(&'static str, String)>,
    _kept: (Option<Further>, Option<Further>, Option<Server>),
}

impl Servers {
    /// Starts those that the arguments name.
    fn start(arguments: &[&str]) -> Self {
        let mentioned = |name: &str| arguments.iter().any(|argument| argument.contains(name));
        let echo = address(echo_server::url());
        let target = echo.parse().expect("an address");
        let secure = mentioned("localhost:9443").then(|| secure_servers::secure_for(1));
        let files = mentioned("ca.pem").then(secure_servers::certificates);
        let proxy = mentioned("http://alice:secret@localhost:3128").then(|| {
            Server::new(move |peer| {
                let head = peer.read_head();
                assert!(head.starts_with("CONNECT 127.0.0.1:") && head.contains("Proxy-Authorization: Basic YWxpY2U6c2VjcmV0"), "{head}");
                peer.send(ESTABLISHED.as_bytes());
                peer.forward_to(target);
            })
        });
        let mut names = vec![("localhost:9001", echo)];
        names.extend(secure.iter().map(|server| ("localhost:9443", address(&server.url))));
        names.extend(files.iter().map(|files| ("ca.pem", format!("{}/ca.pem", files.url))));
        names.extend(proxy.iter().map(|proxy| ("localhost:3128", proxy.address().to_string())));
        Self { names, _kept: (secure, files, proxy) }
    }

    fn there(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, there)| text.replace(name, there))
    }
}

/// Host and port of a URL.
fn address(url: &str) -> String {
    url.split('/').nth(2).expect("a URL with a host").to_owned()
}

fn run_programs(name: &str) {
    let document = chapter(name);
    let programs = programs(&document).unwrap_or_else(|fault| panic!("docs/guide/{name}.md: {fault}"));
    let (others, ours): (Vec<_>, Vec<_>) = programs.into_iter().partition(|(source, _)| other_library(source).is_some());
    assert!(!ours.is_empty(), "docs/guide/{name}.md has no program");
    for (source, console) in ours {
        run(name, &compile(name, &source, &console), &console);
    }
    for (source, _) in others {
        let library = other_library(&source).expect("a library");
        assert!(name == "migration" && OTHERS.contains(&library), "docs/guide/{name}.md: nothing runs the program for {library}");
    }
}

/// The name that a program has in its console block.
fn name_of(chapter: &str, console: &str) -> String {
    let first = runs(console).into_iter().next().unwrap_or_else(|| panic!("docs/guide/{chapter}.md: nothing runs a program in\n{console}"));
    first.name.to_owned()
}

fn run(chapter: &str, program: &Program, console: &str) {
    let name = name_of(chapter, console);
    for run in runs(console) {
        assert_eq!(run.name, name, "docs/guide/{chapter}.md: a console block runs the program above it");
        let servers = Servers::start(&run.arguments);
        let arguments: Vec<String> = run.arguments.iter().map(|argument| servers.there(argument)).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ended = program.run(Way::Plain, &arguments, b"");
        let output = if run.fails { run.output.strip_suffix("failed\n").expect("the last line says failed") } else { &run.output };
        let ended = ended.prints(&servers.there(output));
        assert_eq!(ended.succeeds(), !run.fails, "docs/guide/{chapter}.md: the exit status of {name}{ended}");
    }
}

/// A file with a program, and the name of what is made of it.
fn file(chapter: &str, source: &str, console: &str) -> (&'static str, String) {
    let name = format!("guide-{chapter}-{}", name_of(chapter, console));
    let path = folder().join(format!("{name}.c"));
    fs::write(&path, source).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (name.leak(), path.into_os_string().into_string().expect("UTF-8"))
}

fn compile(chapter: &str, source: &str, console: &str) -> Program {
    let (name, path) = file(chapter, source, console);
    Program::compile(name, &[&path], &[])
}

/// The program for another library and what it prints; `None`, said aloud, where the library's headers are not installed.
fn of_other(library: &str) -> Option<(Program, String)> {
    let programs = programs(&chapter("migration")).expect("the chapter's programs");
    let found = programs.into_iter().find(|(source, _)| other_library(source) == Some(library));
    let (source, console) = found.unwrap_or_else(|| panic!("docs/guide/migration.md has no program for {library}"));
    let header = source.split(['<', '>']).nth(1).expect("an #include");
    let mut preprocess = Command::new("cc");
    preprocess.args(["-E", "-include", header, "-x", "c", "/dev/null"]).stdout(Stdio::null()).stderr(Stdio::null());
    if !preprocess.status().is_ok_and(|status| status.success()) {
        say(&format!("SKIPPED the guide's program for {library}: there is no <{header}>\n"));
        return None;
    }
    let (name, path) = file("migration", &source, &console);
    let mut command = Command::new("cc");
    command.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]);
    // What `curl_ws_recv` tells of a frame was not const in libcurl 7.
    command.args((library == "-lcurl").then_some("-Wno-incompatible-pointer-types"));
    command.arg(path).arg(library);
    Some((Program::linked(name, name, command), console))
}

/// Past the test harness, which would hide it.
fn say(line: &str) {
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).expect("standard error");
}

#[test]
fn the_program_for_libwebsockets_prints_what_stands_below_it() {
    let Some((program, console)) = of_other("-lwebsockets") else { return };
    run("migration", &program, &console);
}

#[test]
fn the_program_for_libcurl_prints_what_stands_below_it() {
    let Some((program, console)) = of_other("-lcurl") else { return };
    if program.run(Way::Plain, &[echo_server::url()], b"").stdout == b"Unsupported protocol\n" {
        return say("only compiled: the guide's program for -lcurl, because this libcurl has no WebSocket\n");
    }
    run("migration", &program, &console);
}

#[test]
fn every_chapter_is_in_the_contents() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide");
    let mut found: Vec<String> =
        fs::read_dir(&folder).expect("docs/guide").map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let mut expected: Vec<String> = CHAPTERS.iter().chain(&["README"]).map(|name| format!("{name}.md")).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "docs/guide and the list in this file");
    let contents = chapter("README");
    for name in CHAPTERS {
        assert!(contents.contains(&format!("]({name}.md)")), "docs/guide/README.md has no link to {name}.md");
    }
}

#[test]
fn a_block_that_is_neither_a_program_with_its_output_nor_marked_is_noticed() {
    let good = "a\n```c\nint x;\n```\nb\n```console\n$ ./a 'b c' || echo failed\nd\nfailed\n$ ./a\n```\n```text\n/* not compiled */\n```\n";
    let (source, console) = programs(good).unwrap().pop().unwrap();
    assert_eq!(source, "int x;\n");
    assert_eq!(other_library(&source), None);
    assert_eq!(other_library("/* libx: cc a.c -lx -o a */\nint y;\n"), Some("-lx"));
    let failing = Run { name: "a", arguments: vec!["b", "c"], fails: true, output: "d\nfailed\n".to_owned() };
    assert_eq!(runs(&console), [failing, Run { name: "a", arguments: vec![], fails: false, output: String::new() }]);
    for bad in
        ["```c\nint x;\n```\n", "```c\nint x;\n```\n```c\nint y;\n```\n", "```\nx\n```\n", "```text\nx\n```\n", "```console\n$ ./a\n```\n"]
    {
        assert!(programs(bad).is_err(), "{bad}");
    }
}
