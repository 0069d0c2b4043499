//! Tests of response heads: what is accepted, what is refused, and that the chunking never matters.

use super::*;
use proptest::prelude::*;

const LIMITS: Limits = Limits { bytes: 256 * 1024, lines: 4096 };

/// The head at the start of `bytes`, which must hold a whole one.
fn head(bytes: impl AsRef<[u8]>) -> Head {
    let bytes = bytes.as_ref();
    match Collector::new(LIMITS).push(bytes) {
        Ok(Some((head, _))) => head,
        other => panic!("{}: {other:?}", quote(bytes)),
    }
}

/// Why `bytes` are refused.
fn refusal(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref();
    match Collector::new(LIMITS).push(bytes) {
        Err(refused) => refused.to_string(),
        other => panic!("{}: {other:?}", quote(bytes)),
    }
}

/// The headers of a head whose lines after the status line are `lines`, as `name=value`.
fn headers(lines: &str) -> Vec<String> {
    let head = head(format!("HTTP/1.1 101 OK\r\n{lines}\r\n\r\n"));
    head.fields.texts().map(|(name, value)| format!("{name}={value}")).collect()
}

#[test]
fn a_proxys_answer_is_called_so() {
    let text = Collector::of_proxy(LIMITS).push(b"HTTP/1.1 x\r\n\r\n").unwrap_err().to_string();
    assert!(text.contains("the proxy") && text.contains("HTTP/1.1 200 OK"), "{text}");
    let text = refusal("HTTP/1.1 x\r\n\r\n");
    assert!(text.contains("the server") && text.contains("HTTP/1.1 101 Switching Protocols"), "{text}");
}

/// Name and value of each header.
fn pairs(head: &Head) -> Vec<(&str, &str)> {
    head.fields.texts().collect()
}

#[test]
fn the_fields_of_a_head_keep_their_order_and_letters() {
    assert_eq!(pairs(&head("HTTP/1.1 101 OK\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\n\r\n")), [("X-B", "1"), ("x-a", "2"), ("X-B", "3")]);
}

#[test]
fn an_ordinary_head_is_taken_apart() {
    let raw = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    let head = head(raw);
    assert_eq!((head.status, head.reason.as_str()), (101, "Switching Protocols"));
    assert_eq!(pairs(&head), [("Upgrade", "websocket"), ("Connection", "Upgrade")]);
    assert_eq!(head.raw, raw);
}

#[test]
fn any_reason_phrase_or_none_is_accepted() {
    for (line, reason) in [
        ("HTTP/1.1 101 Switching Protocols", "Switching Protocols"),
        ("HTTP/1.1 101 Whatever: you; like", "Whatever: you; like"),
        ("HTTP/1.1 101", ""),
        ("HTTP/1.1 101 ", ""),
        ("HTTP/1.1 101 404", "404"),
        ("HTTP/1.1   101 \t two  spaces ", "two  spaces"),
        ("HTTP/1.1\t101\tTab", "Tab"),
        ("HTTP/1.1 101 grüße", "grüße"),
    ] {
        let head = head(format!("{line}\r\n\r\n"));
        assert_eq!((head.status, head.reason.as_str()), (101, reason), "{line}");
    }
}

#[test]
fn any_version_of_http_is_accepted_in_the_status_line() {
    for version in ["1.1", "1.0", "2.0", "0.9", "9.9"] {
        assert_eq!(head(format!("HTTP/{version} 101 OK\r\n\r\n")).status, 101, "{version}");
    }
}

#[test]
fn lines_that_end_in_lf_alone_are_accepted() {
    let head = head("HTTP/1.1 101 OK\nA: b\nC: d\n\n");
    assert_eq!(head.reason, "OK");
    assert_eq!(pairs(&head), [("A", "b"), ("C", "d")]);
    for mixed in ["HTTP/1.1 101 OK\r\nA: b\n\r\n", "HTTP/1.1 101 OK\nA: b\r\n\n"] {
        assert_eq!(pairs(&self::head(mixed)), [("A", "b")], "{mixed:?}");
    }
}

