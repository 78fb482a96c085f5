//! Certificates of the listener, and whose clients it takes.
//!
//! They are read anew for each connection, and used from then on where they changed: whoever rotates them has nothing else to do.
//! What cannot be used is logged once and counted, and the last good ones stay. No session is resumed: a certificate that expired,
//! or whose authority was taken away, is refused by the next connection.

mod names;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};
use thiserror::Error;

pub(crate) use self::names::has_one_of;
use crate::metrics::Metrics;

/// Reads a file's bytes, whatever it is; its error names the file, and holds nothing of it.
pub type Source = Arc<dyn Fn() -> Result<Vec<u8>, String> + Send + Sync>;

/// Where the certificates are, all in PEM.
#[derive(Clone)]
pub struct Tls {
    /// The listener's own certificate, and what is between it and its authority.
    pub certificate: Source,
    /// Its private key.
    pub key: Source,
    /// The authority of clients: with it, nobody else is taken. Without it anybody is, and the request's credentials decide.
    pub client_ca: Option<Source>,
    /// Of those clients, only ones whose certificate has one of these names, a DNS name or a URI of its subjectAltName; empty for
    /// all. The common name is nobody's name (<https://www.rfc-editor.org/rfc/rfc9525#section-2>).
    pub client_names: Vec<String>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("client_names", &self.client_names).finish_non_exhaustive()
    }
}

/// Why certificates cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{0}")]
    Read(String),
    /// There is no certificate, or no key, in what was read.
    #[error("{0}: there is nothing in it, in PEM")]
    Empty(&'static str),
    /// They do not fit together, or are none.
    #[error("{0}")]
    Wrong(String),
}

/// What is in use.
struct Current {
    digest: [u8; 32],
    config: Arc<ServerConfig>,
}

/// The certificates, as they are now.
pub(crate) struct Certificates {
    tls: Tls,
    current: Mutex<Current>,
    metrics: Metrics,
}

/// What was read.
struct Read {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl Certificates {
    pub(crate) fn new(tls: Tls, metrics: Metrics) -> Result<Certificates, TlsError> {
        let read = Read::of(&tls)?;
        let current = Mutex::new(Current { digest: read.digest(), config: Arc::new(read.config()?) });
        Ok(Certificates { tls, current, metrics })
    }

    /// As they are now. It reads files.
    pub(crate) fn now(&self) -> Arc<ServerConfig> {
        let read = Read::of(&self.tls);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let digest = match &read {
            Ok(read) => read.digest(),
            Err(error) => Sha256::digest(error.to_string()).into(),
        };
        if digest != current.digest {
            current.digest = digest;
            match read.and_then(|read| read.config()) {
                Ok(config) => {
                    current.config = Arc::new(config);
                    self.metrics.reloaded("ok");
                    tracing::info!("the alerts' listener uses new certificates");
                }
                Err(error) => {
                    self.metrics.reloaded("failed");
                    tracing::warn!(%error, "the alerts' listener goes on with the certificates it had");
                }
            }
        }
        Arc::clone(&current.config)
    }

    pub(crate) fn client_names(&self) -> &[String] {
        &self.tls.client_names
    }
}

impl Read {
    fn of(tls: &Tls) -> Result<Read, TlsError> {
        let read = |source: &Source| source().map_err(TlsError::Read);
        let client_ca = tls.client_ca.as_ref().map(read).transpose()?;
        Ok(Read { certificate: read(&tls.certificate)?, key: read(&tls.key)?, client_ca })
    }

    fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for part in [Some(&self.certificate), Some(&self.key), self.client_ca.as_ref()].into_iter().flatten()
        {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }

    fn config(&self) -> Result<ServerConfig, TlsError> {
        let wrong = |error: &dyn fmt::Display| TlsError::Wrong(error.to_string());
        let chain = certificates(&self.certificate, "tls_cert")?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| TlsError::Empty("tls_key"))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(pem) => {
                let mut roots = RootCertStore::empty();
                for authority in certificates(pem, "client_ca")? {
                    roots.add(authority).map_err(|error| wrong(&error))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().map_err(|error| wrong(&error))?)
            }
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| wrong(&error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(config)
    }
}

fn certificates(pem: &[u8], name: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or(TlsError::Empty(name))
}

#[cfg(test)]
mod tests;
