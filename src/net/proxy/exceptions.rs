//! What is reached without a proxy: the list that `NO_PROXY` holds in the environment.
//!
//! No standard says how it is read. This does what curl and Go agree on and, where they do not, what most lists mean:
//! `ws_options_set_no_proxy` has the rules.

use super::address::Endpoint;
use crate::{net::resolve::is_localhost, spec::url::Host};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an element of the list stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    /// `*`.
    All,
    /// This name and all below it; lower case, without dots around it.
    Below(String),
    /// The addresses that begin with so many bits of this one.
    Block(IpAddr, u32),
}

impl Hosts {
    /// `None`: nothing can match it.
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Hosts::All);
        }
        if let Some((address, bits)) = text.split_once('/') {
            let address = address_of(address)?;
            let bits: u32 = bits.bytes().all(|byte| byte.is_ascii_digit()).then(|| bits.parse().ok()).flatten()?;
            return (bits <= width(address)).then_some(Hosts::Block(address, bits));
        }
        if let Some(address) = address_of(text) {
            return Some(Hosts::Block(address, width(address)));
        }
        let name = text.strip_prefix("*.").unwrap_or(text).trim_matches('.');
        // As the name of a URL is written: lower case, Punycode.
        match url::Host::parse(name) {
            Ok(url::Host::Domain(name)) => Some(Hosts::Below(name)),
            _ => None,
        }
    }

    fn contain(&self, host: &Host) -> bool {
        match (self, host) {
            (Hosts::All, _) => true,
            (Hosts::Below(above), Host::Name(name)) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                name.strip_suffix(above.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('.'))
            }
            (Hosts::Block(IpAddr::V4(block), bits), Host::V4(ip)) => same_bits(block.to_bits().into(), ip.to_bits().into(), 32 - bits),
            (Hosts::Block(IpAddr::V6(block), bits), Host::V6(ip)) => same_bits(block.to_bits(), ip.to_bits(), 128 - bits),
            (Hosts::Below(_) | Hosts::Block(..), _) => false,
        }
    }
}

/// An address, an IPv6 one in brackets or not.
fn address_of(text: &str) -> Option<IpAddr> {
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    inside.map_or_else(|| text.parse().ok(), |text| text.parse().ok().map(IpAddr::V6))
}

/// How many bits an address has.
fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { Ipv4Addr::BITS } else { Ipv6Addr::BITS }
}

/// Whether two numbers differ in no more than their lowest `free` bits.
fn same_bits(a: u128, b: u128, free: u32) -> bool {
    (a ^ b).checked_shr(free).unwrap_or(0) == 0
}

/// Where no proxy is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exceptions(Vec<(Hosts, Option<u16>)>);

impl Exceptions {
    /// Reads a list. An element that can match nothing is passed over, as everywhere: the list is shared by many programs.
    #[must_use]
    pub fn parse(list: &str) -> Self {
        let elements = list.split([',', ' ', '\t', '\r', '\n']).filter(|element| !element.is_empty());
        Exceptions(elements.filter_map(element).collect())
    }

    /// Whether this is reached without a proxy.
    #[must_use]
    pub fn contain(&self, target: &Endpoint) -> bool {
        self.0.iter().any(|(hosts, port)| port.is_none_or(|port| port == target.port) && hosts.contain(&target.host))
    }
}

/// `host` or `host:port`.
fn element(text: &str) -> Option<(Hosts, Option<u16>)> {
    if let Some((host, port)) = text.rsplit_once(':')
        // Colons are parts of an IPv6 address too, unless it stands in brackets.
        && (!host.contains(':') || host.ends_with(']'))
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some((Hosts::parse(host)?, Some(port.parse().ok()?)));
    }
    Some((Hosts::parse(text)?, None))
}

