//! Every case in its assembled cluster has the cause it has alone.

use std::sync::Arc;

use podwhy_flow::ask::diagnose::diagnose;
use podwhy_flow::ask::intake::intake;
use podwhy_knowledge::{Lang, World};

use super::*;

fn world<'s>(scenarios: impl IntoIterator<Item = &'s Scenario>) -> Arc<World> {
    let now = "2026-11-24T12:00:00Z".parse().unwrap();
    let mut world = World::default();
    for scenario in scenarios {
        for object in scenario.failing(now) {
            world.add(object).unwrap();
        }
        for log in &scenario.logs {
            let key = (log.metadata.namespace.clone(), log.metadata.name.clone(), log.container.clone());
            let entry = world.logs.entry(key).or_default();
            entry.previous = log.previous.as_deref().map(Into::into);
            entry.current = log.current.as_deref().map(Into::into);
        }
    }
    world.finish(None);
    Arc::new(world)
}

fn told(world: &Arc<World>, scenario: &Scenario) -> String {
    let request = intake(&scenario.target.to_string(), None, Lang::En).unwrap();
    let found = diagnose(world, &request).unwrap().diagnosis;
    // one that only ever stands beside another is looked for there
    let own = found.findings.iter().find(|finding| finding.cause == scenario.cause);
    let top = own.unwrap_or(found.top());
    format!("{} {:?} {}", top.cause, top.confidence, top.blame)
}

#[test]
fn every_case_is_answered_in_its_cluster_as_alone() {
    let clusters = assemble().unwrap();
    let mut wrong = Vec::new();
    for (name, scenarios) in &clusters {
        let together = world(scenarios);
        for scenario in scenarios {
            let (alone, here) = (told(&world([scenario]), scenario), told(&together, scenario));
            assert!(alone.starts_with(scenario.cause), "{}: {alone}", scenario.cause);
            if alone != here {
                wrong.push(format!("{name}: {}: alone {alone}, here {here}", scenario.cause));
            }
        }
    }
    assert!(wrong.is_empty(), "give these a cluster of their own in OWN:\n{}", wrong.join("\n"));
}

#[test]
fn every_case_is_well_once_it_is_mended() {
    let now = "2026-11-24T12:00:00Z".parse().unwrap();
    let mut wrong = Vec::new();
    for scenario in assemble().unwrap().iter().flat_map(|(_, scenarios)| scenarios).filter(|s| s.fails) {
        let mut world = World::default();
        let nodes: Vec<String> =
            nodes(scenario).map(|node| text(node, "/metadata/name").to_string()).collect();
        let nodes = if nodes.is_empty() { vec!["elsewhere".to_string()] } else { nodes };
        for object in scenario.healed(now, &nodes) {
            world.add(object).unwrap();
        }
        world.finish(None);
        let told = told(&Arc::new(world), scenario);
        if !told.starts_with("healthy") {
            wrong.push(format!("{}: {told}", scenario.cause));
        }
    }
    assert!(wrong.is_empty(), "{} are not well when mended:\n{}", wrong.len(), wrong.join("\n"));
}
