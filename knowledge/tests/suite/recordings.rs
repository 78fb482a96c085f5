//! Every recording of a real cluster gets the right answer first, and nothing wrong for certain; what is left of that when
//! the events are gone stands in a table.
//!
//! `UPDATE_EXPECT=1 cargo test -p podwhy-knowledge recordings` rewrites the table.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use podwhy_knowledge::{Confidence, Diagnosis, Finding, diagnose};
use serde_json::Value;

use crate::kept::keep;
use crate::recorded::{Recorded, recorded};

fn confidence(finding: &Finding) -> &'static str {
    finding.confidence.map_or("-", |c| c.as_str())
}

fn verdict(case: &Recorded, got: &Diagnosis) -> (bool, String) {
    let top = got.top();
    let right = case.accepts(top.cause);
    let blamed = case.names(&top.blame.kind, &top.blame.name);
    let oversure: Vec<&str> = got
        .findings
        .iter()
        .filter(|f| f.confidence == Some(Confidence::Certain) && !case.accepts(f.cause))
        .map(|f| f.cause)
        .collect();
    let mark = match (right, blamed, oversure.is_empty()) {
        (true, true, true) => "ok",
        (true, true, false) => "SURE",
        (true, false, _) => "NOBODY",
        _ => "WRONG",
    };
    let line = format!(
        "{mark:<6} {:<50} {:<30} {} ({}) {} {oversure:?}",
        case.shown(),
        case.truth.cause,
        top.cause,
        confidence(top),
        top.blame
    );
    (mark == "ok", line)
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

fn is_no_event(object: &Value) -> bool {
    object["kind"] != "Event"
}

/// An hour later the events are gone: what still names the fault must still be found, and nothing else may be believed.
#[test]
fn without_events_nothing_else_is_believed() {
    let mut worlds = HashMap::new();
    let mut wrong = Vec::new();
    let mut table = String::from("| recording | cause | with its events | without |\n|---|---|---|---|\n");
    for case in recorded() {
        let (whole, bare) = worlds
            .entry(&case.folder)
            .or_insert_with(|| (case.cluster.world(|_| true), case.cluster.world(is_no_event)));
        let (with, without) = (diagnose(&case.snapshot(whole)), diagnose(&case.snapshot(bare)));
        let (top, left) = (with.top(), without.top());
        let same = case.accepts(left.cause);
        let humble = left.cause == "unknown" || left.confidence == Some(Confidence::Possible);
        if !same && !humble {
            wrong.push(format!("{}: {} ({})", case.shown(), left.cause, confidence(left)));
        }
        let shown = |finding: &Finding| format!("{} ({})", finding.cause, confidence(finding));
        let left = if left.cause == top.cause && left.confidence == top.confidence {
            "the same".to_string()
        } else {
            shown(left)
        };
        writeln!(table, "| {} | {} | {} | {left} |", case.shown(), case.truth.cause, shown(top)).unwrap();
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let stale = keep(
        "recordings.md",
        "The recordings, case by case",
        &format!(
            "What is answered first for each recording of a real cluster, and what when its events are gone.\n\n{table}"
        ),
    );
    assert_eq!(stale, None);
}

/// Right cause → answered causes and how often.
pub type Confusion = BTreeMap<String, BTreeMap<String, usize>>;

/// One line for each cause that is not always answered by itself, and the sum.
pub fn shown(confusion: &Confusion) -> String {
    let (mut right, mut all) = (0, 0);
    let mut table = String::from("| right | answered |\n|---|---|\n");
    for (cause, answers) in confusion {
        all += answers.values().sum::<usize>();
        // some words stand for one of several causes
        right += cause.split(" or ").filter_map(|id| answers.get(id)).sum::<usize>();
        let counts: Vec<String> = answers.iter().map(|(answer, n)| format!("{answer} ×{n}")).collect();
        writeln!(table, "| {cause} | {} |", counts.join(", ")).unwrap();
    }
    format!("{right} of {all} are answered by the cause itself.\n\n{table}")
}

#[test]
fn which_cause_is_taken_for_which() {
    let mut worlds = HashMap::new();
    let mut confusion = Confusion::new();
    for case in recorded() {
        let world = worlds.entry(&case.folder).or_insert_with(|| case.cluster.world(|_| true));
        let found = diagnose(&case.snapshot(world));
        let answers = confusion.entry(case.truth.cause.clone()).or_default();
        *answers.entry(found.top().cause.to_string()).or_default() += 1;
    }
    let table = shown(&confusion);
    println!("{table}");
    assert_eq!(keep("confusion-recordings.md", "Which cause is taken for which: recordings", &table), None);
}
