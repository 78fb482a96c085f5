//! A certificate authority for one control plane, and who is who by its certificates.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::bail;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

/// The kube-apiserver's own Service address: the first of `--service-cluster-ip-range`.
const FIRST_SERVICE_ADDRESS: &str = "10.0.0.1";

/// The object identifier of organizationName.
const ORGANIZATION: [u64; 4] = [2, 5, 4, 10];

/// A certificate and its key, as files.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

/// What service account tokens are signed with, as files.
#[derive(Clone, Debug)]
pub(super) struct ServiceAccountKey {
    pub(super) private: PathBuf,
    pub(super) public: PathBuf,
}

/// Signs for the servers and their users.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
    issued: AtomicUsize,
}

impl Authority {
    /// A new one, its files in this folder.
    pub(super) fn new(folder: &Path) -> anyhow::Result<Self> {
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.distinguished_name.push(DnType::CommonName, "podwhy-tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let authority = Self { issuer, folder: folder.to_path_buf(), issued: AtomicUsize::new(0) };
        fs::write(authority.certificate(), authority.pem())?;
        Ok(authority)
    }

    /// The file of the authority's certificate.
    pub(super) fn certificate(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    /// The authority's certificate.
    pub(super) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// The same in binary.
    pub(super) fn der(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// What the servers show: for every name this machine reaches them by, and the API server's own Service.
    pub(super) fn serving(&self) -> anyhow::Result<Pair> {
        let names = ["localhost", "127.0.0.1", FIRST_SERVICE_ADDRESS, "kubernetes", "kubernetes.default.svc"];
        let mut params = CertificateParams::new(names.map(str::to_string))?;
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params, "serving")
    }

    /// What a user shows: Kubernetes takes its common name for the user and its organizations for the groups.
    pub(super) fn client(&self, user: &str, groups: &[&str]) -> anyhow::Result<Pair> {
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.distinguished_name.push(DnType::CommonName, user);
        // rcgen holds one value a type; the same type by its number is another to it, and there is no third way
        let types = [DnType::OrganizationName, DnType::CustomDnType(ORGANIZATION.to_vec())];
        if groups.len() > types.len() {
            bail!("a certificate made here holds at most {} groups, {user} has {groups:?}", types.len());
        }
        for (kind, group) in types.into_iter().zip(groups) {
            params.distinguished_name.push(kind, *group);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        self.sign(params, &format!("client-{number}"))
    }

    /// The key that service account tokens are signed with, and its public half to check them by.
    pub(super) fn service_account_key(&self) -> anyhow::Result<ServiceAccountKey> {
        let key = KeyPair::generate()?;
        let (private, public) =
            (self.folder.join("service-account.key"), self.folder.join("service-account.pub"));
        fs::write(&private, key.serialize_pem())?;
        // kube-apiserver finds no public key in a private one of this format
        fs::write(&public, key.public_key_pem())?;
        Ok(ServiceAccountKey { private, public })
    }

    fn sign(&self, mut params: CertificateParams, name: &str) -> anyhow::Result<Pair> {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let pair = Pair {
            certificate: self.folder.join(format!("{name}.crt")),
            key: self.folder.join(format!("{name}.key")),
        };
        fs::write(&pair.certificate, certificate.pem())?;
        fs::write(&pair.key, key.serialize_pem())?;
        Ok(pair)
    }
}
