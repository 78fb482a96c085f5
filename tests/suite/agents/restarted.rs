//! A kubelet that has stopped, from a button in Slack to a node that is ready: a real API server, a real systemd, the agent, the bot.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use podwhy::Running;
use podwhy_fakes::slack::FakeSlack;
use podwhy_kubernetes::rights::Need;
use podwhy_node::Systemd;
use podwhy_tests::chat::{Bot, SOON};
use podwhy_tests::control_plane::eventually;
use serde_json::{Value, json};

use super::{NAMESPACE, PATIENCE, Site, client, stolen};
use crate::rbac::{self, PODWHY};
use crate::slack::{said, subscribed};

/// The dummy: it runs, and is no kubelet.
const KUBELET: &str = "[Service]\nExecStart=sleep infinity\n";

fn configuration(kubeconfig: &Path) -> String {
    format!(
        "[[clusters]]\nname = \"prod\"\nkubeconfig = {kubeconfig:?}\nagents = \"{NAMESPACE}\"\n\
         [incidents]\nnamespace = \"{NAMESPACE}\"\n\
         [[channels]]\napp = \"slack\"\nid = \"C0OPS\"\nread = [\"prod:*\"]\n\
         [[people]]\nslack = \"U0ANN\"\nuser = \"ann@example.com\"\ngroups = [\"sre\"]\n\
         [remediation]\nsigning_key = {{ env = \"PODWHY_REMEDIATION_KEY\" }}\nticket_key = {{ env = \"PODWHY_TICKET_KEY\" }}\n\
         of = [\"prod:*\"]\nremedies = [\"restart-kubelet\", \"delete-node\"]\n"
    )
}

/// podwhy has the rights that are printed for it, and whoever is on call may have nodes acted on.
fn allowed(site: &Site, configuration: &str) {
    let slack = "[slack]\nbot_token = { env = \"A\" }\napp_token = { env = \"B\" }\n";
    rbac::grant(&site.control_plane, &format!("{slack}{configuration}"));
    let on_call =
        ["create", "clusterrolebinding", "on-call", "--clusterrole=podwhy-node-actions", "--group=sre"];
    let (done, words) = site.control_plane.say(&on_call).unwrap();
    assert!(done, "{words}");
}

/// What a kubelet would tell: that it is well, or what the node controller says when it tells nothing.
async fn says(site: &Site, ready: &str, at: Timestamp) {
    let reason = if ready == "True" { "KubeletReady" } else { "NodeStatusUnknown" };
    let condition = json!({"type": "Ready", "status": ready, "reason": reason, "message": "as it is told",
        "lastHeartbeatTime": at.to_string(), "lastTransitionTime": at.to_string()});
    let status = json!({"status": {"conditions": [condition], "nodeInfo": info()}});
    site.server.report("Node", "", "worker-3", &status).await.unwrap();
    let renewed = at.strftime("%Y-%m-%dT%H:%M:%S.000000Z").to_string();
    let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"namespace": "kube-node-lease", "name": "worker-3"}, "spec": {"holderIdentity": "worker-3",
            "leaseDurationSeconds": 40, "renewTime": renewed}});
    if site.server.make(&lease).await.is_err() {
        let renewed = json!({"spec": lease["spec"]});
        site.server.merge("Lease", "kube-node-lease", "worker-3", &renewed).await.unwrap();
    }
}

fn info() -> Value {
    json!({"kubeletVersion": "v1.37.2", "containerRuntimeVersion": "containerd://2.1.4", "kernelVersion": "6.1", "osImage": "x",
        "architecture": "amd64", "bootID": "b", "machineID": "m", "systemUUID": "s", "kubeProxyVersion": "", "operatingSystem": "linux"})
}

