//! Tests of the handshake's check: each verdict that was recorded of a browser, by name.

use super::*;
use crate::spec::response::{Collector, Limits};
use proptest::prelude::*;

/// Key and answer of the example in RFC 6455 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

fn head(text: &str) -> Head {
    let limits = Limits { bytes: 256 * 1024, lines: 4096 };
    match Collector::new(limits).push(text.as_bytes()) {
        Ok(Some((head, _))) => head,
        other => panic!("{text:?}: {other:?}"),
    }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

fn check_text(text: &str, protocols: &[&str]) -> Result<Agreed, Refused> {
    check(&head(text), &Expected { key: KEY, protocols: &strings(protocols), deflate: None })
}

/// A good response, in which the lines of each header named in `changes` are replaced by those given there.
fn response(changes: &[(&str, &[&str])]) -> String {
    let mut text = "HTTP/1.1 101 Switching Protocols\r\n".to_owned();
    let good = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", ACCEPT)];
    for (name, value) in good {
        if !changes.iter().any(|(changed, _)| *changed == name) {
            text.extend([name, ": ", value, "\r\n"]);
        }
    }
    for (name, values) in changes {
        for value in *values {
            text.extend([name, ": ", value, "\r\n"]);
        }
    }
    text + "\r\n"
}

fn accepts(changes: &[(&str, &[&str])]) {
    let text = response(changes);
    let agreed = Agreed::default();
    assert_eq!(check_text(&text, &[]), Ok(agreed), "{text}");
}

/// Checks that the response is refused, and returns the text.
fn refuses(changes: &[(&str, &[&str])]) -> String {
    let text = response(changes);
    check_text(&text, &[]).expect_err(&text).text
}

/// The subprotocol agreed on, or the text of the refusal.
fn protocol(offered: &[&str], answered: &[&str]) -> Result<String, String> {
    check_text(&response(&[("Sec-WebSocket-Protocol", answered)]), offered).map(|agreed| agreed.protocol).map_err(|refused| refused.text)
}

#[test]
fn the_example_of_rfc_6455_is_accepted() {
    let text = "HTTP/1.1 101 Switching Protocols\r\n\
                Upgrade: websocket\r\n\
                Connection: Upgrade\r\n\
                Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
                Sec-WebSocket-Protocol: chat\r\n\r\n";
    let agreed = Agreed { protocol: "chat".into(), ..Agreed::default() };
    assert_eq!(check_text(text, &["chat", "superchat"]), Ok(agreed));
}

#[test]
fn any_reason_phrase_version_and_line_end_is_accepted() {
    let good = response(&[]);
    for line in ["HTTP/1.1 101", "HTTP/1.0 101 OK", "HTTP/2.0 101 Not Found", "HTTP/1.1 101 "] {
        let text = good.replace("HTTP/1.1 101 Switching Protocols", line);
        assert!(check_text(&text, &[]).is_ok(), "{line}");
        assert!(check_text(&text.replace("\r\n", "\n"), &[]).is_ok(), "{line}");
    }
}

#[test]
fn names_and_values_in_any_case_are_accepted() {
    accepts(&[("Upgrade", &["WebSocket"]), ("Connection", &["UPGRADE"])]);
    let text = response(&[]);
    let lower = text.replace("Upgrade:", "upgrade:").replace("Sec-WebSocket-Accept", "sec-websocket-accept");
    assert!(check_text(&lower, &[]).is_ok());
    let upper = text.replace("Connection:", "CONNECTION:").replace("Sec-WebSocket-Accept", "SEC-WEBSOCKET-ACCEPT");
    assert!(check_text(&upper, &[]).is_ok());
}

#[test]
fn connection_may_be_a_list() {
    for value in ["keep-alive, Upgrade", "Upgrade, keep-alive", "a,upgrade,b", ",, Upgrade ,", "close\t,\tUpgrade"] {
        accepts(&[("Connection", &[value])]);
    }
}

#[test]
fn connection_may_be_repeated() {
    accepts(&[("Connection", &["keep-alive", "Upgrade"])]);
    accepts(&[("Connection", &["Upgrade", "Upgrade"])]);
    accepts(&[("Connection", &["Upgrade", "close"])]);
}

#[test]
fn spaces_around_values_are_accepted() {
    let accept = format!(" \t{ACCEPT} \t ");
    accepts(&[("Upgrade", &["  websocket\t"]), ("Connection", &[" Upgrade "]), ("Sec-WebSocket-Accept", &[&accept])]);
}

#[test]
fn folded_lines_are_accepted() {
    let accept = format!("\r\n {ACCEPT}");
    accepts(&[("Upgrade", &["\r\n websocket"]), ("Connection", &["a,\r\n\tUpgrade"]), ("Sec-WebSocket-Accept", &[&accept])]);
}

#[test]
fn content_length_and_transfer_encoding_are_ignored() {
    accepts(&[("Content-Length", &["5"]), ("Transfer-Encoding", &["chunked"])]);
}

#[test]
fn lines_without_a_colon_and_unknown_headers_are_ignored() {
    accepts(&[("X", &["y\r\nno colon"]), ("Set-Cookie", &["a=b", "c=d"])]);
}

#[test]
fn two_thousand_headers_and_one_of_100_kib_are_accepted() {
    accepts(&[("X", &vec!["y"; 2000])]);
    accepts(&[("X", &[&"y".repeat(100 * 1024)])]);
}

#[test]
fn any_status_but_101_is_refused_and_named() {
    for status in [
        "000 x",
        "099 x",
        "100 Continue",
        "102 Processing",
        "103 Early Hints",
        "200 OK",
        "204 x",
        "301 x",
        "304 x",
        "400 x",
        "401 x",
        "403 Forbidden",
        "404 Not Found",
        "407 x",
        "426 x",
        "429 x",
        "500 x",
        "503 x",
        "999 x",
    ] {
        let text = response(&[]).replace("101 Switching Protocols", status);
        let (code, reason) = status.split_once(' ').unwrap();
        let code: u16 = code.parse().unwrap();
        assert_eq!(
            check_text(&text, &[]).unwrap_err().text,
            format!("the server answered with the HTTP status {code} \"{reason}\"; 101 was expected")
        );
    }
}

#[test]
fn an_interim_100_or_103_before_the_101_is_refused() {
    for interim in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"] {
        assert!(check_text(&format!("{interim}{}", response(&[])), &[]).is_err(), "{interim}");
    }
}

