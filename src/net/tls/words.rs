//! What went wrong with TLS, in words that a person can act on.

use crate::protocol::failure::TlsError;
use rustls::{
    AlertDescription, CertificateError, Error, PeerIncompatible,
    pki_types::{ServerName, UnixTime},
};
use std::net::IpAddr;

/// An error of rustls: what happened and what to do.
#[must_use]
pub fn error(error: &Error) -> TlsError {
    match error {
        Error::InvalidCertificate(why) => TlsError { text: certificate(why), alert: Some(u8::from(AlertDescription::from(why.clone()))) },
        Error::AlertReceived(alert) => TlsError { text: received(*alert), alert: Some(u8::from(*alert)) },
        Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13) => {
            TlsError::new("the server speaks neither TLS 1.2 nor TLS 1.3: what is older is not safe and is not spoken here")
        }
        Error::PeerIncompatible(
            PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::Tls12NotOffered,
        ) => TlsError::new("the server speaks no TLS 1.3, which the options ask for: lower it with ws_options_set_min_tls"),
        Error::PeerIncompatible(why) => TlsError::new(format!("the server's TLS has nothing in common with ours: {why:?}")),
        Error::InvalidMessage(why) => {
            TlsError::new(format!("what the server sent is not TLS ({why:?}): perhaps it speaks ws:// on this port, not wss://"))
        }
        Error::DecryptError => TlsError::new("what came cannot be decrypted: it was changed on the way"),
        Error::PeerSentOversizedRecord => TlsError::new("the server sent a TLS record that is larger than TLS allows"),
        Error::NoCertificatesPresented => TlsError::new("the server has no certificate"),
        Error::PeerMisbehaved(why) => TlsError::new(format!("the server broke the TLS protocol: {why:?}")),
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            TlsError::new(format!("the server broke the TLS protocol: {error}"))
        }
        other => TlsError::new(format!("TLS failed: {other}")),
    }
}

fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::ExpiredContext { not_after, time } => {
            format!("the server's certificate expired on {} (now: {})", date(*not_after), date(*time))
        }
        CertificateError::Expired => "the server's certificate has expired".into(),
        CertificateError::NotValidYetContext { not_before, time } => {
            format!("the server's certificate is not valid before {} (now: {}): is the clock right?", date(*not_before), date(*time))
        }
        CertificateError::NotValidYet => "the server's certificate is not valid yet: is the clock right?".into(),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names: Vec<String> = presented.iter().map(|name| plain_name(name, expected)).collect();
            let names = if names.is_empty() { "no name at all".into() } else { names.join(", ") };
            format!("the server's certificate is for {names} and not for {}", shown(expected))
        }
        CertificateError::NotValidForName => "the server's certificate is for another name".into(),
        CertificateError::UnknownIssuer => "the server's certificate is signed by an authority that is not trusted, or by itself \
                                            (self-signed): if it is the right server, give that certificate with ws_options_set_ca_file"
            .into(),
        CertificateError::BadSignature => "a signature in the server's certificate or handshake is wrong".into(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => purpose(),
        CertificateError::Revoked => "the server's certificate was revoked".into(),
        CertificateError::BadEncoding => "the server's certificate is not X.509 as it should be: it cannot be read".into(),
        CertificateError::UnhandledCriticalExtension => extension(),
        CertificateError::ApplicationVerificationFailure => {
            "no certificate of the server has a key that was pinned (ws_options_add_pin)".into()
        }
        CertificateError::Other(other) => match other.0.downcast_ref::<webpki::Error>() {
            Some(webpki::Error::CaUsedAsEndEntity) => {
                "the server's certificate is that of an authority (CA:TRUE), which may not be a server's: \
                                                       make one with basicConstraints CA:FALSE, signed by it"
                    .into()
            }
            Some(webpki::Error::UnsupportedCriticalExtension) => extension(),
            Some(webpki::Error::UnsupportedCertVersion) => "the server's certificate is not of X.509 version 3: make a new one".into(),
            Some(webpki::Error::NameConstraintViolation) => "the server's authority may not sign certificates for this name".into(),
            Some(other) => format!("the server's certificate is not acceptable: {other}"),
            // The system's verifier says so of a certificate for another purpose.
            None if other.0.to_string() == "certificate had invalid extensions" => purpose(),
            None => format!("the server's certificate is not acceptable: {}", other.0),
        },
        other => format!("the server's certificate is not acceptable: {other}"),
    }
}

