//! Every recording of a real cluster gets the right answer, and the same one under other names.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use podwhy_flow::ask::{diagnose, intake, render};
use podwhy_knowledge::{Diagnosis, Lang, World};
use podwhy_tests::anonymise::{Mapping, Recording};
use podwhy_tests::recordings::{Case, cases};

fn world(path: &Path) -> Arc<World> {
    let dump = podwhy_files::read(path, &podwhy_files::Options::default()).unwrap();
    assert_eq!(dump.warnings, Vec::<String>::new(), "{}", path.display());
    Arc::new(dump.world)
}

fn diagnosis(world: &Arc<World>, target: &str) -> Diagnosis {
    let request = intake::intake(target, None, Lang::En).unwrap();
    diagnose::diagnose(world, &request).unwrap().diagnosis
}

fn verdict_line(case: &Case, got: &Diagnosis) -> (bool, String) {
    let top = got.top();
    let right = case.accepts(top.cause);
    let mark = if right { "ok" } else { "WRONG" };
    let confidence = top.confidence.map_or("-", |c| c.as_str());
    let line = format!(
        "{mark:<6} {:<36} {:<13} {:<30} {} ({confidence}) {}",
        case.folder, case.name, case.truth.cause, top.cause, top.blame
    );
    (right, line)
}

#[test]
fn every_recording_is_answered_rightly() {
    let mut worlds: HashMap<String, Arc<World>> = HashMap::new();
    let mut wrong = 0;
    let cases = cases();
    println!("{:<6} {:<36} {:<13} {:<30} got", "", "recording", "case", "expected");
    for case in &cases {
        let world = worlds.entry(case.folder.clone()).or_insert_with(|| world(&case.path));
        let (fine, line) = verdict_line(case, &diagnosis(world, &case.target()));
        println!("{line}");
        wrong += usize::from(!fine);
    }
    assert!(cases.len() >= 90, "only {} cases were found", cases.len());
    assert_eq!(wrong, 0, "see the table");
}

/// Everything but the words must stay when every name, uid, image, host and time is another.
#[test]
fn a_recording_under_other_names_gets_the_same_answer() {
    let mut folders: HashMap<String, (Arc<World>, Mapping, Arc<World>)> = HashMap::new();
    let mut differ = Vec::new();
    for (number, case) in cases().iter().enumerate() {
        let (world, mapping, renamed) = folders.entry(case.folder.clone()).or_insert_with(|| {
            let recording = Recording::read(&case.path);
            let mapping = recording.mapping(0x9E37_79B9 + number as u64);
            let renamed = recording.renamed(&mapping);
            (world(&case.path), mapping, renamed)
        });
        let (kind, name) = case.truth.target.split_once('/').unwrap();
        let (namespace, name) = (mapping.name(&case.truth.namespace), mapping.name(name));
        assert_ne!(name, case.target(), "the target kept its name");
        let before = diagnosis(world, &case.target());
        let after = diagnosis(renamed, &format!("{namespace}/{kind}/{name}"));
        let key = |d: &Diagnosis| d.findings.iter().map(|f| (f.cause, f.confidence)).collect::<Vec<_>>();
        if key(&before) != key(&after) {
            let shown = (key(&before), key(&after));
            differ.push(format!("{}/{} (seed {}): {shown:?}", case.folder, case.name, mapping.seed()));
        }
        let shown = format!("{:?}", after.findings);
        let old_namespace = format!(" {}/", case.truth.namespace);
        for old in
            [&old_namespace, "registry.lab", "node-a", "busybox"].into_iter().filter(|n| *n != " default/")
        {
            assert!(!shown.contains(old), "{}: {old} is still in {shown}", case.name);
        }
    }
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
}

#[test]
fn the_same_recording_gives_the_same_bytes() {
    for case in cases() {
        let answer = || {
            let world = world(&case.path);
            let request = intake::intake(&case.target(), None, Lang::Zh).unwrap();
            let diagnosed = diagnose::diagnose(&world, &request).unwrap();
            serde_json::to_string(&render::why(&diagnosed, Lang::Zh).unwrap()).unwrap()
        };
        assert_eq!(answer(), answer(), "{}/{}", case.folder, case.name);
    }
}
