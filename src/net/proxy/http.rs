//! The client's side of HTTP's CONNECT (RFC 9110 section 9.3.6): the request, and what its refusal says.

use super::address::{Credentials, Endpoint};
use crate::spec::{quote::quote, response::Head};
use data_encoding::BASE64;

/// The request, the blank line at its end included: the only bytes that the credentials are in.
pub(super) fn request(target: &Endpoint, credentials: Option<&Credentials>, user_agent: Option<&str>) -> Vec<u8> {
    let mut text = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(Credentials { user, password }) = credentials {
        let token = BASE64.encode(&[user, &b":"[..], password].concat());
        text.extend(["Proxy-Authorization: Basic ", &token, "\r\n"]);
    }
    if let Some(agent) = user_agent {
        text.extend(["User-Agent: ", agent, "\r\n"]);
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// Whether the way is open: any 2xx. What else the head says, a length of a body included, does not matter then.
pub(super) fn is_through(head: &Head) -> bool {
    (200..300).contains(&head.status)
}

/// The status of a refusal, and what can be done about it.
pub(super) fn refusal(head: &Head, with_credentials: bool) -> String {
    let status = format!("{} {}", head.status, quote(&head.reason));
    if head.status != 407 {
        return status;
    }
    let challenges: Vec<(&str, String)> = head.get_all("Proxy-Authenticate").map(challenge).collect();
    let basic = challenges.iter().find(|(scheme, _)| scheme.eq_ignore_ascii_case("Basic"));
    match (basic, challenges.first()) {
        (Some((_, realm)), _) if with_credentials => format!("{status}: it does not accept user name and password{realm}"),
        (Some((_, realm)), _) => {
            format!("{status}: it wants a user name and a password{realm}: give them in its URL or with ws_options_set_proxy_credentials")
        }
        (None, Some((scheme, realm))) => {
            format!("{status}: it wants the authentication {}{realm}, and libws has only Basic", quote(scheme))
        }
        (None, None) => format!("{status}, without saying which authentication it wants"),
    }
}

/// The scheme of a challenge, and its realm in words (RFC 9110 section 11.3).
fn challenge(value: &str) -> (&str, String) {
    let (scheme, parameters) = value.split_once([' ', '\t', ',']).unwrap_or((value, ""));
    let realm = parameters.split(',').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("realm").then(|| value.trim().trim_matches('"'))
    });
    (scheme, realm.map(|realm| format!(" for {}", quote(realm))).unwrap_or_default())
}