/// Whether a host is this machine by its name or its address.
#[must_use]
pub fn is_loopback(host: &Host) -> bool {
    match host {
        Host::V4(ip) => ip.is_loopback(),
        Host::V6(ip) => ip.is_loopback(),
        Host::Name(name) => is_localhost(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::url;
    use proptest::prelude::*;

    fn endpoint(authority: &str) -> Endpoint {
        let url = url::parse(&format!("ws://{authority}/")).unwrap();
        Endpoint { host: url.host, port: url.port }
    }

    /// A list, what it excepts and what it does not.
    const LISTS: &[(&str, &[&str], &[&str])] = &[
        ("", &[], &["example.com", "127.0.0.1", "[::1]", "localhost"]),
        ("*", &["example.com", "127.0.0.1", "[::1]"], &[]),
        ("a.example, *", &["b.example"], &[]),
        (
            "example.com",
            &["example.com", "EXAMPLE.com", "www.example.com", "a.b.example.com", "example.com:8080", "example.com."],
            &["myexample.com", "example.com.evil.test", "example.org", "com"],
        ),
        (".example.com", &["example.com", "www.example.com"], &["myexample.com"]),
        ("*.example.com", &["example.com", "www.example.com"], &["myexample.com"]),
        ("Example.COM.", &["example.com", "www.example.com."], &["example.co"]),
        ("bücher.example", &["bücher.example", "xn--bcher-kva.example"], &["b.example"]),
        ("a.example,b.example", &["a.example", "b.example"], &["c.example"]),
        ("a.example b.example\tc.example", &["a.example", "b.example", "c.example"], &["d.example"]),
        (" , a.example,, ,b.example, ", &["a.example", "b.example"], &["c.example"]),
        ("example.com:8080", &["example.com:8080", "www.example.com:8080"], &["example.com", "example.com:80"]),
        ("example.com:80", &["example.com"], &["example.com:8080"]),
        ("example.com:99999,a.example", &["a.example"], &["example.com"]),
        ("example.com:x,a.example", &["a.example"], &["example.com"]),
        ("*:8080", &["example.com:8080", "10.0.0.1:8080", "[::1]:8080"], &["example.com"]),
        ("localhost", &["localhost", "a.localhost"], &["127.0.0.1", "[::1]"]),
        ("127.0.0.1", &["127.0.0.1", "127.1", "0x7f000001", "127.0.0.1:9001"], &["127.0.0.2", "localhost", "1.127.0.0"]),
        ("127.0.0.1:9001", &["127.0.0.1:9001"], &["127.0.0.1"]),
        ("0.0.1", &[], &["127.0.0.1"]),
        ("::1", &["[::1]", "[0:0::1]", "[::1]:8080"], &["[::2]"]),
        ("[::1]", &["[::1]"], &["[::2]"]),
        ("[::1]:8080", &["[::1]:8080"], &["[::1]", "[::2]:8080"]),
        ("10.0.0.0/8", &["10.0.0.0", "10.255.255.255"], &["11.0.0.0", "9.255.255.255", "[::a00:0]", "10.example"]),
        ("10.1.2.3/8", &["10.9.9.9"], &["11.0.0.0"]),
        ("192.168.1.128/25", &["192.168.1.128", "192.168.1.255"], &["192.168.1.127", "192.168.2.128"]),
        ("1.2.3.4/32", &["1.2.3.4"], &["1.2.3.5"]),
        ("0.0.0.0/0", &["255.1.2.3"], &["[::1]", "example.com"]),
        ("1.2.3.4/33,1.2.3.5/,1.2.3.6/x,1.2.3.7/-1,1.2.3.8/+8", &[], &["1.2.3.4", "1.2.3.5", "1.2.3.6", "1.2.3.7", "1.2.3.8"]),
        ("2001:db8::/32", &["[2001:db8::1]", "[2001:db8:ffff::]"], &["[2001:db9::1]", "1.2.3.4"]),
        ("[2001:db8::]/32", &["[2001:db8::1]"], &["[2001:db9::1]"]),
        ("10.0.0.0/8:80", &["10.1.1.1"], &["10.1.1.1:81"]),
        ("*example.com", &[], &["example.com", "myexample.com"]),
        ("::/0", &["[::1]"], &["1.2.3.4"]),
        ("::1/128", &["[::1]"], &["[::2]"]),
        ("::1/129", &[], &["[::1]"]),
        (".", &[], &["example.com"]),
        ("http://example.com", &[], &["example.com"]),
    ];

    #[test]
    fn a_list_excepts_what_it_names_and_nothing_else() {
        for &(list, inside, outside) in LISTS {
            let exceptions = Exceptions::parse(list);
            for authority in inside {
                assert!(exceptions.contain(&endpoint(authority)), "{authority} is in {list:?}: {exceptions:?}");
            }
            for authority in outside {
                assert!(!exceptions.contain(&endpoint(authority)), "{authority} is not in {list:?}: {exceptions:?}");
            }
        }
    }

    #[test]
    fn this_machine_is_known_by_name_and_address() {
        for authority in ["localhost", "LocalHost", "localhost.", "a.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(is_loopback(&endpoint(authority).host), "{authority}");
        }
        for authority in ["localhost.example", "mylocalhost", "128.0.0.1", "0.0.0.0", "[::2]", "[::]"] {
            assert!(!is_loopback(&endpoint(authority).host), "{authority}");
        }
    }

    proptest! {
        #[test]
        fn no_list_is_too_odd(list in "\\PC{0,30}|[*.,:/\\[\\]0-9a ]{0,20}", port: u16) {
            let exceptions = Exceptions::parse(&list);
            for host in [Host::Name("a".into()), Host::V4(Ipv4Addr::LOCALHOST), Host::V6(Ipv6Addr::LOCALHOST)] {
                let all = list.split([',', ' ', '\t']).any(|element| element == "*");
                let contained = exceptions.contain(&Endpoint { host, port });
                prop_assert!(contained || !all);
            }
        }

        #[test]
        fn a_block_has_the_addresses_with_the_same_first_bits(a: u32, b: u32, bits in 0_u32..=32) {
            let exceptions = Exceptions::parse(&format!("{}/{bits}", Ipv4Addr::from_bits(a)));
            let same = (0..bits).all(|bit| (a ^ b) >> (31 - bit) & 1 == 0);
            let target = Endpoint { host: Host::V4(Ipv4Addr::from_bits(b)), port: 80 };
            prop_assert_eq!(exceptions.contain(&target), same);
        }
    }
}
