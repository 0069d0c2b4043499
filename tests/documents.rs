//! What the documents say is there is there: every source and every test that they name.
//!
//! A place is written in backticks: `src/…rs` or `src/…rs::name`, `tests/…rs::a_test` (a function: a test or a table of cases),
//! `tests/c/….c`, or any other file or folder of the project by its path.

use std::{fs, path::Path};

/// The documents that name places.
const DOCUMENTS: [&str; 4] = ["docs/semantics.md", "docs/vulnerabilities.md", "docs/architecture.md", "SECURITY.md"];

fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).map_err(|error| format!("{path}: {error}"))
}

/// What stands in backticks and names a place: a path below one of the project's folders.
fn places(document: &str) -> Vec<&str> {
    let quoted = document.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    // An ellipsis stands for any place.
    quoted
        .filter(|text| !text.contains('…'))
        .filter(|text| ["src/", "tests/", "docs/", "examples-c/", "include/", "fuzz/"].iter().any(|start| text.starts_with(start)))
        .collect()
}

/// Whether `text` has `name` in it as a word.
fn has_word(text: &str, name: &str) -> bool {
    let part = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(name).any(|(at, _)| !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part))
}

/// Whether `text` has a function of this name that is run as a test, or one that a macro for property tests makes one of.
fn has_test(text: &str, name: &str) -> bool {
    let function = format!("fn {name}(");
    let Some(at) = text.find(&function) else { return false };
    let mut attributes = text[..at].trim_end().lines().rev().take_while(|line| line.trim().starts_with("#["));
    attributes.any(|line| line.trim() == "#[test]")
}

/// What is wrong with a place, if anything is.
fn fault(place: &str) -> Option<String> {
    let (path, name) = place.split_once("::").map_or((place, None), |(path, name)| (path, Some(name)));
    let Some(name) = name else {
        let there = Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists();
        return (!there).then(|| format!("there is no {path}"));
    };
    let text = match read(path) {
        Ok(text) => text,
        Err(error) => return Some(error),
    };
    // In the tests' files a function is meant: a test, or the table of cases that tests run.
    let found = if path.starts_with("tests/") { text.contains(&format!("fn {name}(")) } else { has_word(&text, name) };
    (!found).then(|| format!("{path} has no {name}"))
}

/// Whether a place is a test: a function that is run as one, or a C program.
fn is_test(place: &str) -> bool {
    match place.split_once("::") {
        Some((path, name)) => read(path).is_ok_and(|text| has_test(&text, name)),
        None => place.starts_with("tests/c/") && fault(place).is_none(),
    }
}

/// The rows of a document's tables: cells, without the head's.
fn rows(document: &str) -> Vec<Vec<&str>> {
    let lines = document.lines().filter(|line| line.starts_with('|') && !line.starts_with("|--") && !line.starts_with("| --"));
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_place_that_a_document_names_is_there() {
    let mut wrong = Vec::new();
    for document in DOCUMENTS {
        let text = read(document).unwrap();
        let places = places(&text);
        assert!(places.len() >= 30, "{document} names {} places: this test does not see them, or it has become thin", places.len());
        wrong.extend(places.into_iter().filter_map(fault).map(|fault| format!("{document}: {fault}")));
    }
    assert_none(&wrong);
}

#[test]
fn every_known_weakness_has_its_row_with_a_test_or_says_what_is_missing() {
    let text = read("docs/vulnerabilities.md").unwrap();
    let rows: Vec<_> = rows(&text).into_iter().filter(|row| row[0].starts_with('V')).collect();
    let found: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    let expected: Vec<String> = (1..=35).map(|number| format!("V{number}")).collect();
    assert_eq!(found, expected, "each weakness once, in order");
    let bare = rows.iter().filter(|row| {
        let tests = places(row[3]);
        let all_tests = !tests.is_empty() && tests.iter().all(|place| is_test(place));
        !all_tests && !row[3].starts_with("not yet: ")
    });
    assert_none(&bare.map(|row| format!("{} names no test, or something that is none", row[0])).collect::<Vec<_>>());
}

#[test]
fn a_place_that_is_not_there_is_noticed() {
    for place in ["src/none.rs", "src/spec/url.rs::pars", "tests/documents.rs::a_test_that_is_not_there", "tests/c/none.c"] {
        assert!(fault(place).is_some(), "{place}");
    }
    for place in [
        "src/spec/url.rs",
        "src/spec/url.rs::parse",
        "tests/documents.rs::a_place_that_is_not_there_is_noticed",
        "src/spec/url/tests.rs::parsing_what_was_serialised_changes_nothing",
        "tests/c/fork.c",
        "tests/all.sh",
    ] {
        assert_eq!(fault(place), None);
    }
    for place in ["tests/documents.rs::fault", "src/spec/url/tests.rs::inputs", "tests/all.sh", "tests/c/none.c"] {
        assert!(!is_test(place), "{place}");
    }
    for place in
        ["tests/c/fork.c", "src/spec/url/tests.rs::no_host_is_refused", "src/protocol/utf8.rs::a_bad_byte_is_found_where_it_stands"]
    {
        assert!(is_test(place), "{place}");
    }
    let text = "a `src/a.rs` b `word` | `tests/b.rs::c`\n```\n`tests/c/x.c`\n";
    assert_eq!(places(text), ["src/a.rs", "tests/b.rs::c", "tests/c/x.c"]);
    assert_eq!(rows("| Id | x |\n|---|---|\n| V1 | y |\n"), [["Id", "x"], ["V1", "y"]]);
}
