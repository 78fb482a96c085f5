//! A port the pod wants on its node is held by another pod of every node it could run on.

use serde::Serialize;

use crate::brief::host_ports;
use crate::cause::{Cause, Match};
use crate::finding::{Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::change::Change;
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
    host_network: bool,
    first_holder_namespace: String,
    first_holder: String,
    #[serde(flatten)]
    rerun: Rerun,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let (Some(table), Some(spec)) = (evaluate(s), s.spec()) else {
        return Vec::new();
    };
    let chosen = choices(table).iter().filter(|choice| choice.class == Class::HostPort);
    chosen
        .map(|choice| {
            let asked = Asked::of(spec);
            let mut holders = Vec::new();
            for node in &choice.nodes {
                for (port, pod) in port_conflicts(&s.world, &asked, node) {
                    let port = format!("{}/{}", port.port, port.protocol);
                    holders.push(Holder {
                        node: node.clone(),
                        pod: pod.trim_start_matches("Pod ").to_string(),
                        port,
                    });
                }
            }
            let more = shorten(&mut holders);
            let evidence: Vec<Evidence> = holders
                .iter()
                .map(|h| {
                    Evidence::new(
                        Source::Object,
                        format!("Pod {}", h.pod),
                        None,
                        format!("holds host port {} on Node {}", h.port, h.node),
                    )
                })
                .collect();
            let first = holders.first().and_then(|h| h.pod.split_once('/')).unwrap_or_default();
            let ports: Vec<String> =
                host_ports(spec).iter().map(|p| format!("{}/{}", p.port, p.protocol)).collect();
            let facts = Facts {
                host_network: spec.host_network == Some(true),
                first_holder_namespace: first.0.to_string(),
                first_holder: first.1.to_string(),
                ports: ports.clone(),
                holders,
                more,
                rerun: Rerun::of(s, table, &choice.nodes, |change| matches!(change, Change::MovePods { .. })),
            };
            Match::new(choice.confidence, s.top_owner(), facts)
                .because_all(s.from_placing())
                .because_all(evidence)
                .because(s.from_spec("spec.containers[*].ports", &format!("host ports {}", ports.join(", "))))
        })
        .collect()
}
