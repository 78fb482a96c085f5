//! Wherever the pod could go it would make its pods' spread more uneven than allowed.

use k8s_openapi::api::core::v1::TopologySpreadConstraint;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::affinity::node_label;
use crate::schedule::change::Change;
use crate::schedule::explain::Rerun;
use crate::schedule::filters::Filters;
use crate::schedule::proof::patch;
use crate::schedule::reason::Words;
use crate::schedule::scene::Scene;
use crate::schedule::spreading::{Spread, spreads};
use crate::schedule::table::{MAX_NODES, Table, shorten, words};
use crate::schedule::wanted::Wanted;
use crate::schedule::{Choice, Class, choices, evaluate};
use crate::snapshot::Snapshot;

/// `topology-spread-unsatisfiable`
pub const CAUSE: Cause = Cause {
    id: "topology-spread-unsatisfiable",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("smallest-change"),
        RemedyKind::words("label-nodes"),
        RemedyKind::words("honor-taints"),
        RemedyKind::words("allow-skew"),
        RemedyKind::words("open-emptiest"),
        RemedyKind::words("schedule-anyway"),
    ],
    // the scheduler's sentences are read by schedule::message
    wordings: &[],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Place {
    value: String,
    pods: usize,
    /// How uneven it gets with the pod here.
    skew: usize,
    allowed: bool,
    /// Why no node of a place that would do takes the pod.
    why: Option<Words>,
}

#[derive(Default, Serialize)]
struct Facts {
    /// The pod has no such constraint: the scheduler's configuration has one.
    by_default: bool,
    key: String,
    asked: String,
    max_skew: usize,
    min_domains: usize,
    /// There are fewer places than `minDomains`, so the emptiest counts as 0.
    too_few_domains: bool,
    places: Vec<Place>,
    /// The emptiest few, for one line.
    counts: String,
    more: Option<usize>,
    least: usize,
    /// The skew that would do for the best node that is open.
    needed: Option<usize>,
    counts_itself: bool,
    /// Not one node that was read has the topology label.
    no_label: bool,
    /// Nodes without the topology label.
    unlabelled: Vec<String>,
    owner: Option<String>,
    honor_patch: Option<String>,
    skew_patch: Option<String>,
    anyway_patch: Option<String>,
    #[serde(flatten)]
    rerun: Rerun,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let (Some(table), Some(pod)) = (evaluate(s), s.pod()) else {
        return Vec::new();
    };
    let Some(choice) = choices(table).iter().find(|c| c.class == Class::TopologySpread) else {
        return Vec::new();
    };
    let (scene, wanted) = (Scene::of(&s.world), Wanted::of(pod));
    let constraints = spreads(&scene, &wanted);
    let refuses = |spread: &Spread, node: &String| scene.node(node).is_none_or(|n| spread.skew(n).is_some());
    let blocking = |spread: &&Spread| choice.nodes.iter().all(|node| refuses(spread, node));
    let Some(first) = constraints.iter().find(blocking).or(constraints.first()) else {
        return vec![by_default(s, table, choice)];
    };
    let facts = facts(s, table, choice, &wanted, first);
    let evidence: Vec<Evidence> = facts
        .places
        .iter()
        .map(|p| {
            let text = format!("{} matching pods, skew {} with this one", p.pods, p.skew);
            Evidence::new(Source::Node, format!("{}={}", facts.key, p.value), None, text)
        })
        .collect();
    // a node that every constraint allows: the sentence is older than the pods are, or pods were not read
    let allowed = |node: &String| !constraints.iter().any(|spread| refuses(spread, node));
    let stale = choice.nodes.iter().any(allowed);
    let sure = if stale { Confidence::Possible } else { choice.confidence };
    let words = format!("{} by {}, maxSkew {}, DoNotSchedule", facts.asked, facts.key, facts.max_skew);
    vec![
        Match::new(sure, s.top_owner(), facts)
            .because_all(s.from_placing())
            .because(s.from_spec(&format!("spec.topologySpreadConstraints[{}]", first.index), &words))
            .because_all(evidence),
    ]
}