fn extension() -> String {
    "the server's certificate has a critical extension that is not understood here".into()
}

fn purpose() -> String {
    "the server's certificate is not for servers (its extended key usage lacks serverAuth)".into()
}

fn received(alert: AlertDescription) -> String {
    let hint = match alert {
        AlertDescription::HandshakeFailure => ": nothing in common, or it wants a client certificate (ws_options_set_client_cert_file)",
        AlertDescription::ProtocolVersion => ": it does not speak the TLS versions that are wanted here",
        AlertDescription::UnrecognisedName => ": it does not know the name that was asked for (ws_options_set_server_name)",
        AlertDescription::CertificateRequired => ": it wants a client certificate (ws_options_set_client_cert_file)",
        AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => ": it does not accept our certificate",
        AlertDescription::NoApplicationProtocol => ": it does not speak http/1.1",
        _ => "",
    };
    format!("the server ended TLS with alert {} ({alert:?}){hint}", u8::from(alert))
}

/// A name as rustls tells those in a certificate: `DnsName("a.example")`, `IpAddress(127.0.0.1)`.
fn plain_name(name: &str, expected: &ServerName<'_>) -> String {
    let inside = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
    let plain = inside.trim_matches('"');
    // `0::1` is `::1`.
    let plain = plain.parse::<IpAddr>().map_or_else(|_| plain.to_owned(), |address| address.to_string());
    // It looks right and is not: an address has a field of its own.
    let odd = name.starts_with("DnsName") && plain == shown(expected) && matches!(expected, ServerName::IpAddress(_));
    format!("{plain}{}", if odd { " (as a DNS name, not as an address)" } else { "" })
}

fn shown(name: &ServerName<'_>) -> String {
    name.to_str().into_owned()
}

/// `2024-01-01`, in UTC.
fn date(time: UnixTime) -> String {
    // Howard Hinnant's civil_from_days, for days after 1970: years begin in March, so that a leap day is their last.
    let days = time.as_secs() / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    #[test]
    fn a_date_is_the_calendars() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_704_067_199, "2023-12-31"),
            (1_704_067_200, "2024-01-01"),
            (4_107_542_399, "2100-02-28"),
            (4_107_542_400, "2100-03-01"),
            (253_402_300_799, "9999-12-31"),
        ] {
            assert_eq!(date(at(seconds)), expected, "{seconds}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_said_with_its_values_and_the_alert() {
        let expected = ServerName::try_from("localhost").unwrap();
        let presented = vec!["DnsName(\"a.example\")".into(), "IpAddress(::1)".into()];
        for (why, alert, text) in [
            (
                CertificateError::ExpiredContext { time: at(1_704_067_200), not_after: at(951_782_400) },
                45,
                "the server's certificate expired on 2000-02-29 (now: 2024-01-01)",
            ),
            (
                CertificateError::NotValidForNameContext { expected: expected.clone(), presented },
                42,
                "the server's certificate is for a.example, ::1 and not for localhost",
            ),
            (
                CertificateError::NotValidForNameContext { expected, presented: vec![] },
                42,
                "the server's certificate is for no name at all and not for localhost",
            ),
        ] {
            assert_eq!(error(&Error::InvalidCertificate(why)), TlsError { text: text.into(), alert: Some(alert) });
        }
    }

    #[test]
    fn an_alert_of_the_server_is_told_by_its_number_and_name() {
        let TlsError { text, alert } = error(&Error::AlertReceived(AlertDescription::ProtocolVersion));
        assert_eq!(alert, Some(70));
        assert!(text.starts_with("the server ended TLS with alert 70 (ProtocolVersion)"), "{text}");
    }
}
