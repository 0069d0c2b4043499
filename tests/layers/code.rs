//! Rust source reduced to its code: comments and the contents of texts are gone.

/// The code, with a space for each comment and `""` for each text. Line breaks outside them are kept.
pub fn code(source: &str) -> String {
    let mut rest = source;
    let mut code = String::new();
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            code.push(' ');
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            code.push(' ');
            block_comment(rest)
        } else if let Some(length) = raw_text(rest).filter(|_| !code.ends_with(in_name)) {
            code.push_str("\"\"");
            length
        } else if first == '"' {
            code.push_str("\"\"");
            text(rest)
        } else if let Some(length) = character(rest) {
            code.push_str("\"\"");
            length
        } else {
            code.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    code
}

/// Names, `::`, and every other character but space by itself.
pub fn words(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if in_name(first) {
            rest.find(|c| !in_name(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        found.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    found
}

fn in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a comment, which may have others in it.
fn block_comment(source: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < source.len() {
        let step = &source.as_bytes()[at..];
        if step.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if step.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// The length of a text in quotes.
fn text(source: &str) -> usize {
    let mut escaped = false;
    for (at, c) in source.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    source.len()
}

/// The length of a raw text, if one begins here: `r"…"`, `r#"…"#`, `br"…"`, `cr"…"`.
fn raw_text(source: &str) -> Option<usize> {
    let after = ["r", "br", "cr"].into_iter().find_map(|prefix| source.strip_prefix(prefix))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let inside = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = source.len() - inside.len();
    Some(start + inside.find(&end).map_or(inside.len(), |at| at + end.len()))
}

/// The length of a character literal, if it is one and not a lifetime.
fn character(source: &str) -> Option<usize> {
    let inside = source.strip_prefix('\'')?;
    let mut chars = inside.char_indices();
    let (_, first) = chars.next()?;
    if first != '\\' {
        let (at, next) = chars.next()?;
        return (next == '\'').then_some(at + 2);
    }
    // What is escaped may be a quote.
    let (at, escaped) = chars.next()?;
    let from = at + escaped.len_utf8();
    inside[from..].find('\'').map(|quote| 1 + from + quote + 1)
}

#[test]
fn comments_and_the_contents_of_texts_are_gone() {
    let source = "a /* b /* c */ d */ e // f\n\"g // \\\" h\" i r#\"j \" k\"# '\"' '\\'' '\\u{1f}' <'l> m";
    let code = code(source);
    assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), "a e \"\" i \"\" \"\" \"\" \"\" <'l> m");
}
