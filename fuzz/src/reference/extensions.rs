//! `Sec-WebSocket-Extensions` (RFC 6455 9.1, RFC 7692 7.1), written once more: lexemes first, then lists of them.

use ws::spec::deflate::{Offer, Parameters};

/// What a value is made of; the white space between does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lexeme {
    /// A token as it stands.
    Token(String),
    /// A token in quotes, without them and without backslashes.
    Quoted(String),
    /// A comma, a semicolon or an equals sign.
    Mark(char),
}

/// The lexemes of a value; `None` if something else is in it.
pub fn lexemes(value: &str) -> Option<Vec<Lexeme>> {
    let mut characters = value.chars().peekable();
    let mut lexemes = Vec::new();
    while let Some(character) = characters.next() {
        lexemes.push(match character {
            ' ' | '\t' => continue,
            ',' | ';' | '=' => Lexeme::Mark(character),
            '"' => {
                let mut token = String::new();
                loop {
                    match characters.next()? {
                        '"' if token.is_empty() => return None,
                        '"' => break,
                        '\\' => token.push(characters.next().filter(|next| is_token(*next))?),
                        next => token.push(Some(next).filter(|next| is_token(*next))?),
                    }
                }
                Lexeme::Quoted(token)
            }
            _ => {
                let mut token = String::from(Some(character).filter(|character| is_token(*character))?);
                while let Some(next) = characters.next_if(|next| is_token(*next)) {
                    token.push(next);
                }
                Lexeme::Token(token)
            }
        });
    }
    Some(lexemes)
}

fn is_token(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character)
}

/// What both sides do after these values of the header, at least one, and how that was written; `None` if the handshake fails.
pub fn accepted(offer: Offer, values: &[impl AsRef<str>]) -> Option<(Parameters, String)> {
    let mut extensions = Vec::new();
    for value in values {
        let lexemes = lexemes(value.as_ref())?;
        extensions.extend(lexemes.split(|lexeme| *lexeme == Lexeme::Mark(',')).map(<[Lexeme]>::to_vec));
    }
    // Only one extension was offered.
    let [extension] = extensions.as_slice() else { return None };
    let mut parts = extension.split(|lexeme| *lexeme == Lexeme::Mark(';'));
    let [Lexeme::Token(name)] = parts.next()? else { return None };
    if name != "permessage-deflate" {
        return None;
    }
    let mut parameters: Vec<(&str, Option<&str>)> = Vec::new();
    for part in parts {
        let (name, value) = match part {
            [Lexeme::Token(name)] => (name, None),
            [Lexeme::Token(name), Lexeme::Mark('='), Lexeme::Token(value) | Lexeme::Quoted(value)] => (name, Some(value.as_str())),
            _ => return None,
        };
        let good = match name.as_str() {
            "server_no_context_takeover" | "client_no_context_takeover" => value.is_none(),
            "server_max_window_bits" => is_number(value?, offer.server_max_window_bits),
            "client_max_window_bits" => is_number(value?, offer.client_max_window_bits),
            _ => false,
        };
        if !good || parameters.iter().any(|(other, _)| other == name) {
            return None;
        }
        parameters.push((name, value));
    }
    let get = |name| parameters.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
    let number = |name| get(name).flatten().and_then(|value| value.parse().ok());
    let (server_alone, server_bits) = (get("server_no_context_takeover").is_some(), number("server_max_window_bits"));
    if offer.server_no_context_takeover && !server_alone || offer.server_max_window_bits < 15 && server_bits.is_none() {
        return None;
    }
    // It is told as it came, which is one value then.
    let [text] = values else { return None };
    let agreed = Parameters {
        server_context_takeover: !server_alone,
        client_context_takeover: !offer.client_no_context_takeover && get("client_no_context_takeover").is_none(),
        server_window_bits: server_bits.unwrap_or(15),
        client_window_bits: number("client_max_window_bits").unwrap_or(offer.client_max_window_bits),
    };
    Some((agreed, text.as_ref().to_owned()))
}

/// A number from 8 to `most`, without a leading zero.
fn is_number(text: &str, most: u8) -> bool {
    matches!(text, "8" | "9" | "10" | "11" | "12" | "13" | "14" | "15") && text.parse::<u8>().is_ok_and(|number| number <= most)
}