#[test]
fn names_keep_their_letters_and_are_found_in_any_case() {
    let head = head("HTTP/1.1 101 OK\r\nuPGRADE: One\r\nX: y\r\nUpgrade: Two\r\n\r\n");
    assert_eq!(pairs(&head)[0].0, "uPGRADE");
    for name in ["upgrade", "Upgrade", "UPGRADE"] {
        assert_eq!(head.get_all(name).collect::<Vec<_>>(), ["One", "Two"], "{name}");
    }
    assert_eq!(head.get_all("Upgrad").count(), 0);
}

#[test]
fn spaces_around_values_are_trimmed_and_those_inside_kept() {
    assert_eq!(headers("A:b\r\nC: \t d e \t\r\nF:\r\nG: \r\nH:  i\tj:k"), ["A=b", "C=d e", "F=", "G=", "H=i\tj:k"]);
    assert_eq!(headers("A : b\r\nC\t: d"), ["A=b", "C=d"], "and those between name and colon");
}

#[test]
fn folded_lines_are_joined_with_one_space() {
    assert_eq!(headers("A: b\r\n c\r\n\t d \r\nE: f"), ["A=b c d", "E=f"]);
    assert_eq!(headers("A:\r\n b"), ["A=b"]);
    assert_eq!(headers("A: b\r\n \r\n c"), ["A=b c"]);
    assert_eq!(headers("A: b\r\n \t"), ["A=b"]);
    assert_eq!(headers("A: b\r\n C: d"), ["A=b C: d"], "a folded line is no header of its own");
}

#[test]
fn a_folded_line_after_no_header_is_ignored() {
    assert_eq!(headers(" A: b\r\nC: d"), ["C=d"]);
    assert_eq!(headers("A: b\r\nno colon\r\n c"), ["A=b"]);
}

#[test]
fn lines_that_are_no_headers_are_ignored() {
    assert_eq!(headers("no colon\r\nA: b\r\n: nameless\r\ntwo words: x\r\n\u{e9}: x\r\nC: d"), ["A=b", "C=d"]);
}

#[test]
fn content_length_and_transfer_encoding_do_not_move_the_end_of_the_head() {
    let bytes = b"HTTP/1.1 101 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n\x81\x00";
    let (head, used) = Collector::new(LIMITS).push(bytes).unwrap().unwrap();
    assert_eq!(used, bytes.len() - 2);
    assert_eq!(pairs(&head).len(), 2);
}

#[test]
fn bytes_that_are_not_utf_8_are_replaced_in_text_and_kept_in_raw() {
    let raw = b"HTTP/1.1 101 \xff\r\nA: b\xfec\r\n\r\n";
    let head = head(raw);
    assert_eq!(head.reason, "\u{fffd}");
    assert_eq!(pairs(&head)[0].1, "b\u{fffd}c");
    assert_eq!(head.raw, raw);
}

#[test]
fn two_thousand_headers_are_accepted() {
    let many = (0..2000).map(|i| format!("X-{i}: {i}\r\n")).collect::<Vec<_>>().concat();
    let head = head(format!("HTTP/1.1 101 OK\r\n{many}\r\n"));
    assert_eq!((pairs(&head).len(), pairs(&head)[1999]), (2000, ("X-1999", "1999")));
}

#[test]
fn a_header_of_100_kib_is_accepted() {
    let long = "x".repeat(100 * 1024);
    assert_eq!(head(format!("HTTP/1.1 101 OK\r\nA: {long}\r\n\r\n")).fields.texts().next(), Some(("A", long.as_str())));
}

#[test]
fn a_head_of_300_kib_is_refused() {
    let text = refusal(format!("HTTP/1.1 101 OK\r\nA: {}\r\n\r\n", "x".repeat(300 * 1024)));
    assert!(text.contains("longer than 262144 bytes"), "{text}");
}

#[test]
fn the_limit_of_bytes_counts_the_whole_head_and_nothing_after_it() {
    let bytes = b"HTTP/1.1 101 OK\r\nA: b\r\n\r\n";
    let with_frame = [&bytes[..], &[0x81, 0]].concat();
    let limits = |bytes| Limits { bytes, ..LIMITS };
    let (_, used) = Collector::new(limits(bytes.len())).push(&with_frame).unwrap().unwrap();
    assert_eq!(used, bytes.len());
    for less in [0, 1, 20, bytes.len() - 1] {
        let mut collector = Collector::new(limits(less));
        assert!(collector.push(&with_frame).unwrap_err().text.contains("ws_options_set_max_head_size"), "{less}");
        assert_eq!(collector.received(), &bytes[..less], "never more than the limit is held");
    }
}

