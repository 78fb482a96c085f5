//! Every node the pod could have runs as many pods as its kubelet allows.

use k8s_openapi::api::core::v1::Node;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::addresses::{Allocator, addresses};
use crate::schedule::change::Change;
use crate::schedule::explain::Rerun;
use crate::schedule::insufficient::refused;
use crate::schedule::table::shorten;
use crate::schedule::{Class, choices, evaluate};
use crate::snapshot::Snapshot;
use crate::text::counted;

/// `node-pod-limit-reached`
pub const CAUSE: Cause = Cause {
    id: "node-pod-limit-reached",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("smallest-change"),
        RemedyKind::words("raise-limit"),
        RemedyKind::words("widen-range"),
        RemedyKind::words("free-places"),
        RemedyKind::words("more-nodes"),
    ],
    // the scheduler's sentences are read by schedule::message
    wordings: &[],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// `maxPods` where nobody set it.
/// <https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>
const DEFAULT: i128 = 110;

#[derive(Serialize)]
struct Full {
    node: String,
    pods: usize,
    limit: i128,
    /// The range pods get their addresses from, if the node's network plugin takes them from there.
    range: Option<String>,
    bound: Option<u64>,
    plugin: Option<&'static str>,
}

#[derive(Serialize)]
struct Facts {
    nodes: Vec<Full>,
    more: Option<usize>,
    first: Option<String>,
    pods: usize,
    limit: Option<i128>,
    is_default: bool,
    /// Whether pods of the node are missing from the count.
    short_count: bool,
    range: Option<String>,
    /// How many pods the range can address.
    bound: Option<u64>,
    /// How many host addresses the range has.
    hosts: Option<u64>,
    /// The bound holds only if the plugin, which is not known, takes addresses from the podCIDR.
    plugin_unknown: bool,
    /// A plugin with pools or interfaces of its own.
    own_pools: Option<&'static str>,
    /// A new value that the range allows.
    proposed: Option<u64>,
    /// The range allows no more pods than the limit does.
    range_full: bool,
    instance: Option<String>,
    k3s: bool,
    /// Where the API server hands out the node's kubelet configuration.
    configz: String,
    /// Whether the kubelet's own file is where the limit is set.
    edit: bool,
    #[serde(flatten)]
    rerun: Rerun,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(table) = evaluate(s) else {
        return Vec::new();
    };
    let Some(choice) = choices(table).iter().find(|c| c.class == Class::TooManyPods) else {
        return Vec::new();
    };
    let nodes: Vec<Full> = choice.nodes.iter().filter_map(|name| full(s, name)).collect();
    let is_full = |n: &Full| i128::try_from(n.pods).unwrap_or(i128::MAX) >= n.limit;
    let confirmed = !nodes.is_empty() && nodes.iter().all(is_full);
    let mut sure = choice.confidence;
    if !nodes.is_empty() && !confirmed {
        sure = sure.min(Confidence::Likely);
    }
    let rerun = Rerun::of(s, table, &choice.nodes, |change| matches!(change, Change::MovePods { .. }));
    let facts = facts(s, nodes, rerun);
    let mut evidence: Vec<Evidence> = Vec::new();
    for node in &facts.nodes {
        let text = format!("{}, status.allocatable.pods {}", counted(node.pods, "pod", "pods"), node.limit);
        evidence.push(Evidence::new(Source::Node, format!("Node {}", node.node), None, text));
        if let Some(limit) = s.world.agents.get(&node.node).and_then(|facts| facts.limits.max_pods) {
            let text = format!("the kubelet's maxPods is {limit}");
            evidence.push(Evidence::new(Source::Agent, format!("Node {}", node.node), None, text));
        }
    }
    if let Some(range) = &facts.range {
        let first = facts.first.clone().unwrap_or_default();
        evidence.push(Evidence::new(Source::Node, format!("Node {first}"), None, format!("podCIDR {range}")));
    }
    // one full node is to blame itself; of several the workload is what asks for more
    let blame = match &facts.nodes[..] {
        [one] => Blame::global("Node", &one.node),
        _ => s.top_owner(),
    };
    vec![
        Match::new(sure, blame, facts)
            .because_all(s.from_placing())
            .because_all(evidence)
            .because_all(refused(s, table, &choice.nodes)),
    ]
}

fn full(s: &Snapshot, name: &str) -> Option<Full> {
    let node = s.world.nodes.get(name)?;
    let room = s.world.room(name)?;
    let limit = room.allocatable.get("pods")?.ceil();
    let addresses = addresses(&s.world, name, node);
    let plugin = addresses.allocator.map(|allocator| match allocator {
        Allocator::PodCidr(plugin) | Allocator::Own(plugin) => plugin,
    });
    // a pod in the host's network takes none of them
    let bound = addresses.pods;
    Some(Full { node: name.to_string(), pods: room.pods, limit, range: addresses.range, bound, plugin })
}

fn facts(s: &Snapshot, mut nodes: Vec<Full>, rerun: Rerun) -> Facts {
    nodes.sort_by(|a, b| a.node.cmp(&b.node));
    let first = nodes.first();
    let node = first.and_then(|full| s.world.nodes.get(&full.node));
    let limit = first.map(|full| full.limit);
    let allocator = first.zip(node).and_then(|(full, node)| addresses(&s.world, &full.node, node).allocator);
    let bound = first.and_then(|full| full.bound);
    let range = first.and_then(|full| full.range.clone());
    let pods = first.map_or(0, |full| full.pods);
    let version = node.map(|node| version(node)).unwrap_or_default();
    let range_full = bound.zip(limit).is_some_and(|(bound, limit)| i128::from(bound) <= limit);
    let more = shorten(&mut nodes);
    let k3s = version.contains("+k3s") || version.contains("+rke2");
    let proposed =
        bound.zip(limit).filter(|_| !range_full && allocator.is_some()).map(|(b, l)| propose(b, l));
    Facts {
        configz: format!(
            "/api/v1/nodes/{}/proxy/configz",
            nodes.first().map(|full| full.node.as_str()).unwrap_or_default()
        ),
        edit: proposed.is_some() && !k3s,
        first: nodes.first().map(|full| full.node.clone()),
        pods,
        is_default: limit == Some(DEFAULT),
        short_count: limit.is_some_and(|limit| i128::try_from(pods).unwrap_or(i128::MAX) < limit),
        proposed,
        range_full,
        limit,
        plugin_unknown: allocator.is_none() && range.is_some(),
        own_pools: match allocator {
            Some(Allocator::Own(plugin)) => Some(plugin),
            _ => None,
        },
        hosts: bound.map(|bound| bound + 1),
        bound,
        range,
        instance: node.and_then(|node| {
            let labels = node.metadata.labels.as_ref()?;
            labels
                .get("node.kubernetes.io/instance-type")
                .or(labels.get("beta.kubernetes.io/instance-type"))
                .cloned()
        }),
        k3s,
        nodes,
        more,
        rerun,
    }
}

fn version(node: &Node) -> String {
    let info = node.status.as_ref().and_then(|status| status.node_info.as_ref());
    info.map(|info| info.kubelet_version.clone()).unwrap_or_default()
}

/// Twice the limit, at least the default, in tens where the range allows that.
fn propose(bound: u64, limit: i128) -> u64 {
    let wanted = u64::try_from((limit * 2).max(DEFAULT)).unwrap_or(u64::MAX);
    let tens = bound / 10 * 10;
    if wanted <= bound {
        wanted
    } else if i128::from(tens) > limit {
        tens
    } else {
        bound
    }
}
