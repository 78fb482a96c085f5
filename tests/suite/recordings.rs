//! Every recording of a real cluster gets the right answer, and the same one under other names.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use podwhy_flow::ask::{diagnose, intake};
use podwhy_knowledge::{Confidence, Diagnosis, Lang, World};
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
    let harmless = !case.is_covered() && (top.cause == "unknown" || top.confidence != Some(Confidence::Certain));
    let mark = if right {
        "ok"
    } else if harmless {
        "later"
    } else {
        "WRONG"
    };
    let confidence = top.confidence.map_or("-", |c| c.as_str());
    let line = format!(
        "{mark:<6} {:<36} {:<13} {:<30} {} ({confidence}) {}",
        case.folder, case.name, case.truth.cause, top.cause, top.blame
    );
    (right || harmless, line)
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
