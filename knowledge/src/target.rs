//! What a person may ask about: one parser for the terminal, the chats, the browser and MCP.
//!
//! ```text
//! name          a pod, else a workload, in the namespace the caller supplies
//! a/b           kind/name where `a` is a known kind or alias, else namespace/name
//! ns/kind/name
//! cluster:      before any of them
//! ```

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A Kubernetes kind that can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `pod`
    Pod,
    /// `deploy`
    Deployment,
    /// `rs`
    ReplicaSet,
    /// `sts`
    StatefulSet,
    /// `ds`
    DaemonSet,
    /// `job`
    Job,
    /// `cronjob`
    CronJob,
    /// `svc`
    Service,
    /// `pvc`
    PersistentVolumeClaim,
    /// `node`
    Node,
    /// `ns`
    Namespace,
}

/// Kind, its CamelCase name, the short form people type, and what else they type for it.
const KINDS: &[(Kind, &str, &str, &[&str])] = &[
    (Kind::Pod, "Pod", "pod", &["pods", "po"]),
    (Kind::Deployment, "Deployment", "deploy", &["deploys", "deployment", "deployments"]),
    (Kind::ReplicaSet, "ReplicaSet", "rs", &["replicaset", "replicasets"]),
    (Kind::StatefulSet, "StatefulSet", "sts", &["statefulset", "statefulsets"]),
    (Kind::DaemonSet, "DaemonSet", "ds", &["daemonset", "daemonsets"]),
    (Kind::Job, "Job", "job", &["jobs"]),
    (Kind::CronJob, "CronJob", "cronjob", &["cronjobs", "cj"]),
    (Kind::Service, "Service", "svc", &["service", "services", "svcs"]),
    (
        Kind::PersistentVolumeClaim,
        "PersistentVolumeClaim",
        "pvc",
        &["pvcs", "persistentvolumeclaim", "persistentvolumeclaims"],
    ),
    (Kind::Node, "Node", "node", &["nodes", "no"]),
    (Kind::Namespace, "Namespace", "ns", &["namespace", "namespaces"]),
];

impl Kind {
    /// Every kind, in the order help texts list them.
    pub fn all() -> impl Iterator<Item = Kind> {
        KINDS.iter().map(|(kind, ..)| *kind)
    }

    /// The kinds that own pods, nearest first when a bare name could be several.
    pub const WORKLOADS: [Kind; 6] =
        [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::Job, Kind::CronJob, Kind::ReplicaSet];

    /// The kind named by `word`: a short name, a singular or a plural, in any case, with or without its group
    /// (`deployments.apps`).
    pub fn from_word(word: &str) -> Option<Kind> {
        let word = word.to_ascii_lowercase();
        let bare = word.split('.').next().unwrap_or(&word);
        let grouped = word.len() != bare.len();
        KINDS.iter().find_map(|(kind, _, short, aliases)| {
            let hit = *short == bare || aliases.contains(&bare);
            // `job.example` is a namespace someone may have, `jobs.batch` is a kind
            let group_fits = !grouped || word[bare.len() + 1..] == *kind.group();
            (hit && group_fits).then_some(*kind)
        })
    }

    /// The kind of this CamelCase name, as object manifests spell it.
    pub fn from_camel(name: &str) -> Option<Kind> {
        KINDS.iter().find(|(_, camel, ..)| *camel == name).map(|(kind, ..)| *kind)
    }

    /// `Deployment`
    pub fn camel(self) -> &'static str {
        self.row().1
    }

    /// `deploy`: what `kubectl` accepts and people type.
    pub fn short(self) -> &'static str {
        self.row().2
    }

    /// Whether objects of the kind live in a namespace.
    pub fn is_namespaced(self) -> bool {
        !matches!(self, Kind::Node | Kind::Namespace)
    }

    /// Whether the kind makes pods.
    pub fn is_workload(self) -> bool {
        Kind::WORKLOADS.contains(&self)
    }

    fn group(self) -> &'static str {
        match self {
            Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet => "apps",
            Kind::Job | Kind::CronJob => "batch",
            _ => "",
        }
    }

    fn row(self) -> &'static (Kind, &'static str, &'static str, &'static [&'static str]) {
        // KINDS has a row for each variant, held by a test
        KINDS.iter().find(|(kind, ..)| *kind == self).unwrap_or(&KINDS[0])
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.camel())
    }
}

/// What was asked about, as typed: nothing in it has been looked up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The cluster named before the last `:`, if any.
    pub cluster: Option<String>,
    /// The namespace, if the text named one.
    pub namespace: Option<String>,
    /// The kind, if the text named one; a bare name is a pod, else a workload.
    pub kind: Option<Kind>,
    /// The object's name.
    pub name: String,
}

