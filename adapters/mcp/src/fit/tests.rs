use podwhy_flow::answer::{EvidenceAnswer, GroupAnswer, ObjectName, RemedyAnswer, schema_of};
use schemars::JsonSchema;

use super::*;

fn blamed(name: &str) -> BlameAnswer {
    BlameAnswer { kind: "Node".to_string(), namespace: None, name: name.to_string() }
}

fn many(groups: usize, pods: usize) -> Answer {
    let pod = |number| ObjectName { namespace: "shop".to_string(), name: format!("cart-{number}") };
    let group = |number: usize| GroupAnswer {
        cause: "node-lost".to_string(),
        confidence: None,
        blame: blamed(&format!("node-{number}")),
        summary: "The node is gone.".to_string(),
        count: pods,
        pods: (0..pods).map(pod).collect(),
        workloads: Vec::new(),
    };
    let triage = TriageAnswer {
        taken_at: "2026-11-26T12:00:00Z".to_string(),
        failing: groups * pods,
        expected: 0,
        healthy: 7,
        groups: (0..groups).map(group).collect(),
        gaps: Vec::new(),
    };
    Answer::Triage("prod".to_string(), triage)
}

fn heavy(findings: usize, text: &str) -> Answer {
    let finding = FindingAnswer {
        cause: "app-exited".to_string(),
        stage: None,
        confidence: None,
        pod: None,
        container: None,
        blame: blamed(text),
        summary: text.to_string(),
        explanation: text.to_string(),
        evidence: vec![
            EvidenceAnswer {
                source: "log".to_string(),
                object: text.to_string(),
                at: None,
                text: text.to_string(),
            };
            40
        ],
        remedies: vec![RemedyAnswer {
            id: "look".to_string(),
            risk: "words".to_string(),
            title: text.to_string(),
            command: Some(format!("kubectl {text}")),
        }],
    };
    let gap = GapAnswer {
        what: text.to_string(),
        why: "forbidden".to_string(),
        could_hide: vec!["node-lost".to_string(); 100],
    };
    Answer::Why(WhyAnswer {
        target: None,
        verdict: "failing".to_string(),
        verdict_text: text.to_string(),
        notices: vec![text.to_string()],
        findings: vec![finding; findings],
        gaps: vec![gap; 200],
        changes: Vec::new(),
    })
}

fn assert_fits<T: JsonSchema>(fitted: &Fitted) {
    assert!(fitted.text.len() <= MOST_BYTES, "{} bytes of text", fitted.text.len());
    assert!(fitted.json.to_string().len() <= MOST_BYTES, "{} bytes of JSON", fitted.json.to_string().len());
    let schema = serde_json::to_value(schema_of::<T>()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&fitted.json), "{:#}", fitted.json);
}

#[test]
fn what_fits_stays_whole() {
    let fitted = fit(many(3, 20), Lang::En).unwrap();
    assert!(fitted.cut.is_none() && !fitted.text.contains('…'));
    assert_eq!(fitted.json["groups"][2]["pods"].as_array().unwrap().len(), 20);
}

#[test]
fn of_many_the_largest_groups_stay_with_their_counts() {
    let fitted = fit(many(40, 5_000), Lang::En).unwrap();
    assert_fits::<TriageAnswer>(&fitted);
    let groups = fitted.json["groups"].as_array().unwrap();
    assert_eq!((groups.len(), groups[0]["count"].as_u64()), (40, Some(5_000)));
    assert_eq!(fitted.json["failing"], 200_000);
    let shown: usize = groups.iter().map(|group| group["pods"].as_array().unwrap().len()).sum();
    let told = format!("Left out: {} pods and workloads", 200_000 - shown);
    assert!(fitted.cut.unwrap().contains(&told), "{told}");
}

#[test]
fn monsters_fit_in_both_languages() {
    for lang in Lang::ALL {
        for (findings, text) in
            [(1, "long ".repeat(20_000)), (30, "a line\n".repeat(100)), (3, "é".repeat(3_000))]
        {
            let fitted = fit(heavy(findings, &text), lang).unwrap();
            assert_fits::<WhyAnswer>(&fitted);
            let cut = fitted.cut.unwrap();
            assert_eq!(fitted.json["notices"].as_array().unwrap().last().unwrap(), &Value::from(cut));
        }
        assert_fits::<TriageAnswer>(&fit(many(2_000, 3), lang).unwrap());
    }
}

#[test]
fn a_command_is_whole_or_not_there() {
    let fitted = fit(heavy(1, &"x".repeat(30_000)), Lang::En).unwrap();
    assert!(fitted.json["findings"][0]["remedies"][0]["command"].is_null());
    assert!(!fitted.text.contains("$ kubectl"));
}
