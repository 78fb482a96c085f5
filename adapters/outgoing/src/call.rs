//! One request, and what its answer means.

use std::time::Duration;

use podwhy_flow::ports::OutletError;
use podwhy_knowledge::redact::{clean_name, redact};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use crate::address::{Address, StartError};

/// One exchange takes no longer; the courier gives up after as much.
const LONGEST: Duration = Duration::from_secs(9);
/// Nor does the way to the receiver.
const CONNECT: Duration = Duration::from_secs(5);
/// So much of a refusal is read, in bytes: it may say what is wrong.
const MOST: usize = 4096;
/// And so much of it is told, in characters.
const TOLD: usize = 160;

/// A client for one receiver. It follows no redirect: what is signed for one is for no other. A proxy of the environment is used,
/// but not on this machine.
pub(crate) fn client(address: &Address, authority: Option<&[u8]>) -> Result<Client, StartError> {
    let mut builder = Client::builder()
        .use_rustls_tls()
        .https_only(!address.is_local())
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(LONGEST)
        .user_agent(concat!("podwhy/", env!("CARGO_PKG_VERSION")));
    if address.is_local() {
        builder = builder.no_proxy();
    }
    if let Some(pem) = authority {
        let unread = |error: reqwest::Error| StartError::Authority(error.to_string());
        let found = reqwest::Certificate::from_pem_bundle(pem).map_err(unread)?;
        if found.is_empty() {
            return Err(StartError::Authority("there is none in the file".to_string()));
        }
        builder = builder.tls_built_in_root_certs(false);
        builder = found.into_iter().fold(builder, reqwest::ClientBuilder::add_root_certificate);
    }
    builder.build().map_err(|error| StartError::Client(error.to_string()))
}

/// POSTs JSON, once.
///
/// # Errors
/// [`OutletError`]: `secrets` stand in none.
pub(crate) async fn post(
    client: &Client,
    address: &Address,
    headers: HeaderMap,
    body: String,
    secrets: &[&SecretString],
) -> Result<(), OutletError> {
    let json = HeaderValue::from_static("application/json");
    let request = client.post(address.url()).header(CONTENT_TYPE, json).headers(headers).body(body);
    match request.send().await {
        Ok(response) => answered(response, secrets).await,
        Err(error) => Err(OutletError::Later { why: words(error), after: None }),
    }
}

/// 2xx is taken; 408, 425, 429 and 5xx may be taken later; anything else never will be, as it is: a redirect too, since it is not
/// followed.
async fn answered(response: Response, secrets: &[&SecretString]) -> Result<(), OutletError> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let is_later = matches!(status.as_u16(), 408 | 425 | 429) || status.is_server_error();
    if is_later {
        let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let asked = asked.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        // one that has too much is left alone also where it does not say for how long
        let after = asked.or((status == StatusCode::TOO_MANY_REQUESTS).then_some(TOO_MANY));
        return Err(OutletError::Later { why: status.to_string(), after });
    }
    let said = said(response, secrets).await;
    Err(OutletError::Refused(if said.is_empty() { status.to_string() } else { format!("{status}: {said}") }))
}

/// As long a receiver that answers 429 is left alone, where it does not say so itself. PagerDuty asks for "a few minutes":
/// <https://developer.pagerduty.com/docs/events-api-v2-overview#rate-limits>
const TOO_MANY: Duration = Duration::from_secs(120);

/// What a receiver says of its refusal, which may repeat what it was sent.
async fn said(mut response: Response, secrets: &[&SecretString]) -> String {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() >= MOST {
            body.truncate(MOST);
            break;
        }
    }
    let mut text = String::from_utf8_lossy(&body).into_owned();
    for secret in secrets {
        text = text.replace(secret.expose_secret(), podwhy_knowledge::redact::REDACTED);
    }
    clean_name(&redact(&text)).chars().take(TOLD).collect()
}

/// Without the address: its path may hold a credential.
pub(crate) fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        words = format!("{words}: {inner}");
        source = inner.source();
    }
    redact(&words)
}
