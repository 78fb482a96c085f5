//! The committed schemas are the types', and every answer is valid by them.
//!
//! `UPDATE_EXPECT=1 cargo test -p podwhy-tests schema` rewrites them.

use std::sync::Arc;

use jsonschema::Validator;
use podwhy_flow::answer::{RemediationAnswer, RemediationsAnswer, TriageAnswer, WhyAnswer, schema_of};
use podwhy_flow::ask::{diagnose, intake, render};
use podwhy_knowledge::Lang;
use podwhy_tests::recordings::{cases, repository};
use schemars::Schema;
use serde_json::Value;

fn current(name: &str, schema: &Schema) -> Validator {
    let path = repository().join("bot/flow/schema").join(name);
    let text = format!("{}\n", serde_json::to_string_pretty(schema).unwrap());
    if std::env::var("UPDATE_EXPECT").is_ok_and(|v| v == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        committed, text,
        "{name} is not current; run UPDATE_EXPECT=1 cargo test -p podwhy-tests schema"
    );
    jsonschema::validator_for(&serde_json::from_str(&committed).unwrap()).unwrap()
}

fn assert_valid(validator: &Validator, what: &str, answer: &Value) {
    let errors: Vec<String> =
        validator.iter_errors(answer).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {errors:?}\n{answer:#}");
}

#[test]
fn every_answer_is_valid() {
    let why = current("why.schema.json", &schema_of::<WhyAnswer>());
    let triage = current("triage.schema.json", &schema_of::<TriageAnswer>());
    let mut seen = Vec::new();
    for case in cases() {
        let dump = podwhy_files::read(&case.path, &podwhy_files::Options::default()).unwrap();
        let world = Arc::new(dump.world);
        for lang in Lang::ALL {
            let request = intake::intake(&case.target(), None, lang).unwrap();
            let diagnosed = diagnose::diagnose(&world, &request).unwrap();
            let answer = serde_json::to_value(render::why(&diagnosed, lang).unwrap()).unwrap();
            assert_valid(&why, &case.target(), &answer);
            assert_ending_stands_alone(&answer);
            if !seen.contains(&(case.folder.clone(), lang)) {
                let answer =
                    serde_json::to_value(render::triage_answer(&world, |_| true, lang).unwrap()).unwrap();
                assert_valid(&triage, &case.folder, &answer);
                seen.push((case.folder.clone(), lang));
            }
        }
    }
    for text in ["Back-off restarting failed container", "secret \"x\" not found", "", "what is this"] {
        let answer = serde_json::to_value(render::explain(text, Lang::En)).unwrap();
        assert_valid(&why, text, &answer);
        assert_ending_stands_alone(&answer);
        assert!(answer["target"].is_null());
    }
}

#[test]
fn the_record_of_what_was_done_has_a_schema() {
    current("remediations.schema.json", &schema_of::<RemediationsAnswer>());
    current("remediation.schema.json", &schema_of::<RemediationAnswer>());
}

/// `healthy` and `unknown` are alone and have neither confidence nor stage; every other finding has both.
fn assert_ending_stands_alone(answer: &Value) {
    let findings = answer["findings"].as_array().unwrap();
    for finding in findings {
        let ending = finding["cause"] == "healthy" || finding["cause"] == "unknown";
        assert_eq!(ending, finding["confidence"].is_null(), "{finding:#}");
        assert_eq!(ending, finding["stage"].is_null(), "{finding:#}");
        assert!(!ending || findings.len() == 1, "{answer:#}");
        if ending && !answer["target"].is_null() {
            assert_eq!(finding["blame"]["name"], answer["target"]["name"], "{answer:#}");
        }
    }
}
