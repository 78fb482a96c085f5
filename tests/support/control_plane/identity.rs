//! Who speaks to the API server: a user with groups, a kubeconfig, a client.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use anyhow::Context;
use kube::{Client, Config};
use serde_json::{Value, json};

use super::certificates::{Authority, Pair};

/// How long an answer may take. A watch that is quiet for longer ends, too: wait with [`super::eventually`].
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// A user known to the API server by certificate.
#[derive(Clone, Debug)]
pub struct Identity {
    user: String,
    pair: Pair,
    kubeconfig: PathBuf,
}

impl Identity {
    /// Signs a certificate for the user and writes the kubeconfig beside it.
    pub(super) fn new(authority: &Authority, url: &str, user: &str, groups: &[&str]) -> anyhow::Result<Self> {
        let pair = authority.client(user, groups)?;
        let kubeconfig = pair.certificate.with_extension("kubeconfig");
        let credentials = json!({"client-certificate": pair.certificate, "client-key": pair.key});
        write_kubeconfig(&kubeconfig, authority, url, user, &credentials)?;
        Ok(Self { user: user.to_string(), pair, kubeconfig })
    }

    /// The name the API server knows the user by.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The file that makes kubectl, or podwhy, this user.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The user's certificate, a PEM file.
    #[must_use]
    pub fn certificate(&self) -> &Path {
        &self.pair.certificate
    }

    /// The certificate's key, a PEM file.
    #[must_use]
    pub fn key(&self) -> &Path {
        &self.pair.key
    }
}

/// The file that makes kubectl who has these credentials.
pub(super) fn write_kubeconfig(
    file: &Path,
    authority: &Authority,
    url: &str,
    user: &str,
    credentials: &Value,
) -> anyhow::Result<()> {
    let cluster = json!({"server": url, "certificate-authority": authority.certificate()});
    let text = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
        "current-context": "test",
    });
    fs::write(file, text.to_string()).with_context(|| format!("writing {}", file.display()))
}

/// A client for this address, as this user or as nobody. Must be called inside a runtime of tokio.
pub(super) fn client(
    authority: &Authority,
    url: &str,
    identity: Option<&Identity>,
) -> anyhow::Result<Client> {
    static PROVIDER: Once = Once::new();
    // an error says that there is one already, which serves as well
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));

    let mut config = Config::new(url.parse()?);
    config.root_cert = Some(vec![authority.der()]);
    config.read_timeout = Some(READ_TIMEOUT);
    // else the time a connection lay idle counts for its next answer
    config.reset_reader_on_write = true;
    // a test means the first answer, also when it is a refusal
    config.default_retry = false;
    if let Some(identity) = identity {
        config.auth_info.client_certificate = Some(identity.certificate().display().to_string());
        config.auth_info.client_key = Some(identity.key().display().to_string());
    }
    Ok(Client::try_from(config)?)
}
