//! A port the pod wants on its node is held by another pod of every node it could run on.

use k8s_openapi::api::core::v1::PodSpec;
use serde::Serialize;

use crate::brief::host_ports;
use crate::cause::{Cause, Match};
use crate::finding::{Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::change::Change;
use crate::schedule::daemon::{Refusal, desired_none, passed_over, without_a_port};
use crate::schedule::explain::Rerun;
use crate::schedule::room::port_conflicts;
use crate::schedule::table::shorten;
use crate::schedule::wanted::Asked;
use crate::schedule::{Class, choices, evaluate};
use crate::snapshot::Snapshot;

/// `host-port-conflict`
pub const CAUSE: Cause = Cause {
    id: "host-port-conflict",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("smallest-change"),
        RemedyKind::words("other-port"),
        RemedyKind::words("use-service"),
        RemedyKind::words("look-at-holder"),
    ],
    // the scheduler's sentences are read by schedule::message
    wordings: &[],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Holder {
    node: String,
    pod: String,
    port: String,
}

#[derive(Serialize)]
struct Facts {
    ports: Vec<String>,
    holders: Vec<Holder>,
    more: Option<usize>,
    /// A DaemonSet's controller left these nodes out: there is no pod.
    passed_over: bool,
    host_network: bool,
    first_holder_namespace: String,
    first_holder: String,
    #[serde(flatten)]
    rerun: Rerun,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let (Some(table), Some(spec)) = (evaluate(s), s.spec()) else {
        return of_daemon_set(s).into_iter().collect();
    };
    let chosen = choices(table).iter().filter(|choice| choice.class == Class::HostPort);
    chosen
        .map(|choice| {
            let (facts, evidence) = held(s, spec, &choice.nodes);
            let asked = format!("host ports {}", facts.ports.join(", "));
            let rerun =
                Rerun::of(s, table, &choice.nodes, |change| matches!(change, Change::MovePods { .. }));
            Match::new(choice.confidence, s.top_owner(), Facts { rerun, ..facts })
                .because_all(s.from_placing())
                .because_all(evidence)
                .because(s.from_spec("spec.containers[*].ports", &asked))
        })
        .collect()
}

/// Who holds the ports on these nodes.
fn held(s: &Snapshot, spec: &PodSpec, nodes: &[String]) -> (Facts, Vec<Evidence>) {
    let asked = Asked::of(spec);
    let mut holders = Vec::new();
    for node in nodes {
        for (port, pod) in port_conflicts(&s.world, &asked, node) {
            let port = format!("{}/{}", port.port, port.protocol);
            let pod = pod.trim_start_matches("Pod ").to_string();
            holders.push(Holder { node: node.clone(), pod, port });
        }
    }
    let more = shorten(&mut holders);
    let evidence = holders.iter().map(|h| {
        let text = format!("holds host port {} on Node {}", h.port, h.node);
        Evidence::new(Source::Object, format!("Pod {}", h.pod), None, text)
    });
    let evidence = evidence.collect();
    let first = holders.first().and_then(|h| h.pod.split_once('/')).unwrap_or_default();
    let facts = Facts {
        host_network: spec.host_network == Some(true),
        first_holder_namespace: first.0.to_string(),
        first_holder: first.1.to_string(),
        ports: host_ports(spec).iter().map(|p| format!("{}/{}", p.port, p.protocol)).collect(),
        holders,
        more,
        passed_over: false,
        rerun: Rerun::default(),
    };
    (facts, evidence)
}

/// A DaemonSet of before 1.12, for which its controller chose no node.
fn of_daemon_set(s: &Snapshot) -> Option<Match> {
    let spec = s.workload()?.template.clone()?;
    let said: Vec<(String, Evidence)> = (passed_over(s).into_iter())
        .filter(|(_, refusal, _)| *refusal == Refusal::HostPort)
        .map(|(node, _, event)| (node, event))
        .collect();
    let nodes: Vec<String> = match said.is_empty() {
        true => without_a_port(s),
        false => said.iter().map(|(node, _)| node.clone()).collect(),
    };
    if nodes.is_empty() {
        return None;
    }
    let confidence = if said.is_empty() { Confidence::Likely } else { Confidence::Certain };
    let (facts, evidence) = held(s, &spec, &nodes);
    let found = Match::new(confidence, s.top_owner(), Facts { passed_over: true, ..facts })
        .because_all(said.into_iter().map(|(_, event)| event))
        .because_all(evidence)
        .because_all(desired_none(s));
    Some(found)
}
