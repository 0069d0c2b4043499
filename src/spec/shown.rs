//! The head of a request or a response as logs show it: line by line, without its secrets, nothing that a terminal would obey.

use super::{credentials::masked, header::OPTIONAL_WHITESPACE};

/// The lines of a head, without the blank one at its end. Bytes that are not UTF-8 are replaced by U+FFFD, characters that cannot
/// be seen are escaped, and secrets are [`masked`], in folded lines too.
pub fn lines(head: &[u8]) -> impl Iterator<Item = String> {
    // What a folded line goes on with.
    let mut name = String::new();
    let text = String::from_utf8_lossy(head).into_owned();
    let lines: Vec<String> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned()).collect();
    lines.into_iter().take_while(|line| !line.is_empty()).map(move |line| {
        if line.starts_with(OPTIONAL_WHITESPACE) {
            let value = line.trim_matches(OPTIONAL_WHITESPACE);
            return format!(" {}", visible(if masked(&name, value) == value { value } else { "***" }));
        }
        let Some((before, value)) = line.split_once(':') else {
            name.clear();
            return visible(&line);
        };
        before.trim_end_matches(OPTIONAL_WHITESPACE).clone_into(&mut name);
        format!("{}: {}", visible(&name), visible(&masked(&name, value.trim_matches(OPTIONAL_WHITESPACE))))
    })
}

fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' => shown.push(character),
            other => shown.extend(other.escape_debug()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(head: &str) -> Vec<String> {
        lines(head.as_bytes()).collect()
    }

    #[test]
    fn each_line_is_one() {
        let head = "GET /?q=\"1\" HTTP/1.1\r\nHost: h:8080\r\nX: \r\n\r\nbehind";
        assert_eq!(shown(head), ["GET /?q=\"1\" HTTP/1.1", "Host: h:8080", "X: "]);
        assert_eq!(shown("HTTP/1.1 101\nA:b\n\n"), ["HTTP/1.1 101", "A: b"]);
        assert_eq!(shown("HTTP/1.1 101 x\r\nno header\r\nA"), ["HTTP/1.1 101 x", "no header", "A"]);
        assert_eq!(shown(""), [""; 0]);
    }

    #[test]
    fn secrets_are_not_shown_wherever_they_stand() {
        let head = "GET / HTTP/1.1\r\nauthorization : Bearer abc\r\nCookie: a=abc\r\nX-Token:abc\r\n\tabc\r\n\r\n";
        assert_eq!(shown(head), ["GET / HTTP/1.1", "authorization: Bearer ***", "Cookie: ***", "X-Token: ***", " ***"]);
        assert_eq!(shown("x\r\nSet-Cookie: a\r\nno header\r\n folded\r\n"), ["x", "Set-Cookie: ***", "no header", " folded"]);
    }

    #[test]
    fn nothing_reaches_a_terminal_that_it_would_obey() {
        assert_eq!(shown("HTTP/1.1 200 \x1b[2J\r\nA: \u{202e}b\x07\r\n\r\n"), ["HTTP/1.1 200 \\u{1b}[2J", "A: \\u{202e}b\\u{7}"]);
        assert_eq!(lines(b"A: \xff").collect::<Vec<_>>(), ["A: \u{fffd}"]);
    }

    proptest! {
        #[test]
        fn no_head_brings_a_control_character_into_a_line(head: Vec<u8>) {
            for line in lines(&head) {
                prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    }
}
