//! The HTTP client under serenity's.

use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Name, Resolve, Resolving};
use thiserror::Error;

use crate::options::ApiOverride;

/// The only host that is ever called.
const HOST: &str = "discord.com";

/// A client that cannot be built.
#[derive(Debug, Error)]
#[error("no HTTP client: {0}")]
pub struct NoClient(String);

impl From<reqwest::Error> for NoClient {
    fn from(error: reqwest::Error) -> NoClient {
        NoClient(error.to_string())
    }
}

/// Builds one, with the longest that one exchange may take. It follows no redirect: Discord sends none, and the token
/// would go along. With an override it asks no name server, takes no proxy from the environment and trusts one authority.
pub(crate) fn client(exchange: Duration, api: Option<&ApiOverride>) -> Result<reqwest::Client, NoClient> {
    let builder = reqwest::Client::builder()
        .use_rustls_tls()
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(exchange)
        .timeout(exchange);
    let builder = match api {
        None => builder,
        Some(api) => builder
            .no_proxy()
            .tls_built_in_root_certs(false)
            .add_root_certificate(reqwest::Certificate::from_pem(&api.ca_pem)?)
            .dns_resolver(Arc::new(Nowhere))
            .resolve(HOST, api.rest),
    };
    Ok(builder.build()?)
}

/// Knows no host.
struct Nowhere;

/// A host that was not configured.
#[derive(Debug, Error)]
#[error("{0} is not configured, and is not called")]
struct NotConfigured(String);

impl Resolve for Nowhere {
    fn resolve(&self, name: Name) -> Resolving {
        let refusal = NotConfigured(name.as_str().to_string());
        Box::pin(async move { Err(refusal.into()) })
    }
}
