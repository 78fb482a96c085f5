//! What Slack says of the tokens and channels that are configured: for `podwhy setup`. Nothing is posted, and no connection is kept.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use podwhy_flow::setup::Check;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::manifest;
use crate::options::{Mode, Options};
use crate::outbound::CallError;
use crate::tls;

/// For one question.
const PATIENCE: Duration = Duration::from_secs(10);

/// No answer that is asked for here is nearly as long.
const MOST: usize = 1024 * 1024;

/// Where the app is changed.
const APPS: &str = "https://api.slack.com/apps";

/// Asks Slack what it needs to be asked, once each. Slack that is away is one check that says so.
pub async fn check(options: &Options) -> Vec<Check> {
    let asking = match Asking::new(options) {
        Ok(asking) => asking,
        Err(why) => return vec![Check::unknown("Slack", why)],
    };
    let mut checks = Vec::new();
    let (known, scopes) = asking.bot(&options.bot_token).await;
    let is_known = known.is_well();
    checks.push(known);
    if let Mode::Socket { app_token, .. } = &options.mode {
        checks.push(asking.app(app_token).await);
    }
    if is_known {
        checks.push(scopes.map_or_else(
            || Check::unknown("the bot's scopes", "Slack did not say them"),
            |given| scopes_of(&given, !options.user_groups.is_empty()),
        ));
        for channel in &options.channels {
            checks.push(asking.channel(&options.bot_token, channel).await);
        }
    }
    checks
}

/// A client of its own: slack-morphism's shows no headers, in which the scopes are.
struct Asking {
    api: String,
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
}

/// What was answered, with the scopes of whoever asked.
struct Answer {
    body: Value,
    scopes: Option<BTreeSet<String>>,
}

impl Asking {
    fn new(options: &Options) -> Result<Asking, String> {
        let is_local = options.is_local().map_err(|error| error.to_string())?;
        let tls = tls::config(is_local).map_err(|error| error.to_string())?;
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        let connector = if is_local { builder.https_or_http() } else { builder.https_only() };
        let client = Client::builder(TokioExecutor::new()).build(connector.enable_http1().build());
        Ok(Asking { api: options.api.trim_end_matches('/').to_string(), client })
    }

    async fn ask(&self, token: &SecretString, verb: Method, name: &str) -> Result<Answer, String> {
        let request = Request::builder()
            .method(verb)
            .uri(format!("{}/{name}", self.api))
            .header(header::AUTHORIZATION, format!("Bearer {}", token.expose_secret()))
            .body(Empty::new())
            .map_err(|_| "its address cannot be asked".to_string())?;
        let answered = async {
            let response = self.client.request(request).await.map_err(|error| error.to_string())?;
            let scopes = response.headers().get("x-oauth-scopes").and_then(|value| value.to_str().ok());
            let scopes = scopes.map(|all| all.split(',').map(|one| one.trim().to_string()).collect());
            let read = Limited::new(response.into_body(), MOST).collect().await;
            let bytes = read.map_err(|error| error.to_string())?.to_bytes();
            let body = serde_json::from_slice(&bytes).map_err(|_| "it answered no JSON".to_string())?;
            Ok(Answer { body, scopes })
        };
        tokio::time::timeout(PATIENCE, answered)
            .await
            .unwrap_or_else(|_| Err("no answer in time".to_string()))
    }

    async fn bot(&self, token: &SecretString) -> (Check, Option<BTreeSet<String>>) {
        let what = "the bot's token";
        let todo = format!(
            "{APPS}, your app, OAuth & Permissions: copy the Bot User OAuth Token (xoxb-…) into slack.bot_token"
        );
        match self.ask(token, Method::POST, "auth.test").await {
            Err(why) => (Check::unknown(what, why), None),
            Ok(Answer { body, scopes }) => match refused(&body) {
                Some(word) => (refusal(what, word, todo), None),
                None => {
                    let text = |field: &str| body[field].as_str().unwrap_or("?").to_string();
                    (Check::fine(what, format!("{} in {}", text("user"), text("team"))), scopes)
                }
            },
        }
    }

    async fn app(&self, token: &SecretString) -> Check {
        let what = "the app's token";
        let todo = format!(
            "{APPS}, your app, Basic Information, App-Level Tokens: generate one with connections:write (xapp-…) for slack.app_token, and switch Socket Mode on"
        );
        match self.ask(token, Method::POST, "apps.connections.open").await {
            Err(why) => Check::unknown(what, why),
            Ok(answer) => match refused(&answer.body) {
                Some(word) => refusal(what, word, todo),
                None => Check::fine(what, "Socket Mode is open"),
            },
        }
    }

    async fn channel(&self, token: &SecretString, id: &str) -> Check {
        let what = format!("channel {id}");
        // an id is of letters and digits: anything else would be another query
        if !id.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Check::missing(
                &what,
                "this is no channel's id",
                "copy the id from the end of the channel's details",
            );
        }
        match self.ask(token, Method::GET, &format!("conversations.info?channel={id}")).await {
            Err(why) => Check::unknown(&what, why),
            Ok(Answer { body, .. }) => match refused(&body) {
                Some("channel_not_found") => {
                    let todo = "if it is private, /invite @podwhy there; otherwise copy its id from the end of its details";
                    Check::missing(&what, "Slack shows the bot no such channel", todo)
                }
                Some(word) => Check::unknown(&what, format!("Slack says {word}")),
                None if body["channel"]["is_member"] == true => {
                    Check::fine(&what, format!("#{}", body["channel"]["name"].as_str().unwrap_or(id)))
                }
                None => Check::missing(&what, "the bot is not in it", "/invite @podwhy there"),
            },
        }
    }
}

/// What another token would mend is missing; any other word may be gone in a moment.
fn refusal(what: &str, word: &str, todo: String) -> Check {
    let told = format!("Slack says {word}");
    let error = CallError::of_word(word);
    if error.is_token() || error.is_scope() {
        Check::missing(what, told, todo)
    } else {
        Check::unknown(what, told)
    }
}

/// Slack's word for why not. Only words: what is more could be anything.
fn refused(body: &Value) -> Option<&str> {
    if body["ok"] == true {
        return None;
    }
    let word = body["error"].as_str().unwrap_or("something else");
    let is_word =
        word.len() <= 60 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    Some(if is_word { word } else { "something else" })
}

fn scopes_of(given: &BTreeSet<String>, names_groups: bool) -> Check {
    let what = "the bot's scopes";
    let wanted = manifest::scopes().filter(|(scope, _)| names_groups || *scope != "usergroups:read");
    let missing: Vec<String> = wanted
        .filter(|(scope, _)| !given.contains(*scope))
        .map(|(scope, why)| format!("{scope} ({why})"))
        .collect();
    if missing.is_empty() {
        return Check::fine(what, "all that are needed are given");
    }
    let todo = format!(
        "{APPS}, your app, App Manifest: paste what `podwhy manifest slack` prints, and install the app anew"
    );
    Check::missing(what, missing.join("; "), todo)
}

#[cfg(test)]
mod tests;
