//! Any answer to any offer of permessage-deflate: a naive reader's verdict, however it is quoted and spaced.

use crate::{
    harness::Numbers,
    input::Input,
    reference::extensions::{self, Lexeme},
};
use ws::spec::deflate::{Offer, Parameters};

/// What answers are made of.
const WORDS: [&str; 32] = [
    "permessage-deflate",
    "server_no_context_takeover",
    "client_no_context_takeover",
    "server_max_window_bits",
    "client_max_window_bits",
    ";",
    ",",
    "=",
    "8",
    "9",
    "10",
    "12",
    "14",
    "15",
    "16",
    "7",
    "08",
    "0",
    "+9",
    "9x",
    "1",
    "\"",
    "\\",
    "\"10\"",
    "\"1\\5\"",
    "\"\"",
    "Permessage-Deflate",
    "x-webkit-deflate-frame",
    "é",
    " ",
    "\t",
    "\u{a0}",
];

/// An error's text is for people; it shows a hundred characters of the answer, which may be written as ten each.
const LONGEST_TEXT: usize = 1200;

/// Feeds answers to an offer.
///
/// # Panics
///
/// If the library does not keep its word.
pub fn run(data: &[u8]) {
    let input = Input::new(data);
    let offer = offer(&input);
    check_offer(offer);
    let seed = u64::from(input.byte());
    let mut values = Vec::new();
    for _ in 0..input.choose(&[1, 1, 1, 2, 3, 0]) {
        values.push(if input.flag() { answer(&input, offer) } else { String::from_utf8_lossy(input.field()).into_owned() });
    }

    let verdict = judge(offer, &values);
    let parameters = |verdict: &Option<(Parameters, String)>| verdict.as_ref().map(|(parameters, _)| *parameters);
    let expected = extensions::accepted(offer, &values).filter(|_| !values.is_empty());
    assert_eq!(parameters(&verdict), parameters(&expected), "{values:?} to {offer:?}");
    if let Some((parameters, text)) = &verdict {
        for bits in [parameters.server_window_bits, parameters.client_window_bits] {
            assert!((8..=15).contains(&bits), "{parameters:?}");
        }
        assert!(parameters.server_window_bits <= offer.server_max_window_bits, "{parameters:?}");
        assert!(parameters.client_window_bits <= offer.client_max_window_bits, "{parameters:?}");
        assert_eq!(std::slice::from_ref(text), values, "it is told as it came");
    }
    let verdict = parameters(&verdict);
    // Another spacing and quoting of the same, and all of it as one value.
    let Some(lexemes) = values.iter().map(|value| extensions::lexemes(value)).collect::<Option<Vec<_>>>() else { return };
    let mut numbers = Numbers(seed);
    let written: Vec<String> = lexemes.iter().map(|lexemes| decorated(lexemes, &mut numbers)).collect();
    assert_eq!(parameters(&judge(offer, &written)), verdict, "{written:?} instead of {values:?}");
    if !written.is_empty() {
        assert_eq!(parameters(&judge(offer, &[written.join(",")])), verdict, "{written:?} joined");
    }
}

fn offer(input: &Input) -> Offer {
    let flags = input.byte();
    let bits = input.byte();
    Offer {
        server_no_context_takeover: flags & 1 != 0,
        client_no_context_takeover: flags & 2 != 0,
        server_max_window_bits: if flags & 4 == 0 { 15 } else { 8 + (bits & 7) },
        client_max_window_bits: if flags & 8 == 0 { 15 } else { 8 + (bits >> 4 & 7) },
    }
}

/// What is offered can be read, and says no more than it should.
fn check_offer(offer: Offer) {
    let header = offer.header();
    let lexemes = extensions::lexemes(&header).expect("an offer is well-formed");
    let has = |name: &str| lexemes.iter().filter(|lexeme| matches!(lexeme, Lexeme::Token(token) if token == name)).count();
    assert_eq!(has("permessage-deflate"), 1, "{header}");
    assert_eq!(has("server_no_context_takeover"), usize::from(offer.server_no_context_takeover), "{header}");
    assert_eq!(has("client_no_context_takeover"), usize::from(offer.client_no_context_takeover), "{header}");
    assert_eq!(has("server_max_window_bits"), usize::from(offer.server_max_window_bits < 15), "{header}");
    assert_eq!(has("client_max_window_bits"), 1, "{header}");
}

fn judge(offer: Offer, values: &[String]) -> Option<(Parameters, String)> {
    match offer.accepted(values.iter().map(String::as_str)) {
        Ok(accepted) => {
            assert_eq!(accepted.is_none(), values.is_empty(), "{values:?}");
            accepted
        }
        Err(text) => {
            assert!(!text.is_empty() && text.len() <= LONGEST_TEXT && !text.chars().any(char::is_control), "{text:?}");
            None
        }
    }
}

/// An answer that is good but for some edits.
fn answer(input: &Input, offer: Offer) -> String {
    let mut words: Vec<String> = vec![WORDS[0].into()];
    let wanted = input.byte();
    let mut add = |name: &str, value: Option<u8>| {
        words.extend([";".into(), name.into()]);
        words.extend(value.into_iter().flat_map(|value| ["=".into(), value.to_string()]));
    };
    if offer.server_no_context_takeover || wanted & 1 != 0 {
        add(WORDS[1], None);
    }
    if wanted & 2 != 0 {
        add(WORDS[2], None);
    }
    let bits = input.byte();
    if offer.server_max_window_bits < 15 || wanted & 4 != 0 {
        add(WORDS[3], Some(offer.server_max_window_bits.min(8 + (bits & 7))));
    }
    if wanted & 8 != 0 {
        add(WORDS[4], Some(offer.client_max_window_bits.min(8 + (bits >> 4 & 7))));
    }
    for _ in 0..input.byte() % 8 {
        let edit = input.byte();
        let at = usize::from(input.byte()) % (words.len() + 1);
        match edit % 6 {
            0 => words.insert(at, input.choose(&WORDS).into()),
            1 if at < words.len() => words[at] = input.choose(&WORDS).into(),
            2 if at < words.len() => drop(words.remove(at)),
            3 => {
                // A parameter once more.
                let end = words.len().min(at + 4);
                words.extend_from_within(at..end);
            }
            4 if at < words.len() => words.swap(at, 0),
            _ => words.insert(at, String::from_utf8_lossy(input.field()).into_owned()),
        }
    }
    words.concat()
}

/// The same in other white space, and values in quotes or not.
fn decorated(lexemes: &[Lexeme], numbers: &mut Numbers) -> String {
    let mut text = String::new();
    let mut before = None;
    for lexeme in lexemes {
        text.push_str(["", " ", "\t", " \t "][numbers.below(4)]);
        match lexeme {
            Lexeme::Mark(mark) => text.push(*mark),
            Lexeme::Token(token) | Lexeme::Quoted(token) if before == Some(&Lexeme::Mark('=')) => match numbers.below(3) {
                0 => text.push_str(token),
                1 => text.extend(["\"", token, "\""]),
                _ => text.extend(["\"\\", token, "\""]),
            },
            Lexeme::Token(token) => {
                // Two tokens in a row stay two.
                let apart = if matches!(before, Some(Lexeme::Token(_) | Lexeme::Quoted(_))) { " " } else { "" };
                text.extend([apart, token]);
            }
            Lexeme::Quoted(token) => text.extend(["\"", token, "\""]),
        }
        before = Some(lexeme);
    }
    text + ["", " ", "\t"][numbers.below(3)]
}
