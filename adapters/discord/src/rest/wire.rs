//! Calls over serenity's client.

use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use serenity::http::{Http, HttpBuilder, HttpError, RatelimitInfo, Ratelimiter};
use tokio::time::{Instant, sleep_until};

use super::call::Method;
use super::request::request;
use super::{Call, Fail, Lane, To};
use crate::metrics::Metrics;

/// What every lane is made of.
struct Made {
    /// For acknowledgements alone: nothing else takes its connections.
    quick: reqwest::Client,
    client: reqwest::Client,
    token: SecretString,
    limits: Arc<Limits>,
}

/// What Discord said of limits.
struct Limits {
    /// Until when the bot as a whole is to wait. serenity lets only the one call wait that was told so.
    all: Mutex<Option<Instant>>,
    metrics: Metrics,
}

impl Limits {
    fn told(&self, info: &RatelimitInfo) {
        self.metrics.rate_limited();
        if info.global {
            *self.all.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + info.timeout);
        }
    }

    async fn wait(&self) {
        let until = *self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = until {
            sleep_until(until).await;
        }
    }
}

/// A lane over HTTPS.
pub(crate) struct Wire {
    made: Arc<Made>,
    http: Http,
}

impl Wire {
    pub(crate) fn new(
        quick: reqwest::Client,
        client: reqwest::Client,
        token: SecretString,
        metrics: Metrics,
    ) -> Wire {
        let limits = Arc::new(Limits { all: Mutex::default(), metrics });
        let made = Arc::new(Made { quick, client, token, limits });
        Wire { http: made.http(&made.client), made }
    }
}

impl Made {
    fn http(&self, client: &reqwest::Client) -> Http {
        let token = self.token.expose_secret();
        let bare = token.trim().trim_start_matches("Bot ");
        let mut limiter = Ratelimiter::new(client.clone(), format!("Bot {bare}"));
        let limits = Arc::clone(&self.limits);
        // nothing of it is logged: it has a path in it, which has a token in it
        limiter.set_ratelimit_callback(Box::new(move |info| limits.told(&info)));
        HttpBuilder::new(token).client(client.clone()).ratelimiter(limiter).build()
    }
}

impl Lane for Wire {
    fn send<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Value, Fail>> {
        async move {
            if matches!(call.to, To::Callback { .. }) {
                return send(&self.made.http(&self.made.quick), call).await;
            }
            // https://discord.com/developers/docs/topics/rate-limits#global-rate-limit
            if !matches!(call.to, To::Original(_) | To::Followup(_)) {
                self.made.limits.wait().await;
            }
            send(&self.http, call).await
        }
        .boxed()
    }

    fn another(&self) -> Arc<dyn Lane> {
        Arc::new(Wire { http: self.made.http(&self.made.client), made: Arc::clone(&self.made) })
    }
}

async fn send(http: &Http, call: &Call) -> Result<Value, Fail> {
    let response = http.request(request(call)).await.map_err(|error| fail(&error))?;
    let body = response.bytes().await.ok();
    let body = body.and_then(|body| serde_json::from_slice(&body).ok());
    match (body, call.method) {
        (Some(body), _) => Ok(body),
        (None, Method::Get) => Err(Fail::Unknown),
        // it was done; what it made is not told, or needs no telling (204)
        (None, _) => Ok(Value::Null),
    }
}

/// serenity's errors name the address, which has a token in it: only their kind is kept.
fn fail(error: &serenity::Error) -> Fail {
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) => {
            let status = answer.status_code.as_u16();
            if status >= 500 {
                return Fail::Unknown;
            }
            let errors =
                answer.error.errors.iter().map(|error| format!("; {}: {}", error.path, error.message));
            let message = format!("{}{}", answer.error.message, errors.collect::<String>());
            // -1 is serenity's, for a body that is none of Discord's
            let code = i64::try_from(answer.error.code).unwrap_or_default().max(0);
            Fail::Refused { status, code, message }
        }
        serenity::Error::Http(HttpError::Request(error)) if error.is_connect() => Fail::NotSent,
        // a token with characters that no header can have
        serenity::Error::Http(HttpError::InvalidHeader(_)) => {
            Fail::Refused { status: 401, code: 0, message: "the token is none of Discord's".to_string() }
        }
        _ => Fail::Unknown,
    }
}
