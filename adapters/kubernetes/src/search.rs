//! Whether anything of a controller exists in the whole cluster, whatever its namespace and whether it works or not.
//!
//! Every kind is listed, never got: a list of the whole cluster without an item says that there is none, while a 404 may also come from a
//! server or proxy that does not have the kind. What a selector picks is compared once more, as it may have been ignored.

use futures::future::{BoxFuture, try_join_all};
use podwhy_flow::ports::{ClusterError, ClusterSearch, ControllerPart};
use serde_json::Value;

use crate::connect::LiveCluster;
use crate::paths::{PAGE, escape};
use crate::request::{AS_METADATA, Fail, Requests};

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const API_SERVICES: &str = "/apis/apiregistration.k8s.io/v1/apiservices";
const LEASES: &str = "/apis/coordination.k8s.io/v1/leases";

/// What runs controllers.
const WORKLOADS: [(&str, &str); 3] = [
    ("Deployment", "/apis/apps/v1/deployments"),
    ("StatefulSet", "/apis/apps/v1/statefulsets"),
    ("DaemonSet", "/apis/apps/v1/daemonsets"),
];

/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>
const NAME_LABEL: &str = "app.kubernetes.io/name";

/// A list that is asked for, and which of its items are meant.
struct Listed<'a> {
    kind: &'static str,
    path: String,
    part: &'a ControllerPart,
}

impl ClusterSearch for LiveCluster {
    fn parts_of<'a>(
        &'a self,
        parts: &'a [ControllerPart],
    ) -> BoxFuture<'a, Result<Vec<String>, ClusterError>> {
        Box::pin(async move { search(&self.requests, parts).await.map_err(|fail| error(fail, &self.name)) })
    }
}

/// A 404 is of the list itself, not of an object: it proves nothing.
fn error(fail: Fail, cluster: &str) -> ClusterError {
    match fail {
        Fail::NotFound => {
            let why = "the API server does not serve one of the kinds that are looked for".to_string();
            ClusterError::Other { cluster: cluster.to_string(), why }
        }
        fail => fail.error(cluster),
    }
}

/// What there is of these, once each.
async fn search(requests: &Requests, parts: &[ControllerPart]) -> Result<Vec<String>, Fail> {
    let lists = parts.iter().flat_map(lists).map(|list| async move {
        let items = requests.whole(&list.path, AS_METADATA).await?;
        let own = items.iter().filter(|item| is_of(list.part, item));
        Ok(own.map(|item| told(list.kind, item)).collect::<Vec<_>>())
    });
    let mut found = try_join_all(lists).await?.concat();
    found.sort();
    found.dedup();
    Ok(found)
}

fn lists(part: &ControllerPart) -> Vec<Listed<'_>> {
    let listed = |kind, path: &str, selector: &str| {
        let path = format!("{path}?limit={PAGE}{selector}");
        Listed { kind, path, part }
    };
    let named = |name: &str| format!("&fieldSelector={}", escape(&format!("metadata.name={name}")));
    match part {
        ControllerPart::Definition(name) => {
            vec![listed("CustomResourceDefinition", DEFINITIONS, &named(name))]
        }
        ControllerPart::ApiService(name) => vec![listed("APIService", API_SERVICES, &named(name))],
        ControllerPart::Workload { .. } => WORKLOADS.map(|(kind, path)| listed(kind, path, "")).into(),
        ControllerPart::Lease(_) => vec![listed("Lease", LEASES, "")],
    }
}

fn is_of(part: &ControllerPart, item: &Value) -> bool {
    let name = item["metadata"]["name"].as_str().unwrap_or_default();
    match part {
        ControllerPart::Definition(own) | ControllerPart::ApiService(own) => name == *own,
        ControllerPart::Lease(own) => {
            name.strip_prefix(own).is_some_and(|instance| instance.is_empty() || instance.starts_with('-'))
        }
        ControllerPart::Workload { names, label } => {
            let labelled = item["metadata"]["labels"][NAME_LABEL].as_str() == Some(*label);
            let ends = |own: &&str| {
                name.strip_suffix(*own).is_some_and(|release| release.is_empty() || release.ends_with('-'))
            };
            labelled || names.iter().any(ends)
        }
    }
}

fn told(kind: &str, item: &Value) -> String {
    let name = item["metadata"]["name"].as_str().unwrap_or_default();
    match item["metadata"]["namespace"].as_str().filter(|namespace| !namespace.is_empty()) {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}

#[cfg(test)]
mod tests;
