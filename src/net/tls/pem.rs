//! Certificates, keys and pins as people have them: PEM or DER, with words about what is wrong and in which line.

use super::verify::Pin;
use data_encoding::BASE64;
use ring::digest;
use rustls::{
    crypto::ring::sign::any_supported_type,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{Error, PemObject, SectionKind, SliceIter},
    },
};

/// The sections of a PEM text, each with the number of the line that it begins in.
fn sections(text: &[u8]) -> Result<Vec<(usize, SectionKind, Vec<u8>)>, String> {
    let mut sections = Vec::new();
    let mut iter = SliceIter::<(SectionKind, Vec<u8>)>::new(text);
    let mut rest = text;
    loop {
        let line = line_of_begin(text, rest);
        match iter.next() {
            None => return Ok(sections),
            Some(Ok((kind, bytes))) => sections.push((line, kind, bytes)),
            Some(Err(error)) => return Err(format!("line {line}: {}", words(&error))),
        }
        rest = iter.remainder();
    }
}

/// The number of the next line of `rest`, the end of `text`, that begins a section.
fn line_of_begin(text: &[u8], rest: &[u8]) -> usize {
    let before = text.len() - rest.len();
    let begin = rest.windows(11).position(|window| window == b"-----BEGIN ").unwrap_or(rest.len());
    text[..before + begin].split(|byte| *byte == b'\n').count()
}

fn words(error: &Error) -> String {
    match error {
        Error::MissingSectionEnd { end_marker } => {
            format!("the line -----END {}----- is missing", String::from_utf8_lossy(end_marker).trim_matches(&['-', ' '][..]))
        }
        Error::IllegalSectionStart { .. } => "a line that begins with \"-----BEGIN\" does not end with \"-----\"".into(),
        Error::Base64Decode(_) => "what stands between BEGIN and END is not Base64".into(),
        other => other.to_string(),
    }
}

fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|window| window == b"-----BEGIN ")
}

/// The certificates in `bytes`: one or several as PEM, or one as DER.
///
/// # Errors
///
/// What is wrong.
pub fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut found = Vec::new();
    if is_pem(bytes) {
        for (line, kind, der) in sections(bytes)? {
            if kind == SectionKind::Certificate {
                found.push(certificate(der).map_err(|error| format!("line {line}: {error}"))?);
            }
        }
    } else if !bytes.is_empty() {
        found.push(certificate(bytes.to_vec()).map_err(|error| format!("not PEM (no line begins with -----BEGIN), and as DER {error}"))?);
    }
    if found.is_empty() { Err("there is no certificate in it".into()) } else { Ok(found) }
}

fn certificate(der: Vec<u8>) -> Result<CertificateDer<'static>, String> {
    let der = CertificateDer::from(der);
    match webpki::EndEntityCert::try_from(&der) {
        // Authorities of former times are of version 1; they are judged when they are used.
        Ok(_) | Err(webpki::Error::UnsupportedCertVersion) => Ok(der),
        Err(error) => Err(format!("it is no X.509 certificate: {error}")),
    }
}

/// The private key in `bytes`, PEM or DER (PKCS#8, PKCS#1 or SEC1).
///
/// # Errors
///
/// What is wrong. The text has nothing of the key.
pub fn key(bytes: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    let key = if is_pem(bytes) {
        if bytes.windows(9).any(|window| window == b"ENCRYPTED") {
            return Err("the key is encrypted: write it without a passphrase, with \"openssl pkey -in KEY -out PLAIN\"".into());
        }
        let keys = sections(bytes)?.into_iter().find_map(|(_, kind, der)| PrivateKeyDer::from_pem(kind, der));
        keys.ok_or("there is no private key in it")?
    } else {
        PrivateKeyDer::try_from(bytes.to_vec()).map_err(|_| "it is no private key: give PEM, or DER of PKCS#8, PKCS#1 or SEC1")?
    };
    match any_supported_type(&key) {
        Ok(_) => Ok(key),
        Err(_) => {
            Err("a private key of a kind that is not supported: make one of RSA (2048 bits or more), ECDSA (P-256, P-384) or Ed25519"
                .into())
        }
    }
}

/// A pin as `sha256/BASE64`, or `sha256//BASE64` as curl writes it.
///
/// # Errors
///
/// What is wrong.
pub fn pin(text: &str) -> Result<Pin, String> {
    let wrong = || format!("the pin \"{text}\" is not \"sha256/\" and 44 characters of Base64 (the SHA-256 of the key)");
    let encoded = text.strip_prefix("sha256/").ok_or_else(wrong)?;
    let bytes = BASE64.decode(encoded.trim_start_matches('/').as_bytes()).or_else(|_| BASE64.decode(encoded.as_bytes()));
    bytes.ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)
}

/// The pin of a certificate's key, as [`pin`] reads it.
///
/// # Errors
///
/// It is no certificate.
pub fn pin_of(certificate: &CertificateDer<'_>) -> Result<String, String> {
    let certificate = webpki::EndEntityCert::try_from(certificate).map_err(|error| error.to_string())?;
    Ok(format!("sha256/{}", BASE64.encode(digest::digest(&digest::SHA256, &certificate.subject_public_key_info()).as_ref())))
}
