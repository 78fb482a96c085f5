//! A real Kubernetes control plane for one test: etcd and kube-apiserver, on request with scheduler, controller manager
//! and kwok, on loopback ports and in a folder that is gone with it.
//!
//! The binaries are looked for as envtest does (`TEST_ASSET_*`, `KUBEBUILDER_ASSETS`), then where
//! `tests/control-plane/build` puts them; the oldest kube-apiserver in `PODWHY_OLDEST_ASSETS`, then where
//! `tests/control-plane/build --oldest` puts it. `KUBEBUILDER_CONTROLPLANE_START_TIMEOUT` and
//! `KUBEBUILDER_ATTACH_CONTROL_PLANE_OUTPUT` mean what they mean there.

mod audit;
mod binaries;
mod certificates;
mod components;
mod guardian;
mod identity;
mod options;
mod plan;
mod ports;
mod servers;
mod start;
mod wait;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::json;
use tempfile::TempDir;

pub use audit::{About, Request};
pub use binaries::{Binaries, Missing, Program};
pub use identity::Identity;
pub use options::{Options, control_plane_or_say};
pub use wait::eventually;

use crate::recordings::repository;
use certificates::Authority;
use servers::Servers;

/// A running control plane; dropping it ends it.
pub struct ControlPlane {
    // dropped in this order: the servers before the folder they write to
    #[expect(dead_code, reason = "only its end matters")]
    servers: Servers,
    authority: Authority,
    binaries: Binaries,
    admin: Identity,
    url: String,
    audit_log: Option<PathBuf>,
    folder: TempDir,
}

impl ControlPlane {
    /// Starts one and waits until it is ready. Blocks, also inside a runtime.
    ///
    /// # Errors
    /// When a program is not here or a server does not become ready; then with the last lines of its output.
    pub fn start(options: Options) -> anyhow::Result<Self> {
        start::start(&options.find()?, &options)
    }

