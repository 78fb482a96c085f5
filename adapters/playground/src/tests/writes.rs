//! Dry runs, patches, and what is created.

use serde_json::{Value, json};

use super::{Cluster, JSON, MERGE, STRATEGIC, node, pod};

fn remediation(name: &str) -> Value {
    json!({"apiVersion": "podwhy.dev/v1alpha1", "kind": "Remediation", "metadata": {"name": name}, "spec": {"a": 1}, "status": {"b": 2}})
}

fn event(fields: Value) -> Value {
    let mut event = json!({"apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"generateName": "web-1."},
        "eventTime": "2026-11-24T12:00:00.000000Z", "reportingController": "podwhy.dev/bot", "reportingInstance": "bot-0",
        "action": "Restart", "reason": "Approved", "type": "Normal", "note": "restarted",
        "regarding": {"kind": "Pod", "namespace": "shop", "name": "web-1"}});
    for (name, value) in fields.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

#[tokio::test]
async fn a_dry_run_answers_and_changes_nothing() {
    let cluster = Cluster::with([node("n1", "Unknown"), pod("web-1")]).await;
    let remediations = "/apis/podwhy.dev/v1alpha1/namespaces/podwhy/remediations";
    cluster.ask("POST", remediations, &[], remediation("one")).await;
    let (one, pod) = (format!("{remediations}/one"), "/api/v1/namespaces/shop/pods/web-1");
    for (method, path, header, body, code) in [
        ("POST", remediations, MERGE, remediation("two"), 201),
        ("POST", remediations, MERGE, remediation("one"), 409),
        ("PUT", &one, MERGE, remediation("one"), 200),
        ("PUT", &format!("{one}/status"), MERGE, remediation("one"), 200),
        ("PATCH", pod, MERGE, json!({"metadata": {"labels": {"a": "b"}}}), 200),
        ("PATCH", "/api/v1/nodes/n1", STRATEGIC, json!({"spec": {"unschedulable": true}}), 200),
        ("PATCH", pod, JSON, json!([{"op": "test", "path": "/metadata/name", "value": "x"}]), 422),
        ("PATCH", "/api/v1/nodes/n2", MERGE, json!({}), 404),
        ("DELETE", pod, MERGE, Value::Null, 200),
        ("DELETE", pod, MERGE, json!({"dryRun": ["All"], "preconditions": {"uid": "another"}}), 409),
        ("DELETE", "/api/v1/nodes/n1", MERGE, Value::Null, 200),
        (
            "POST",
            &format!("{pod}/eviction"),
            MERGE,
            json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "web-1"}}),
            201,
        ),
    ] {
        let before = cluster.version();
        let (got, told) = cluster.ask(method, &format!("{path}?dryRun=All"), &[header], body.clone()).await;
        assert_eq!(got, code, "{method} {path}: {told}");
        assert_eq!(cluster.version(), before, "{method} {path} changed something");
        if method == "PATCH" && code == 200 {
            let wanted =
                if path == pod { &told["metadata"]["labels"]["a"] } else { &told["spec"]["unschedulable"] };
            assert!(!wanted.is_null(), "{told}");
        }
    }
    let (code, told) = cluster.ask("DELETE", pod, &[], json!({"dryRun": ["All"]})).await;
    assert!(code == 200 && told["metadata"]["deletionTimestamp"].is_string(), "{told}");
    assert_eq!(cluster.get(pod).await.1["metadata"].get("deletionTimestamp"), None);
    assert_eq!(cluster.ask("PATCH", &format!("{pod}?dryRun=some"), &[MERGE], json!({})).await.0, 422);
}

#[tokio::test]
async fn a_patch_that_tests_changes_only_what_it_knew() {
    let cluster = Cluster::with([node("n1", "True")]).await;
    let path = "/api/v1/nodes/n1";
    let set = |known: Value| {
        json!([{"op": "test", "path": "/metadata/resourceVersion", "value": known},
            {"op": "add", "path": "/spec/unschedulable", "value": true}])
    };
    let (code, told) = cluster.ask("PATCH", path, &[JSON], set(json!("1"))).await;
    assert_eq!((code, &told["reason"]), (422, &json!("Invalid")));
    let version = cluster.get(path).await.1["metadata"]["resourceVersion"].clone();
    let (code, told) = cluster.ask("PATCH", path, &[JSON], set(version)).await;
    assert_eq!((code, &told["spec"]["unschedulable"]), (200, &json!(true)));
    // custom resources have no strategy
    let remediation = "/apis/podwhy.dev/v1alpha1/namespaces/podwhy/remediations/x";
    assert_eq!(cluster.ask("PATCH", remediation, &[STRATEGIC], json!({})).await.0, 415);
}

#[tokio::test]
async fn an_event_of_either_group_is_kept_as_one() {
    let cluster = Cluster::with([]).await;
    let newer = "/apis/events.k8s.io/v1/namespaces/shop/events";
    let (code, made) = cluster.ask("POST", newer, &[], event(json!({}))).await;
    assert_eq!((code, &made["note"]), (201, &json!("restarted")));
    let name = made["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("web-1.") && name.len() == "web-1.".len() + 5, "{name}");
    let (code, read) = cluster.get(&format!("/api/v1/namespaces/shop/events/{name}")).await;
    assert_eq!(
        (code, &read["message"], &read["involvedObject"]["name"]),
        (200, &json!("restarted"), &json!("web-1"))
    );
    assert_eq!(read["reportingComponent"], "podwhy.dev/bot");
    let (code, told) = cluster.ask("POST", newer, &[], event(json!({"action": ""}))).await;
    assert_eq!((code, &told["details"]["causes"][0]["field"]), (422, &json!("action")));
    let older = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"}, "message": "m"});
    assert_eq!(cluster.ask("POST", "/api/v1/namespaces/shop/events", &[], older).await.0, 201);
    assert_eq!(cluster.items("/api/v1/namespaces/shop/events").await.len(), 2);
}

#[tokio::test]
async fn a_remediation_has_a_status_of_its_own() {
    let cluster = Cluster::with([]).await;
    let list = "/apis/podwhy.dev/v1alpha1/namespaces/podwhy/remediations";
    let (code, mut made) = cluster.ask("POST", list, &[], remediation("r")).await;
    assert_eq!((code, made.get("status")), (201, None));
    made["status"] = json!({"phase": "Done"});
    made["spec"] = json!({"a": 9});
    let (code, told) = cluster.ask("PUT", &format!("{list}/r/status"), &[], made.clone()).await;
    assert_eq!((code, &told["spec"]["a"], &told["status"]["phase"]), (200, &json!(1), &json!("Done")));
    assert_eq!(cluster.ask("PUT", &format!("{list}/r/status"), &[], made).await.0, 409);
}