async fn bot(slack: &FakeSlack, more: String) -> Running {
    let running = Bot { slack: Some(slack), more, ..Bot::default() }.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    running
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kubelet_is_restarted_by_a_button_and_its_node_is_ready_again() {
    let Some(systemd) = Systemd::start() else { return };
    let Some(site) = Site::new("a kubelet restarted by a button").await else { return };
    for folder in ["kube-node-lease", "kube-system"] {
        site.server.ensure_namespace(folder).await.unwrap();
    }
    site.control_plane.install(&["deploy/remediation/node-actions.yaml"], &[]).unwrap();
    systemd.unit("kubelet.service", KUBELET).unwrap();
    systemd.run("kubelet.service").unwrap();
    systemd.systemctl(&["kill", "-s", "KILL", "kubelet.service"]).unwrap();
    let node = site.node("worker-3").await;
    says(&site, "Unknown", Timestamp::now() - jiff::SignedDuration::from_mins(3)).await;
    let configuration = configuration(&site.bot);
    allowed(&site, &configuration);
    // what is left of a ticket of long ago is taken away with the next
    let (own, bot_client) = (format!("{}/nodetickets", stolen::OWN), client(&site.bot).await);
    let old = stolen::ticket("old", "worker-2");
    eventually("podwhy may make tickets", PATIENCE, async || {
        Ok((stolen::send(&bot_client, "POST", &own, Some(&old)).await == 200).then_some(()))
    })
    .await
    .unwrap();
    let agent = site.agent("worker-3").await;
    site.holds(&agent).await;
    let agent = site.runs(agent, &systemd).await;
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let _running = bot(&slack, configuration).await;
    // until the agent has reported that the machine lives and the kubelet does not
    let reported =
        || site.control_plane.say(&["get", "nodereport", "worker-3", "-n", NAMESPACE, "-o", "yaml"]);
    eventually("the agent reports", PATIENCE, async || {
        Ok(reported()?.1.contains("active: failed").then_some(()))
    })
    .await
    .unwrap();

    slack.slash("U0ANN", "C0OPS", "why prod:node/worker-3").unwrap();
    said(&slack, "C0OPS", "kubelet-down").await;
    slack.slash("U0ANN", "C0OPS", "fix prod:node/worker-3").unwrap();
    let offer = said(&slack, "C0OPS", "One person has to agree").await;
    let text = offer.everything();
    assert!(text.contains("Restart the kubelet of node prod:worker-3"), "{text}");
    slack.click("U0ANN", "C0OPS", &offer.ts, "podwhy_incident_approve").unwrap();
    eventually("the agent has done it", PATIENCE, async || {
        let phase = site.ticket(".status.phase");
        assert!(!phase.contains("Refused") && !phase.contains("Failed"), "{}", site.ticket(".status"));
        Ok((phase.trim() == "Done").then_some(()))
    })
    .await
    .unwrap();
    eventually("the old ticket is gone", PATIENCE, async || {
        Ok((!site.ticket(".metadata.name").contains("old")).then_some(()))
    })
    .await
    .unwrap();
    let (before, after) = (site.ticket(".status.before.active"), site.ticket(".status.after.active"));
    assert_eq!((before.as_str(), after.as_str()), ("failed", "active"));
    assert_eq!(site.ticket(".spec.nodeUid"), node["metadata"]["uid"].as_str().unwrap());
    said(&slack, "C0OPS", "whether it helps is looked at").await;
    // the kubelet that runs again says that its node is ready
    says(&site, "True", Timestamp::now()).await;
    let done = said(&slack, "C0OPS", "Done, and it helped").await;
    assert_eq!(done.ts, offer.ts);
    let text = done.everything();
    assert!(text.contains("Agreed: ann@example.com"), "{text}");
    assert_eq!(slack.violations(), []);
    agent.abort();
    tokio::time::timeout(Duration::from_secs(5), agent).await.unwrap().unwrap_err();
    podwhy_tests::rights::check(
        &site.control_plane,
        PODWHY,
        &[Need::Agents, Need::Witnesses, Need::Tickets],
        &[],
    );
}