    /// The API server's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate of the authority that signed the server's, as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.authority.pem()
    }

    /// The folder with the servers' output and everything else; gone with the control plane.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// One who may do everything.
    #[must_use]
    pub fn admin(&self) -> &Identity {
        &self.admin
    }

    /// The kubeconfig of [`Self::admin`].
    #[must_use]
    pub fn admin_kubeconfig(&self) -> &Path {
        self.admin.kubeconfig()
    }

    /// A user in these groups, two at most, known by a new certificate.
    ///
    /// # Errors
    /// With more groups, and when the files cannot be written.
    pub fn client_certificate(&self, user: &str, groups: &[&str]) -> anyhow::Result<Identity> {
        Identity::new(&self.authority, &self.url, user, groups)
    }

    /// The kubeconfig of a new [`Self::client_certificate`].
    ///
    /// # Errors
    /// As there.
    pub fn kubeconfig(&self, user: &str, groups: &[&str]) -> anyhow::Result<PathBuf> {
        Ok(self.client_certificate(user, groups)?.kubeconfig().to_path_buf())
    }

    /// The kubeconfig of a service account, which is made, by a token the API server gives for it (TokenRequest).
    ///
    /// # Errors
    /// When there is one already, and without kubectl; [`Options::kubectl`] asks for it beforehand.
    pub fn account(&self, namespace: &str, name: &str) -> anyhow::Result<PathBuf> {
        let (made, words) = self.say(&["create", "serviceaccount", name, "-n", namespace])?;
        ensure!(made, "{words}");
        self.token(namespace, name, &format!("account-{namespace}-{name}"), &[])
    }

    /// The kubeconfig of a service account that is there, by a token that is bound to this pod, as a kubelet mounts it.
    ///
    /// # Errors
    /// As [`Self::account`].
    pub fn bound(&self, namespace: &str, name: &str, pod: &str, uid: &str) -> anyhow::Result<PathBuf> {
        let bound = ["--bound-object-kind=Pod", "--bound-object-name", pod, "--bound-object-uid", uid];
        self.token(namespace, name, &format!("pod-{namespace}-{pod}"), &bound)
    }

    fn token(&self, namespace: &str, name: &str, file: &str, more: &[&str]) -> anyhow::Result<PathBuf> {
        let asked = ["create", "token", name, "-n", namespace];
        let given = self.kubectl(self.admin())?.args(asked).args(more).output()?;
        ensure!(given.status.success(), "{}", String::from_utf8_lossy(&given.stderr));
        let token = String::from_utf8(given.stdout)?.trim().to_string();
        let file = self.folder().join(format!("{file}.kubeconfig"));
        identity::write_kubeconfig(&file, &self.authority, &self.url, name, &json!({"token": token}))?;
        Ok(file)
    }

    /// A client that is this user: it retries nothing and waits 10 s for an answer. Needs a runtime of tokio.
    ///
    /// # Errors
    /// When the identity's files cannot be read.
    pub fn client(&self, identity: &Identity) -> anyhow::Result<kube::Client> {
        identity::client(&self.authority, &self.url, Some(identity))
    }

    /// kubectl as this user.
    ///
    /// # Errors
    /// When it is not here; [`Options::kubectl`] asks for it beforehand.
    pub fn kubectl(&self, identity: &Identity) -> anyhow::Result<Command> {
        let mut command = Command::new(self.binaries.path(Program::Kubectl)?);
        command.env("KUBECONFIG", identity.kubeconfig()).env("HOME", self.folder());
        Ok(command)
    }

    /// Helm as the administrator, with nothing of whoever runs the test.
    ///
    /// # Errors
    /// When it is not here; [`Options::helm`] asks for it beforehand.
    pub fn helm(&self) -> anyhow::Result<Command> {
        let mut command = Command::new(self.binaries.path(Program::Helm)?);
        command.env("KUBECONFIG", self.admin.kubeconfig()).env("HOME", self.folder());
        Ok(command)
    }

    /// What kubectl says as the administrator, and whether it worked.
    ///
    /// # Errors
    /// When it is not here.
    pub fn say(&self, arguments: &[&str]) -> anyhow::Result<(bool, String)> {
        let output = self.kubectl(self.admin())?.args(arguments).output()?;
        let text = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
    }

    /// Applies objects, in YAML.
    ///
    /// # Errors
    /// When one is refused, or taken with a warning.
    pub fn apply(&self, objects: &str) -> anyhow::Result<()> {
        let file = self.folder().join("applied.yaml");
        fs::write(&file, objects)?;
        let (done, words) = self.say(&["apply", "-f", &file.display().to_string()])?;
        ensure!(done && !words.to_lowercase().contains("warning"), "{words}");
        Ok(())
    }

    /// Applies files of the repository, and waits until these resources of `podwhy.dev` are served: before, they do not exist.
    ///
    /// # Errors
    /// When one is refused, or taken with a warning.
    pub fn install(&self, files: &[&str], resources: &[&str]) -> anyhow::Result<()> {
        for file in files {
            self.apply(&fs::read_to_string(repository().join(file))?)?;
        }
        for resource in resources {
            let definition = format!("crd/{resource}.podwhy.dev");
            let wait = ["wait", "--for=condition=Established", "--timeout=60s", &definition];
            let (done, words) = self.say(&wait)?;
            ensure!(done, "{words}");
        }
        Ok(())
    }

    /// Applies the policy that guards Remediations, changed so that it lets everybody in: for tests that are the administrator. podwhy
    /// looks whether it is there, not whom it lets.
    ///
    /// # Errors
    /// When it is refused, or not written as it was.
    pub fn install_open_guard(&self) -> anyhow::Result<()> {
        let own = fs::read_to_string(repository().join("deploy/policies/remediations.yaml"))?;
        let open = own.replace("request.userInfo.username == variables.bot", "1 == 1");
        ensure!(open != own, "the policy is written otherwise");
        self.apply(&open)
    }

    /// Where the audit log is, with [`Options::audit`].
    #[must_use]
    pub fn audit_log(&self) -> Option<&Path> {
        self.audit_log.as_deref()
    }

    /// All requests so far, the servers' own among them.
    ///
    /// # Errors
    /// Without [`Options::audit`], and when the log cannot be read.
    pub fn requests(&self) -> anyhow::Result<Vec<Request>> {
        audit::requests(self.audit_log().context("started without Options::audit")?)
    }
}
