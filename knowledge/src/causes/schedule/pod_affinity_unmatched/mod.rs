//! The pod must stand beside pods that do not exist, or only where it may not go.

use serde::Serialize;
use serde_json::json;

use crate::brief::PodBrief;
use crate::cause::{Cause, Match};
use crate::finding::{Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::affinity::node_label;
use crate::schedule::change::Change;
use crate::schedule::company::{Near, nearest};
use crate::schedule::explain::Rerun;
use crate::schedule::interpod::{Holder, Side, choice, holders};
use crate::schedule::pods::Around;
use crate::schedule::proof::{patch, segment};
use crate::schedule::reason::Words;
use crate::schedule::scene::Scene;
use crate::schedule::table::{Table, shorten, words};
use crate::schedule::wanted::{Term, Wanted};
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

#[derive(Default, Serialize)]
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
    let (Some((table, choice)), Some(pod)) = (choice(s, Side::Affinity), s.pod()) else {
        return Vec::new();
    };
    let (scene, wanted) = (Scene::of(&s.world), Wanted::of(pod));
    let terms = &wanted.affinity;
    let itself = |term: &Term| {
        let own_labels = || scene.namespace_labels(&wanted.namespace);
        term.means_namespace(&wanted.namespace, own_labels) && term.selector.matches(&wanted.labels)
    };
    let lonely = |term: &Term| holders(&scene, term, &[]).is_empty() && !itself(term);
    let index = terms.iter().position(lonely).unwrap_or(0);
    let Some(term) = terms.get(index) else {
        return Vec::new();
    };
    // the pods it wants are there by now: the sentence is older than they are
    let around = Around::of(&scene, &wanted);
    if choice.nodes.iter().any(|node| scene.node(node).is_some_and(|node| around.is_near(node))) {
        return Vec::new();
    }
    let facts = facts(s, table, terms, index);
    let mut evidence = Vec::new();
    for partner in &facts.partners {
        let text = format!("matches, on Node {} ({}={})", partner.node, term.key, partner.place);
        evidence.push(Evidence::new(Source::Object, format!("Pod {}", partner.pod), None, text));
    }
    if let (Some(pod), Some(label)) = (&facts.near_pod, &facts.near_label) {
        evidence.push(Evidence::new(Source::Object, format!("Pod {pod}"), None, format!("label {label}")));
    }
    let asked = format!("{} by {}", facts.asked, facts.key);
    // a dump may lack the pods of other namespaces
    let sure = if term.namespaces(&scene).is_none() {
        choice.confidence.min(Confidence::Likely)
    } else {
        choice.confidence
    };
    vec![
        Match::new(sure, s.top_owner(), facts)
            .because_all(s.from_placing())
            .because(s.from_spec(&format!("spec.affinity.podAffinity.required[{index}]"), &asked))
            .because_all(evidence),
    ]
}

fn facts(s: &Snapshot, table: &Table, terms: &[Term], index: usize) -> Facts {
    let Some(term) = terms.get(index) else {
        return Facts::default();
    };
    let scene = Scene::of(&s.world);
    let all = holders(&scene, term, terms);
    let split = all.is_empty() && terms.iter().all(|term| !holders(&scene, term, &[]).is_empty());
    let at = if all.is_empty() { holders(&scene, term, &[]) } else { all };
    let partner =
        |holder: Holder| Partner { pod: holder.pod, node: holder.node, place: holder.place, why: None };
    let mut partners: Vec<Partner> = at.into_iter().map(partner).collect();
    let more = shorten(&mut partners);
    let named: Vec<String> = partners.iter().map(|partner| partner.node.clone()).collect();
    for (partner, (_, why)) in partners.iter_mut().zip(words(s, named.iter().map(String::as_str))) {
        partner.why = Some(why).filter(|why| !why.en.is_empty());
    }
    let rerun = Rerun::of(s, table, &named, |change| matches!(change, Change::LabelNode { .. }));
    let reach =
        |pod: &PodBrief| term.means_namespace(&pod.namespace, || scene.namespace_labels(&pod.namespace));
    let pods = |bound: bool, reached: bool| -> Vec<String> {
        let pods = s.world.briefs.iter().filter(|pod| {
            let itself = pod.name == s.name() && pod.namespace == s.namespace();
            let meant = term.selector.matches(&pod.labels) && reach(pod) == reached;
            !itself && pod.node.is_some() == bound && meant
        });
        pods.map(|pod| format!("{}/{}", pod.namespace, pod.name)).take(3).collect()
    };
    let (waiting, elsewhere) = (pods(false, true), pods(true, false));
    let reached = term.namespaces(&scene);
    let seen = |namespace: &&str| s.world.briefs.iter().any(|pod| pod.namespace == **namespace);
    let unseen = reached.as_ref().is_some_and(|names| !names.iter().all(seen));
    let none = partners.is_empty() && waiting.is_empty();
    let near = nearest(&scene, term).filter(|_| none);
    let change = near.as_ref().and_then(|near| selector_patch(s, near, index));
    let unlabelled = s.world.nodes.iter().filter(|(_, node)| node_label(node, &term.key).is_none());
    let mut unlabelled: Vec<String> = unlabelled.map(|(name, _)| name.clone()).collect();
    shorten(&mut unlabelled);
    Facts {
        asked: term.selector.show(),
        key: term.key.clone(),
        namespaces: reached.map(|names| names.join(", ")),
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
