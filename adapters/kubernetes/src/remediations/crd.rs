//! The definition of Remediations.

use podwhy_flow::act::record::{Phase, Spec, Status};
use serde_json::{Value, json};

use crate::resource::crd::{
    assert_current, assert_structural, column, conditions, object, rule, schema_of, wide,
};

const OVER: [Phase; 7] = [
    Phase::Declined,
    Phase::Expired,
    Phase::Superseded,
    Phase::Succeeded,
    Phase::Partial,
    Phase::Failed,
    Phase::Unclear,
];

fn columns() -> Vec<Value> {
    vec![
        column("Phase", "string", ".status.phase"),
        column("Remedy", "string", ".spec.plan.remedy"),
        column("Cluster", "string", ".spec.rootCause.cluster"),
        column("Target", "string", ".spec.plan.targets[0].name"),
        column("First", "string", ".status.approvals[0].user"),
        column("Second", "string", ".status.approvals[1].user"),
        column("Age", "date", ".spec.offeredAt"),
        wide("Kind", ".spec.plan.targets[0].kind"),
        wide("Namespace", ".spec.plan.targets[0].namespace"),
        wide("Cause", ".spec.rootCause.cause"),
        wide("Asked", ".spec.askedBy"),
        wide("By", ".status.executing.by"),
        wide("Incident", ".spec.incident"),
    ]
}

/// A list of which nothing is taken away or changed.
fn grows(list: &str) -> String {
    format!(
        "!has(oldSelf.{list}) || (has(self.{list}) && self.{list}.size() >= oldSelf.{list}.size() && oldSelf.{list}.all(old, old in self.{list}))"
    )
}

/// The status changes by these rules whoever writes it. They hold between an old status and a new one, so its root says that it stays.
fn rules(status: &mut Value) {
    let over: Vec<String> = OVER.iter().map(|phase| format!("'{}'", phase.as_str())).collect();
    let over = format!("!(oldSelf.phase in [{}]) || self.phase == oldSelf.phase", over.join(", "));
    rule(status, &over, "what has ended stays so");
    rule(
        status,
        "!has(oldSelf.executing) || (has(self.executing) && self.executing == oldSelf.executing)",
        "what was begun stays begun, by whom it was",
    );
    rule(status, &grows("approvals"), "an approval is not taken away or changed");
    rule(status, &grows("history"), "what happened stays told");
    rule(
        status,
        "self.phase in ['Offered', 'Approved', 'Declined', 'Expired', 'Superseded'] || has(self.executing)",
        "what was done was begun by somebody",
    );
}

fn definition() -> Value {
    let mut spec = schema_of::<Spec>();
    spec["properties"]["plan"]["properties"]["targets"]["minItems"] = json!(1);
    spec["properties"]["floor"]["properties"]["approvals"]["minimum"] = json!(1);
    rule(&mut spec, "self == oldSelf", "an offer never changes");
    let mut status = schema_of::<Status>();
    status["properties"]["conditions"] = conditions();
    rules(&mut status);
    let about = "What is offered to be done about an incident's cause, who agreed, and what came of it; made by podwhy.";
    let mut schema = object(about, spec, status);
    rule(&mut schema, "!has(oldSelf.status) || has(self.status)", "a status stays");
    let names = json!({"plural": "remediations", "singular": "remediation", "kind": "Remediation",
        "listKind": "RemediationList", "shortNames": ["rem"], "categories": ["podwhy"]});
    crate::resource::crd::definition(names, columns(), schema)
}

#[test]
fn the_committed_definition_is_current() {
    assert_current(definition(), "bot/flow/src/act/record.rs");
}

#[test]
fn every_phase_is_known_and_every_end_is_one() {
    let definition = definition();
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    assert_structural(schema, "");
    let times = ["/spec/properties/offeredAt", "/status/properties/verifyUntil"];
    for time in times {
        assert_eq!(schema.pointer(&format!("/properties{time}/format")), Some(&json!("date-time")), "{time}");
    }
    let phases =
        schema.pointer("/properties/status/properties/phase/enum").and_then(Value::as_array).unwrap();
    let over: Vec<Phase> = phases
        .iter()
        .map(|phase| serde_json::from_value(phase.clone()).unwrap())
        .filter(|phase: &Phase| phase.is_over())
        .collect();
    assert_eq!((phases.len(), over), (11, OVER.to_vec()));
}
