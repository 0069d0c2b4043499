//! Which proxy the environment names: the variables that curl and many others read.

use super::{
    address::{Endpoint, Proxy},
    exceptions::{Exceptions, is_loopback},
};
use crate::error::{Error, Result};

/// The variables of a proxy, the first one that is there counts: lower case first, as with curl. `HTTP_PROXY` is none of them: in a CGI
/// program it is the header `Proxy` of whoever asks (CVE-2016-5385).
fn names(secure: bool) -> &'static [&'static str] {
    if secure { &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] } else { &["http_proxy", "all_proxy", "ALL_PROXY"] }
}

/// The first of some variables that is there and not empty.
fn first<'a>(names: &[&'a str], variable: impl Fn(&str) -> Option<String>) -> Option<(&'a str, String)> {
    names.iter().find_map(|&name| Some((name, variable(name).filter(|value| !value.is_empty())?)))
}

/// The proxy for a target that is reached with TLS (`secure`) or without; none for this machine. `variable` reads the environment.
///
/// # Errors
///
/// [`Error::Syntax`] for a URL that may not be, with the variable's name.
pub fn proxy(secure: bool, target: &Endpoint, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>> {
    if is_loopback(&target.host) {
        return Ok(None);
    }
    let Some((name, value)) = first(names(secure), variable) else { return Ok(None) };
    let proxy = Proxy::parse(&value).map_err(|error| Error::Syntax(format!("the environment variable {name}: {error}")))?;
    Ok(Some(proxy))
}

/// What is reached without a proxy.
pub fn exceptions(variable: impl Fn(&str) -> Option<String>) -> Exceptions {
    first(&["no_proxy", "NO_PROXY"], variable).map_or_else(Exceptions::default, |(_, list)| Exceptions::parse(&list))
}

/// A variable of this process. One that is not UTF-8 has its other bytes replaced, which no host name survives.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::url;

    fn endpoint(authority: &str) -> Endpoint {
        let url = url::parse(&format!("ws://{authority}/")).unwrap();
        Endpoint { host: url.host, port: url.port }
    }

    /// The proxy's endpoint for `wss` or `ws` to a host, in an environment of such variables.
    fn chosen(secure: bool, variables: &[(&str, &str)]) -> Option<String> {
        let variable = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        proxy(secure, &endpoint("example.com"), variable).unwrap().map(|proxy| proxy.to_string())
    }

    const ALL: [(&str, &str); 6] =
        [("https_proxy", "a"), ("HTTPS_PROXY", "b"), ("http_proxy", "c"), ("HTTP_PROXY", "d"), ("all_proxy", "e"), ("ALL_PROXY", "f")];

    #[test]
    fn the_schemes_own_variable_comes_first_and_lower_case_first() {
        let some = |host: &str| Some(format!("{host}:80"));
        assert_eq!([chosen(true, &ALL), chosen(false, &ALL)], [some("a"), some("c")]);
        assert_eq!([chosen(true, &ALL[1..]), chosen(false, &ALL[1..])], [some("b"), some("c")]);
        assert_eq!([chosen(true, &ALL[2..]), chosen(false, &ALL[3..])], [some("e"), some("e")]);
        assert_eq!([chosen(true, &ALL[5..]), chosen(false, &ALL[5..])], [some("f"), some("f")]);
        assert_eq!([chosen(true, &[]), chosen(false, &[])], [None, None]);
    }

    #[test]
    fn http_proxy_in_capitals_is_not_read() {
        assert_eq!(chosen(false, &[("HTTP_PROXY", "http://evil.test")]), None);
        assert_eq!(chosen(true, &[("HTTP_PROXY", "http://evil.test"), ("http_proxy", "http://evil.test")]), None);
    }

    #[test]
    fn an_empty_variable_counts_as_none() {
        assert_eq!(chosen(true, &[("https_proxy", ""), ("ALL_PROXY", "p:1")]), Some("p:1".into()));
        assert_eq!(chosen(true, &[("https_proxy", "")]), None);
    }

    #[test]
    fn this_machine_is_reached_without_the_environments_proxy() {
        for authority in ["localhost", "a.localhost", "127.0.0.1", "[::1]"] {
            assert_eq!(proxy(false, &endpoint(authority), |_| Some("p".into())), Ok(None), "{authority}");
        }
    }

    #[test]
    fn a_bad_url_is_an_error_that_names_the_variable_and_shows_no_password() {
        let error = proxy(true, &endpoint("example.com"), |_| Some("http://alice:secret@p:x".into())).unwrap_err();
        assert_eq!(
            error,
            Error::Syntax("the environment variable https_proxy: the proxy has a port that is no number from 1 to 65535".into())
        );
    }

    #[test]
    fn the_exceptions_are_in_no_proxy_in_either_case() {
        for name in ["no_proxy", "NO_PROXY"] {
            let list = exceptions(|asked| (asked == name).then(|| "example.com".to_owned()));
            assert!(list.contain(&endpoint("www.example.com")) && !list.contain(&endpoint("example.org")), "{name}");
        }
        let both = exceptions(|name| Some(if name == "no_proxy" { "a.example" } else { "b.example" }.to_owned()));
        assert!(both.contain(&endpoint("a.example")) && !both.contain(&endpoint("b.example")), "lower case first");
        assert!(!exceptions(|_| None).contain(&endpoint("example.com")));
    }

    #[test]
    fn the_process_has_an_environment() {
        assert!(variable("PATH").is_some(), "cargo sets it");
        assert_eq!(variable("LIBWS_HAS_NO_SUCH_VARIABLE"), None);
    }
}
