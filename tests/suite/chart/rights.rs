//! What the chart grants is what `podwhy manifest rbac` prints, for every kind of configuration.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use super::{helm, objects, template};
use crate::terminal::binary;

/// A configuration in JSON, and the values beside it.
fn cases() -> Vec<(&'static str, Value, Value)> {
    let slack = json!({"bot_token": {"env": "A"}, "app_token": {"env": "B"}});
    let people = json!([
        {"slack": "U1", "user": "ann@example.com", "groups": ["sre", "\u{8fd0}\u{7ef4}"]},
        {"slack": "U2", "user": "bob: \"x\"", "groups": ["sre"]},
        {"slack": "U3", "user": "system:serviceaccount:ci:deployer"},
        {"slack": "U4", "user": "system:serviceaccount:ci:builder"}
    ]);
    let remediation = |remedies: Value| {
        let mut own = json!({"signing_key": {"env": "K"}, "of": ["*"], "allow_privileged":
            ["system:serviceaccount:ci:deployer", "system:serviceaccount:ci:builder"]});
        if !remedies.is_null() {
            own["remedies"] = remedies;
        }
        own
    };
    let routes = json!([{"app": "slack", "channel": "C1", "of": ["*"], "watch": true}]);
    let all = json!(["roll-back", "remove-finalizer", "delete-node"]);
    let full = json!({"slack": slack, "people": people, "routes": routes, "secrets": "names", "read": {"as": "person"},
        "remediation": remediation(all.clone())});
    let mut signed = full.clone();
    signed["remediation"]["ticket_key"] = json!({"env": "T"});
    signed["remediation"]["remedies"] = json!(["roll-back", "restart-kubelet", "delete-node"]);
    vec![
        ("nothing", json!({}), json!({})),
        ("answers", json!({"slack": slack}), json!({})),
        ("told", json!({"slack": slack, "routes": routes}), json!({})),
        (
            "acts",
            json!({"slack": slack, "people": people, "remediation": remediation(Value::Null)}),
            json!({}),
        ),
        ("everything", full.clone(), json!({})),
        ("agents", signed, json!({"agent": {"enabled": true}})),
        ("some namespaces", full.clone(), json!({"rbac": {"namespaces": ["shop", "pay"]}})),
        (
            "nothing of the cluster",
            full.clone(),
            json!({"rbac": {"namespaces": ["shop"], "cluster": {"read": false, "remediate": false}}}),
        ),
        ("reads of the cluster", full.clone(), json!({"rbac": {"cluster": {"remediate": false}}})),
        ("acts in the cluster", full, json!({"rbac": {"cluster": {"read": false}}})),
    ]
}

/// Kind, namespace and name of a role or binding, with its rules, or whom it binds.
fn granted(objects: &[Value]) -> BTreeSet<String> {
    let of = |object: &&Value| {
        let kind = object["kind"].as_str().unwrap_or_default();
        let names_agent = object["metadata"]["name"] == "podwhy-agent";
        (kind.contains("Role")) && !names_agent
    };
    objects
        .iter()
        .filter(of)
        .map(|object| {
            let metadata = &object["metadata"];
            let rest = json!([object["rules"], object["roleRef"], object["subjects"]]);
            format!("{} {}/{} {rest}", object["kind"], metadata["namespace"], metadata["name"])
        })
        .collect()
}

fn printed(config: &Value, values: &Value) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("podwhy.json");
    let mut config = config.clone();
    let mut cluster = json!({"name": "cluster", "in_cluster": true});
    if let Some(namespaces) = values.pointer("/rbac/namespaces") {
        cluster["namespaces"] = namespaces.clone();
    }
    if values.pointer("/agent/enabled").is_some() {
        cluster["agents"] = json!("podwhy");
    }
    config["clusters"] = json!([cluster]);
    config["serve"] = json!({"claims": "leases", "namespace": "podwhy"});
    std::fs::write(&file, config.to_string()).unwrap();
    let mut command = Command::new(binary("podwhy"));
    command.args(["manifest", "rbac", "--config"]).arg(&file);
    for (flag, part) in [("--no-cluster-read", "read"), ("--no-cluster-remediate", "remediate")] {
        if values.pointer(&format!("/rbac/cluster/{part}")) == Some(&json!(false)) {
            command.arg(flag);
        }
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", super::told(&output));
    objects(&String::from_utf8(output.stdout).unwrap())
}

#[test]
fn they_are_those_that_podwhy_prints() {
    for (name, config, values) in cases() {
        let Some(helm) = helm("the rights of the chart") else { return };
        let mut rendered = values.clone();
        rendered["config"] = config.clone();
        let text = template(helm, &rendered.to_string(), &[]).unwrap();
        let (chart, code) = (granted(&objects(&text)), granted(&printed(&config, &values)));
        assert!(!code.is_empty(), "{name}");
        assert_eq!(chart, code, "{name}");
    }
}
