//! A GET that asks whether a machine has power.
//!
//! What answers is a small service of one's own in front of the machines' BMCs or the cloud's API. It answers 200 with
//! `{"node":"worker-3","power":"off","at":"2026-01-01T15:04:05Z"}`: `power` is `off`, `on` or `unknown`, `at` is when it looked, at
//! most a minute ago. Whatever else it answers is [`Power::Unknown`], and confirms nothing. No command is ever run.

use std::time::Duration;

use futures::future::BoxFuture;
use podwhy_flow::ports::{Clock, NODE, Power, PowerAnswer, PowerProbe};
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Client, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use crate::address::{Address, StartError};
use crate::call::{client, words};

/// One question takes no longer.
const LONGEST: Duration = Duration::from_secs(5);
/// An answer is no larger, in bytes.
const MOST: usize = 4096;
/// A node's name is no longer: <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names>.
const LONGEST_NAME: usize = 253;

/// One service that knows the machines' power.
#[derive(Clone, Debug)]
pub struct HttpPowerProbe {
    client: Client,
    template: Template,
    token: Option<SecretString>,
    clock: Clock,
}

impl HttpPowerProbe {
    /// `template` is an address with `{node}` in its path or query. `token` is sent as a bearer; `authority` are certificates in PEM,
    /// the only ones that may have signed the service's.
    ///
    /// # Errors
    /// [`StartError`]
    pub fn new(
        template: &str,
        token: Option<SecretString>,
        authority: Option<&[u8]>,
        clock: Clock,
    ) -> Result<HttpPowerProbe, StartError> {
        let template = Template::parse(template)?;
        Ok(HttpPowerProbe { client: client(&template.address, authority)?, template, token, clock })
    }

    async fn look(&self, node: &str) -> Result<PowerAnswer, String> {
        let address = self.template.of(node)?;
        let json = HeaderValue::from_static("application/json");
        let mut request = self.client.get(address.url()).timeout(LONGEST).header(ACCEPT, json);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let response = request.send().await.map_err(words)?;
        match response.status() {
            StatusCode::OK => {}
            status => return Err(format!("it answered {status}")),
        }
        // what it says besides is not repeated: it may hold what it was sent
        serde_json::from_slice(&body(response).await?).map_err(|_| "its answer cannot be read".to_string())
    }
}

impl PowerProbe for HttpPowerProbe {
    fn ask<'a>(&'a self, node: &'a str) -> BoxFuture<'a, Power> {
        Box::pin(async move {
            match self.look(node).await {
                Ok(answer) => answer.about(node, self.clock.now()),
                Err(why) => Power::Unknown(why),
            }
        })
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(words)? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST {
            return Err(format!("its answer is larger than {MOST} bytes"));
        }
    }
    Ok(body)
}

/// An address with a place for a node's name.
#[derive(Clone, Debug)]
struct Template {
    text: SecretString,
    /// That of some node: its host is every node's.
    address: Address,
}

impl Template {
    fn parse(text: &str) -> Result<Template, StartError> {
        if !text.contains(NODE) {
            return Err(StartError::Address("it names no node: write {node} in its path or query"));
        }
        let of = |name: &str| Address::parse(&text.replace(NODE, name));
        let (address, other) = (of("a")?, of("b")?);
        // a node's name must not choose who is asked
        if address.url().origin() != other.url().origin() {
            return Err(StartError::Address("{node} may stand in its path or query only"));
        }
        Ok(Template { text: text.into(), address })
    }

    /// The address of a node.
    fn of(&self, node: &str) -> Result<Address, String> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        let begins = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        let mut bytes = node.bytes();
        if node.len() > LONGEST_NAME || !node.bytes().all(is_name) || !begins(bytes.next()) {
            return Err("this is no name of a node".to_string());
        }
        let text = self.text.expose_secret().replace(NODE, &encoded(node));
        Address::parse(&text).map_err(|error| error.to_string())
    }
}

/// Percent-encoded, so that a name is one part of a path or query whatever is in it.
fn encoded(name: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(one).collect()
}

#[cfg(test)]
mod tests;
