//! Every Markdown file: its blocks of code are compiled and run as they stand; its commands, links and names of the library are there.
//!
//! The list says which test runs the blocks of a document in a language: all of them, or that test is at fault. What a program prints is a
//! `console` block, which the same test compares.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Document or folder, languages, the test that runs their blocks.
const RUN: [(&str, &[&str], &str); 5] = [
    ("README.md", &["c", "cpp", "console"], "tests/install.sh"),
    ("README.md", &["python"], "tests/python/test_documents.py"),
    ("bindings/python/README.md", &["python"], "tests/python/test_documents.py"),
    // `text` is what is marked as not compiled: a library that Debian has not.
    ("docs/guide/", &["c", "console", "text"], "tests/guide.rs"),
    // A test as an example: it stands there word for word.
    ("tests/README.md", &["rust"], "tests/loopback/closing.rs"),
];

/// What the lines that say what to type begin with, other than `make`, `cargo` and files of the project.
const TOOLS: [&str; 6] = ["cc", "pip", "wscat", "echo", "ldconfig", "/tmp/ping"];

/// What begins as a name of the library and is none: variables of the makefiles and of the tests.
const VARIABLES: [&str; 3] = ["WS_CFLAGS", "WS_LIBS", "WS_LIB"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Files below a folder, from the project's folder; without what was built or fetched.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().expect("UTF-8");
        if entry.file_type().unwrap().is_file() {
            files.push(folder.join(name));
        } else if !name.starts_with('.') && !["target", "build", "node_modules"].contains(&name.as_str()) {
            files.append(&mut self::files(&folder.join(name)));
        }
    }
    files.sort();
    files
}

/// The Markdown files with their text.
fn documents() -> Vec<(String, String)> {
    let all = files(Path::new("")).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    all.map(|path| (path.to_str().expect("UTF-8").to_owned(), read(&path))).collect()
}

/// What stands between fences.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    line: usize,
    language: String,
    /// Without the fence's indentation.
    text: String,
}

/// The blocks of a document, and its other lines with their numbers.
fn parts(document: &str) -> (Vec<Block>, Vec<(usize, &str)>) {
    let (mut blocks, mut others) = (Vec::new(), Vec::new());
    let mut lines = document.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let fence = line.trim_start();
        let indentation = line.len() - fence.len();
        let Some(mark) = ["```", "~~~"].into_iter().find(|mark| fence.starts_with(mark)) else {
            others.push((number + 1, line));
            continue;
        };
        let inside = lines.by_ref().take_while(|(_, line)| line.trim() != mark);
        let text = inside.fold(String::new(), |text, (_, line)| text + line.get(indentation..).unwrap_or("") + "\n");
        blocks.push(Block { line: number + 1, language: fence[mark.len()..].trim().to_owned(), text });
    }
    (blocks, others)
}

/// The blocks of a document that no test runs.
fn not_run(name: &str, document: &str) -> Vec<String> {
    let runs = |language: &str| RUN.iter().any(|(place, languages, _)| is_of(name, place) && languages.contains(&language));
    let blocks = parts(document).0.into_iter().filter(|block| !runs(&block.language));
    blocks.map(|block| format!("{name}:{}: no test runs this block of {:?}:\n{}", block.line, block.language, block.text)).collect()
}

