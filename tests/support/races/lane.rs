//! Where rounds go on, one after the other: each lane has its own ledger and its own three connections.

use std::sync::Arc;

use podwhy_flow::ports::KubernetesUser;
use podwhy_kubernetes::{Connection, LiveCluster, RemediationLedger};
use serde_json::json;

use super::Options;
use super::judge::Told;
use super::round::Round;
use crate::bridge::Server;
use crate::control_plane::ControlPlane;
use crate::live::live;

/// podwhy's own, as the policy on the API server knows it.
const BOT: &str = "system:serviceaccount:podwhy:podwhy";

/// Where the objects are that are changed.
pub const SHOP: &str = "shop";

/// Who is asked.
pub struct People;

impl People {
    /// Three who may do it all.
    pub const ALL: [&'static str; 3] = ["ann", "bob", "cat"];

    /// As the cluster knows them.
    pub fn users() -> Vec<KubernetesUser> {
        let user = |name: &str| KubernetesUser { name: name.to_string(), groups: Vec::new() };
        People::ALL.map(user).to_vec()
    }
}

/// The API server with everything that is needed there.
#[derive(Clone)]
pub struct Place {
    /// Of one who may do everything.
    pub client: kube::Client,
    kubeconfig: std::path::PathBuf,
}

impl Place {
    /// Installs the resource and gives people their rights.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn new(control_plane: &ControlPlane) -> anyhow::Result<Place> {
        control_plane.install(&["deploy/crds/remediations.yaml"], &["remediations"])?;
        control_plane.install_open_guard()?;
        let client = control_plane.client(control_plane.admin())?;
        let server = Server::new(client.clone());
        server.ensure_namespace(SHOP).await?;
        let rules = json!([
            {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
            {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]},
        ]);
        for person in People::ALL {
            match server.grant(SHOP, person, &rules).await {
                // by a run before on the same server
                Err(error) if error.to_string().starts_with("409") => {}
                granted => granted?,
            }
        }
        Ok(Place { client, kubeconfig: control_plane.kubeconfig(BOT, &["system:masters"])? })
    }

    /// The cluster as a replica asks it.
    ///
    /// # Errors
    /// When the kubeconfig cannot be read.
    pub async fn replica(&self) -> anyhow::Result<LiveCluster> {
        live(&self.kubeconfig, Connection { name: "prod".to_string(), ..Connection::default() }).await
    }
}

pub(super) struct Lane {
    pub(super) clusters: Vec<Arc<LiveCluster>>,
    pub(super) ledgers: Vec<RemediationLedger>,
    pub(super) server: Arc<Server>,
    pub(super) options: Options,
}

impl Lane {
    pub(super) async fn new(
        place: &Place,
        server: &Arc<Server>,
        number: u32,
        options: Options,
    ) -> anyhow::Result<Lane> {
        let namespace = format!("podwhy-{number}");
        server.ensure_namespace(&namespace).await?;
        let (mut clusters, mut ledgers) = (Vec::new(), Vec::new());
        for replica in 0..3 {
            let cluster = Arc::new(place.replica().await?);
            ledgers.push(RemediationLedger::new(&cluster, &namespace, &format!("podwhy-{replica}")));
            clusters.push(cluster);
        }
        Ok(Lane { clusters, ledgers, server: Arc::clone(server), options })
    }

    pub(super) async fn round(&self, number: u32) -> anyhow::Result<Told> {
        Round::new(self, number).await?.run().await
    }
}
