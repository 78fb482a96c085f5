//! Which of several replicas answers: the one that creates the Lease of a question. The API server lets exactly one.
//!
//! A claim that is tried once and has no answer is not ours: another replica may have it, or nobody, and a question is
//! answered at most once.

use futures::future::{BoxFuture, ready};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use podwhy_flow::ports::{ClaimError, Claims};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::connect::LiveCluster;
use crate::paths;
use crate::request::{Fail, Requests};
use crate::subject::List;

/// Slack repeats a delivery for an hour at most (<https://docs.slack.dev/apis/events-api/#retries>); a watch is claimed anew.
const KEPT: SignedDuration = SignedDuration::from_hours(3);

/// At most this many are taken away at once.
const AT_ONCE: usize = 8;

/// Claims in one namespace of one cluster.
#[derive(Clone, Debug)]
pub struct LeaseClaims {
    requests: Requests,
    namespace: String,
    holder: String,
}

impl LeaseClaims {
    /// In podwhy's own namespace of its home cluster; `holder` is this replica's name, for whoever looks at the Leases.
    pub fn new(home: &LiveCluster, namespace: &str, holder: &str) -> LeaseClaims {
        LeaseClaims {
            requests: home.requests.clone(),
            namespace: namespace.to_string(),
            holder: holder.to_string(),
        }
    }

    fn list(&self) -> String {
        format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", paths::escape(&self.namespace))
    }

    /// Takes away the Leases of questions that nobody repeats any more; how many.
    pub async fn sweep(&self, now: Timestamp) -> usize {
        let path = format!("{}?labelSelector=podwhy.dev%2Fclaim%3Dtrue&limit={}", self.list(), paths::PAGE);
        let (mut gone, mut next) = (0, String::new());
        loop {
            // a later sweep takes what this one could not
            let Ok(listed) = self.requests.json::<List>(&paths::page(&path, &next)).await else {
                return gone;
            };
            let leases = listed.items.unwrap_or_default();
            let old = leases.iter().filter(|lease| is_old(lease, now)).filter_map(name).collect::<Vec<_>>();
            let deleted = stream::iter(old).map(|name| async move {
                self.requests.delete(&format!("{}/{}", self.list(), paths::escape(&name))).await.is_ok()
            });
            gone += deleted.buffer_unordered(AT_ONCE).filter(|done| ready(*done)).count().await;
            next = listed.metadata.next;
            if next.is_empty() {
                return gone;
            }
        }
    }
}

fn is_old(lease: &Value, now: Timestamp) -> bool {
    let made = lease.pointer("/metadata/creationTimestamp").and_then(Value::as_str);
    let made: Option<Timestamp> = made.and_then(|made| made.parse().ok());
    made.is_some_and(|made| now.duration_since(made) >= KEPT)
}

fn name(lease: &Value) -> Option<String> {
    lease.pointer("/metadata/name").and_then(Value::as_str).map(str::to_string)
}

/// A name of Kubernetes has 253 characters at most and no colon; an id of a chat app has neither limit.
fn name_of(what: &str) -> String {
    let digest = Sha256::digest(what.as_bytes());
    let hex: String = digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    format!("podwhy-claim-{hex}")
}

impl Claims for LeaseClaims {
    fn claim<'a>(&'a self, what: &'a str) -> BoxFuture<'a, Result<bool, ClaimError>> {
        Box::pin(async move {
            let lease = json!({
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": name_of(what), "labels": {"podwhy.dev/claim": "true"}},
                "spec": {"holderIdentity": self.holder},
            });
            match self.requests.post(&self.list(), &lease).await {
                Ok(_) => Ok(true),
                Err(Fail::Conflict) => Ok(false),
                Err(fail) => Err(ClaimError(fail.error("home").to_string())),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leases_name_is_one_and_the_same_for_one_question() {
        let name = name_of("slack:1234567890.123:abc");
        assert_eq!(name, name_of("slack:1234567890.123:abc"));
        assert_ne!(name, name_of("slack:1234567890.123:abd"));
        assert!(
            name.len() <= 63
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        );
    }
}
