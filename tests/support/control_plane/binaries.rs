//! Where the servers are: named one by one, in a folder of envtest's, or built by `tests/control-plane/build`. The oldest
//! API server is in a folder of its own.

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::recordings::repository;

/// A program of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// The store behind the API server.
    Etcd,
    /// The API server.
    KubeApiserver,
    /// The command line.
    Kubectl,
    /// What binds pods to nodes.
    KubeScheduler,
    /// What makes pods of Deployments, and deletes namespaces.
    KubeControllerManager,
    /// What plays the kubelets.
    Kwok,
    /// What installs the chart.
    Helm,
    /// What installs plugins of kubectl.
    Krew,
}

impl Program {
    const ALL: [Self; 8] = [
        Self::Etcd,
        Self::KubeApiserver,
        Self::Kubectl,
        Self::KubeScheduler,
        Self::KubeControllerManager,
        Self::Kwok,
        Self::Helm,
        Self::Krew,
    ];

    /// The file's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::KubeApiserver => "kube-apiserver",
            Self::Kubectl => "kubectl",
            Self::KubeScheduler => "kube-scheduler",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::Kwok => "kwok",
            Self::Helm => "helm",
            Self::Krew => "krew",
        }
    }

    /// The variable that names this one's path: envtest's `TEST_ASSET_KUBE_APISERVER` and its like.
    fn variable(self) -> String {
        format!("TEST_ASSET_{}", self.name().to_uppercase().replace('-', "_"))
    }
}

/// Names the folder with the oldest kube-apiserver.
const OLDEST: &str = "PODWHY_OLDEST_ASSETS";

/// Why there is no control plane here, and how to have one; a single line.
#[derive(Clone, Debug)]
pub struct Missing(String);

impl Missing {
    fn new(programs: &[Program]) -> Self {
        let names: Vec<&str> = programs.iter().map(|program| program.name()).collect();
        let names = names.join(" ");
        Self(format!("no {names} here: run `tests/control-plane/build {names}` or set KUBEBUILDER_ASSETS"))
    }

    fn oldest() -> Self {
        let name = Program::KubeApiserver.name();
        Self(format!("no oldest {name} here: run `tests/control-plane/build --oldest` or set {OLDEST}"))
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Missing {}

/// The programs that are here.
#[derive(Clone, Debug)]
pub struct Binaries(BTreeMap<Program, PathBuf>);

impl Binaries {
    /// Looks for each program at `TEST_ASSET_<NAME>`, then in `$KUBEBUILDER_ASSETS`, then where
    /// `tests/control-plane/build` puts it.
    ///
    /// # Errors
    /// When etcd or kube-apiserver is in none of them.
    pub fn find() -> Result<Self, Missing> {
        let folders: Vec<PathBuf> =
            env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from).into_iter().chain(built(&[])).collect();
        let locate = |program: Program| {
            let named = env::var_os(program.variable()).map(PathBuf::from);
            named.or_else(|| {
                folders.iter().map(|folder| folder.join(program.name())).find(|path| path.is_file())
            })
        };
        let found = Program::ALL.into_iter().filter_map(|program| Some((program, locate(program)?)));
        let binaries = Self(found.collect());
        binaries.require(&[Program::Etcd, Program::KubeApiserver])?;
        Ok(binaries)
    }

    /// The same with the oldest kube-apiserver the tests know: in `$PODWHY_OLDEST_ASSETS`, else where
    /// `tests/control-plane/build --oldest` puts it.
    ///
    /// # Errors
    /// When it is not there.
    pub fn with_oldest(mut self) -> Result<Self, Missing> {
        let folder = env::var_os(OLDEST).map(PathBuf::from).or_else(|| built(&["--oldest"]));
        let path = folder.map(|folder| folder.join(Program::KubeApiserver.name()));
        let path = path.filter(|path| path.is_file()).ok_or_else(Missing::oldest)?;
        self.0.insert(Program::KubeApiserver, path);
        Ok(self)
    }

    /// Whether all of these are here.
    ///
    /// # Errors
    /// Names the ones that are not.
    pub fn require(&self, programs: &[Program]) -> Result<(), Missing> {
        let missing: Vec<Program> =
            programs.iter().copied().filter(|program| !self.0.contains_key(program)).collect();
        if missing.is_empty() { Ok(()) } else { Err(Missing::new(&missing)) }
    }

    /// The path of one.
    ///
    /// # Errors
    /// When it is not here.
    pub fn path(&self, program: Program) -> Result<&Path, Missing> {
        self.0.get(&program).map(PathBuf::as_path).ok_or_else(|| Missing::new(&[program]))
    }
}

/// The folder the build script puts these into; it alone knows the versions. None where there is no bash.
fn built(which: &[&str]) -> Option<PathBuf> {
    let script = repository().join("tests/control-plane/build");
    let output = Command::new("bash").arg(script).args(which).arg("--which").output().ok()?;
    let printed = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(printed.trim_end()))
}