#[test]
fn the_limit_of_lines_counts_the_status_line_and_not_the_blank_one() {
    let bytes = b"HTTP/1.1 101 OK\r\nA: b\r\n folded\r\nno colon\r\n\r\n";
    let limits = |lines| Limits { lines, ..LIMITS };
    assert!(Collector::new(limits(4)).push(bytes).unwrap().is_some());
    for less in [0, 1, 3] {
        let text = Collector::new(limits(less)).push(bytes).unwrap_err().text;
        assert!(text.contains(&format!("more than {less} lines")), "{text}");
    }
}

#[test]
fn an_endless_head_is_refused_at_the_limit_whatever_it_consists_of() {
    for line in ["X: y\r\n", "no colon\n", " fold\n", "X: never ends "] {
        let mut collector = Collector::new(LIMITS);
        assert_eq!(collector.push(b"HTTP/1.1 101 OK\r\n"), Ok(None));
        let refused = (0..LIMITS.bytes).find_map(|_| collector.push(line.as_bytes()).err());
        assert!(refused.is_some(), "{line:?}");
        assert!(collector.received().len() <= LIMITS.bytes, "{line:?}");
    }
}

#[test]
fn a_body_that_does_not_begin_with_http_is_refused_at_its_first_wrong_byte() {
    for bytes in ["SSH-2.0-OpenSSH_9.2\r\n", "HTTQ", "http/1.1 101 OK\r\n", "\r\nHTTP/1.1 101 OK", " HTTP/1.1", "220 smtp", "\0", "H\n\n"] {
        let text = refusal(bytes);
        assert!(text.contains(&format!("begins with {} instead of \"HTTP\"", quote(bytes))), "{text}");
    }
    let mut collector = Collector::new(LIMITS);
    assert_eq!(collector.push(b"HT"), Ok(None));
    assert!(collector.push(b"MLX").unwrap_err().text.contains("begins with \"HTMLX\""));
    assert_eq!(collector.received(), b"HT");
}

#[test]
fn a_first_line_that_is_no_status_line_is_refused_when_it_ends() {
    for line in [
        "HTTP",
        "HTTP/1.1",
        "HTTP/1.1 ",
        "HTTP 101 OK",
        "HTTP/1 101 OK",
        "HTTP/1.10 101 OK",
        "HTTP/a.1 101 OK",
        "HTTP/1.b 101 OK",
        "HTTP/1,1 101 OK",
        "HTTPS1.1 101 OK",
        "HTTP/1.1 10 OK",
        "HTTP/1.1 1010 OK",
        "HTTP/1.1 +10 OK",
        "HTTP/1.1 1x1 OK",
        "HTTP/1.1 x11 OK",
        "HTTP/1.1 11x OK",
        "HTTP/1.1 OK",
        "HTTP/1.1101 OK",
    ] {
        for end in ["\r\n", "\n"] {
            let text = refusal(format!("{line}{end}"));
            assert!(text.contains(&format!("begins with {}, which is not a status line", quote(line))), "{text}");
        }
    }
}

#[test]
fn a_nul_anywhere_is_refused() {
    for (bytes, offset) in [
        (&b"HTTP\0"[..], 4),
        (b"HTTP/1.1 101 O\0K\r\n\r\n", 14),
        (b"HTTP/1.1 101 OK\r\n\0A: b\r\n\r\n", 17),
        (b"HTTP/1.1 101 OK\r\nA: b\0\r\n\r\n", 21),
        (b"HTTP/1.1 101 OK\r\nA: b\r\n\0", 23),
    ] {
        assert_eq!(refusal(bytes), format!("the response head has a NUL at offset {offset}"));
    }
}

#[test]
fn a_cr_that_no_lf_follows_is_refused() {
    for (bytes, offset) in [
        ("HTTP/1.1 101 OK\rA: b\r\n\r\n", 15),
        ("HTTP/1.1 101 OK\r\r\n\r\n", 15),
        ("HTTP/1.1 101 OK\r\nA: b\rUpgrade: websocket\r\n\r\n", 21),
        ("HTTP/1.1 101 OK\r\n\rX", 17),
    ] {
        assert_eq!(refusal(bytes), format!("the response head has a CR at offset {offset} that no LF follows"));
    }
}