/// Whether a document is meant by a row's place.
fn is_of(name: &str, place: &str) -> bool {
    name == place || (place.ends_with('/') && name.starts_with(place))
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_block_is_run_by_a_test() {
    let documents = documents();
    assert!(documents.len() > 20, "this test does not see the documents: {}", documents.len());
    assert_none(&documents.iter().flat_map(|(name, text)| not_run(name, text)).collect::<Vec<_>>());
}

#[test]
fn every_test_in_the_list_has_blocks_to_run_and_reads_the_document() {
    for (place, languages, test) in RUN {
        let blocks: Vec<Block> = documents().iter().filter(|(name, _)| is_of(name, place)).flat_map(|(_, text)| parts(text).0).collect();
        for language in languages {
            let ours: Vec<&Block> = blocks.iter().filter(|block| block.language == *language).collect();
            assert!(!ours.is_empty(), "{place} has no block of {language} for {test}");
            let source = read(test);
            if *language == "rust" {
                let missing: Vec<&&Block> = ours.iter().filter(|block| !source.contains(&block.text)).collect();
                assert!(missing.is_empty(), "{place} shows a test that is not in {test}: {missing:?}");
            } else {
                assert!(source.contains(place.trim_end_matches('/')), "{test} does not read {place}");
            }
        }
    }
}

/// What is wrong with a line that says what to type, in the document of a folder.
fn faults(folder: &Path, line: &str) -> Vec<String> {
    let line = line.split_once(" #").map_or(line, |(command, _)| command);
    line.split(['&', '|', ';']).filter_map(|command| fault_of_command(folder, command)).collect()
}

fn fault_of_command(folder: &Path, command: &str) -> Option<String> {
    let words: Vec<&str> = command.split_whitespace().filter(|word| *word != "sudo").collect();
    let (tool, arguments) = words.split_first()?;
    let missing = words.iter().find(|word| !is_there(word));
    if let Some(word) = missing {
        return Some(format!("there is no {word}"));
    }
    match *tool {
        "make" => {
            let makefiles: String = [Path::new(""), folder]
                .iter()
                .map(|place| place.join("Makefile"))
                .filter(|path| root().join(path).exists())
                .map(read)
                .collect();
            let mut targets = arguments.iter().take_while(|word| !word.contains('"')).filter(|word| !word.contains('='));
            let unknown = targets.find(|target| !makefiles.lines().any(|line| line.starts_with(&format!("{target}:"))));
            unknown.map(|target| format!("no Makefile has the target {target}"))
        }
        "cargo" => {
            let at = arguments.iter().position(|word| *word == "--test")?;
            let test = arguments.get(at + 1)?;
            let place = Path::new("tests").join(test);
            let sources: String = match root().join(&place).is_dir() {
                true => {
                    files(&place).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")).map(read).collect()
                }
                false if root().join(place.with_extension("rs")).exists() => read(place.with_extension("rs")),
                false => return Some(format!("there is no test {test}")),
            };
            let names = arguments[at + 2..].iter().flat_map(|filter| filter.split("::"));
            let unknown = names.into_iter().find(|name| !sources.contains(*name));
            unknown.map(|name| format!("{name} is not in the test {test}"))
        }
        _ if TOOLS.contains(tool) || tool.contains('/') => None,
        _ => Some(format!("{tool} is no command that this test knows")),
    }
}

/// Whether a word, if it is a path into one of the project's folders, leads to something; what will be built counts.
fn is_there(word: &str) -> bool {
    let path = word.trim_start_matches("./");
    let Some((first, _)) = path.split_once('/') else { return true };
    first.is_empty() || ["target", "build"].contains(&first) || !root().join(first).is_dir() || root().join(path).exists()
}

#[test]
fn every_line_that_says_what_to_type_names_what_is_there() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, text) in documents() {
        let folder = Path::new(&name).parent().expect("a folder").to_owned();
        for (number, line) in parts(&text).1 {
            let Some(line) = line.strip_prefix("    ") else { continue };
            count += 1;
            wrong.extend(faults(&folder, line).into_iter().map(|fault| format!("{name}:{number}: {fault}: {line}")));
        }
    }
    assert!(count >= 40, "this test sees only {count} such lines");
    assert_none(&wrong);
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for (name, text) in documents() {
        let folder = root().join(&name).parent().expect("a folder").to_owned();
        for (number, line) in parts(&text).1 {
            let links = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
            let dead = links.filter(|link| !link.starts_with("http") && !folder.join(link).exists());
            wrong.extend(dead.map(|link| format!("{name}:{number}: {link} leads nowhere")));
        }
    }
    assert_none(&wrong);
}

/// Names that begin as those of the library. One that ends in `_` is the beginning of several.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words.filter(|word| ["ws_", "WS_"].iter().any(|start| word.len() > start.len() && word.starts_with(start)))
}

#[test]
fn every_name_of_the_library_is_in_the_header() {
    let header = read("include/ws.h");
    let known: Vec<&str> = names(&header).chain(VARIABLES).collect();
    let is_known = |word: &str| known.iter().any(|name| *name == word || (word.ends_with('_') && name.starts_with(word)));
    let mut wrong = Vec::new();
    for (document, text) in documents() {
        wrong.extend(names(&text).filter(|name| !is_known(name)).map(|name| format!("{document}: {name} is not in include/ws.h")));
    }
    assert_none(&wrong);
}

#[test]
fn a_block_that_no_test_runs_and_a_command_that_is_not_there_are_noticed() {
    let document = "a\n```c\nint x;\n```\n- b\n\n  ```rust\n  fn f() {\n      g();\n  }\n  ```\n\n~~~\nx\n~~~\n    make\nc";
    let (blocks, others) = parts(document);
    let expected = [(2, "c", "int x;\n"), (7, "rust", "fn f() {\n    g();\n}\n"), (13, "", "x\n")];
    let expected = expected.map(|(line, language, text)| Block { line, language: language.to_owned(), text: text.to_owned() });
    assert_eq!(blocks, expected);
    assert_eq!(others, [(1, "a"), (5, "- b"), (6, ""), (12, ""), (16, "    make"), (17, "c")]);
    assert_eq!(not_run("docs/guide/first.md", document).len(), 2);
    assert_eq!(not_run("CHANGELOG.md", document).len(), 3);
    let folder = Path::new("examples-c");
    for good in [
        "make",
        "sudo make install && sudo ldconfig",
        "make clean X=y   # nothing: else",
        "cargo test --test markdown every_block",
        "fuzz/run.sh 1",
    ] {
        assert_none(&faults(folder, good));
    }
    for bad in [
        "make nothing",
        "nothing",
        "cargo test --test nothing",
        "cargo test --test loopback noth_ing",
        "tests/nothing.sh",
        "make && pip install ./docs/no",
    ] {
        assert_eq!(faults(folder, bad).len(), 1, "{bad}");
    }
}