/// Why a text is no target. The message says what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TargetError {
    /// Nothing was typed, or one of the parts is empty.
    #[error("{0:?} has an empty part; write NAME, NAMESPACE/NAME, KIND/NAME or NAMESPACE/KIND/NAME")]
    Empty(String),
    /// More than three parts.
    #[error("{0:?} has too many parts; write NAME, NAMESPACE/NAME, KIND/NAME or NAMESPACE/KIND/NAME")]
    TooManyParts(String),
    /// The middle of three parts is no kind.
    #[error("{kind:?} is no kind podwhy knows; the kinds are {known}", known = known_kinds())]
    UnknownKind {
        /// What stood where a kind belongs.
        kind: String,
    },
    /// A part is no Kubernetes name.
    #[error("{0:?} is no Kubernetes name: lower-case letters, digits, `-` and `.`, at most 253")]
    BadName(String),
    /// A namespace was given for a kind that has none.
    #[error("a {0} is in no namespace; write {1}/NAME")]
    NotNamespaced(&'static str, &'static str),
    /// `-n` and the namespace in the target differ.
    #[error("the target names namespace {target:?} but -n says {flag:?}; give one of them")]
    NamespaceConflict {
        /// The namespace in the target.
        target: String,
        /// The namespace of `-n`.
        flag: String,
    },
}

fn known_kinds() -> String {
    Kind::all().map(Kind::short).collect::<Vec<_>>().join(", ")
}

impl Target {
    /// The target with the namespace of a `-n` flag. When both name one they must agree.
    ///
    /// # Errors
    /// [`TargetError::NamespaceConflict`] when they differ, [`TargetError::BadName`] when the flag is no name.
    pub fn in_namespace(mut self, flag: Option<&str>) -> Result<Target, TargetError> {
        let Some(flag) = flag else { return Ok(self) };
        check_name(flag)?;
        if self.kind.is_some_and(|kind| !kind.is_namespaced()) {
            return Ok(self);
        }
        match &self.namespace {
            Some(target) if target != flag => {
                Err(TargetError::NamespaceConflict { target: target.clone(), flag: flag.to_string() })
            }
            _ => {
                self.namespace = Some(flag.to_string());
                Ok(self)
            }
        }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        // A context's name may hold `:` and `/` (an ARN does); an object's name may hold neither.
        let (cluster, rest) = match text.rsplit_once(':') {
            Some((cluster, rest)) => (Some(cluster.to_string()), rest),
            None => (None, text),
        };
        if cluster.as_deref() == Some("") {
            return Err(TargetError::Empty(text.to_string()));
        }
        let parts: Vec<&str> = rest.split('/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return Err(TargetError::Empty(text.to_string()));
        }
        let (namespace, kind, name) = match parts[..] {
            [name] => (None, None, name),
            [first, name] => match Kind::from_word(first) {
                Some(kind) => (None, Some(kind), name),
                None => (Some(first), None, name),
            },
            [namespace, kind, name] => {
                let kind = Kind::from_word(kind)
                    .ok_or_else(|| TargetError::UnknownKind { kind: kind.to_string() })?;
                (Some(namespace), Some(kind), name)
            }
            _ => return Err(TargetError::TooManyParts(text.to_string())),
        };
        if let (Some(_), Some(kind)) = (namespace, kind)
            && !kind.is_namespaced()
        {
            return Err(TargetError::NotNamespaced(kind.camel(), kind.short()));
        }
        for part in namespace.into_iter().chain([name]) {
            check_name(part)?;
        }
        Ok(Target { cluster, namespace: namespace.map(str::to_string), kind, name: name.to_string() })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cluster) = &self.cluster {
            write!(f, "{cluster}:")?;
        }
        if let Some(namespace) = &self.namespace {
            // `job/x` would be read as a kind: such a namespace is written with its kind
            let kind = self.kind.or_else(|| Kind::from_word(namespace).map(|_| Kind::Pod));
            write!(f, "{namespace}/")?;
            if let Some(kind) = kind {
                write!(f, "{}/", kind.short())?;
            }
        } else if let Some(kind) = self.kind {
            write!(f, "{}/", kind.short())?;
        }
        f.write_str(&self.name)
    }
}

fn check_name(name: &str) -> Result<(), TargetError> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    let edge = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let good =
        name.len() <= 253 && name.bytes().all(fits) && edge(name.bytes().next()) && edge(name.bytes().last());
    if good { Ok(()) } else { Err(TargetError::BadName(name.to_string())) }
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
