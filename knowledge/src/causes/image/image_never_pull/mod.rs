//! The pod forbids pulling, and the node does not have the image.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::pull::onnode::{list, nodes_with};
use crate::pull::{PullFacts, failing_pulls, template_patch};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `image-never-pull`
pub const CAUSE: Cause = Cause {
    id: "image-never-pull",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("allow-pull"),
        RemedyKind::words("load-image"),
        RemedyKind::words("pin-node"),
    ],
    wordings: &[Wording::telling(
        r"ErrImageNeverPull|is not present with pull policy of Never",
        r#"Container image "local/only:1" is not present with pull policy of Never"#,
        "kubelet 1.2–1.37",
    )],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    #[serde(flatten)]
    pull: PullFacts,
    /// The nodes that are known to have it.
    nodes: Option<String>,
    /// One of them.
    first: Option<String>,
    /// The pod's own node lists it: it came since, or the pod may not use it.
    here: bool,
    owner: String,
    /// What allows pulling in the owner's template, where it can be changed.
    patch: Option<String>,
    /// What keeps the owner's pods on the node that has it.
    pin: Option<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    failing_pulls(s)
        .into_iter()
        .filter(|pull| pull.reason() == "ErrImageNeverPull")
        .map(|pull| {
            let mut nodes: BTreeSet<String> = nodes_with(&s.world, pull.image);
            let here = s.node_name().is_some_and(|node| nodes.remove(node));
            let owner = s.top_owner();
            let policy = pull.container.spec.and_then(|spec| spec.image_pull_policy.clone());
            let pin = nodes.first().and_then(|node| {
                let label =
                    s.world.nodes.get(node)?.metadata.labels.as_ref()?.get("kubernetes.io/hostname")?;
                template_patch(
                    &owner.kind,
                    serde_json::json!({ "nodeSelector": { "kubernetes.io/hostname": label } }),
                )
            });
            let facts = Facts {
                pin,
                first: nodes.first().cloned(),
                nodes: list(nodes.iter().cloned()),
                here,
                owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
                patch: patch(
                    &owner.kind,
                    pull.container.name,
                    pull.container.spec_path().contains("initContainers"),
                ),
                pull: pull.facts(s),
            };
            let path = format!("{}.imagePullPolicy", pull.container.spec_path());
            let has = nodes.iter().take(3).map(|node| {
                let text = format!("has {}", pull.image);
                Evidence::new(Source::Node, format!("Node {node}"), None, text)
            });
            pull.found(s, Confidence::Certain, Blame::global("Image", pull.image), facts)
                .because_all(policy.map(|policy| s.from_spec(&path, &policy)))
                .because_all(has)
        })
        .collect()
}

fn patch(kind: &str, container: &str, init: bool) -> Option<String> {
    let list = if init { "initContainers" } else { "containers" };
    let container = serde_json::json!({ "name": container, "imagePullPolicy": "IfNotPresent" });
    template_patch(kind, serde_json::json!({ list: [container] }))
}