#[test]
fn a_redirect_is_refused_and_its_target_named() {
    for status in ["300", "301", "302", "307", "308", "399"] {
        let text = response(&[("Location", &["ws://elsewhere/"])]).replace("101 Switching Protocols", status);
        let refused = check_text(&text, &[]).unwrap_err().text;
        assert!(refused.ends_with("(redirects are not followed; this one leads to \"ws://elsewhere/\")"), "{refused}");
    }
    let created = response(&[("Location", &["/x"])]).replace("101 Switching Protocols", "201 Created");
    assert!(!check_text(&created, &[]).unwrap_err().text.contains("redirects"));
}

#[test]
fn a_missing_upgrade_is_refused() {
    assert_eq!(refuses(&[("Upgrade", &[])]), "the response has no Upgrade header; expected was \"websocket\"");
}

#[test]
fn another_upgrade_is_refused() {
    for value in ["h2c", "", "websocket2", "\"websocket\"", "web socket", "websocket/13"] {
        let expected = format!("the response's Upgrade header is {}; expected was \"websocket\"", quote(value));
        assert_eq!(refuses(&[("Upgrade", &[value])]), expected);
    }
}

#[test]
fn a_list_in_upgrade_is_refused() {
    for value in ["websocket, h2c", "h2c, websocket", "websocket,", "websocket, websocket"] {
        assert!(refuses(&[("Upgrade", &[value])]).contains(value));
    }
}

