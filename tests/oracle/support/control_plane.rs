//! etcd, kube-apiserver, kube-scheduler, kwok and a proxy to speak to them, in a folder that is gone with them.
//!
//! Certificates, ports, the guardian and the search for the programs are the suite's own; what starts them there needs
//! a client library that takes minutes to build, here kubectl's proxy does.

#[allow(dead_code, reason = "the suite's own control plane uses the rest")]
#[path = "../../support/control_plane/binaries.rs"]
mod binaries;
#[allow(dead_code, reason = "the suite's own control plane uses the rest")]
#[path = "../../support/control_plane/certificates.rs"]
mod certificates;
#[path = "../../support/control_plane/guardian.rs"]
mod guardian;
#[allow(dead_code, reason = "the suite's own control plane uses the rest")]
#[path = "../../support/control_plane/ports.rs"]
mod ports;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::json;
use tempfile::TempDir;

use crate::api::Api;
use binaries::{Binaries, Program};
use certificates::Authority;
use guardian::Guardian;
use ports::Ports;

/// How long all of it may take to be ready.
const PATIENCE: Duration = Duration::from_secs(120);

const PROGRAMS: [Program; 5] =
    [Program::Etcd, Program::KubeApiserver, Program::KubeScheduler, Program::Kwok, Program::Kubectl];

