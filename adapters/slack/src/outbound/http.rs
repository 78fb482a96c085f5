//! Requests over HTTP, by slack-morphism's client. Its rate control stays off: it paces the whole bot, not a channel.

use futures::FutureExt;
use futures::future::BoxFuture;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy;
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use slack_morphism::errors::SlackClientError;
use slack_morphism::prelude::{
    SlackApiToken, SlackClient, SlackClientApiCallContext, SlackClientHttpConnector,
    SlackClientHyperConnector, SlackClientHyperHttpsConnector,
};

use super::error::{CallError, UNSAID_WAIT};
use super::transport::{Body, Request, Transport};

pub(crate) struct Http {
    client: SlackClient<SlackClientHyperHttpsConnector>,
    bot: SlackApiToken,
    app: Option<SlackApiToken>,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Http")
    }
}

impl Http {
    pub(crate) fn new(
        api: &str,
        is_local: bool,
        tls: ClientConfig,
        bot: &SecretString,
        app: Option<&SecretString>,
    ) -> Http {
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        // HTTP/1.1: a connection that hangs takes one request with it, not all
        let connector = if is_local {
            builder.https_or_http().enable_http1().build()
        } else {
            builder.https_only().enable_http1().build()
        };
        let connector =
            SlackClientHyperConnector::from(connector).with_slack_api_url(api.trim_end_matches('/'));
        let token = |secret: &SecretString| SlackApiToken::new(secret.expose_secret().into());
        Http { client: SlackClient::new(connector), bot: token(bot), app: app.map(token) }
    }

    async fn once(&self, request: &Request) -> Result<Value, CallError> {
        let token = match &self.app {
            Some(app) if request.method.is_of_app() => app,
            _ => &self.bot,
        };
        let name = request.method.name();
        match &request.body {
            Body::Json(body) => {
                let session = self.client.open_session(token);
                accepted(session.http_session_api.http_post(name, body, None).await)
            }
            Body::Query(query) => {
                let session = self.client.open_session(token);
                let query: Vec<(&str, Option<&String>)> =
                    query.iter().map(|(name, value)| (*name, Some(value))).collect();
                accepted(session.http_session_api.http_get(name, &query, None).await)
            }
            Body::ToUrl(url, body) => {
                let span = tracing::Span::none();
                let sent = self.client.http_api.connector.http_post_uri(url.clone(), body, secret(&span));
                taken(sent.await)
            }
            Body::BytesToUrl(url, bytes) => {
                let span = tracing::Span::none();
                let kind = "application/octet-stream".to_string();
                let connector = &self.client.http_api.connector;
                let sent = connector.http_post_uri_binary(url.clone(), kind, bytes, secret(&span));
                taken(sent.await)
            }
        }
    }
}

impl Transport for Http {
    fn send<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Value, CallError>> {
        self.once(request).boxed()
    }
}

/// A call without a token, to a URL that is not to be logged.
fn secret(span: &tracing::Span) -> SlackClientApiCallContext<'_> {
    SlackClientApiCallContext {
        rate_control_params: None,
        token: None,
        tracing_span: span,
        is_sensitive_url: true,
    }
}

/// What a method answers says itself whether it was done; a proxy's page does not.
fn accepted(result: Result<Value, SlackClientError>) -> Result<Value, CallError> {
    let value = result.map_err(|error| meaning(&error))?;
    if value.get("ok") == Some(&Value::Bool(true)) { Ok(value) } else { Err(CallError::Garbled) }
}

/// A URL of its own answers `ok` or nothing: the status says all.
fn taken(result: Result<Value, SlackClientError>) -> Result<Value, CallError> {
    match result {
        Ok(value) => Ok(value),
        // a body that is no JSON came with a 200
        Err(SlackClientError::ProtocolError(_)) => Ok(Value::Null),
        Err(error) => Err(meaning(&error)),
    }
}

/// Their own `Display` prints whole bodies: only what is known to be harmless is taken over.
fn meaning(error: &SlackClientError) -> CallError {
    match error {
        SlackClientError::ApiError(refused) => CallError::of_word(&refused.code),
        SlackClientError::RateLimitError(limit) => {
            CallError::Limited(limit.retry_after.unwrap_or(UNSAID_WAIT))
        }
        SlackClientError::HttpError(failed) => {
            let status = failed.status_code;
            let word = format!("http_{}", status.as_u16());
            if status.is_server_error() || status == http::StatusCode::REQUEST_TIMEOUT {
                CallError::Failed(word)
            } else {
                CallError::Refused(word)
            }
        }
        SlackClientError::HttpProtocolError(failed) => {
            let cause = failed.cause.as_ref().and_then(|cause| cause.downcast_ref::<legacy::Error>());
            CallError::Unreachable { sent: !cause.is_some_and(legacy::Error::is_connect) }
        }
        SlackClientError::ProtocolError(_) | SlackClientError::SocketModeProtocolError(_) => {
            CallError::Garbled
        }
        SlackClientError::EndOfStream(_) | SlackClientError::SystemError(_) => {
            CallError::Unreachable { sent: true }
        }
    }
}
