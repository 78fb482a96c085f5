//! Wherever the pod could go it would make its pods' spread more uneven than allowed.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::proof::{confidence, patch};
use crate::schedule::reason::Words;
use crate::schedule::skew::{Spread, spread, strict};
use crate::schedule::table::{MAX_NODES, Table, shorten, why};
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
    skew: i64,
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
    max_skew: i64,
    min_domains: Option<i64>,
    /// There are fewer places than `minDomains`, so the emptiest counts as 0.
    too_few_domains: bool,
    places: Vec<Place>,
    /// The emptiest few, for one line.
    counts: String,
    more: Option<usize>,
    least: i64,
    /// The skew that would do for the best node that is open.
    needed: Option<i64>,
    counts_itself: bool,
    /// Nodes without the topology label.
    unlabelled: Vec<String>,
    owner: Option<String>,
    honor_patch: Option<String>,
    skew_patch: Option<String>,
    anyway_patch: Option<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let (Some(table), Some(spec)) = (evaluate(s), s.spec()) else {
        return Vec::new();
    };
    let Some(choice) = choices(table).into_iter().find(|c| c.class == Class::TopologySpread) else {
        return Vec::new();
    };
    let constraints: Vec<(usize, Spread)> =
        strict(spec).into_iter().map(|(index, c)| (index, spread(s, spec, c, None))).collect();
    let refused = |node: &String| constraints.iter().any(|(_, spread)| !spread.allows(node));
    let known = !choice.nodes.is_empty() && !constraints.is_empty();
    // a node that every constraint allows: the sentence is older than the pods are, or pods were not read
    let confirmed = known && choice.nodes.iter().all(refused);
    let blocking = |(_, spread): &&(usize, Spread)| choice.nodes.iter().all(|node| !spread.allows(node));
    let Some((index, first)) = constraints.iter().find(blocking).or(constraints.first()) else {
        return vec![by_default(s, confidence(table, &choice, false))];
    };
    let facts = facts(s, table, &choice, *index, first);
    let evidence: Vec<Evidence> = facts
        .places
        .iter()
        .map(|p| {
            let text = format!("{} matching pods, skew {} with this one", p.pods, p.skew);
            Evidence::new(Source::Node, format!("{}={}", facts.key, p.value), None, text)
        })
        .collect();
    let sure = confidence(table, &choice, confirmed);
    let sure = if known && !confirmed { sure.min(Confidence::Possible) } else { sure };
    let words = format!("{} by {}, maxSkew {}, DoNotSchedule", facts.asked, facts.key, facts.max_skew);
    vec![
        Match::new(sure, s.top_owner(), facts)
            .because_all(s.from_scheduler())
            .because(s.from_spec(&format!("spec.topologySpreadConstraints[{index}]"), &words))
            .because_all(evidence),
    ]
}

fn facts(s: &Snapshot, table: &Table, choice: &Choice, index: usize, spread: &Spread) -> Facts {
    let empty = Default::default();
    let spec = s.spec().unwrap_or(&empty);
    let closed = |node: &String| Words::join(&why(&s.world, spec, node));
    let mut places: Vec<Place> = spread
        .domains
        .iter()
        .map(|domain| {
            let skew = spread.skew(domain);
            let allowed = skew <= spread.max_skew;
            let reasons =
                domain.nodes.iter().take(MAX_NODES).filter(|_| allowed).map(|node| (node, closed(node)));
            let reasons: Vec<Words> = reasons
                .filter(|(_, why)| !why.is_empty())
                .map(|(node, why)| Words::new(format!("{node}: {}", why.en), format!("{node}：{}", why.zh)))
                .collect();
            Place {
                value: domain.value.clone(),
                pods: domain.pods.len(),
                skew,
                allowed,
                why: Some(Words::join(&reasons)).filter(|why| !why.is_empty()),
            }
        })
        .collect();
    places.sort_by(|a, b| (a.skew, &a.value).cmp(&(b.skew, &b.value)));
    let few = |p: &Place| format!("{}: {}", p.value, p.pods);
    let counts = places.iter().take(3).map(few).collect::<Vec<_>>().join(", ");
    let more = shorten(&mut places);
    let open = |node: &&String| {
        table.row(node).is_some_and(|row| row.failing.iter().all(|c| *c == Class::TopologySpread))
    };
    let needed =
        choice.nodes.iter().filter(open).filter_map(|n| Some(spread.skew(spread.domain_of(n)?))).min();
    let needed = needed.filter(|needed| *needed > spread.max_skew);
    let labelled = |node: &String| spread.domain_of(node).is_some();
    let lacks = |name: &&String| {
        !labelled(name)
            && s.world
                .nodes
                .get(*name)
                .is_some_and(|n| crate::schedule::company::place(n, &spread.rule.key).is_none())
    };
    let mut unlabelled: Vec<String> = s.world.nodes.keys().filter(lacks).cloned().collect();
    shorten(&mut unlabelled);
    let owner = s.top_owner();
    let path = format!("/topologySpreadConstraints/{index}");
    let set = |field: &str, value: serde_json::Value| patch(&owner, &format!("{path}/{field}"), value);
    let honored = honoring_helps(s, spec, choice, index);
    let anyway = set("whenUnsatisfiable", "ScheduleAnyway".into());
    let places_known = i64::try_from(spread.domains.len()).unwrap_or(i64::MAX);
    Facts {
        by_default: false,
        key: spread.rule.key.clone(),
        asked: spread.rule.asked.clone(),
        max_skew: spread.max_skew,
        min_domains: spread.min_domains,
        too_few_domains: spread.min_domains.is_some_and(|min| places_known < min),
        places,
        counts,
        more,
        least: spread.least,
        counts_itself: spread.counts_itself,
        unlabelled,
        owner: anyway.as_ref().map(|(owner, _)| owner.clone()),
        honor_patch: set("nodeTaintsPolicy", "Honor".into()).filter(|_| honored).map(|(_, patch)| patch),
        skew_patch: needed.and_then(|needed| set("maxSkew", needed.into())).map(|(_, patch)| patch),
        needed,
        anyway_patch: anyway.map(|(_, patch)| patch),
    }
}

/// The constraints of the scheduler's own configuration hold for pods without any, and do not stand in the pod.
/// <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#cluster-level-default-constraints>
fn by_default(s: &Snapshot, sure: Confidence) -> Match {
    let facts = Facts { by_default: true, ..Facts::default() };
    Match::new(sure.min(Confidence::Likely), s.top_owner(), facts)
        .because_all(s.from_scheduler())
        .because(s.from_spec("spec.topologySpreadConstraints", "none that forbids"))
}

/// Whether leaving out the nodes the pod is kept off anyway would let it go somewhere. The field works from 1.26 on.
fn honoring_helps(
    s: &Snapshot,
    spec: &k8s_openapi::api::core::v1::PodSpec,
    choice: &Choice,
    index: usize,
) -> bool {
    let versions = s.world.nodes.values().filter_map(|node| {
        let version = &node.status.as_ref()?.node_info.as_ref()?.kubelet_version;
        version.strip_prefix("v1.")?.split('.').next()?.parse::<u32>().ok()
    });
    if versions.min().is_none_or(|oldest| oldest < 26) {
        return false;
    }
    let strict = strict(spec).into_iter();
    let all: Vec<Spread> = strict.map(|(at, c)| spread(s, spec, c, (at == index).then_some(true))).collect();
    choice.nodes.iter().any(|node| all.iter().all(|spread| spread.allows(node)))
}
