//! The flags etcd and kube-apiserver are started with.

use std::fs;
use std::path::{Path, PathBuf};

use super::audit::POLICY;
use super::binaries::{Binaries, Program};
use super::certificates::{Authority, Pair, ServiceAccountKey};
use super::identity::{Identity, client};
use super::servers::{Servers, Start};
use super::{Options, ports};

/// The range the API server's own address in the certificate is the first of.
pub(super) const SERVICES: &str = "--service-cluster-ip-range=10.0.0.0/24";

/// Starts the servers of one control plane, one after the other.
pub(super) struct Plan<'a> {
    pub(super) folder: &'a Path,
    binaries: &'a Binaries,
    pub(super) authority: &'a Authority,
    options: &'a Options,
    pub(super) ports: ports::Ports,
    serving: Pair,
    pub(super) service_account_key: ServiceAccountKey,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        folder: &'a Path,
        binaries: &'a Binaries,
        authority: &'a Authority,
        options: &'a Options,
    ) -> anyhow::Result<Self> {
        let (serving, service_account_key) = (authority.serving()?, authority.service_account_key()?);
        let ports = ports::Ports::free()?;
        Ok(Self { folder, binaries, authority, options, ports, serving, service_account_key })
    }

    /// Where the API server will be.
    pub(super) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.ports.apiserver)
    }

    /// Where the audit log will be, if there is one.
    pub(super) fn audit_log(&self) -> Option<PathBuf> {
        self.options.audit.then(|| self.folder.join("audit.log"))
    }

    pub(super) async fn etcd(&self, servers: &mut Servers) -> anyhow::Result<()> {
        let here = format!("http://127.0.0.1:{}", self.ports.etcd);
        let peer = format!("http://127.0.0.1:{}", self.ports.etcd_peer);
        let arguments = vec![
            self.file("--data-dir", "etcd"),
            format!("--listen-client-urls={here}"),
            format!("--advertise-client-urls={here}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster=default={peer}"),
            // nothing here outlives the test
            "--unsafe-no-fsync".to_string(),
        ];
        self.start(servers, Program::Etcd, arguments, &here, None, &["/health"]).await
    }

    pub(super) async fn apiserver(&self, servers: &mut Servers, admin: &Identity) -> anyhow::Result<()> {
        let key = &self.service_account_key;
        let mut arguments = vec![
            format!("--etcd-servers=http://127.0.0.1:{}", self.ports.etcd),
            "--advertise-address=127.0.0.1".to_string(),
            format!("--client-ca-file={}", self.authority.certificate().display()),
            format!("--service-account-key-file={}", key.public.display()),
            format!("--service-account-signing-key-file={}", key.private.display()),
            "--service-account-issuer=https://kubernetes.default.svc".to_string(),
            SERVICES.to_string(),
            "--authorization-mode=Node,RBAC".to_string(),
            "--allow-privileged=true".to_string(),
            // it is the only one, and no Service leads to it
            "--endpoint-reconciler-type=none".to_string(),
        ];
        arguments.extend(self.https(self.ports.apiserver));
        if !self.options.service_account_admission {
            // without a controller manager a namespace never gets the account the plugin asks for
            arguments.push("--disable-admission-plugins=ServiceAccount".to_string());
        }
        if let Some(log) = self.audit_log() {
            fs::write(self.folder.join("audit-policy.json"), POLICY)?;
            arguments.push(self.file("--audit-policy-file", "audit-policy.json"));
            arguments.push(format!("--audit-log-path={}", log.display()));
            // one file: what is rotated away would not be counted
            arguments.push("--audit-log-maxsize=0".to_string());
        }
        arguments.extend(self.options.apiserver_arguments.iter().cloned());
        // the namespace is made soon after, and not before, the server is ready
        let paths = ["/readyz", "/api/v1/namespaces/default"];
        self.start(servers, Program::KubeApiserver, arguments, &self.url(), Some(admin), &paths).await
    }

    pub(super) fn https(&self, port: u16) -> [String; 5] {
        [
            "--bind-address=127.0.0.1".to_string(),
            format!("--secure-port={port}"),
            self.file("--cert-dir", "certificates"),
            format!("--tls-cert-file={}", self.serving.certificate.display()),
            format!("--tls-private-key-file={}", self.serving.key.display()),
        ]
    }

    pub(super) fn file(&self, flag: &str, name: &str) -> String {
        format!("{flag}={}", self.folder.join(name).display())
    }

    pub(super) async fn start(
        &self,
        servers: &mut Servers,
        program: Program,
        arguments: Vec<String>,
        url: &str,
        identity: Option<&Identity>,
        paths: &[&str],
    ) -> anyhow::Result<()> {
        let (name, client) = (program.name(), client(self.authority, url, identity)?);
        servers.start(Start { name, program: self.binaries.path(program)?, arguments, client, paths }).await
    }
}
