//! The flags of what makes a cluster live: scheduler, controller manager, kwok. Each has an identity of its own.

use std::fs;

use super::binaries::Program;
use super::identity::Identity;
use super::plan::{Plan, SERVICES};
use super::servers::Servers;

/// What kwok does to nodes and pods.
const STAGES: &str = include_str!("../../control-plane/kwok/stages.yaml");

impl Plan<'_> {
    pub(super) async fn scheduler(&self, servers: &mut Servers) -> anyhow::Result<()> {
        let port = self.ports.scheduler;
        let arguments = self.component(port, "system:kube-scheduler")?;
        self.start(servers, Program::KubeScheduler, arguments, &local(port), None, &["/healthz"]).await
    }

    pub(super) async fn controller_manager(&self, servers: &mut Servers) -> anyhow::Result<()> {
        let port = self.ports.controller_manager;
        let mut arguments = self.component(port, "system:kube-controller-manager")?;
        arguments.extend([
            format!("--service-account-private-key-file={}", self.service_account_key.private.display()),
            format!("--root-ca-file={}", self.authority.certificate().display()),
            "--use-service-account-credentials=true".to_string(),
            "--allocate-node-cidrs=true".to_string(),
            "--cluster-cidr=10.244.0.0/16".to_string(),
            SERVICES.to_string(),
        ]);
        let program = Program::KubeControllerManager;
        self.start(servers, program, arguments, &local(port), None, &["/healthz"]).await
    }

    pub(super) async fn kwok(&self, servers: &mut Servers) -> anyhow::Result<()> {
        fs::write(self.folder.join("stages.yaml"), STAGES)?;
        let identity = Identity::new(self.authority, &self.url(), "kwok", &["system:masters"])?;
        let address = format!("127.0.0.1:{}", self.ports.kwok);
        let arguments = vec![
            format!("--kubeconfig={}", identity.kubeconfig().display()),
            self.file("--config", "stages.yaml"),
            "--manage-all-nodes=true".to_string(),
            "--node-ip=127.0.0.1".to_string(),
            // as a kubelet's: a node without a lease counts as lost after a while
            "--node-lease-duration-seconds=40".to_string(),
            format!("--server-address={address}"),
        ];
        let url = format!("http://{address}");
        self.start(servers, Program::Kwok, arguments, &url, None, &["/healthz"]).await
    }

    /// What the scheduler and the controller manager have in common.
    fn component(&self, port: u16, user: &str) -> anyhow::Result<Vec<String>> {
        let identity = Identity::new(self.authority, &self.url(), user, &[])?;
        let kubeconfig = identity.kubeconfig().display();
        let mut arguments = vec![
            format!("--kubeconfig={kubeconfig}"),
            format!("--authentication-kubeconfig={kubeconfig}"),
            format!("--authorization-kubeconfig={kubeconfig}"),
            "--leader-elect=true".to_string(),
        ];
        arguments.extend(self.https(port));
        Ok(arguments)
    }
}

fn local(port: u16) -> String {
    format!("https://127.0.0.1:{port}")
}
