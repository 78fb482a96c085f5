//! The tickets, as they come: all of the namespace are seen, as the API server can narrow a right to names only; they hold no secret.

use std::future::ready;
use std::time::Duration;

use futures::{Stream, StreamExt};
use kube::Api;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use kube::runtime::WatchStreamExt;
use kube::runtime::utils::Backoff;
use kube::runtime::watcher::{Config, DefaultBackoff, watcher};
use podwhy_api::{GROUP, VERSION};
use serde_json::Value;
use tokio::time::Instant;
use tracing::warn;

use super::requests::Cluster;
use crate::orders::Told;

/// The server ends a watch after so many seconds, and it is begun anew: one that hangs is not waited for.
const LASTS: u32 = 240;

/// Why it cannot be watched is said this often.
const SAID: Duration = Duration::from_secs(60);

impl Cluster {
    /// Every ticket there is, and every one that comes or is changed, for ever. What cannot be read is tried again with a pause that
    /// grows, and is said once a minute.
    pub fn watch(&self) -> impl Stream<Item = Told> + Send + use<> {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(GROUP, VERSION, "NodeTicket"));
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), &self.namespace, &resource);
        let config = Config::default().timeout(LASTS);
        let objects = watcher(api, config).backoff(Growing::default()).applied_objects();
        let mut said = None;
        objects.filter_map(move |object| {
            ready(match object {
                Ok(object) => Some(told(object)),
                Err(error) => {
                    if is_due(&mut said, Instant::now()) {
                        warn!(%error, "tickets cannot be watched: none is obeyed meanwhile");
                    }
                    None
                }
            })
        })
    }
}

/// A pause that grows from one failure to the next, up to half a minute, and starts anew after two minutes without one.
///
/// The watcher says that it begins before it has asked for anything, and a pause that took this for a success would never grow: every agent
/// would ask an API server that refuses once a second.
#[derive(Default)]
struct Growing(DefaultBackoff);

impl Iterator for Growing {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.0.next()
    }
}

impl Backoff for Growing {
    fn reset(&mut self) {}
}

/// Whether it is to be said again. An API server that is away ends each attempt, and the node's log is not its diary.
fn is_due(said: &mut Option<Instant>, now: Instant) -> bool {
    let due = said.is_none_or(|said| now.duration_since(said) >= SAID);
    if due {
        *said = Some(now);
    }
    due
}

fn told(object: DynamicObject) -> Told {
    let DynamicObject { metadata, mut data, .. } = object;
    let mut take = |field: &str| data.get_mut(field).map(Value::take);
    Told {
        spec: take("spec").unwrap_or_default(),
        status: take("status"),
        name: metadata.name.unwrap_or_default(),
        uid: metadata.uid.unwrap_or_default(),
        version: metadata.resource_version.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_it_cannot_be_watched_is_said_once_a_minute() {
        let (mut said, start) = (None, Instant::now());
        let due = |seconds| is_due(&mut said, start + Duration::from_secs(seconds));
        assert_eq!(
            [0, 1, 30, 59, 60, 61, 119, 120].map(due),
            [true, false, false, false, true, false, false, true]
        );
    }
}
