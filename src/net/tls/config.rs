//! What all connections share whose applications chose the same about TLS: the authorities, the store of sessions to resume.

use super::{options::TlsOptions, verify::Verifier};
use crate::net::os;
use rustls::{
    ClientConfig, RootCertStore,
    client::{Resumption, WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::{CryptoProvider, ring},
    version::{TLS12, TLS13},
};
use std::{
    fmt,
    panic::catch_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Configurations that are kept for the next connection with the same options.
const KEPT: usize = 16;

/// What an application can do without the system's authorities.
const INSTEAD: &str = "give an authority's with ws_options_set_ca_file";

type Roots = Result<Arc<dyn ServerCertVerifier>, String>;
type Waiter = Box<dyn FnOnce() + Send>;

/// The system's authorities: files, which are read once, on a thread.
enum System {
    Unread,
    Reading(Vec<Waiter>),
    Read(Roots),
}

/// The configurations of a process.
pub struct Configs {
    /// How the system's authorities are read.
    read: fn() -> Roots,
    system: Mutex<System>,
    made: Mutex<Vec<(TlsOptions, Arc<ClientConfig>)>>,
}

impl fmt::Debug for Configs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Configs").finish_non_exhaustive()
    }
}

impl Default for Configs {
    fn default() -> Self {
        Self::new()
    }
}

impl Configs {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Configs { read: read_system, system: Mutex::new(System::Unread), made: Mutex::new(Vec::new()) }
    }

    /// The configuration for `options`; `None` if the system's authorities have to be read first, which a thread does: it calls
    /// `read` when this may be asked again.
    ///
    /// # Errors
    ///
    /// There is nobody to trust, or the options do not fit together, in words.
    pub fn get(&'static self, options: &TlsOptions, read: impl FnOnce() + Send + 'static) -> Option<Result<Arc<ClientConfig>, String>> {
        if let Some((_, config)) = lock(&self.made).iter().find(|(made, _)| made.is_like(options)) {
            return Some(Ok(config.clone()));
        }
        let system = if options.system && !options.no_verification {
            match self.system(Box::new(read))? {
                Ok(system) => Some(system),
                // The application's own are enough.
                Err(_) if !options.authorities.is_empty() => None,
                Err(error) => return Some(Err(error)),
            }
        } else {
            None
        };
        Some(make(options, system).map(|config| {
            let config = Arc::new(config);
            let mut made = lock(&self.made);
            made.truncate(KEPT - 1);
            made.insert(0, (options.clone(), config.clone()));
            config
        }))
    }

    fn system(&'static self, read: Waiter) -> Option<Roots> {
        let mut system = lock(&self.system);
        match &mut *system {
            System::Read(roots) => return Some(roots.clone()),
            System::Reading(waiters) => {
                waiters.push(read);
                return None;
            }
            System::Unread => {}
        }
        let work = || {
            // Whatever happens, those that wait are told.
            let roots = catch_unwind(self.read).unwrap_or_else(|panic| {
                std::mem::forget(panic);
                Err(format!("the system's certificates cannot be used (reading them ended in a panic, a bug in libws): {INSTEAD}"))
            });
            let before = std::mem::replace(&mut *lock(&self.system), System::Read(roots));
            if let System::Reading(waiters) = before {
                for wake in waiters {
                    wake();
                }
            }
        };
        match os::spawn("libws-roots", work) {
            Ok(_) => {
                *system = System::Reading(vec![read]);
                None
            }
            Err(error) => Some(Err(format!("no thread could be started to read the system's certificates: {error}"))),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read_system() -> Roots {
    match rustls_platform_verifier::Verifier::new(provider()) {
        Ok(verifier) => Ok(Arc::new(verifier)),
        Err(error) => {
            Err(format!("the system's certificates cannot be used ({error}): install them (the package ca-certificates), or {INSTEAD}"))
        }
    }
}

pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn make(options: &TlsOptions, system: Option<Arc<dyn ServerCertVerifier>>) -> Result<ClientConfig, String> {
    let provider = provider();
    let algorithms = provider.signature_verification_algorithms;
    let own = if options.authorities.is_empty() {
        None
    } else {
        let mut roots = RootCertStore::empty();
        for (index, authority) in options.authorities.iter().enumerate() {
            roots.add(authority.clone()).map_err(|error| format!("the authority's certificate {} cannot be used: {error}", index + 1))?;
        }
        let own = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        Some(own.build().map_err(|error| format!("the authorities cannot be used: {error}"))?)
    };
    if own.is_none() && system.is_none() && !options.no_verification {
        return Err(
            "there is no authority to trust: ws_options_set_system_ca is off and no other was given (ws_options_set_ca_file)".into()
        );
    }
    let verifier = Verifier { own, system, trusting: options.no_verification, pins: options.pins.clone(), algorithms };
    let versions = if options.tls13_only { &[&TLS13][..] } else { &[&TLS13, &TLS12] };
    let fails = |error: rustls::Error| format!("TLS cannot be used so: {error}");
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(fails)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &options.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => builder.with_client_auth_cert(identity.chain.clone(), identity.key.clone_key()).map_err(fails)?,
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if !options.resumption {
        config.resumption = Resumption::disabled();
    }
    if let Some(key_log) = &options.key_log {
        config.key_log = key_log.clone();
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{panic::resume_unwind, sync::mpsc, time::Duration};

    #[test]
    fn a_panic_while_the_systems_certificates_are_read_is_an_error_in_words() {
        static CONFIGS: Configs =
            Configs { read: || resume_unwind(Box::new("a bug")), system: Mutex::new(System::Unread), made: Mutex::new(Vec::new()) };
        let (sender, receiver) = mpsc::channel();
        let waiting = sender.clone();
        assert!(CONFIGS.get(&TlsOptions::default(), move || waiting.send(()).unwrap()).is_none(), "they are read first");
        receiver.recv_timeout(Duration::from_secs(20)).expect("whoever waits is told");
        let again = CONFIGS.get(&TlsOptions::default(), move || sender.send(()).unwrap()).expect("they were read");
        assert_eq!(
            again.unwrap_err(),
            "the system's certificates cannot be used (reading them ended in a panic, a bug in libws): give an authority's with \
             ws_options_set_ca_file"
        );
    }
}