fn facts(s: &Snapshot, table: &Table, choice: &Choice, wanted: &Wanted, spread: &Spread) -> Facts {
    let mut named = choice.nodes.clone();
    let mut places = places(s, spread, &mut named);
    let few = |p: &Place| format!("{}: {}", p.value, p.pods);
    let counts = places.iter().take(3).map(few).collect::<Vec<_>>().join(", ");
    let more = shorten(&mut places);
    let lacks =
        |name: &&String| s.world.nodes.get(*name).is_some_and(|n| node_label(n, &spread.key).is_none());
    let mut unlabelled: Vec<String> = s.world.nodes.keys().filter(lacks).cloned().collect();
    let no_label = !unlabelled.is_empty() && unlabelled.len() == s.world.nodes.len();
    shorten(&mut unlabelled);
    let needed = needed(s, table, choice, spread);
    let with = |change: &dyn Fn(&mut TopologySpreadConstraint)| {
        let mut wanted = wanted.clone();
        let constraint = wanted.spec.topology_spread_constraints.as_mut()?.get_mut(spread.index)?;
        change(constraint);
        let scene = Scene::of(&s.world);
        let filters = Filters::of(&scene, &wanted);
        choice.nodes.iter().any(|node| filters.fits(node)).then_some(())
    };
    let owner = s.top_owner();
    let path = format!("/topologySpreadConstraints/{}", spread.index);
    let set = |field: &str, value: serde_json::Value| patch(&owner, &format!("{path}/{field}"), value);
    let honoring = || with(&|c| c.node_taints_policy = Some("Honor".to_string()));
    let honor =
        honors_taints(s).then(honoring).flatten().and_then(|()| set("nodeTaintsPolicy", "Honor".into()));
    let skew = needed.and_then(|needed| set("maxSkew", needed.into()));
    let anyway = set("whenUnsatisfiable", "ScheduleAnyway".into());
    Facts {
        by_default: false,
        key: spread.key.clone(),
        asked: spread.selector.show(),
        max_skew: spread.max_skew,
        min_domains: spread.min_domains,
        // unset it is 1, and one place is no demand
        too_few_domains: spread.min_domains > 1 && spread.domains.len() < spread.min_domains,
        places,
        counts,
        more,
        least: spread.least(),
        counts_itself: spread.counts_itself,
        no_label,
        unlabelled,
        owner: anyway.as_ref().map(|(owner, _)| owner.clone()),
        honor_patch: honor.map(|(_, patch)| patch),
        skew_patch: skew.map(|(_, patch)| patch),
        needed,
        anyway_patch: anyway.map(|(_, patch)| patch),
        rerun: Rerun::of(s, table, &named, |change| matches!(change, Change::LabelNode { .. })),
    }
}

/// The domains, the emptiest first; the nodes whose reasons stand beside them are added to those the page names.
fn places(s: &Snapshot, spread: &Spread, named: &mut Vec<String>) -> Vec<Place> {
    let place = |(value, pods): (&String, &usize)| {
        let skew = spread.ahead(*pods);
        Place { value: value.clone(), pods: *pods, skew, allowed: skew <= spread.max_skew, why: None }
    };
    let mut places: Vec<Place> = spread.domains.iter().map(place).collect();
    places.sort_by(|a, b| (a.skew, &a.value).cmp(&(b.skew, &b.value)));
    for place in places.iter_mut().take(MAX_NODES).filter(|place| place.allowed) {
        let there = |node| node_label(node, &spread.key) == Some(place.value.as_str());
        let nodes = s.world.nodes.iter().filter(|(_, node)| there(node));
        let nodes: Vec<&str> = nodes.map(|(name, _)| name.as_str()).take(MAX_NODES).collect();
        named.extend(nodes.iter().map(|name| name.to_string()));
        let reasons = words(s, nodes.into_iter()).into_iter().filter(|(_, why)| !why.en.is_empty());
        let of = |(node, why): (&str, Words)| {
            Words::new(format!("{node}: {}", why.en), format!("{node}：{}", why.zh))
        };
        let reasons: Vec<Words> = reasons.map(of).collect();
        place.why = (!reasons.is_empty()).then(|| Words::join(&reasons));
    }
    places
}

/// The smallest skew that lets the pod onto a node which only the spread keeps it off.
fn needed(s: &Snapshot, table: &Table, choice: &Choice, spread: &Spread) -> Option<usize> {
    let open = |node: &&String| {
        table.row(node).is_some_and(|row| row.failing.iter().all(|c| *c == Class::TopologySpread))
    };
    let ahead = |node: &String| {
        let place = node_label(s.world.nodes.get(node)?, &spread.key)?;
        Some(spread.ahead(spread.domains.get(place).copied()?))
    };
    choice.nodes.iter().filter(open).filter_map(ahead).min().filter(|needed| *needed > spread.max_skew)
}

/// The constraints of the scheduler's own configuration hold for pods without any, and do not stand in the pod.
/// <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#cluster-level-default-constraints>
fn by_default(s: &Snapshot, table: &Table, choice: &Choice) -> Match {
    // what the table lacks are these constraints
    let rerun = Rerun { differs: None, ..Rerun::of(s, table, &choice.nodes, |_| true) };
    let facts = Facts { by_default: true, rerun, ..Facts::default() };
    Match::new(choice.confidence.min(Confidence::Likely), s.top_owner(), facts)
        .because_all(s.from_placing())
        .because(s.from_spec("spec.topologySpreadConstraints", "none that forbids"))
}

/// Whether every node's version knows `nodeTaintsPolicy`: from 1.26 on it works unless switched off.
fn honors_taints(s: &Snapshot) -> bool {
    let versions = s.world.nodes.values().filter_map(|node| {
        let version = &node.status.as_ref()?.node_info.as_ref()?.kubelet_version;
        version.strip_prefix("v1.")?.split('.').next()?.parse::<u32>().ok()
    });
    versions.min().is_some_and(|oldest| oldest >= 26)
}
