//! An agent that is ended while systemd does what it was told to: the next one tells how it came out, and does it no second time.

use jiff::{SignedDuration, Timestamp};
use kube::Client;
use podwhy_api::seal::Key;
use podwhy_api::ticket::{Action, Order};
use podwhy_node::Systemd;
use podwhy_node_agent::units;
use podwhy_tests::control_plane::eventually;
use serde_json::{Value, json};

use super::{NAMESPACE, PATIENCE, Site, client, stolen};

/// podwhy's ticket for worker-3, as it makes it.
async fn give(bot: &Client, node: &Value) {
    let now = Timestamp::now();
    let order = Order {
        node: "worker-3".into(),
        node_uid: node["metadata"]["uid"].as_str().unwrap().into(),
        action: Action::RestartKubelet,
        image: None,
        containers_may_die: false,
        remediation: "rem-1".into(),
        remediation_uid: "r-1".into(),
        issued_at: now,
        expires_at: now + SignedDuration::from_mins(1),
    };
    let name = order.name();
    let ticket = json!({"apiVersion": "podwhy.dev/v1alpha1", "kind": "NodeTicket",
        "metadata": {"name": name}, "spec": Key::from_seed(&[1; 32]).sign(order)});
    let path = format!("{}/nodetickets", stolen::OWN);
    assert_eq!(stolen::send(bot, "POST", &path, Some(&ticket)).await, 200);
}

/// How the unit is, and which run of it.
async fn unit(systemd: &Systemd) -> (String, String) {
    let asked = units::Systemd::connect(&systemd.address()).await.unwrap();
    let unit = asked.unit("kubelet.service").await.unwrap();
    (unit.active, unit.invocation)
}

/// What is told when the agent is ended while its unit stops, and the next one comes before the unit has stopped, or once it runs again.
async fn told(stop: &str, comes_late: bool) -> Option<(String, String)> {
    let systemd = Systemd::start()?;
    let site = Site::new("an agent that is ended in the middle").await?;
    let grants = json!([{"apiGroups": ["podwhy.dev"], "resources": ["nodetickets"], "verbs": ["create"]}]);
    site.server.grant(NAMESPACE, "system:serviceaccount:podwhy:podwhy", &grants).await.unwrap();
    let starts = systemd.folder().join("starts");
    let text = format!(
        "[Service]\nExecStart=sh -c 'echo start >> {}; exec sleep infinity'\nExecStop={stop}\n",
        starts.display()
    );
    systemd.unit("kubelet.service", &text).unwrap();
    systemd.run("kubelet.service").unwrap();
    let first = unit(&systemd).await.1;
    let node = site.node("worker-3").await;
    let agent = site.agent("worker-3").await;
    site.holds(&agent).await;
    let runs = site.runs(agent.clone(), &systemd).await;
    give(&client(&site.bot).await, &node).await;
    let becomes = async |wanted: &str, another: bool| {
        eventually(wanted, PATIENCE, async || {
            let (active, invocation) = unit(&systemd).await;
            Ok((active == wanted && (invocation != first) == another).then_some(()))
        })
        .await
        .unwrap();
    };
    becomes("deactivating", false).await;
    assert_eq!(site.ticket(".status.phase"), "Begun");
    runs.abort();
    assert!(runs.await.unwrap_err().is_cancelled());
    if comes_late {
        becomes("active", true).await;
    }
    let next = site.runs(agent, &systemd).await;
    eventually("the next one tells", PATIENCE, async || {
        Ok((site.ticket(".status.phase") != "Begun").then_some(()))
    })
    .await
    .unwrap();
    next.abort();
    let started = std::fs::read_to_string(&starts).unwrap().lines().count();
    assert_eq!(started, if comes_late { 2 } else { 1 }, "it was restarted once at most");
    Some((site.ticket(".status.phase"), site.ticket(".status.reason")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_that_runs_anew_was_restarted_whoever_saw_it() {
    // long enough to be seen stopping also where much else runs
    let Some(told) = told("sleep 15", true).await else { return };
    assert_eq!(told, ("Done".to_string(), String::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_has_not_come_back_is_told_as_not_clear() {
    let Some(told) = told("sleep 60", false).await else { return };
    assert_eq!(told, ("Unclear".to_string(), "Interrupted".to_string()));
}
