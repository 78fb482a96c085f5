//! Every node the pod could have holds as many volumes as its driver can attach.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::attach::{attached, attached_to, limits};
use crate::schedule::change::Change;
use crate::schedule::claims::{Used, used};
use crate::schedule::explain::Rerun;
use crate::schedule::insufficient::refused;
use crate::schedule::scene::Scene;
use crate::schedule::table::shorten;
use crate::schedule::{Class, choices, evaluate};
use crate::snapshot::Snapshot;
use crate::text::counted;

/// `node-volume-limit-reached`
pub const CAUSE: Cause = Cause {
    id: "node-volume-limit-reached",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("smallest-change"),
        RemedyKind::words("free-attachment"),
        RemedyKind::words("more-nodes"),
        RemedyKind::words("look-at-limit"),
    ],
    // the scheduler's sentences are read by schedule::message
    wordings: &[],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// At most this many nodes are counted.
const COUNTED: usize = 100;

#[derive(Serialize)]
struct Full {
    node: String,
    volumes: usize,
    limit: Option<usize>,
}

/// One driver on one node.
struct Held {
    node: String,
    driver: String,
    volumes: usize,
    limit: Option<usize>,
    /// What the pod asks is more than is left.
    full: bool,
}

#[derive(Serialize)]
struct Facts {
    drivers: Vec<String>,
    driver: Option<String>,
    claims: Vec<String>,
    asked: usize,
    nodes: Vec<Full>,
    more: Option<usize>,
    first: Option<String>,
    first_volumes: usize,
    first_limit: Option<usize>,
    limit_known: bool,
    /// Fewer volumes were read than the limit: some of the nodes' pods or claims are missing.
    short_count: bool,
    #[serde(flatten)]
    rerun: Rerun,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(table) = evaluate(s) else {
        return Vec::new();
    };
    let Some(choice) = choices(table).iter().find(|c| c.class == Class::VolumeLimit) else {
        return Vec::new();
    };
    let wanted = wanted(s);
    let scene = Scene::of(&s.world);
    // of a thousand nodes the rest says no more, and counting them takes long
    let holders: Vec<Held> =
        choice.nodes.iter().take(COUNTED).filter_map(|node| fullest(&scene, &wanted, node)).collect();
    let rerun = Rerun::of(s, table, &choice.nodes, |change| matches!(change, Change::MovePods { .. }));
    let facts = facts(&wanted, &holders, rerun);
    let evidence: Vec<Evidence> = holders
        .iter()
        .take(10)
        .map(|held| {
            let limit = held.limit.map_or("not known".to_string(), |limit| limit.to_string());
            let text =
                format!("{}: {}, limit {limit}", held.driver, counted(held.volumes, "volume", "volumes"));
            Evidence::new(Source::Node, format!("Node {}", held.node), None, text)
        })
        .collect();
    let blame = match &choice.nodes[..] {
        [only] => Blame::global("Node", only),
        _ => s.top_owner(),
    };
    let asked = facts.claims.join(", ");
    vec![
        Match::new(choice.confidence, blame, facts)
            .because_all(s.from_placing())
            .because_all(evidence)
            .because(s.from_spec("spec.volumes", &format!("claims {asked}")))
            .because_all(refused(s, table, &choice.nodes)),
    ]
}

/// The pod's claims with the drivers of their volumes, as far as these are known.
fn wanted(s: &Snapshot) -> Vec<(String, String)> {
    let scene = Scene::of(&s.world);
    let driver = |used: &Used<'_>| Some((used.name.clone(), attached(&scene, used.claim?)?.0));
    used(s).iter().filter_map(driver).collect()
}

/// Of the drivers the pod's volumes need, the one that is full says most, then any that has a limit.
fn fullest(scene: &Scene<'_>, wanted: &[(String, String)], node: &str) -> Option<Held> {
    let (there, limits) = (attached_to(scene, node), limits(scene, node));
    let drivers: BTreeSet<&String> = wanted.iter().map(|(_, driver)| driver).collect();
    let held = drivers.into_iter().map(|driver| {
        let volumes = there.iter().filter(|(own, _)| own == driver).count();
        let asked = wanted.iter().filter(|(_, own)| own == driver).count();
        let limit = limits.get(driver).copied();
        let full = limit.is_some_and(|limit| volumes + asked > limit);
        Held { node: node.to_string(), driver: driver.clone(), volumes, limit, full }
    });
    held.max_by_key(|held| (held.full, held.limit.is_some()))
}

fn facts(wanted: &[(String, String)], holders: &[Held], rerun: Rerun) -> Facts {
    let drivers: BTreeSet<&String> = wanted.iter().map(|(_, driver)| driver).collect();
    let mut nodes: Vec<Full> = holders
        .iter()
        .map(|held| Full { node: held.node.clone(), volumes: held.volumes, limit: held.limit })
        .collect();
    let first = holders.first();
    let driver = first.map(|held| held.driver.clone()).or(drivers.first().map(|driver| (*driver).clone()));
    Facts {
        first: nodes.first().map(|full| full.node.clone()),
        first_volumes: nodes.first().map_or(0, |full| full.volumes),
        first_limit: nodes.first().and_then(|full| full.limit),
        limit_known: nodes.iter().any(|full| full.limit.is_some()),
        short_count: holders.iter().any(|held| held.limit.is_some() && !held.full),
        asked: wanted.iter().filter(|(_, own)| Some(own) == driver.as_ref()).count(),
        claims: wanted.iter().map(|(claim, _)| claim.clone()).collect(),
        drivers: drivers.into_iter().cloned().collect(),
        driver,
        rerun,
        more: shorten(&mut nodes),
        nodes,
    }
}
