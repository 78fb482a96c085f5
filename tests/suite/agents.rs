//! Node agents on a real API server: what one of them may, and a kubelet that is restarted by a button.

mod restarted;
mod stolen;

use std::path::PathBuf;
use std::time::Duration;

use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use podwhy_node_agent::cluster::Cluster;
use podwhy_node_agent::numbers::Numbers;
use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{ControlPlane, Options, control_plane_or_say, eventually};
use serde_json::{Value, json};

const NAMESPACE: &str = "podwhy";
const PATIENCE: Duration = Duration::from_secs(90);

/// A cluster with two nodes and everything that is shipped for agents.
struct Site {
    control_plane: ControlPlane,
    server: Server,
    /// podwhy itself, by its service account.
    bot: PathBuf,
}

impl Site {
    async fn new(test: &str) -> Option<Site> {
        let control_plane = control_plane_or_say(test, Options { kubectl: true, ..Options::default() })?;
        let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
        server.ensure_namespace(NAMESPACE).await.unwrap();
        let bot = control_plane.account(NAMESPACE, "podwhy").unwrap();
        let files = ["nodetickets", "nodereports", "incidents", "remediations"];
        let definitions: Vec<String> = files.iter().map(|file| format!("deploy/crds/{file}.yaml")).collect();
        let definitions: Vec<&str> = definitions.iter().map(String::as_str).collect();
        control_plane.install(&definitions, &files).unwrap();
        control_plane.install(&["deploy/agent/rbac.yaml", "deploy/policies/agents.yaml"], &[]).unwrap();
        Some(Site { control_plane, server, bot })
    }

    /// The agent of a node, by the token that its pod has: its client.
    async fn agent(&self, node: &str) -> Client {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": NAMESPACE, "name": format!("agent-{node}")},
            "spec": {"serviceAccountName": "podwhy-agent", "nodeName": node, "containers": [{"name": "agent", "image": "x"}]}});
        let made = self.server.make(&pod).await.unwrap();
        let uid = made["metadata"]["uid"].as_str().unwrap();
        let file =
            self.control_plane.bound(NAMESPACE, "podwhy-agent", &format!("agent-{node}"), uid).unwrap();
        client(&file).await
    }

    async fn node(&self, name: &str) -> Value {
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}});
        self.server.make(&node).await.unwrap()
    }
}

async fn client(kubeconfig: &std::path::Path) -> Client {
    let own = Kubeconfig::read_from(kubeconfig).unwrap();
    let mut config = kube::Config::from_custom_kubeconfig(own, &KubeConfigOptions::default()).await.unwrap();
    (config.default_retry, config.read_timeout) = (false, None);
    Client::try_from(config).unwrap()
}

fn cluster(client: Client, node: &str) -> Cluster {
    Cluster::new(client, node, NAMESPACE, Numbers::default())
}

/// A policy takes a moment to hold: until this is refused.
async fn holds(agent: &Client) {
    let other = json!({"apiVersion": "podwhy.dev/v1alpha1", "kind": "NodeReport",
        "metadata": {"name": "nobody", "namespace": NAMESPACE}, "spec": {}});
    eventually("the policies hold", PATIENCE, async || {
        let path = format!("/apis/podwhy.dev/v1alpha1/namespaces/{NAMESPACE}/nodereports?dryRun=All");
        let asked = stolen::send(agent, "POST", &path, Some(&other)).await;
        Ok((asked == 403).then_some(()))
    })
    .await
    .unwrap();
}