#[test]
fn upgrade_given_twice_is_refused() {
    for values in [["websocket", "websocket"], ["websocket", "h2c"], ["h2c", "websocket"], ["", "websocket"]] {
        let text = refuses(&[("Upgrade", &values)]);
        let both = format!("({}, then {})", quote(values[0]), quote(values[1]));
        assert!(text.contains("more than one Upgrade header") && text.contains(&both), "{text}");
    }
}

#[test]
fn connection_without_the_word_upgrade_is_refused() {
    let text = refuses(&[("Connection", &[])]);
    assert_eq!(text, "the response has no Connection header; expected was \"Upgrade\"");
    for value in ["close", "", "Upgrades", "Up grade", "keep-alive; Upgrade", "\"Upgrade\"", "keep-alive Upgrade"] {
        let expected = format!("the response's Connection header is {}; expected was a list with \"Upgrade\"", quote(value));
        assert_eq!(refuses(&[("Connection", &[value])]), expected);
    }
    assert!(refuses(&[("Connection", &["close", "x"])]).contains("is \"close, x\";"));
}

#[test]
fn a_missing_accept_is_refused() {
    let text = refuses(&[("Sec-WebSocket-Accept", &[])]);
    assert_eq!(text, format!("the response has no Sec-WebSocket-Accept header; expected was \"{ACCEPT}\""));
}

#[test]
fn a_wrong_accept_is_refused() {
    let wrong_key = derive_accept_key(b"AAAAAAAAAAAAAAAAAAAAAA==");
    for value in ["", "x", KEY, &wrong_key, &ACCEPT[1..], &ACCEPT[..27], &format!("{ACCEPT}="), &format!("{ACCEPT}, x")] {
        let text = refuses(&[("Sec-WebSocket-Accept", &[value])]);
        assert!(text.contains(&format!("header is {}; expected was \"{ACCEPT}\"", quote(value))), "{text}");
    }
}

#[test]
fn an_accept_in_another_case_is_refused() {
    for value in [ACCEPT.to_lowercase(), ACCEPT.to_uppercase()] {
        assert!(refuses(&[("Sec-WebSocket-Accept", &[&value])]).contains(&value));
    }
}

#[test]
fn a_quoted_accept_is_refused() {
    assert!(refuses(&[("Sec-WebSocket-Accept", &[&format!("\"{ACCEPT}\"")])]).contains("Sec-WebSocket-Accept"));
}

#[test]
fn accept_given_twice_is_refused_even_the_same() {
    for values in [[ACCEPT, ACCEPT], [ACCEPT, "x"], ["x", ACCEPT]] {
        assert!(refuses(&[("Sec-WebSocket-Accept", &values)]).contains("more than one Sec-WebSocket-Accept header"));
    }
}

#[test]
fn any_extension_is_refused_because_none_was_offered() {
    for value in ["permessage-deflate", "permessage-deflate; client_max_window_bits", "x-unknown", "a, b"] {
        let text = refuses(&[("Sec-WebSocket-Extensions", &[value])]);
        assert!(text.contains(&format!("Sec-WebSocket-Extensions header is {}", quote(value))), "{text}");
        assert!(text.contains("no extension was offered"), "{text}");
    }
}

#[test]
fn even_an_empty_extensions_header_is_refused() {
    assert!(refuses(&[("Sec-WebSocket-Extensions", &[""])]).contains("header is \"\""));
}

/// What is agreed on when permessage-deflate is offered as browsers do, and the header is answered with these lines; or the refusal's text.
fn deflate(offer: Offer, answered: &[&str]) -> Result<Agreed, String> {
    let head = head(&response(&[("Sec-WebSocket-Extensions", answered)]));
    check(&head, &Expected { key: KEY, protocols: &[], deflate: Some(&offer) }).map_err(|refused| refused.text)
}