#[test]
fn a_head_byte_by_byte_is_accepted_and_ends_at_its_last_byte() {
    let bytes = b"HTTP/1.1 101 OK\r\nA: b\r\n c\r\n\r\n";
    let mut collector = Collector::new(LIMITS);
    for (index, byte) in bytes[..bytes.len() - 1].iter().enumerate() {
        assert_eq!(collector.push(&[*byte]), Ok(None), "{index}");
        assert_eq!(collector.received(), &bytes[..=index]);
    }
    let (head, used) = collector.push(&bytes[bytes.len() - 1..]).unwrap().unwrap();
    assert_eq!(used, 1);
    assert_eq!(head, self::head(bytes));
    assert_eq!(collector.received(), b"");
}

#[test]
fn an_empty_chunk_changes_nothing() {
    let mut collector = Collector::new(LIMITS);
    assert_eq!(collector.push(b""), Ok(None));
    assert_eq!(collector.push(b"HTTP/1.1 101 OK\r\n"), Ok(None));
    assert_eq!(collector.push(b""), Ok(None));
    assert!(collector.push(b"\r\n").unwrap().is_some());
}

#[test]
fn a_head_of_four_mebibytes_in_single_bytes_takes_linear_time() {
    // If the head were searched anew for each byte, this would look at 8 · 10¹² bytes.
    let mut collector = Collector::new(Limits { bytes: 1 << 22, lines: 1 << 22 });
    assert_eq!(collector.push(b"HTTP/1.1 101 OK\r\nA: "), Ok(None));
    while collector.received().len() < (1 << 22) {
        assert_eq!(collector.push(b"x"), Ok(None));
    }
    assert!(collector.push(b"x").is_err());
}

/// Heads and what is nearly one: pieces that matter, in any order.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec!["\r\n", "\n", "\r", " ", "\t", ":", "A", "Upgrade: websocket", "\0", "\u{e9}"])
            .prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    let start = prop::sample::select(vec!["HTTP/1.1 101 Switching\r\n", "HTTP/1.1 101\n", "HTTP/1.1", "HT", ""]);
    (start, prop::collection::vec(piece, 0..24))
        .prop_map(|(start, pieces)| [start.as_bytes(), &pieces.concat(), b"\r\n\r\n\x81\x01x"].concat())
}

proptest! {
    #[test]
    fn the_chunking_never_matters(bytes in bytes(), sizes in prop::collection::vec(1..9_usize, 1..8)) {
        let limits = Limits { bytes: 90, lines: 6 };
        let whole = Collector::new(limits).push(&bytes);

        let mut collector = Collector::new(limits);
        let mut rest = &bytes[..];
        let mut sizes = sizes.iter().cycle();
        let mut chunked = Ok(None);
        while !rest.is_empty() && chunked == Ok(None) {
            let (chunk, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            let before = bytes.len() - rest.len();
            chunked = collector.push(chunk).map(|done| done.map(|(head, used)| (head, before + used)));
            prop_assert!(collector.received().len() <= limits.bytes);
            rest = after;
        }
        match (&whole, &chunked) {
            // Only the quoted beginning of what is not HTTP depends on how much of it has arrived.
            (Err(whole), Err(chunked)) if whole.text.contains("does not speak HTTP") => {
                prop_assert!(chunked.text.contains("does not speak HTTP"));
            }
            _ => prop_assert_eq!(&whole, &chunked),
        }
    }

    #[test]
    fn a_head_that_is_given_out_is_whole_and_clean(bytes in bytes()) {
        if let Ok(Some((head, used))) = Collector::new(LIMITS).push(&bytes) {
            prop_assert_eq!(&head.raw, &bytes[..used]);
            prop_assert!(head.raw.ends_with(b"\n\r\n") || head.raw.ends_with(b"\n\n"));
            prop_assert!((0..1000).contains(&head.status));
            for (name, value) in head.fields.texts() {
                prop_assert!(is_token(name.as_bytes()));
                prop_assert!(!value.contains(['\r', '\n', '\0']));
                prop_assert_eq!(value.trim_matches([' ', '\t']), value);
            }
        }
    }
}
