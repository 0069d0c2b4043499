//! Tests of the negotiation: each verdict that was recorded of a browser, and those of offers that browsers do not make.

use super::*;

/// What is asked for when all is.
const ALL: Offer =
    Offer { server_no_context_takeover: true, client_no_context_takeover: true, server_max_window_bits: 10, client_max_window_bits: 9 };

fn accepted(offer: Offer, value: &str) -> Result<Parameters, String> {
    let (parameters, text) = offer.accepted([value])?.expect("an extension");
    assert_eq!(text, value, "it is told as it was written");
    Ok(parameters)
}

fn refused(offer: Offer, value: &str) -> String {
    offer.accepted([value]).expect_err(value)
}

#[test]
fn the_default_offer_is_a_browsers() {
    assert_eq!(Offer::default().header(), "permessage-deflate; client_max_window_bits");
}

#[test]
fn whatever_is_asked_for_is_said() {
    let all = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; \
               client_max_window_bits=9";
    assert_eq!(ALL.header(), all);
    assert_eq!(
        accepted(ALL, all),
        Ok(Parameters { server_context_takeover: false, client_context_takeover: false, server_window_bits: 10, client_window_bits: 9 })
    );
}

#[test]
fn without_parameters_both_sides_use_the_largest_window_and_take_it_over() {
    let parameters =
        Parameters { server_context_takeover: true, client_context_takeover: true, server_window_bits: 15, client_window_bits: 15 };
    assert_eq!(accepted(Offer::default(), "permessage-deflate"), Ok(parameters));
}

#[test]
fn a_server_may_say_what_was_not_asked_for_but_can_be_kept() {
    let value = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8";
    let parameters =
        Parameters { server_context_takeover: false, client_context_takeover: false, server_window_bits: 8, client_window_bits: 15 };
    assert_eq!(accepted(Offer::default(), value), Ok(parameters));
}

#[test]
fn each_window_from_8_to_15_bits_can_be_agreed_on_in_both_directions() {
    for bits in 8..=15 {
        let value = format!("permessage-deflate; client_max_window_bits={bits}; server_max_window_bits=\"{bits}\"");
        let parameters = accepted(Offer::default(), &value).unwrap();
        assert_eq!((parameters.client_window_bits, parameters.server_window_bits), (bits, bits));
    }
}

#[test]
fn a_client_that_says_its_limits_keeps_to_them_though_the_server_is_silent() {
    let offer = Offer { client_no_context_takeover: true, client_max_window_bits: 9, ..Offer::default() };
    let parameters = accepted(offer, "permessage-deflate").unwrap();
    assert_eq!((parameters.client_context_takeover, parameters.client_window_bits), (false, 9));
}

#[test]
fn no_header_is_no_extension_and_an_empty_one_is_refused() {
    assert_eq!(Offer::default().accepted([]), Ok(None));
    assert!(refused(Offer::default(), "").contains("an extension's name"));
}

#[test]
fn another_extension_is_refused_beside_a_good_one_too() {
    for value in ["foo", "permessage-deflate, foo", "foo, permessage-deflate", "Permessage-Deflate", "x-webkit-deflate-frame"] {
        assert!(refused(Offer::default(), value).contains("which was not offered"), "{value}");
    }
}

#[test]
fn two_acceptances_are_refused_in_one_header_or_two() {
    assert!(refused(Offer::default(), "permessage-deflate, permessage-deflate").contains("twice"));
    let two = ["permessage-deflate", "permessage-deflate; server_max_window_bits=10"];
    assert!(Offer::default().accepted(two).unwrap_err().contains("twice"));
}

#[test]
fn a_parameter_that_may_not_be_is_refused_by_name() {
    for (parameter, word) in [
        ("foo", "unknown parameter \"foo\""),
        ("foo=bar", "unknown parameter \"foo\""),
        ("Server_no_context_takeover", "unknown parameter"),
        ("server_no_context_takeover=1", "takes no value"),
        ("client_no_context_takeover=\"true\"", "takes no value"),
        ("server_no_context_takeover; server_no_context_takeover", "server_no_context_takeover twice"),
        ("client_no_context_takeover; client_no_context_takeover", "client_no_context_takeover twice"),
        ("server_max_window_bits=9; server_max_window_bits=9", "server_max_window_bits twice"),
        ("client_max_window_bits=9; client_max_window_bits=10", "client_max_window_bits twice"),
        ("server_max_window_bits", "server_max_window_bits without its value"),
        ("client_max_window_bits", "client_max_window_bits without its value"),
    ] {
        let text = refused(Offer::default(), &format!("permessage-deflate; {parameter}"));
        assert!(text.contains(word), "{parameter}: {text}");
    }
}

#[test]
fn a_number_of_window_bits_is_8_to_15_without_a_leading_zero() {
    for name in ["server_max_window_bits", "client_max_window_bits"] {
        for value in ["0", "7", "16", "08", "010", "1e1", "-8", "+8", "10.0", "255", "265", "99999999999999999999", "a"] {
            let text = refused(Offer::default(), &format!("permessage-deflate; {name}={value}"));
            assert!(text.contains(&format!("{name}=\"{value}\"; 8 to 15 was expected")), "{text}");
        }
        for value in ["\"\"", "\" 10\"", "\"10 \"", "\"10", "1 0"] {
            refused(Offer::default(), &format!("permessage-deflate; {name}={value}"));
        }
    }
}

#[test]
fn an_answer_that_does_not_keep_to_the_offer_is_refused() {
    let all = "permessage-deflate; server_no_context_takeover; server_max_window_bits=10";
    assert!(accepted(ALL, all).is_ok());
    for (value, word) in [
        ("permessage-deflate; server_max_window_bits=10", "without server_no_context_takeover"),
        ("permessage-deflate; server_no_context_takeover", "without server_max_window_bits"),
        ("permessage-deflate; server_no_context_takeover; server_max_window_bits=11", "8 to 10 was expected"),
        ("permessage-deflate; server_no_context_takeover; server_max_window_bits=9; client_max_window_bits=10", "8 to 9 was expected"),
    ] {
        let text = refused(ALL, value);
        assert!(text.contains(word), "{value}: {text}");
    }
}
