//! The definitions of NodeTickets and NodeReports.

use podwhy_api::report::Report;
use podwhy_api::ticket::{Phase, Status, Ticket};
use serde_json::{Value, json};

use crate::resource::crd::{
    assert_current, assert_structural, column, definition, object, rule, schema_of, wide,
};

fn ticket() -> Value {
    let mut spec = schema_of::<Ticket>();
    rule(&mut spec, "self == oldSelf", "a ticket never changes");
    rule(
        &mut spec,
        "(self.action == 'remove-image') == has(self.image)",
        "an image is named where one is removed, and nowhere else",
    );
    let mut status = schema_of::<Status>();
    rule(&mut status, "oldSelf.phase == 'Begun' || self == oldSelf", "what has ended stays so");
    let about = "A signed order to the node agent of one node; made by podwhy from an approved Remediation, obeyed once.";
    let mut schema = object(about, spec, status);
    rule(&mut schema, "!has(oldSelf.status) || has(self.status)", "a status stays");
    let names = json!({"plural": "nodetickets", "singular": "nodeticket", "kind": "NodeTicket",
        "listKind": "NodeTicketList", "categories": ["podwhy"]});
    let columns = vec![
        column("Node", "string", ".spec.node"),
        column("Action", "string", ".spec.action"),
        column("Phase", "string", ".status.phase"),
        column("Reason", "string", ".status.reason"),
        column("Age", "date", ".metadata.creationTimestamp"),
        wide("Image", ".spec.image"),
        wide("Remediation", ".spec.remediation"),
        wide("Said", ".status.message"),
    ];
    definition(names, columns, schema)
}

fn report() -> Value {
    let about = "What the node agent sees of its node; written by the agent of that node alone.";
    let mut schema = object(about, schema_of::<Report>(), json!({}));
    schema["properties"].as_object_mut().unwrap().remove("status");
    let names = json!({"plural": "nodereports", "singular": "nodereport", "kind": "NodeReport",
        "listKind": "NodeReportList", "categories": ["podwhy"]});
    let columns = vec![
        column("Kubelet", "string", ".spec.kubelet"),
        column("Runtime", "string", ".spec.runtime"),
        column("Kernel", "string", ".spec.kernel"),
        column("Reported", "date", ".spec.reportedAt"),
        wide("Agent", ".spec.agent"),
    ];
    let mut definition = definition(names, columns, schema);
    // it is one thing that is written at once
    definition["spec"]["versions"][0].as_object_mut().unwrap().remove("subresources");
    definition
}

#[test]
fn the_committed_definitions_are_current() {
    assert_current(ticket(), "adapters/api/src/ticket.rs");
    assert_current(report(), "adapters/api/src/report.rs");
}

#[test]
fn they_are_structural_and_every_phase_is_known() {
    for definition in [ticket(), report()] {
        assert_structural(&definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"], "");
    }
    let status = &ticket()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"];
    let phases = status["properties"]["phase"]["enum"].as_array().unwrap();
    let over =
        phases.iter().filter(|phase| serde_json::from_value::<Phase>((*phase).clone()).unwrap().is_over());
    assert_eq!((phases.len(), over.count()), (5, 4));
}
