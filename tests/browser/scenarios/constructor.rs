//! The constructor: URLs and subprotocols, and where a good one connects to.

use crate::scenario::{Scenario, When, close};

const KIND: &str = "constructor";

/// URLs that lead to the server.
const GOOD: [(&str, &str); 32] = [
    ("a path and a query", "ws://127.0.0.1:{port}/path/to?query=1&b=%20"),
    ("no path", "ws://127.0.0.1:{port}"),
    ("a query without a path", "ws://127.0.0.1:{port}?query"),
    ("an empty query", "ws://127.0.0.1:{port}/?"),
    ("the scheme http", "http://127.0.0.1:{port}/"),
    ("the scheme in capitals", "WS://127.0.0.1:{port}/"),
    ("blanks around it", "  ws://127.0.0.1:{port}/  "),
    ("tabs and line breaks inside", "w\ts://127.0.\n0.1:{port}/a\r\nb"),
    ("dots in the path", "ws://127.0.0.1:{port}/a/./b/../c/%2e%2E/d"),
    ("a backslash in the path", "ws://127.0.0.1:{port}\\a\\b"),
    ("one slash behind the scheme", "ws:/127.0.0.1:{port}/"),
    ("no slash behind the scheme", "ws:127.0.0.1:{port}/"),
    ("many slashes behind the scheme", "ws://///127.0.0.1:{port}/"),
    ("characters to be escaped", "ws://127.0.0.1:{port}/a b\"<>`{}é?x y\"<>'é"),
    ("broken percent signs", "ws://127.0.0.1:{port}/%zz%2?%"),
    ("a short IPv4 address", "ws://127.1:{port}/"),
    ("a hexadecimal IPv4 address", "ws://0x7f.0.0.1:{port}/"),
    ("an IPv4 address of one number", "ws://2130706433:{port}/"),
    ("an octal IPv4 address", "ws://0177.0.0.01:{port}/"),
    ("full-width digits", "ws://１２７.0.0.1:{port}/"),
    ("a user name and a password", "ws://user:pass@127.0.0.1:{port}/"),
    ("an empty user name", "ws://@127.0.0.1:{port}/"),
    ("the name localhost", "ws://LocalHost:{port}/"),
    ("an escaped host", "ws://%31%32%37.0.0.1:{port}/"),
    ("a dot behind the address", "ws://127.0.0.1.:{port}/"),
    ("circled letters in the host", "ws://ⓛocalhost:{port}/"),
    ("an escaped path that stays as it is", "ws://127.0.0.1:{port}/%41%2F%2f?%41"),
    ("more characters to be escaped or not", "ws://127.0.0.1:{port}/^|~!$&'()*+,;=:@[]_?^|~!$&()*+,;=:@[]_/?"),
    ("parameters and empty segments", "ws://127.0.0.1:{port}//a;b=c//d/"),
    ("dots above the root", "ws://127.0.0.1:{port}/../../a"),
    ("a character outside of the BMP", "ws://127.0.0.1:{port}/😀?😀"),
    ("zeros before the port", "ws://127.0.0.1:00{port}/"),
];

/// URLs that are refused.
const BAD: [(&str, &str); 33] = [
    ("nothing in it", "no-scheme:"),
    ("a scheme of its own", "wsx://127.0.0.1/"),
    ("no scheme but a host", "//127.0.0.1:{port}/"),
    ("two ports", "ws://127.0.0.1:80:80/"),
    ("a fragment", "ws://127.0.0.1/#fragment"),
    ("an empty fragment", "ws://127.0.0.1/#"),
    ("the scheme ftp", "ftp://127.0.0.1/"),
    ("the scheme mailto", "mailto:a@b"),
    ("the scheme about", "about:blank"),
    ("the scheme file", "file:///etc/hosts"),
    ("the scheme javascript", "javascript:0"),
    ("the scheme data", "data:,x"),
    ("no host", "ws://"),
    ("no host but a port", "ws://:80/"),
    ("no host but a user", "ws://user@/"),
    ("a port over 65535", "ws://127.0.0.1:65536/"),
    ("a port that is no number", "ws://127.0.0.1:port/"),
    ("a negative port", "ws://127.0.0.1:-1/"),
    ("an IPv4 address with too large a number", "ws://127.0.0.256/"),
    ("an IPv4 address of five numbers", "ws://127.0.0.0.1/"),
    ("an IPv4 address that is too large", "ws://4294967296/"),
    ("a host that ends in a number", "ws://host.0/"),
    ("an IPv6 address that is not closed", "ws://[::1/"),
    ("an IPv6 address with too many parts", "ws://[1:2:3:4:5:6:7:8:9]/"),
    ("an IPv6 zone", "ws://[fe80::1%25lo]/"),
    ("an empty IPv6 address", "ws://[]/"),
    ("a blank in the host", "ws://a b/"),
    ("an escaped slash in the host", "ws://a%2fb/"),
    ("a less-than sign in the host", "ws://a<b/"),
    ("a caret in the host", "ws://a^b/"),
    ("a bad punycode label", "ws://xn--a/"),
    ("a soft hyphen as the host", "ws://\u{ad}/"),
    ("a broken percent sign in the host", "ws://a%zz/"),
];

/// Subprotocols that are refused.
const BAD_PROTOCOLS: [(&str, &[&str]); 13] = [
    ("an empty one", &[""]),
    ("the same twice", &["a", "b", "a"]),
    ("a blank", &["a b"]),
    ("a blank at the end", &["a "]),
    ("a comma", &["a,b"]),
    ("a tab", &["a\tb"]),
    ("a slash", &["chat/1"]),
    ("a quotation mark", &["a\"b"]),
    ("a colon", &["a:b"]),
    ("braces", &["a{b}"]),
    ("a line break", &["a\r\nX: y"]),
    ("a character that is not ASCII", &["é"]),
    ("DEL", &["a\x7f"]),
];

pub fn all() -> Vec<Scenario> {
    let mut all = Vec::from(GOOD.map(|(name, url)| {
        Scenario::new(KIND, format!("a URL with {name}")).url(url).on(When::Open, [close(1000)]).accepted_and_finished()
    }));
    all.extend(BAD.map(|(name, url)| Scenario::new(KIND, format!("a URL with {name}")).url(url)));
    all.extend(BAD_PROTOCOLS.map(|(name, protocols)| Scenario::new(KIND, format!("subprotocols with {name}")).protocols(protocols)));
    all.push(Scenario::new(KIND, "a URL is refused before its subprotocols are looked at").url("ftp://127.0.0.1/").protocols(&["a", "a"]));
    all.push(
        Scenario::new(KIND, "subprotocols of every character that a token may have")
            .protocols(&["!#$%&'*+-.^_`|~09azAZ"])
            .on(When::Open, [close(1000)])
            .accepted_and_finished(),
    );
    // Closed at once, so nothing is connected to.
    for (name, url) in
        [("the default port", "ws://127.0.0.1:80/"), ("an empty port", "ws://127.0.0.1:/"), ("an IPv6 address", "ws://[0:0::1]:{port}/")]
    {
        all.push(Scenario::new(KIND, format!("a URL with {name}")).url(url).on(When::Made, [close(1000)]));
    }
    all
}
