//! What stands around the pods of every recording can be asked about, and the answers stand in a table.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use podwhy_knowledge::{Kind, Lang, Snapshot, diagnose, page};

use crate::kept::keep;
use crate::recorded::recorded;

#[test]
fn every_node_service_claim_and_namespace_has_an_answer() {
    let mut table = String::from("| recording | asked | answered |\n|---|---|---|\n");
    let mut seen = BTreeSet::new();
    let mut well = 0;
    for case in recorded().iter().filter(|case| seen.insert(case.folder.clone())) {
        let world = case.cluster.world(|_| true);
        let nodes = world.nodes.keys().map(|name| (Kind::Node, String::new(), name.clone()));
        let claims =
            world.claims.keys().map(|(ns, name)| (Kind::PersistentVolumeClaim, ns.clone(), name.clone()));
        let services = world.others.keys().filter(|(kind, ..)| kind == "Service");
        let services = services.map(|(_, ns, name)| (Kind::Service, ns.clone(), name.clone()));
        let namespaces = world.namespaces().map(|name| (Kind::Namespace, String::new(), name.to_string()));
        for (kind, namespace, name) in nodes.chain(claims).chain(services).chain(namespaces) {
            let snapshot = Snapshot::of_object(&world, kind, &namespace, &name).unwrap();
            let found = diagnose(&snapshot);
            for lang in Lang::ALL {
                for finding in &found.findings {
                    assert!(!page(finding, lang).unwrap().summary.is_empty());
                }
            }
            let top = found.top();
            if top.cause == "healthy" {
                well += 1;
                continue;
            }
            let confidence = top.confidence.map_or("-", |c| c.as_str());
            let place = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
            writeln!(
                table,
                "| {} | {}/{place}{name} | {} ({confidence}) {} |",
                case.folder,
                kind.short(),
                top.cause,
                top.blame
            )
            .unwrap();
        }
    }
    let text = format!("{well} are well; of the others, this is answered first.\n\n{table}");
    assert_eq!(keep("around.md", "What stands around the pods of the recordings", &text), None);
}