/// A running control plane; dropping it ends it.
pub struct ControlPlane {
    /// Speaks to the API server as one who may do everything.
    pub api: Api,
    children: Vec<Child>,
    // dropped after the servers that write to it
    folder: TempDir,
    #[expect(dead_code, reason = "only its end matters")]
    guardian: Option<Guardian>,
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        while let Some(mut child) = self.children.pop() {
            // both fail only when it has ended already
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// The control plane, or None after a line on standard error that says what is not here.
///
/// # Errors
/// When it does not start, and with `REQUIRE_APISERVER=1` also when its programs are not here.
pub fn control_plane_or_say(test: &str) -> anyhow::Result<Option<ControlPlane>> {
    let found = Binaries::find().and_then(|binaries| {
        binaries.require(&PROGRAMS)?;
        Ok(binaries)
    });
    match found {
        Ok(binaries) => ControlPlane::start(&binaries).map(Some),
        Err(missing) if std::env::var("REQUIRE_APISERVER").is_ok_and(|value| value == "1") => {
            Err(missing.into())
        }
        Err(missing) => {
            drop(writeln!(std::io::stderr(), "left out: {test}: {missing}"));
            Ok(None)
        }
    }
}

impl ControlPlane {
    fn start(binaries: &Binaries) -> anyhow::Result<ControlPlane> {
        let folder = TempDir::with_prefix("podwhy-oracle-")?;
        let ports = Ports::free()?;
        let mut guardian = Guardian::new(folder.path()).ok();
        let mut children = Vec::new();
        for (program, arguments) in arguments(folder.path(), &ports)? {
            let log = File::create(folder.path().join(format!("{}.log", program.name())))?;
            let child = Command::new(binaries.path(program)?)
                .args(arguments)
                .env("HOME", folder.path())
                .env_remove("KUBECONFIG")
                .current_dir(folder.path())
                .stdin(Stdio::null())
                .stdout(log.try_clone()?)
                .stderr(log)
                .spawn()
                .with_context(|| format!("starting {}", program.name()))?;
            if let Some(guardian) = &mut guardian {
                guardian.watch(child.id())?;
            }
            children.push(child);
        }
        let started = ControlPlane { api: Api(ports.controller_manager), children, folder, guardian };
        started.wait()?;
        Ok(started)
    }

    /// Each server tries again until the one it needs is there; the API server's namespace is the last thing to appear.
    fn wait(&self) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        while !(self.api.is_ready() && self.api.get("/api/v1/namespaces/default").is_ok()) {
            if Instant::now() > end {
                let log = fs::read_to_string(self.folder.path().join("kube-apiserver.log"));
                bail!("no API server after {PATIENCE:?}: {}", tail(&log.unwrap_or_default()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

fn tail(log: &str) -> &str {
    &log[log.char_indices().rev().nth(2_000).map_or(0, |(at, _)| at)..]
}

fn arguments(folder: &Path, ports: &Ports) -> anyhow::Result<Vec<(Program, Vec<String>)>> {
    let authority = Authority::new(folder)?;
    let url = format!("https://127.0.0.1:{}", ports.apiserver);
    let etcd = format!("http://127.0.0.1:{}", ports.etcd);
    let peer = format!("http://127.0.0.1:{}", ports.etcd_peer);
    let admin = kubeconfig(&authority, folder, &url, "admin", &["system:masters"])?;
    let scheduler = kubeconfig(&authority, folder, &url, "system:kube-scheduler", &[])?;
    let (serving, key) = (authority.serving()?, authority.service_account_key()?);
    let https = |port: u16| {
        vec![
            "--bind-address=127.0.0.1".to_string(),
            format!("--secure-port={port}"),
            format!("--tls-cert-file={}", serving.certificate.display()),
            format!("--tls-private-key-file={}", serving.key.display()),
        ]
    };
    let mut server = https(ports.apiserver);
    server.extend([
        format!("--etcd-servers={etcd}"),
        format!("--client-ca-file={}", authority.certificate().display()),
        format!("--service-account-key-file={}", key.public.display()),
        format!("--service-account-signing-key-file={}", key.private.display()),
        "--service-account-issuer=https://kubernetes.default.svc".to_string(),
        "--service-cluster-ip-range=10.0.0.0/24".to_string(),
        "--authorization-mode=Node,RBAC".to_string(),
        "--advertise-address=127.0.0.1".to_string(),
        "--endpoint-reconciler-type=none".to_string(),
        // no controller takes away what these would add: accounts, taints of new nodes, finalizers of claims
        "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition,StorageObjectInUseProtection"
            .to_string(),
    ]);
    let mut scheduling = https(ports.scheduler);
    scheduling.extend([
        format!("--kubeconfig={scheduler}"),
        format!("--authentication-kubeconfig={scheduler}"),
        format!("--authorization-kubeconfig={scheduler}"),
        "--leader-elect=false".to_string(),
        "--kube-api-qps=1000".to_string(),
        "--kube-api-burst=1000".to_string(),
    ]);
    let stages = folder.join("stages.yaml");
    fs::write(&stages, include_str!("../../control-plane/kwok/stages.yaml"))?;
    Ok(vec![
        (
            Program::Etcd,
            vec![
                format!("--data-dir={}", folder.join("etcd").display()),
                format!("--listen-client-urls={etcd}"),
                format!("--advertise-client-urls={etcd}"),
                format!("--listen-peer-urls={peer}"),
                format!("--initial-advertise-peer-urls={peer}"),
                format!("--initial-cluster=default={peer}"),
                "--unsafe-no-fsync".to_string(),
            ],
        ),
        (Program::KubeApiserver, server),
        (Program::KubeScheduler, scheduling),
        (
            Program::Kwok,
            vec![
                format!("--kubeconfig={admin}"),
                format!("--config={}", stages.display()),
                "--manage-all-nodes=true".to_string(),
                "--node-ip=127.0.0.1".to_string(),
                "--node-lease-duration-seconds=40".to_string(),
                format!("--server-address=127.0.0.1:{}", ports.kwok),
            ],
        ),
        (
            Program::Kubectl,
            vec![
                format!("--kubeconfig={admin}"),
                "proxy".to_string(),
                format!("--port={}", ports.controller_manager),
                "--reject-methods=^$".to_string(),
            ],
        ),
    ])
}

fn kubeconfig(
    authority: &Authority,
    folder: &Path,
    url: &str,
    user: &str,
    groups: &[&str],
) -> anyhow::Result<String> {
    let pair = authority.client(user, groups)?;
    let path = folder.join(format!("{}.kubeconfig", user.replace(':', "-")));
    let cluster = json!({"server": url, "certificate-authority": authority.certificate()});
    let credentials = json!({"client-certificate": pair.certificate, "client-key": pair.key});
    let text = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "oracle", "cluster": cluster}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": "oracle", "context": {"cluster": "oracle", "user": user}}],
        "current-context": "oracle",
    });
    fs::write(&path, text.to_string())?;
    Ok(path.display().to_string())
}
