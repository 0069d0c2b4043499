//! Whether a server is the one that is meant: the application's authorities, the system's, pinned keys, or nothing at all.

use ring::digest;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::sync::Arc;

/// SHA-256 of a public key with its algorithm (`SubjectPublicKeyInfo`, RFC 7469 section 2.4).
pub type Pin = [u8; 32];

/// Judges a server's certificates.
#[derive(Debug)]
pub struct Verifier {
    /// The application's own authorities.
    pub own: Option<Arc<WebPkiServerVerifier>>,
    /// The system's.
    pub system: Option<Arc<dyn ServerCertVerifier>>,
    /// Whether they are asked at all. The application has said aloud that they are not to be.
    pub trusting: bool,
    /// The server's certificate, or one on the way from it to its authority, must have one of these keys, if there are any.
    pub pins: Vec<Pin>,
    /// The algorithms of signatures.
    pub algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    fn check_chain(
        &self,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), Error> {
        if self.trusting {
            return Ok(());
        }
        let verdict = match &self.own {
            Some(own) => own.verify_server_cert(server, intermediates, name, ocsp, now).map(drop),
            None => Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        };
        let (Err(why), Some(system)) = (&verdict, &self.system) else { return verdict };
        match system.verify_server_cert(server, intermediates, name, ocsp, now) {
            Ok(_) => Ok(()),
            Err(other) if *why == Error::InvalidCertificate(CertificateError::UnknownIssuer) => Err(other),
            // Who knows the issuer knows better what is wrong.
            Err(_) => verdict,
        }
    }

    fn check_pins(&self, server: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>], now: UnixTime) -> Result<(), Error> {
        let is_pinned = |certificate: &CertificateDer<'_>| {
            webpki::EndEntityCert::try_from(certificate).is_ok_and(|certificate| {
                let key = certificate.subject_public_key_info();
                let pin = digest::digest(&digest::SHA256, &key);
                self.pins.iter().any(|pinned| pinned == pin.as_ref())
            })
        };
        // Without a chain that was checked, no certificate behind the server's own says who signed it.
        let judged = if self.trusting { &[] } else { intermediates };
        let has_signed = |other: &CertificateDer<'_>| is_pinned(other) && self.has_signed(other, server, intermediates, now);
        if self.pins.is_empty() || is_pinned(server) || judged.iter().any(has_signed) {
            return Ok(());
        }
        Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    /// Whether a way leads from the server's certificate to this one. Anybody may send a pinned certificate along with their own: what
    /// they cannot do is sign with its key (CVE-2016-2402).
    fn has_signed(
        &self,
        issuer: &CertificateDer<'_>,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> bool {
        let (Ok(anchor), Ok(server)) = (webpki::anchor_from_trusted_cert(issuer), webpki::EndEntityCert::try_from(server)) else {
            return false;
        };
        let usage = webpki::KeyUsage::server_auth();
        server.verify_for_usage(self.algorithms.all, &[anchor], intermediates, now, usage, None, None).is_ok()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check_chain(server, intermediates, name, ocsp, now)?;
        self.check_pins(server, intermediates, now)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    use rustls::{RootCertStore, crypto::ring};

    /// An authority, and a certificate that it has signed for `localhost`. All of them have the same name.
    fn authority() -> (Arc<WebPkiServerVerifier>, CertificateDer<'static>) {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "one name");
        let key = KeyPair::generate().unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(params.self_signed(&key).unwrap().into()).unwrap();
        let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let signed = server.signed_by(&KeyPair::generate().unwrap(), &Issuer::new(params, key)).unwrap();
        let provider = Arc::new(ring::default_provider());
        (WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap(), signed.into())
    }

    /// As when an authority of one's own was made anew, and only the system has the new one.
    #[test]
    fn whoever_the_system_trusts_is_trusted_whatever_an_own_authority_of_the_same_name_has_signed() {
        let ((own, of_own), (system, of_system), (_, of_nobody)) = (authority(), authority(), authority());
        let verifier = Verifier {
            own: Some(own),
            system: Some(system),
            trusting: false,
            pins: Vec::new(),
            algorithms: ring::default_provider().signature_verification_algorithms,
        };
        let verify = |server: &CertificateDer<'_>| {
            verifier.verify_server_cert(server, &[], &ServerName::try_from("localhost").unwrap(), &[], UnixTime::now()).map(drop)
        };
        assert_eq!(verify(&of_own), Ok(()));
        assert_eq!(verify(&of_system), Ok(()));
        assert!(verify(&of_nobody).is_err());
    }
}
