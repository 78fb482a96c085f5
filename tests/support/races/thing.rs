//! What is offered, and what it is about: a pod that is evicted, or a Deployment that is restarted.

use anyhow::Context;
use jiff::Timestamp;
use podwhy_flow::act::record::{Plan, Spec, Target};
use podwhy_flow::act::remedy::{Floor, Remedy, Risk};
use podwhy_flow::incident::record::{Blamed, Member, RootCause};
use serde_json::{Value, json};

use super::lane::SHOP;
use crate::bridge::Server;

/// A new one of its own for each round: by its name the API server's log is read.
///
/// # Errors
/// When the server refuses or does not answer.
pub async fn make(server: &Server, remedy: Remedy, name: &str) -> anyhow::Result<Target> {
    let object = object(remedy, name);
    let made = server.make(&object).await?;
    let uid = made["metadata"]["uid"].as_str().context("no uid")?.to_string();
    let kind = object["kind"].as_str().unwrap_or_default().to_string();
    if kind == "Deployment" {
        server.report(&kind, SHOP, name, &rolled_out()).await?;
    }
    Ok(Target { kind, namespace: SHOP.to_string(), name: name.to_string(), uid })
}

/// What its controller would say of whatever comes: nobody rolls anything out here.
fn rolled_out() -> Value {
    json!({"status": {"observedGeneration": 1_000, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1}})
}

fn object(remedy: Remedy, name: &str) -> Value {
    let metadata = json!({"name": name, "namespace": SHOP, "labels": {"app": name}});
    let containers = json!({"containers": [{"name": "app", "image": "example.org/app:1"}]});
    match remedy {
        Remedy::DeletePod => {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": containers})
        }
        _ => json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
            "spec": {"selector": {"matchLabels": {"app": name}},
                "template": {"metadata": {"labels": {"app": name}}, "spec": containers}}}),
    }
}

/// Offered now, to as many.
pub fn offer(remedy: Remedy, target: Target, approvals: u32, now: Timestamp) -> Spec {
    let member =
        Member { kind: target.kind.clone(), namespace: target.namespace.clone(), name: target.name.clone() };
    let blame = Blamed {
        kind: target.kind.clone(),
        namespace: Some(target.namespace.clone()),
        name: target.name.clone(),
    };
    Spec {
        incident: None,
        root_cause: RootCause { cluster: "prod".to_string(), cause: "oom-killed".to_string(), blame },
        subject: member.clone(),
        after: member,
        plan: Plan {
            remedy,
            targets: vec![target],
            finalizer: None,
            revision: None,
            node: None,
            ticket: None,
            checklist: Vec::new(),
            warnings: Vec::new(),
            verify_seconds: 120,
        },
        floor: Floor { approvals, typed_name: false },
        risk: Risk::Low,
        asked_by: None,
        offered_at: now,
    }
}

/// Takes away what is left.
///
/// # Errors
/// As [`make`].
pub async fn clear(server: &Server, spec: &Spec) -> anyhow::Result<()> {
    let target = &spec.plan.targets[0];
    // nothing is left of what was evicted
    match server.end(&target.kind, &target.namespace, &target.name).await {
        Err(error) if !error.to_string().starts_with("404") => Err(error),
        _ => Ok(()),
    }
}