#[test]
fn permessage_deflate_that_was_offered_is_agreed_on_and_said_as_the_server_wrote_it() {
    for (value, extensions, bits) in [
        ("permessage-deflate", "permessage-deflate", 15),
        (" permessage-deflate;server_max_window_bits=\"10\" ", "permessage-deflate;server_max_window_bits=\"10\"", 10),
        (
            "permessage-deflate ; client_no_context_takeover; server_max_window_bits = 8",
            "permessage-deflate ; client_no_context_takeover; server_max_window_bits = 8",
            8,
        ),
    ] {
        let agreed = deflate(Offer::default(), &[value]).unwrap();
        assert_eq!(agreed.extensions, extensions);
        let parameters = agreed.deflate.unwrap();
        assert_eq!(parameters.server_window_bits, bits, "{value}");
        assert_eq!(parameters.client_context_takeover, !value.contains("client_no"), "{value}");
    }
}

#[test]
fn permessage_deflate_that_the_server_does_not_accept_is_not_used() {
    assert_eq!(deflate(Offer::default(), &[]), Ok(Agreed::default()));
    let offer = Offer { server_no_context_takeover: true, server_max_window_bits: 9, ..Offer::default() };
    assert_eq!(deflate(offer, &[]), Ok(Agreed::default()));
}

#[test]
fn a_bad_acceptance_of_permessage_deflate_is_refused_with_what_is_wrong() {
    let start = "the response's Sec-WebSocket-Extensions header";
    for (answered, text) in [
        (&[""][..], "has its end where an extension's name was expected"),
        (&["permessage-deflate;"], "has its end where a parameter's name was expected"),
        (&["permessage-deflate,"], "has its end where an extension's name was expected"),
        (&["x-unknown"], "accepts the extension \"x-unknown\", which was not offered"),
        (&["permessage-deflate", "x-unknown"], "accepts the extension \"x-unknown\", which was not offered"),
        (&["permessage-deflate", "permessage-deflate"], "accepts permessage-deflate twice"),
        (&["permessage-deflate", ""], "has its end where an extension's name was expected"),
        (
            &["permessage-deflate; server_max_window_bits=16"],
            "accepts permessage-deflate with server_max_window_bits=\"16\"; 8 to 15 was expected",
        ),
        (&["permessage-deflate; client_max_window_bits"], "accepts permessage-deflate with client_max_window_bits without its value"),
        (&["permessage-deflate; mode=1"], "accepts permessage-deflate with the unknown parameter \"mode\""),
    ] {
        assert_eq!(deflate(Offer::default(), answered), Err(format!("{start} {text}")), "{answered:?}");
    }
    let offer = Offer { server_no_context_takeover: true, ..Offer::default() };
    let text = "accepts permessage-deflate without server_no_context_takeover, which was asked for";
    assert_eq!(deflate(offer, &["permessage-deflate"]), Err(format!("{start} {text}")));
}

#[test]
fn a_subprotocol_that_was_offered_is_agreed_on() {
    assert_eq!(protocol(&["chat"], &["chat"]), Ok("chat".into()));
    assert_eq!(protocol(&["a", "b", "c"], &[" c "]), Ok("c".into()));
    assert_eq!(protocol(&["chat", "Chat"], &["Chat"]), Ok("Chat".into()));
}

#[test]
fn a_subprotocol_asked_for_and_not_confirmed_is_refused() {
    let expected = "the response has no Sec-WebSocket-Protocol header; expected was one of \"a, b\"";
    assert_eq!(protocol(&["a", "b"], &[]), Err(expected.into()));
}

#[test]
fn a_subprotocol_confirmed_empty_is_refused() {
    let expected = "the response's Sec-WebSocket-Protocol header is \"\"; expected was one of \"chat\"";
    assert_eq!(protocol(&["chat"], &[""]), Err(expected.into()));
}

