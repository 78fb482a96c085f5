//! Node agents on a real API server: what one of them may, and a kubelet that is restarted by a button.

mod killed;
mod restarted;
mod stolen;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use podwhy_node::Systemd;
use podwhy_node_agent::cluster::Cluster;
use podwhy_node_agent::numbers::Numbers;
use podwhy_node_agent::run::Agent;
use podwhy_node_agent::settings::Settings;
use podwhy_tests::bridge::Server;
use podwhy_tests::chat::ticket_key;
use podwhy_tests::control_plane::{ControlPlane, Options, control_plane_or_say, eventually};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

const NAMESPACE: &str = "podwhy";
/// Where no agent is.
const PROBES: &str = "/apis/podwhy.dev/v1alpha1/namespaces/default/nodetickets";
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
        let control_plane =
            control_plane_or_say(test, Options { audit: true, kubectl: true, ..Options::default() })?;
        let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
        for namespace in [NAMESPACE, "default"] {
            server.ensure_namespace(namespace).await.unwrap();
        }
        let bot = control_plane.account(NAMESPACE, "podwhy").unwrap();
        let files = ["nodetickets", "nodereports", "incidents", "remediations"];
        let definitions: Vec<String> = files.iter().map(|file| format!("deploy/crds/{file}.yaml")).collect();
        let definitions: Vec<&str> = definitions.iter().map(String::as_str).collect();
        control_plane.install(&definitions, &files).unwrap();
        let admin = client(control_plane.admin_kubeconfig()).await;
        // before the policies: afterwards nobody but podwhy makes one
        let probe = stolen::ticket("probe", "nobody");
        eventually("tickets are served", PATIENCE, async || {
            Ok((stolen::send(&admin, "POST", PROBES, Some(&probe)).await == 200).then_some(()))
        })
        .await
        .unwrap();
        let guards = ["deploy/policies/agents.yaml", "deploy/policies/remediations.yaml"];
        control_plane.install(&[&["deploy/manifests/agent.yaml"][..], &guards].concat(), &[]).unwrap();
        Some(Site { control_plane, server, bot })
    }

    /// A policy takes a moment to hold: until each of them refuses what it is for.
    async fn holds(&self, agent: &Client) {
        let admin = client(self.control_plane.admin_kubeconfig()).await;
        let probes: [(&Client, &str, String, Value); 5] = [
            (agent, "POST", format!("{}/nodereports", stolen::OWN), stolen::report("nobody")),
            (agent, "POST", stolen::LEASES.to_string(), stolen::lease("nobody", json!({}))),
            (agent, "POST", stolen::EVENTS.to_string(), stolen::event("nobody", "Pod")),
            (&admin, "POST", PROBES.to_string(), stolen::ticket("other", "nobody")),
            (&admin, "PATCH", format!("{PROBES}/probe/status"), stolen::status("Begun")),
        ];
        for (who, method, path, body) in probes {
            let path = format!("{path}?dryRun=All");
            eventually(&path, PATIENCE, async || {
                Ok((stolen::send(who, method, &path, Some(&body)).await == 403).then_some(()))
            })
            .await
            .unwrap();
        }
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

    /// The agent of worker-3 over this systemd, allowed to restart kubelets; what it has done it keeps beside the systemd.
    async fn runs(&self, client: Client, systemd: &Systemd) -> JoinHandle<()> {
        let folder = systemd.folder();
        let (keys, state) = (folder.join("keys"), folder.join("state"));
        std::fs::create_dir_all(&keys).unwrap();
        std::fs::write(keys.join("podwhy.pem"), ticket_key().unwrap()).unwrap();
        let [keys, state, host] = [&keys, &state, folder].map(|path| path.to_str().unwrap());
        let own =
            ["podwhy-agent", "--node", "worker-3", "--namespace", NAMESPACE, "--allow", "restart-kubelet"];
        let bus = systemd.address();
        let more = ["--cooldown", "0", "--bus", &bus, "--keys", keys, "--state", state, "--host", host];
        let settings = Settings::try_parse_from(own.iter().chain(&more)).unwrap();
        let agent = Agent::new(&settings, cluster(client, "worker-3"), Numbers::default()).await.unwrap();
        tokio::spawn(agent.run())
    }

    /// Something of every ticket.
    fn ticket(&self, jsonpath: &str) -> String {
        let jsonpath = format!("jsonpath={{.items[*]{jsonpath}}}");
        self.control_plane.say(&["get", "nodetickets", "-n", NAMESPACE, "-o", &jsonpath]).unwrap().1
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
