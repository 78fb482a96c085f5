//! What is done to what, and what whoever agrees has to know.

use std::collections::BTreeSet;

use jiff::Timestamp;
use podwhy_knowledge::Lang;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::act::remedy::Remedy;

/// One object that is changed: this one, and no later one of its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// A Kubernetes kind in CamelCase.
    pub kind: String,
    /// Its namespace; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid, as it was when this was offered.
    pub uid: String,
}

/// What whoever agrees has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Caution {
    /// A pod of a StatefulSet: its successor waits until it is gone, and keeps its name and claims.
    Stateful,
    /// Claims that only one node or pod may use: the successor waits for them.
    SingleUseVolumes,
    /// Other pods of the same owner that are not ready: less is left while this one is away.
    PeersNotReady,
    /// On a node of the control plane, or on one of which that could not be read.
    ControlPlane,
    /// Who cordoned the node is not known: somebody may be working on it.
    SomebodyCordoned,
    /// Of one replica: while it is away, nothing is left.
    OnlyOne,
    /// Pods that go with the taint, those of DaemonSets among them: expected.
    Evicted,
    /// Pods that tolerate the taint, and stay.
    Tolerates,
    /// Pods that must not run twice: if the machine is alive, they do.
    RunsTwice,
    /// Volumes for one node or pod, which two writers can destroy.
    TwoWriters,
    /// Such volumes stay attached to the dead node for about six minutes.
    StaysAttached,
    /// The node's labels and taints go with it, and its kubelet has to be started anew to come back.
    Forgotten,
    /// A controller would have done something before the object goes; now nobody does.
    CleanupSkipped,
    /// What a roll back leaves as it is: what is in these, and whatever the newer revision has written elsewhere.
    StaysChanged,
    /// Containers that end when the runtime is restarted: how many, and by what that is known, or that it is not.
    ContainersDie,
}

/// The same, with the names it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// What it is.
    pub caution: Caution,
    /// Of what, at most ten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

/// A finalizer whose controller is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Orphaned {
    /// The entry that is taken away.
    pub name: String,
    /// Who would have taken it away.
    pub controller: String,
    /// What of that controller was looked for, each found nowhere.
    pub absent: Vec<String>,
    /// When it was looked: the second look comes a minute later at the earliest.
    #[schemars(with = "String")]
    pub looked_at: Timestamp,
}

/// An earlier revision of a Deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// Its ReplicaSet.
    pub replica_set: Target,
    /// Its number.
    pub number: i64,
    /// A digest of its pod template: what is approved is this template.
    pub template: String,
    /// A digest of the template that it replaces: whoever approved, approved of leaving that one.
    pub replaces: String,
    /// What changes, from what is now to what will be.
    pub changes: Vec<Said>,
}

/// A line in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Said {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

impl Said {
    /// In one of them.
    pub fn of(&self, lang: Lang) -> &str {
        lang.pick(&self.en, &self.zh)
    }
}

/// What the agent of a node is told beside the remedy's own word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// The unit that its report names for it, as people agreed to it; the agent has its own list.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The image that is removed, as pods name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Whether the runtime is restarted also where its containers do not live on, or nobody knows.
    #[serde(default)]
    pub containers_may_die: bool,
}

/// What is done to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// What.
    pub remedy: Remedy,
    /// To what: at least one, at most [`MOST_TARGETS`](super::MOST_TARGETS).
    pub targets: Vec<Target>,
    /// The finalizer that is taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finalizer: Option<Orphaned>,
    /// What is gone back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// The node that is taken for dead, where the targets are its pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Target>,
    /// What the agent of the node is told to do, where one does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Ticket>,
    /// Whether the node is dead, by each of its signs, as it was when this was offered. It is judged again at every click, and before
    /// it is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<Said>,
    /// What whoever agrees has to know: shown with the offer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// How long, in seconds, it may take until it is seen to have helped.
    pub verify_seconds: u32,
}

impl Plan {
    /// The namespaces of its targets; an empty one where one has none.
    pub fn namespaces(&self) -> BTreeSet<&str> {
        self.targets.iter().map(|target| target.namespace.as_str()).collect()
    }

    /// The namespace of its first target, where what it does is counted: of a node's pods they may be of several.
    pub fn namespace(&self) -> &str {
        self.targets.first().map(|target| target.namespace.as_str()).unwrap_or_default()
    }

    /// Whether it makes new pods come, which have to be well.
    pub fn makes_pods(&self) -> bool {
        self.is_of_pods() || self.is_rollout()
    }

    /// Whether it rolls a workload out.
    pub fn is_rollout(&self) -> bool {
        matches!(self.remedy, Remedy::RolloutRestart | Remedy::RollBack)
    }

    /// Whether each target is a pod, whose going makes a successor come.
    pub fn is_of_pods(&self) -> bool {
        matches!(self.remedy, Remedy::DeletePod | Remedy::DeleteFailedPods | Remedy::ForceDelete)
    }
}