#[test]
fn a_subprotocol_in_another_case_is_refused() {
    assert!(protocol(&["chat"], &["Chat"]).unwrap_err().contains("is \"Chat\""));
}

#[test]
fn a_list_of_subprotocols_is_refused() {
    for list in ["a, b", "a,b", "a,", "a, a"] {
        assert!(protocol(&["a", "b"], &[list]).unwrap_err().contains(list));
    }
}

#[test]
fn a_subprotocol_given_twice_is_refused() {
    for values in [["a", "a"], ["a", "b"], ["a", ""]] {
        assert!(protocol(&["a", "b"], &values).unwrap_err().contains("more than one Sec-WebSocket-Protocol header"));
    }
}

#[test]
fn a_subprotocol_nobody_offered_is_refused() {
    assert!(protocol(&["a", "b"], &["c"]).unwrap_err().contains("is \"c\"; expected was one of \"a, b\""));
    for value in ["chat", ""] {
        let text = protocol(&[], &[value]).unwrap_err();
        assert!(text.contains(&quote(value)) && text.contains("no subprotocol was offered"), "{text}");
    }
}

#[test]
fn a_text_cuts_the_value_at_100_characters_and_escapes_it() {
    let value = format!("\x1b[2J{}", "x".repeat(5000));
    let text = refuses(&[("Upgrade", &[&value])]);
    assert_eq!(text, format!("the response's Upgrade header is \"\\u{{1b}}[2J{}\"…; expected was \"websocket\"", "x".repeat(96)));
    let status = format!("404 {}", "\x07".repeat(200));
    let text = check_text(&response(&[]).replace("101 Switching Protocols", &status), &[]).unwrap_err().text;
    assert!(text.len() < 800 && !text.chars().any(char::is_control), "{text}");
}

/// Values near enough to the right ones to matter.
fn values(right: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop_oneof![4 => prop::sample::select(right).prop_map(str::to_owned), 1 => "[ -~]{0,6}"], 0..3)
}

proptest! {
    #[test]
    fn exactly_the_responses_that_fulfil_every_rule_are_accepted(
        upgrade in values(&["websocket", "WebSocket", "websocket, x"]),
        connection in values(&["Upgrade", "keep-alive, upgrade", "close"]),
        accept in values(&[ACCEPT, ACCEPT, "s3pplmbitxaq9kygzzhzrbk+xoo="]),
        extensions in prop_oneof![3 => Just(Vec::new()), 1 => values(&["permessage-deflate", ""])],
        answered in values(&["chat", "Chat", "a, chat"]),
        offered in prop::sample::subsequence(vec!["chat", "a", "Chat"], 0..=3),
    ) {
        let one = |values: &[String]| (values.len() == 1).then(|| values[0].trim().to_owned());
        let fits = one(&upgrade).is_some_and(|value| value.to_lowercase() == "websocket")
            && connection.join(",").to_lowercase().split(',').any(|word| word.trim() == "upgrade")
            && one(&accept).is_some_and(|value| value == ACCEPT)
            && extensions.is_empty()
            && if offered.is_empty() {
                answered.is_empty()
            } else {
                one(&answered).is_some_and(|value| offered.contains(&value.as_str()))
            };
        let mut text = "HTTP/1.1 101 OK\r\n".to_owned();
        for (name, values) in [
            ("Upgrade", &upgrade),
            ("Connection", &connection),
            ("Sec-WebSocket-Accept", &accept),
            ("Sec-WebSocket-Extensions", &extensions),
            ("Sec-WebSocket-Protocol", &answered),
        ] {
            for value in values {
                text.extend([name, ": ", value, "\r\n"]);
            }
        }
        let agreed = check_text(&format!("{text}\r\n"), &offered);
        prop_assert_eq!(agreed.is_ok(), fits, "{}: {:?}", text, agreed);
        if let Ok(agreed) = agreed {
            prop_assert_eq!(agreed.protocol, one(&answered).unwrap_or_default());
        }
    }
}
