//! Certificates made for a test: an authority, and what it signs.

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{ClientCertVerifierBuilder, WebPkiClientVerifier, danger::ClientCertVerifier},
};
use std::sync::{Arc, OnceLock};

/// The names of this machine, which a test's server has.
pub const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// An authority that signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub certificate: CertificateDer<'static>,
    pub pem: String,
}

/// A certificate, with those behind it, and its key.
pub struct Signed {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
    pub chain_pem: String,
    pub key_pem: String,
}

impl Clone for Signed {
    fn clone(&self) -> Self {
        let (chain, key) = (self.chain.clone(), self.key.clone_key());
        Signed { chain, key, chain_pem: self.chain_pem.clone(), key_pem: self.key_pem.clone() }
    }
}

impl Authority {
    pub fn new(name: &str) -> Self {
        Self::signed(name, CertificateParams::self_signed)
    }

    /// One that this one has signed.
    pub fn authority(&self, name: &str) -> Self {
        Self::signed(name, |params, key| params.signed_by(key, &self.issuer))
    }

    fn signed(name: &str, sign: impl FnOnce(&CertificateParams, &KeyPair) -> Result<rcgen::Certificate, rcgen::Error>) -> Self {
        let mut params = CertificateParams::new(vec![]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let certificate = sign(&params, &key).expect("a certificate");
        let (pem, certificate) = (certificate.pem(), CertificateDer::from(certificate));
        Authority { issuer: Issuer::new(params, key), certificate, pem }
    }

    /// That of the tests of this process: `Client` trusts it, the scripted server's certificate is signed by it.
    pub fn of_tests() -> &'static Self {
        static AUTHORITY: OnceLock<Authority> = OnceLock::new();
        AUTHORITY.get_or_init(|| Authority::new("libws tests"))
    }

    /// A certificate for a server with these names, with whatever is to be wrong with it.
    pub fn sign(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Signed {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("good names");
        params.distinguished_name.push(DnType::CommonName, "a test's");
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Signed::new(&certificate, &key)
    }

    /// What judges clients that it has signed certificates for.
    fn clients(&self) -> ClientCertVerifierBuilder {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate.clone()).expect("an authority");
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
    }

    /// A certificate for a client.
    pub fn sign_client(&self, name: &str) -> Signed {
        self.sign(&[name], |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth])
    }
}

impl Signed {
    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        Signed {
            chain: vec![certificate.der().clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            chain_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        }
    }

    /// A certificate that is signed by its own key and is no authority's.
    pub fn by_itself(names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().expect("a key");
        Self::new(&CertificateParams::new(names).expect("good names").self_signed(&key).expect("a certificate"), &key)
    }

    /// A server that shows this certificate.
    pub fn server(&self) -> ServerConfig {
        self.server_of(rustls::ALL_VERSIONS)
    }

    /// The same with these versions of TLS.
    pub fn server_of(&self, versions: &[&'static rustls::SupportedProtocolVersion]) -> ServerConfig {
        let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions).expect("versions");
        let mut config = builder.with_no_client_auth().with_single_cert(self.chain.clone(), self.key.clone_key()).expect("a pair");
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config
    }

    /// A server that shows this certificate and wants one of the client's that `authority` has signed.
    pub fn server_for_clients_of(&self, authority: &Authority, versions: &[&'static rustls::SupportedProtocolVersion]) -> ServerConfig {
        self.server_with(authority.clients().build().expect("a verifier"), versions)
    }

    /// The same that goes on without one.
    pub fn server_that_asks(&self, authority: &Authority) -> ServerConfig {
        self.server_with(authority.clients().allow_unauthenticated().build().expect("a verifier"), rustls::ALL_VERSIONS)
    }

    fn server_with(&self, verifier: Arc<dyn ClientCertVerifier>, versions: &[&'static rustls::SupportedProtocolVersion]) -> ServerConfig {
        let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions).expect("versions");
        builder.with_client_cert_verifier(verifier).with_single_cert(self.chain.clone(), self.key.clone_key()).expect("a pair")
    }
}

/// What a scripted server shows if the test does not say otherwise.
pub fn usual() -> Arc<ServerConfig> {
    static USUAL: OnceLock<Arc<ServerConfig>> = OnceLock::new();
    USUAL.get_or_init(|| Arc::new(Authority::of_tests().sign(&NAMES, |_| ()).server())).clone()
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
