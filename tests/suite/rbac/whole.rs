//! The whole bot under the rights that are shipped: it asks for nothing that it is not given, and is given nothing that it never asks for.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use podwhy::chats::ChatOptions;
use podwhy_fakes::slack::{Channel, FakeSlack};
use podwhy_flow::ports::Clock;
use podwhy_kubernetes::rights::Need;
use podwhy_kubernetes::{Connection, LeaseClaims};
use podwhy_tests::bridge::Server;
use podwhy_tests::chat::{Bot, SOON};
use podwhy_tests::control_plane::{ControlPlane, Options, control_plane_or_say, eventually};
use podwhy_tests::live::live;
use serde_json::{Value, json};

use super::{NAMESPACE, PODWHY, account};
use crate::slack::{said, subscribed, whispered};

const SLACK: &str = "[slack]\nbot_token = { env = \"A\" }\napp_token = { env = \"B\" }\n";
const FAILED: &str = "ranker-x-1";
const LOST: &str = "worker-3";

/// Used in other tests: what stands on a dead node is looked at where one is acted on, and an incident where something is offered for it.
const ELSEWHERE: [&str; 2] = ["list storage.k8s.io/volumeattachments", "get podwhy.dev/incidents"];

fn configuration(kubeconfig: &str) -> String {
    format!(
        r#"
[read]
as = "person"
[serve]
claims = "leases"
namespace = "{NAMESPACE}"
[incidents]
namespace = "{NAMESPACE}"
keep = "1h"
[[clusters]]
name = "prod"
kubeconfig = {kubeconfig:?}
[[channels]]
app = "slack"
id = "C0OPS"
read = ["*"]
[[routes]]
app = "slack"
channel = "C0TOLD"
of = ["*"]
watch = true
[[people]]
slack = "U0ANN"
user = "ann"
groups = ["sre"]
[remediation]
signing_key = {{ env = "PODWHY_REMEDIATION_KEY" }}
of = ["*"]
remedies = ["delete-failed-pods", "roll-back", "taint-out-of-service"]
"#
    )
}

/// A node whose kubelet is silent.
pub fn lost(name: &str) -> Value {
    let long_ago = "2020-01-01T00:00:00Z";
    let silent = json!([{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown",
        "message": "Kubelet stopped posting node status.", "lastHeartbeatTime": long_ago, "lastTransitionTime": long_ago}]);
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": {"conditions": silent}})
}

/// A pod that was evicted, and a node that is silent.
async fn town(control_plane: &ControlPlane) -> Server {
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    for namespace in [NAMESPACE, "shop", "kube-system", "kube-node-lease"] {
        server.ensure_namespace(namespace).await.unwrap();
    }
    server.put(&crate::races::evicted("shop")).await.unwrap();
    server.put(&lost(LOST)).await.unwrap();
    let renewed = "2020-01-01T00:00:00.000000Z";
    let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"namespace": "kube-node-lease", "name": LOST},
        "spec": {"holderIdentity": LOST, "leaseDurationSeconds": 40, "renewTime": renewed}});
    server.make(&lease).await.unwrap();
    let own = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "delete"]}]);
    server.grant("shop", "ann", &own).await.unwrap();
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_bot_needs_no_more_than_it_is_given_and_no_less() {
    let options = Options { audit: true, kubectl: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("the whole bot under its rights", options) else { return };
    let definitions =
        ["deploy/crds/incidents.yaml", "deploy/crds/remediations.yaml", "deploy/policies/remediations.yaml"];
    control_plane.install(&definitions, &["incidents", "remediations"]).unwrap();
    let server = town(&control_plane).await;
    // what is printed does not depend on how the cluster is reached, and the account's kubeconfig is known afterwards
    let printed = format!("{SLACK}{}", configuration("/unused"));
    let account = account(&control_plane, &printed).await;
    let configuration = configuration(account.to_str().unwrap());

    let ahead = Arc::new(AtomicI64::new(0));
    let clock = Clock::new({
        let ahead = Arc::clone(&ahead);
        move || Timestamp::now() + SignedDuration::from_mins(ahead.load(Ordering::Relaxed))
    });
    let mut workspace = subscribed();
    workspace.channels.push(Channel::public("C0TOLD", "told").joined());
    let slack = FakeSlack::start(workspace).await.unwrap();
    let options = ChatOptions { clock, ..ChatOptions::default() };
    let bot = Bot { slack: Some(&slack), more: configuration, options, ..Bot::default() };
    let running = bot.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();

    // what fails is told unasked, and answered to whoever may see it
    said(&slack, "C0TOLD", LOST).await;
    slack.slash("U0ANN", "C0OPS", &format!("why shop/{FAILED}")).unwrap();
    said(&slack, "C0OPS", "evicted").await;
    // what is agreed to is done as the one who agreed
    slack.slash("U0ANN", "C0OPS", &format!("fix shop/{FAILED}")).unwrap();
    let offer = said(&slack, "C0OPS", "One person has to agree").await;
    slack.click("U0ANN", "C0OPS", &offer.ts, "podwhy_incident_approve").unwrap();
    said(&slack, "C0OPS", "Done, and it helped").await;
    // of a node that nobody has watched for long nothing is done; everything is looked at for it
    slack.slash("U0ANN", "C0OPS", &format!("fix node/{LOST}")).unwrap();
    whispered(&slack, "U0ANN", "nothing that podwhy could do").await;
    // what is over and old is taken away: the node is gone, its incident ends, and a month later nothing is left
    server.end("Node", "", LOST).await.unwrap();
    said(&slack, "C0TOLD", "1 failed at most").await;
    ahead.store(15, Ordering::Relaxed);
    said(&slack, "C0TOLD", "Well again").await;
    ahead.store(40 * 24 * 60, Ordering::Relaxed);
    eventually("old records are taken away", SOON, async || {
        let asked = ["get", "remediations,incidents", "-n", NAMESPACE, "-o", "name"];
        let (_, left) = control_plane.say(&asked)?;
        Ok((!left.contains("remediation") && !left.contains("node-lost")).then_some(()))
    })
    .await
    .unwrap();
    // by the machine's clock, every quarter of an hour: what it will do tomorrow
    let claims =
        LeaseClaims::new(&live(&account, Connection::default()).await.unwrap(), NAMESPACE, "podwhy-0");
    assert!(claims.sweep(Timestamp::now() + SignedDuration::from_hours(24)).await > 0);
    running.stop(SOON).await;
    assert_eq!(slack.violations(), []);
    let needs = [
        Need::Chat,
        Need::Watch,
        Need::Persons,
        Need::Claims,
        Need::Incidents,
        Need::Act,
        Need::Revisions,
        Need::DeadNodes,
    ];
    podwhy_tests::rights::check(&control_plane, PODWHY, &needs, &ELSEWHERE);
}
