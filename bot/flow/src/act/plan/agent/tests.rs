use serde_json::{Value, json};

use super::super::tests::looked;
use super::super::{Known, found};
use super::*;
use crate::ask::diagnose::Diagnosed;

/// A node whose kubelet has been silent for three minutes, in a cluster of two.
fn silent() -> Vec<Value> {
    let node = |name: &str, ready: &str, at: &str| {
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "uid": format!("u-{name}")},
            "status": {"nodeInfo": {"kubeletVersion": "v1.31.2"}, "conditions": [{"type": "Ready", "status": ready,
                "reason": if ready == "True" { "KubeletReady" } else { "NodeStatusUnknown" },
                "lastHeartbeatTime": at, "lastTransitionTime": "2026-11-26T09:57:40Z"}]}})
    };
    let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"namespace": "kube-node-lease", "name": "worker-3"}, "spec": {"renewTime": "2026-11-26T09:57:00.000000Z"}});
    vec![
        node("worker-3", "Unknown", "2026-11-26T09:57:00Z"),
        node("worker-1", "True", "2026-11-26T09:59:55Z"),
        lease,
    ]
}

/// What its agent reports: the machine lives, the kubelet has failed.
fn report(actions: Value) -> Value {
    json!({"apiVersion": "podwhy.dev/v1alpha1", "kind": "NodeReport", "metadata": {"namespace": "podwhy", "name": "worker-3"},
        "spec": {"nodeUid": "u-worker-3", "reportedAt": "2026-11-26T09:59:40Z", "actions": actions, "units": [
            {"name": "kubelet.service", "active": "failed", "result": "exit-code", "since": "2026-11-26T09:57:02Z"},
            {"name": "containerd.service", "active": "active", "since": "2026-11-20T09:00:00Z"}]}})
}

fn able() -> Value {
    json!([{"action": "restart-kubelet", "unit": "kubelet.service"}, {"action": "restart-runtime", "unit": "containerd.service"}])
}

fn of(report: Option<Value>, nodes: Vec<Value>) -> Diagnosed {
    looked(nodes.into_iter().chain(report).collect(), "node/worker-3")
}

fn restart(diagnosed: &Diagnosed) -> Result<Offerable, Why> {
    let finding = &diagnosed.diagnosis.findings[0];
    ticket(diagnosed, finding, Remedy::RestartKubelet).unwrap().map_err(|withheld| withheld.why)
}

#[test]
fn a_kubelet_is_restarted_by_the_agent_that_says_it_would() {
    let looked = of(Some(report(able())), silent());
    let all = found(&looked, &Known::default());
    let [one] = all.offerable.as_slice() else { panic!("{all:#?}") };
    assert_eq!((one.cause.as_str(), one.plan.remedy), ("kubelet-down", Remedy::RestartKubelet));
    assert_eq!(one.plan.targets[0].uid, "u-worker-3");
    let ticket = Ticket { unit: "kubelet.service".into(), ..Ticket::default() };
    assert_eq!((one.plan.ticket.as_ref(), one.circumstances.control_plane), (Some(&ticket), false));
}

#[test]
fn without_an_agent_that_would_there_is_no_button_and_the_reason_is_told() {
    let with = |change: fn(&mut Value)| {
        let mut report = report(able());
        change(&mut report);
        restart(&of(Some(report), silent())).map(|_| ())
    };
    assert_eq!(restart(&of(None, silent())).map(|_| ()), Err(Why::NoAgent));
    assert_eq!(with(|report| report["spec"]["nodeUid"] = json!("earlier")), Err(Why::AgentSilent));
    assert_eq!(
        with(|report| report["spec"]["reportedAt"] = json!("2026-11-26T09:49:59Z")),
        Err(Why::AgentSilent)
    );
    let off = Err(Why::NotAble("it is not switched on there".to_string()));
    assert_eq!(with(|report| report["spec"]["actions"] = json!([])), off);
    let why = Err(Why::NotAble("k3s.service is a server's unit".to_string()));
    let server = |report: &mut Value| {
        report["spec"]["actions"][0]["whyNot"] = json!("k3s.service is a server's unit");
    };
    assert_eq!(with(server), why);
    let lines = found(&of(None, silent()), &Known::default()).withheld;
    let lines: Vec<String> = lines.iter().flat_map(|one| one.lines(podwhy_knowledge::Lang::En)).collect();
    let said =
        "No button to restart the kubelet of Node worker-3: no node agent of podwhy reports from there.";
    assert!(lines.is_empty() || lines.contains(&said.to_string()), "{lines:?}");
}

#[test]
fn on_the_control_plane_two_agree() {
    let mut nodes = silent();
    nodes[0]["metadata"]["labels"] = json!({"node-role.kubernetes.io/control-plane": ""});
    let one = restart(&of(Some(report(able())), nodes)).unwrap();
    assert!(one.circumstances.control_plane);
    assert_eq!(one.plan.remedy.floor(one.circumstances).approvals, 2);
    assert_eq!(one.plan.warnings[0].caution, Caution::ControlPlane);
}

#[test]
fn how_many_containers_end_with_their_runtime_is_told() {
    let runtime = |survival: Value| {
        let mut report = report(able());
        report["spec"]["survival"] = survival;
        let looked = of(Some(report), silent());
        let finding = &looked.diagnosis.findings[0];
        let one = ticket(&looked, finding, Remedy::RestartRuntime).unwrap().unwrap();
        let names = one.plan.warnings.first().map(|warning| warning.names.clone()).unwrap_or_default();
        (one.plan.ticket.unwrap().containers_may_die, names)
    };
    let lives = json!({"survive": true, "because": "KillMode=process", "running": 12});
    assert_eq!(runtime(lives), (false, Vec::new()));
    let dies = json!({"survive": false, "because": "live-restore is off", "running": 12});
    assert_eq!(runtime(dies), (true, vec!["12".to_string(), "live-restore is off".to_string()]));
    assert_eq!(runtime(json!({})), (true, vec!["?".to_string()]), "nobody knows: then they may");
}
