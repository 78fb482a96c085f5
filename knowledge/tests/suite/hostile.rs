//! Whatever a dump holds, a diagnosis ends, does not panic, and leaks nothing.

use std::sync::Arc;

use podwhy_knowledge::resolve::resolve;
use podwhy_knowledge::triage::triage;
use podwhy_knowledge::{Lang, Snapshot, Target, World, diagnose, interpret, page};
use proptest::prelude::*;
use serde_json::Value;

use crate::load::{Case, all_cases, cases};

const CANARY: &str = "c4n4ryS3cretV4lue9xyz";

fn texts(snapshot: &Snapshot) -> String {
    let found = diagnose(snapshot);
    let pages: Vec<_> =
        found.findings.iter().flat_map(|f| Lang::ALL.map(|lang| format!("{:?}", page(f, lang)))).collect();
    format!("{found:?} {pages:?}")
}

/// Puts a credential into every free text a cluster can carry.
fn with_canary(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                if matches!(key.as_str(), "message" | "previous" | "current")
                    && let Value::String(text) = value
                {
                    text.push_str(&format!(
                        " password={CANARY} Authorization: Bearer {CANARY} https://u:{CANARY}@h/"
                    ));
                } else {
                    with_canary(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(with_canary),
        _ => {}
    }
}

#[test]
fn credentials_in_messages_and_logs_reach_no_answer() {
    let mut seen = 0;
    for mut case in cases() {
        case.objects.iter_mut().for_each(with_canary);
        let shown = texts(&case.snapshot());
        assert!(!shown.contains(CANARY), "{}", case.shown);
        seen += usize::from(shown.contains("[redacted]"));
    }
    assert!(seen > 10, "only {seen} cases carried a message into their answer");
}

#[test]
fn a_redacted_dump_gives_the_same_findings() {
    for case in cases() {
        let before = diagnose(&case.snapshot());
        let mut redacted = case.clone();
        for object in &mut redacted.objects {
            podwhy_knowledge::redact::redact_value(object);
        }
        let after = diagnose(&redacted.snapshot());
        let key = |d: &podwhy_knowledge::Diagnosis| {
            d.findings.iter().map(|f| (f.cause, f.confidence, f.blame.clone())).collect::<Vec<_>>()
        };
        assert_eq!(key(&before), key(&after), "{}", case.shown);
    }
}

/// Replaces one value somewhere in an object by another of any type.
pub fn mutate(value: &mut Value, path: &[u8], with: &Value) {
    let Some((step, rest)) = path.split_first() else {
        *value = with.clone();
        return;
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            let index = usize::from(*step) % map.len();
            if let Some(inner) = map.values_mut().nth(index) {
                mutate(inner, rest, with);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let index = usize::from(*step) % items.len();
            mutate(&mut items[index], rest, with);
        }
        other => *other = with.clone(),
    }
}

pub fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,30}".prop_map(Value::from),
        Just(Value::Array(Vec::new())),
        Just(serde_json::json!({})),
        Just(Value::from("9999-12-31T23:59:59Z")),
        Just(Value::from("-9999-01-01T00:00:00Z")),
        Just(Value::from("999999999999999999999999999999Ei")),
    ]
}

fn diagnose_what_is_left(case: &Case, objects: Vec<Value>) {
    let mut world = World::default();
    for object in objects {
        // an object that no longer has its types is left out, as an adapter would
        let _left_out = world.add(object);
    }
    world.finish(None);
    let world = Arc::new(world);
    let target: Target = case.target.parse().unwrap();
    if let Ok(snapshot) = resolve(&world, &target, None) {
        let shown = texts(&snapshot);
        assert!(shown.len() < 1 << 20, "{}: {} bytes", case.shown, shown.len());
    }
    let _groups = triage(&world, |_| true);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn mutated_cases_are_diagnosed_without_panic(
        pick in any::<prop::sample::Index>(),
        object in any::<prop::sample::Index>(),
        path in prop::collection::vec(any::<u8>(), 1..8),
        with in any_value(),
    ) {
        let case = pick.get(all_cases());
        let mut objects = case.objects.clone();
        let index = object.index(objects.len());
        mutate(&mut objects[index], &path, &with);
        diagnose_what_is_left(case, objects);
    }

    #[test]
    fn any_text_is_interpreted(text in "\\PC{0,200}") {
        let found = interpret(&text);
        prop_assert!(!found.findings.is_empty());
        prop_assert!(found.findings.iter().all(|f| f.confidence < Some(podwhy_knowledge::Confidence::Certain)));
    }
}
