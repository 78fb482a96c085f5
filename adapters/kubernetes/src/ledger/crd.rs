//! The definition of Incidents.

use podwhy_flow::incident::record::{Spec, Status};
use serde_json::{Value, json};

use crate::resource::crd::{
    assert_current, assert_structural, column, conditions, object, rule, schema_of, wide,
};

fn columns() -> Vec<Value> {
    vec![
        column("Phase", "string", ".status.phase"),
        column("Cause", "string", ".status.rootCause.cause"),
        column("Blame", "string", ".status.rootCause.blame.name"),
        column("Failing", "integer", ".status.failing"),
        column("On it", "string", ".status.taken.by"),
        column("Since", "date", ".spec.openedAt"),
        wide("Cluster", ".status.rootCause.cluster"),
        wide("Kind", ".status.rootCause.blame.kind"),
        wide("Severity", ".status.severity"),
        wide("Summary", ".status.summary"),
    ]
}

fn definition() -> Value {
    let mut spec = schema_of::<Spec>();
    spec["properties"]["episode"]["minimum"] = json!(1);
    rule(&mut spec, "self == oldSelf", "what an incident is never changes");
    let mut status = schema_of::<Status>();
    status["properties"]["conditions"] = conditions();
    rule(
        &mut status,
        "self.phase != 'Resolved' || has(self.resolvedAt)",
        "a resolved incident has a resolvedAt",
    );
    let about = "Why something fails, and where: one for each root cause, made and closed by podwhy.";
    let names = json!({"plural": "incidents", "singular": "incident", "kind": "Incident", "listKind": "IncidentList",
        "shortNames": ["inc"], "categories": ["podwhy"]});
    crate::resource::crd::definition(names, columns(), object(about, spec, status))
}

#[test]
fn the_committed_definition_is_current() {
    assert_current(definition(), "bot/flow/src/incident/record.rs");
}

#[test]
fn the_schema_is_structural_and_knows_each_time() {
    let definition = definition();
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    assert_structural(schema, "");
    for time in
        ["/spec/properties/openedAt", "/status/properties/resolvedAt", "/status/properties/lastFailing"]
    {
        assert_eq!(schema.pointer(&format!("/properties{time}/format")), Some(&json!("date-time")), "{time}");
    }
    let phases = schema.pointer("/properties/status/properties/phase/enum");
    assert_eq!(phases, Some(&json!(["Open", "Resolved"])));
}
