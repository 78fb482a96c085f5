//! Every recording of a real cluster gets the right answer first, and nothing wrong for certain.

use std::collections::HashMap;

use podwhy_knowledge::causes::find;
use podwhy_knowledge::{Confidence, Diagnosis, diagnose};

use crate::recorded::{Recorded, recorded};

fn verdict(case: &Recorded, got: &Diagnosis) -> (bool, String) {
    let top = got.top();
    let right = case.accepts(top.cause);
    let known = find(&case.truth.cause).is_some();
    let harmless = !known && (top.cause == "unknown" || top.confidence != Some(Confidence::Certain));
    let mark = match (right, harmless) {
        (true, _) => "ok",
        (_, true) => "later",
        _ => "WRONG",
    };
    let confidence = top.confidence.map_or("-", |c| c.as_str());
    let line = format!(
        "{mark:<6} {:<50} {:<30} {} ({confidence}) {}",
        case.shown(),
        case.truth.cause,
        top.cause,
        top.blame
    );
    (right || harmless, line)
}

#[test]
fn every_recording_is_answered_rightly() {
    let mut worlds = HashMap::new();
    let mut wrong = Vec::new();
    for case in recorded() {
        let world = worlds.entry(&case.folder).or_insert_with(|| case.cluster.world(|_| true));
        let (fine, line) = verdict(case, &diagnose(&case.snapshot(world)));
        println!("{line}");
        if !fine {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
