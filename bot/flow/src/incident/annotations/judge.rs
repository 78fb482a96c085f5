//! What one object's annotations say, as far as it is allowed.

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::{Allowed, Annotations, PREFIX, Refused, Why};
use crate::incident::mute::Mute;

/// What is longer is no annotation of ours.
const LONGEST: usize = 1_000;

/// The three of an object, as they stand there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Raw {
    channel: Option<String>,
    runbook: Option<String>,
    mute_until: Option<String>,
}

impl Raw {
    /// Of an object as the API wrote it.
    pub(super) fn of(object: &Value) -> Raw {
        let annotations = object.pointer("/metadata/annotations");
        Raw::from(|key| annotations?.get(format!("{PREFIX}{key}"))?.as_str().map(str::to_string))
    }

    /// Of whatever says what stands under a key.
    pub(super) fn from(value: impl Fn(&str) -> Option<String>) -> Raw {
        let short = |key| value(key).filter(|value| value.len() <= LONGEST);
        Raw { channel: short("channel"), runbook: short("runbook"), mute_until: short("mute-until") }
    }
}

/// What they say, where `allowed` is what the configuration says of their namespace.
pub(super) fn judge(raw: &Raw, object: &str, allowed: &[&Allowed], at: Timestamp) -> Annotations {
    let mut said = Annotations::default();
    let mut refuse = |key: &str, why| {
        let key = format!("{PREFIX}{key}");
        said.refused.push(Refused { object: object.to_string(), key, why });
    };
    let mut channels = Vec::new();
    if let Some(name) = &raw.channel {
        match allowed.iter().find_map(|allowed| allowed.channels.get(name.trim())) {
            Some(spot) => channels.push(spot.told()),
            None => refuse("channel", Why::NotAllowed),
        }
    }
    let mut runbooks = Vec::new();
    if let Some(text) = &raw.runbook {
        match runbook(text, allowed) {
            Ok(url) => runbooks.push(url),
            Err(why) => refuse("runbook", why),
        }
    }
    let mut muted_until = None;
    if let Some(text) = &raw.mute_until {
        match mute_until(text, allowed, at) {
            Ok(until) => muted_until = until,
            Err(why) => refuse("mute-until", why),
        }
    }
    (said.channels, said.runbooks, said.muted_until) = (channels, runbooks, muted_until);
    said
}

/// A URL of https, on a host of the list, with nobody in it who would sign in; as it is sent.
fn runbook(text: &str, allowed: &[&Allowed]) -> Result<String, Why> {
    let url = Url::parse(text.trim()).map_err(|_| Why::NotReadable)?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.port().is_none();
    if url.scheme() != "https" || !is_plain || url.as_str().len() > LONGEST {
        return Err(Why::NotReadable);
    }
    let listed = |host: &str| allowed.iter().any(|allowed| allowed.runbook_hosts.contains(host));
    if url.host_str().is_some_and(listed) { Ok(url.to_string()) } else { Err(Why::NotAllowed) }
}

/// A time that is over mutes nothing, and nobody has to take it away.
fn mute_until(text: &str, allowed: &[&Allowed], at: Timestamp) -> Result<Option<Timestamp>, Why> {
    if !allowed.iter().any(|allowed| allowed.mute) {
        return Err(Why::NotAllowed);
    }
    let until: Timestamp = text.trim().parse().map_err(|_| Why::NotReadable)?;
    if Mute::latest(until, at) < until {
        return Err(Why::TooFar);
    }
    Ok(Some(until).filter(|until| at < *until))
}
