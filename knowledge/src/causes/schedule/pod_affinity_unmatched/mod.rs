//! The pod must stand beside pods that do not exist, or only where it may not go.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::json;

use crate::cause::{Cause, Match};
use crate::finding::{Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::change::Change;
use crate::schedule::company::{Near, Rule, place};
use crate::schedule::explain::Rerun;
use crate::schedule::interpod::{Side, choice, holders, labels, terms};
use crate::schedule::proof::{patch, segment};
use crate::schedule::reason::Words;
use crate::schedule::table::{Table, shorten, words};
use crate::snapshot::Snapshot;

/// `pod-affinity-unmatched`
pub const CAUSE: Cause = Cause {
    id: "pod-affinity-unmatched",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("smallest-change"),
        RemedyKind::words("fix-selector"),
        RemedyKind::words("look-at-partners"),
        RemedyKind::words("prefer-instead"),
    ],
    // the scheduler's sentences are read by schedule::message
    wordings: &[],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Partner {
    pod: String,
    node: String,
    place: String,
    /// Why the waiting pod cannot go there; `None` when the filters see nothing against it.
    why: Option<Words>,
}

#[derive(Serialize)]
struct Facts {
    asked: String,
    key: String,
    namespaces: Option<String>,
    /// Pods that match and have a node.
    partners: Vec<Partner>,
    more: Option<usize>,
    /// Pods that match and wait for a node themselves.
    waiting: Vec<String>,
    /// Pods that match in namespaces the term does not look at.
    elsewhere: Vec<String>,
    near_pod: Option<String>,
    near_label: Option<String>,
    wanted_label: Option<String>,
    /// Nodes without the topology key's label.
    unlabelled: Vec<String>,
    /// No pod that was read matches at all.
    none: bool,
    /// The nodes and what runs there were not read.
    unread: bool,
    owner: Option<String>,
    patch: Option<String>,
    /// Each term finds pods, and no pod is found by all of them.
    split: bool,
    #[serde(flatten)]
    rerun: Rerun,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let (Some((table, choice)), Some(spec)) = (choice(s, Side::Affinity), s.spec()) else {
        return Vec::new();
    };
    let rules = terms(s, spec);
    let own = labels(s);
    let first = |rule: &&Rule| holders(s, rule).is_empty() && !rule.selects(s.namespace(), &own);
    let Some((index, rule)) =
        rules.iter().enumerate().find(|(_, rule)| first(rule)).or_else(|| rules.iter().enumerate().next())
    else {
        return Vec::new();
    };
    // a pod counts only if it matches every term's selector
    let places: Vec<BTreeSet<String>> = rules
        .iter()
        .map(|rule| matching_all(s, &rules, rule).into_iter().map(|(.., place)| place).collect())
        .collect();
    let beside = |node: &String, index: usize| {
        let at =
            s.world.nodes.get(node).zip(rules.get(index)).and_then(|(node, rule)| place(node, &rule.key));
        at.zip(places.get(index)).is_some_and(|(at, places)| places.contains(at))
    };
    // the pods it wants are there by now: the sentence is older than they are
    let met = |node: &String| (0..rules.len()).all(|index| beside(node, index));
    if choice.nodes.iter().any(met) {
        return Vec::new();
    }
    let facts = facts(s, table, &rules, rule, index);
    let mut evidence = Vec::new();
    for partner in &facts.partners {
        let text = format!("matches, on Node {} ({}={})", partner.node, rule.key, partner.place);
        evidence.push(Evidence::new(Source::Object, format!("Pod {}", partner.pod), None, text));
    }
    if let (Some(pod), Some(label)) = (&facts.near_pod, &facts.near_label) {
        evidence.push(Evidence::new(Source::Object, format!("Pod {pod}"), None, format!("label {label}")));
    }
    let asked = format!("{} by {}", rule.asked, rule.key);
    // a dump may lack the pods of other namespaces
    let sure = if rule.namespaces().is_none() {
        choice.confidence.min(Confidence::Likely)
    } else {
        choice.confidence
    };
    vec![
        Match::new(sure, s.top_owner(), facts)
            .because_all(s.from_scheduler())
            .because(s.from_spec(&format!("spec.affinity.podAffinity.required[{index}]"), &asked))
            .because_all(evidence),
    ]
}

/// The bound pods that every term selects, where this term looks for them.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/interpodaffinity/filtering.go>
/// (`updateWithAffinityTerms`)
fn matching_all(s: &Snapshot, rules: &[Rule], rule: &Rule) -> Vec<(String, String, String)> {
    let mut found = holders(s, rule);
    if rules.len() > 1 {
        found.retain(|(pod, ..)| {
            let (namespace, name) = pod.split_once('/').unwrap_or_default();
            let brief =
                s.world.briefs.iter().find(|brief| brief.namespace == namespace && brief.name == name);
            brief.is_some_and(|brief| rules.iter().all(|rule| rule.selects(namespace, &brief.labels)))
        });
    }
    found
}

fn facts(s: &Snapshot, table: &Table, rules: &[Rule], rule: &Rule, index: usize) -> Facts {
    let all = matching_all(s, rules, rule);
    let split = rules.len() > 1 && all.is_empty() && rules.iter().all(|rule| !holders(s, rule).is_empty());
    let at = if all.is_empty() { holders(s, rule) } else { all };
    let partner = |(pod, node, place)| Partner { pod, node, place, why: None };
    let mut partners: Vec<Partner> = at.into_iter().map(partner).collect();
    let more = shorten(&mut partners);
    let named: Vec<String> = partners.iter().map(|partner| partner.node.clone()).collect();
    for (partner, (_, why)) in partners.iter_mut().zip(words(s, named.iter().map(String::as_str))) {
        partner.why = Some(why).filter(|why| !why.en.is_empty());
    }
    let rerun = Rerun::of(s, table, &named, |change| matches!(change, Change::LabelNode { .. }));
    let unbound = |selects: &dyn Fn(&str, &std::collections::BTreeMap<String, String>) -> bool,
                   bound: bool| {
        let pods = s.world.briefs.iter().filter(|pod| {
            let itself = pod.name == s.name() && pod.namespace == s.namespace();
            !itself && pod.node.is_some() == bound && selects(&pod.namespace, &pod.labels)
        });
        pods.map(|pod| format!("{}/{}", pod.namespace, pod.name)).take(3).collect::<Vec<_>>()
    };
    let waiting = unbound(&|ns, labels| rule.selects(ns, labels), false);
    let elsewhere = unbound(&|ns, labels| !rule.reaches(ns) && rule.wants(labels), true);
    let seen = |namespace: &&str| s.world.briefs.iter().any(|pod| pod.namespace == **namespace);
    let unseen = rule.namespaces().is_some_and(|names| !names.iter().all(seen));
    let none = partners.is_empty() && waiting.is_empty();
    let near = rule.nearest(&s.world).filter(|_| none);
    let change = near.as_ref().and_then(|near| selector_patch(s, near, index));
    let unlabelled = s.world.nodes.iter().filter(|(_, node)| place(node, &rule.key).is_none());
    let mut unlabelled: Vec<String> = unlabelled.map(|(name, _)| name.clone()).collect();
    shorten(&mut unlabelled);
    Facts {
        asked: rule.asked.clone(),
        key: rule.key.clone(),
        namespaces: rule.namespaces().map(|names| names.join(", ")),
        partners,
        more,
        waiting,
        elsewhere,
        near_label: near.as_ref().map(|near| format!("{}={}", near.key, near.value)),
        wanted_label: near.as_ref().map(|near| format!("{}={}", near.wanted_key, near.wanted)),
        near_pod: near.map(|near| near.pod),
        unlabelled,
        none,
        unread: s.world.nodes.is_empty() || unseen,
        owner: change.as_ref().map(|(owner, _)| owner.clone()),
        patch: change.map(|(_, patch)| patch),
        split,
        rerun,
    }
}

/// The smallest change: the selector's one value that no pod has, put right.
fn selector_patch(s: &Snapshot, near: &Near, index: usize) -> Option<(String, String)> {
    let base = format!(
        "/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/{index}/labelSelector/matchLabels"
    );
    let affinity = s.spec()?.affinity.as_ref()?.pod_affinity.as_ref()?;
    let term = affinity.required_during_scheduling_ignored_during_execution.as_ref()?.get(index)?;
    let labels = term.label_selector.as_ref()?.match_labels.as_ref()?;
    if near.key == near.wanted_key {
        labels.get(&near.wanted_key)?;
        return patch(&s.top_owner(), &format!("{base}/{}", segment(&near.key)), near.value.clone());
    }
    let mut labels = labels.clone();
    labels.remove(&near.wanted_key)?;
    labels.insert(near.key.clone(), near.value.clone());
    patch(&s.top_owner(), &base, json!(labels))
}
