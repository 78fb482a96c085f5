//! One TLS set-up for the Web API and the sockets: *ring*, and the machine's own roots.

use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt;
use rustls::{ClientConfig, RootCertStore};

use crate::options::StartError;

/// The configuration; on loopback, where nothing is encrypted, one that trusts nobody.
pub(crate) fn config(is_local: bool) -> Result<ClientConfig, StartError> {
    let failed = |error: &dyn std::error::Error| StartError::Tls(error.to_string());
    // said here, not left to the process's default: several libraries of one process may each have set their own
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?;
    let builder = if is_local {
        builder.with_root_certificates(RootCertStore::empty())
    } else {
        builder.with_native_roots().map_err(|error| failed(&error))?
    };
    Ok(builder.with_no_client_auth())
}
