//! The pod's volume can only be used on nodes the pod cannot have.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::affinity::{asked, matches, unmatched};
use crate::schedule::change::Change;
use crate::schedule::claims::{Used, place_of, used};
use crate::schedule::explain::{Line, Rerun};
use crate::schedule::reason::Words;
use crate::schedule::table::{shorten, words};
use crate::schedule::{Choice, Class, Table, choices, evaluate};
use crate::snapshot::Snapshot;

/// `volume-zone-conflict`
pub const CAUSE: Cause = Cause {
    id: "volume-zone-conflict",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("smallest-change"),
        RemedyKind::words("open-node-there"),
        RemedyKind::words("node-in-place"),
        RemedyKind::words("move-data"),
        RemedyKind::words("bind-late"),
    ],
    // the scheduler's sentences are read by schedule::message
    wordings: &[],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Volume {
    claim: String,
    volume: String,
    place: String,
}

/// A node that is where the volume is.
#[derive(Serialize)]
struct There {
    node: String,
    /// What keeps the pod off it; `None` when the filters see nothing against it.
    why: Option<Words>,
}

impl There {
    fn of(node: &str, why: Words) -> There {
        There { node: node.to_string(), why: Some(why).filter(|why| !why.en.is_empty()) }
    }
}

#[derive(Serialize)]
struct Facts {
    volumes: Vec<Volume>,
    claim: Option<String>,
    volume: Option<String>,
    place: Option<String>,
    /// Nodes where the volume could be used, with what keeps the pod off them.
    there: Vec<There>,
    /// Nodes the pod could have, which are not where the volume is.
    here: Vec<Line>,
    more: Option<usize>,
    /// No node of the cluster is where the volume is.
    nowhere: bool,
    /// Two volumes of the pod are in places that share no node.
    apart: bool,
    local: bool,
    class: Option<String>,
    immediate: bool,
    #[serde(flatten)]
    rerun: Rerun,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(table) = evaluate(s) else {
        return Vec::new();
    };
    let Some(choice) = choices(table).iter().find(|c| c.class == Class::VolumePlace) else {
        return Vec::new();
    };
    let claims = used(s);
    let placed: Vec<&Used<'_>> =
        claims.iter().filter(|used| used.volume.is_some_and(|volume| place_of(volume).is_some())).collect();
    let usable = |node: &String| table.row(node).is_none_or(|row| !row.failing.contains(&Class::VolumePlace));
    // every node the choice names is where the volume is: the sentence is older than the nodes' labels
    let known = !choice.nodes.is_empty() && placed.len() == claims.len() && !claims.is_empty();
    if known && choice.nodes.iter().all(usable) {
        return Vec::new();
    }
    let sure = if placed.is_empty() { choice.confidence.min(Confidence::Likely) } else { choice.confidence };
    let facts = facts(s, table, choice, &placed, usable);
    let blame = match (placed.first(), &claims[..]) {
        (Some(_), _) => Blame::global("PersistentVolume", facts.volume.as_deref().unwrap_or_default()),
        (None, [only]) => Blame::namespaced("PersistentVolumeClaim", s.namespace(), &only.name),
        _ => s.top_owner(),
    };
    let volumes = facts.volumes.iter().map(|v| {
        let text = format!("can be used where {} (claim {})", v.place, v.claim);
        Evidence::new(Source::Object, format!("PersistentVolume {}", v.volume), None, text)
    });
    let volumes: Vec<Evidence> = volumes.collect();
    let nodes: Vec<Evidence> = facts
        .here
        .iter()
        .map(|line| (&line.node, line.why.en.clone()))
        .chain(facts.there.iter().map(|there| {
            let why = there.why.as_ref().map(|why| why.en.clone());
            (&there.node, why.unwrap_or_else(|| "is where the volume is".to_string()))
        }))
        .map(|(node, why)| Evidence::new(Source::Node, format!("Node {node}"), None, why))
        .collect();
    vec![Match::new(sure, blame, facts).because_all(s.from_placing()).because_all(volumes).because_all(nodes)]
}

fn facts(
    s: &Snapshot,
    table: &Table,
    choice: &Choice,
    placed: &[&Used<'_>],
    usable: impl Fn(&String) -> bool,
) -> Facts {
    let mut volumes: Vec<(usize, Volume)> = placed
        .iter()
        .filter_map(|used| {
            let place = place_of(used.volume?)?;
            let fits = s.world.nodes.values().filter(|node| matches(&place, node)).count();
            let volume = used.volume_name().unwrap_or_default().to_string();
            Some((
                fits,
                Volume { claim: used.name.clone(), volume, place: asked(&place).unwrap_or_default() },
            ))
        })
        .collect();
    // the one that leaves fewest nodes
    volumes.sort_by(|a, b| (a.0, &a.1.claim).cmp(&(b.0, &b.1.claim)));
    let each_has_nodes = volumes.iter().all(|(fits, _)| *fits > 0);
    let at_place = |node: &&str| !placed.is_empty() && usable(&node.to_string());
    let mut there: Vec<&str> = table.rows.iter().map(|row| row.node.as_str()).filter(at_place).collect();
    let nowhere = there.is_empty() && !placed.is_empty() && !table.rows.is_empty();
    let has = |name: &String| {
        let node = s.world.nodes.get(name)?;
        let missing =
            placed.iter().filter_map(|used| place_of(used.volume?)).flat_map(|place| unmatched(&place, node));
        let shown = missing.map(|m| match m.has {
            Some(value) => Words::new(format!("{}={value}", m.key), format!("{}={value}", m.key)),
            None => Words::new(format!("no label {}", m.key), format!("没有标签 {}", m.key)),
        });
        Some(Line { node: name.clone(), why: Words::join(&shown.collect::<Vec<_>>()) })
    };
    let mut here: Vec<Line> = choice.nodes.iter().filter(|node| !usable(node)).filter_map(has).collect();
    let more = shorten(&mut here);
    shorten(&mut there);
    let there: Vec<There> =
        words(s, there.into_iter()).into_iter().map(|(node, why)| There::of(node, why)).collect();
    let named: Vec<String> =
        here.iter().map(|line| &line.node).chain(there.iter().map(|there| &there.node)).cloned().collect();
    let opens = |change: &Change| there.iter().any(|there| there.node == change.node());
    let rerun = Rerun::of(s, table, &named, opens);
    let first = volumes.first().map(|(_, volume)| volume);
    let claim = first.map(|volume| volume.claim.clone());
    let used = placed.iter().find(|used| Some(&used.name) == claim.as_ref());
    let class = used
        .and_then(|used| used.volume?.spec.as_ref()?.storage_class_name.clone())
        .filter(|c| !c.is_empty());
    let mode =
        class.as_ref().and_then(|class| s.world.storage_classes.get(class)?.volume_binding_mode.clone());
    Facts {
        claim,
        volume: first.map(|volume| volume.volume.clone()),
        place: first.map(|volume| volume.place.clone()),
        local: used
            .is_some_and(|u| u.volume.is_some_and(|v| v.spec.as_ref().is_some_and(|s| s.local.is_some()))),
        apart: nowhere && volumes.len() > 1 && each_has_nodes,
        nowhere: nowhere && !(volumes.len() > 1 && each_has_nodes),
        volumes: volumes.into_iter().map(|(_, volume)| volume).collect(),
        there,
        here,
        more,
        immediate: mode.as_deref() == Some("Immediate"),
        class,
        rerun,
    }
}
