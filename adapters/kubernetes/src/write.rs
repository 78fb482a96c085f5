//! Changing a cluster as the person who agreed to it: each request once, for the object of one uid only.

use std::time::Duration;

use futures::future::BoxFuture;
use http::Method;
use podwhy_flow::act::record::Target;
use podwhy_flow::ports::{Access, ClusterError, ClusterWrite, KubernetesUser, Write, WriteError, place_of};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::connect::LiveCluster;
use crate::paths::escape;
use crate::request::{Fail, Form};
use crate::server::Version;

const MERGE_PATCH: &str = "application/merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";

/// In managed fields and audit logs. <https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers>
const MANAGER: &str = "podwhy";

impl ClusterWrite for LiveCluster {
    fn write<'a>(
        &'a self,
        user: &'a KubernetesUser,
        write: &'a Write,
        dry_run: bool,
        within: Duration,
    ) -> BoxFuture<'a, Result<(), WriteError>> {
        Box::pin(async move {
            let asked = Instant::now();
            let eviction = self.eviction(write, within).await;
            // whoever waits for it has given it so long, the question before included
            let within = within.saturating_sub(asked.elapsed());
            let Some((method, path, content, body)) = request(write, dry_run, eviction) else {
                return self.tickets().give(write, dry_run, within).await;
            };
            let form = Form { content, user: Some(user), ..Form::default() };
            let sent = self.requests.within(within).change(method, &path, form, &body).await;
            sent.map_err(|fail| meaning(fail, write.target()))
        })
    }

    fn may<'a>(
        &'a self,
        user: &'a KubernetesUser,
        access: &'a Access,
    ) -> BoxFuture<'a, Result<bool, ClusterError>> {
        Box::pin(self.review(user, access))
    }

    fn look<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Option<Value>, ClusterError>> {
        Box::pin(async move {
            match self.requests.object(&path(target)).await {
                Ok((object, _)) => Ok(Some(object)),
                Err(Fail::NotFound) => Ok(None),
                Err(fail) => Err(fail.error(&self.name)),
            }
        })
    }
}

impl LiveCluster {
    /// The version of `policy` that an eviction is written in. Where the server does not say its own it is the current one: another
    /// would refuse it, and nothing is done.
    async fn eviction(&self, write: &Write, within: Duration) -> &'static str {
        if !matches!(write, Write::Evict(_)) {
            return "policy/v1";
        }
        match timeout(within, self.version()).await {
            Ok(Ok(version)) if version < Version::EVICTION => "policy/v1beta1",
            _ => "policy/v1",
        }
    }
}

fn path(target: &Target) -> String {
    let (group, plural) = place_of(&target.kind);
    let group = if group.is_empty() { "/api/v1".to_string() } else { format!("/apis/{group}/v1") };
    let name = escape(&target.name);
    if target.namespace.is_empty() {
        return format!("{group}/{plural}/{name}");
    }
    format!("{group}/namespaces/{}/{plural}/{name}", escape(&target.namespace))
}

/// `None` for a ticket: it is another object, and podwhy's own.
fn request(write: &Write, dry_run: bool, eviction: &str) -> Option<(Method, String, &'static str, Value)> {
    let (target, path) = (write.target(), path(write.target()));
    let dry = if dry_run { "&dryRun=All" } else { "" };
    let patched = format!("{path}?fieldManager={MANAGER}{dry}");
    // a request that deletes says so in its body only: an eviction has no query of its own
    let mut options = json!({"preconditions": {"uid": target.uid}});
    if dry_run {
        options["dryRun"] = json!(["All"]);
    }
    Some(match write {
        Write::Evict(_) => {
            let eviction = json!({"apiVersion": eviction, "kind": "Eviction",
                "metadata": {"name": target.name, "namespace": target.namespace}, "deleteOptions": options});
            (Method::POST, format!("{path}/eviction"), JSON, eviction)
        }
        Write::Delete { at_once, .. } => {
            options["apiVersion"] = json!("v1");
            options["kind"] = json!("DeleteOptions");
            if *at_once {
                options["gracePeriodSeconds"] = json!(0);
            }
            (Method::DELETE, path, JSON, options)
        }
        Write::Merge { patch, .. } => {
            let mut patch = patch.clone();
            // an object of another uid refuses it
            patch["metadata"]["uid"] = json!(target.uid);
            (Method::PATCH, patched, MERGE_PATCH, patch)
        }
        Write::Patch { steps, .. } => {
            let test = json!({"op": "test", "path": "/metadata/uid", "value": target.uid});
            let steps: Vec<&Value> = [&test].into_iter().chain(steps).collect();
            (Method::PATCH, patched, JSON_PATCH, json!(steps))
        }
        Write::Ticket { .. } => return None,
    })
}

const JSON: &str = "application/json";

/// A status below 500 says that nothing was stored; anything else does not say.
pub(crate) fn meaning(fail: Fail, target: &Target) -> WriteError {
    let told = |what: &str| format!("{} {}: {what}", target.kind, target.name);
    match fail {
        Fail::NotFound => WriteError::Refused(told("there is none any more")),
        Fail::Conflict => WriteError::Refused(told("it is another one by now, or was changed meanwhile")),
        Fail::Gone => WriteError::Refused(told("it is gone")),
        Fail::Forbidden(why)
        | Fail::Unauthorized(why)
        | Fail::Bad(why)
        | Fail::Refused(why)
        | Fail::TooMany(why) => WriteError::Refused(why),
        Fail::TimedOut => WriteError::Unclear("no answer in time".to_string()),
        Fail::Unreachable(why) | Fail::Other(why) => WriteError::Unclear(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(kind: &str, namespace: &str, name: &str) -> Target {
        Target { kind: kind.into(), namespace: namespace.into(), name: name.into(), uid: "u-1".into() }
    }

    #[test]
    fn every_request_is_for_one_uid() {
        let pod = target("Pod", "shop", "cart-0");
        let (method, path, _, body) = request(&Write::Evict(pod.clone()), true, "policy/v1").unwrap();
        assert_eq!((method, path.as_str()), (Method::POST, "/api/v1/namespaces/shop/pods/cart-0/eviction"));
        assert_eq!(body["apiVersion"], "policy/v1");
        assert_eq!(body["deleteOptions"], json!({"preconditions": {"uid": "u-1"}, "dryRun": ["All"]}));
        let (method, path, _, body) =
            request(&Write::Delete { target: pod, at_once: true }, false, "policy/v1").unwrap();
        assert_eq!((method, path.as_str()), (Method::DELETE, "/api/v1/namespaces/shop/pods/cart-0"));
        assert_eq!(body["preconditions"]["uid"], "u-1");
        assert_eq!((&body["gracePeriodSeconds"], &body["dryRun"]), (&json!(0), &Value::Null));
        let node = target("Node", "", "worker-3");
        let steps = vec![json!({"op": "remove", "path": "/spec/unschedulable"})];
        let (_, path, content, body) =
            request(&Write::Patch { target: node, steps }, true, "policy/v1").unwrap();
        assert_eq!(path, "/api/v1/nodes/worker-3?fieldManager=podwhy&dryRun=All");
        assert_eq!(
            (content, &body[0]),
            (JSON_PATCH, &json!({"op": "test", "path": "/metadata/uid", "value": "u-1"}))
        );
        let web = target("Deployment", "shop", "web");
        let (_, path, content, body) =
            request(&Write::Merge { target: web, patch: json!({"spec": {}}) }, false, "policy/v1").unwrap();
        assert_eq!(path, "/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=podwhy");
        assert_eq!((content, body), (MERGE_PATCH, json!({"spec": {}, "metadata": {"uid": "u-1"}})));
    }

    #[test]
    fn only_a_refusal_says_that_nothing_was_written() {
        let pod = target("Pod", "shop", "cart-0");
        let refused = [
            Fail::NotFound,
            Fail::Conflict,
            Fail::Gone,
            Fail::Forbidden("x".into()),
            Fail::Unauthorized("x".into()),
            Fail::Bad("x".into()),
            Fail::Refused("x".into()),
            Fail::TooMany("x".into()),
        ];
        for fail in refused {
            assert!(matches!(meaning(fail, &pod), WriteError::Refused(_)));
        }
        for fail in [Fail::TimedOut, Fail::Unreachable("x".into()), Fail::Other("x".into())] {
            assert!(matches!(meaning(fail, &pod), WriteError::Unclear(_)));
        }
    }
}
