//! What can be done by a button, and what each needs at least. Policy may only ask for more.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is done. The words are the ids that the causes' pages give their remedies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// Pods that failed or were evicted are deleted; what made them has made others.
    DeleteFailedPods,
    /// A node takes pods again.
    Uncordon,
    /// A pod is evicted, and its controller makes another.
    DeletePod,
    /// A workload's pods are replaced, as its strategy says.
    RolloutRestart,
    /// A Deployment goes back to an earlier revision.
    RollBack,
    /// One entry of an object's finalizers is taken away.
    RemoveFinalizer,
    /// A dead node is marked out of service: its pods go, and its volumes are detached.
    TaintOutOfService,
    /// That mark is taken away.
    UntaintOutOfService,
    /// Pods of a dead node that are being deleted already are removed without its kubelet.
    ForceDelete,
    /// A dead node's object is deleted.
    DeleteNode,
    /// A node's kubelet is restarted, by the agent there.
    RestartKubelet,
    /// A node's container runtime is restarted, by the agent there.
    RestartRuntime,
    /// A node's copy of an image is removed, by the agent there.
    RemoveImage,
}

/// Where it is done, as far as that asks for more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The namespace is protected by configuration.
    pub protected: bool,
    /// A node of the control plane is concerned, or a pod of it.
    pub control_plane: bool,
}

/// What an action needs at least. A dialog to confirm is always shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Floor {
    /// So many people have to agree.
    pub approvals: u32,
    /// Each of them types the name of what is changed.
    pub typed_name: bool,
}

/// How much care an action asks for where it is done, whatever is configured of approvals.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// One person may agree to it.
    #[default]
    Low,
    /// Two have to.
    High,
}

/// No more people are ever asked.
pub const MOST_APPROVALS: u32 = 5;

impl Remedy {
    /// Every remedy.
    pub const ALL: [Remedy; 13] = [
        Remedy::DeleteFailedPods,
        Remedy::Uncordon,
        Remedy::DeletePod,
        Remedy::RolloutRestart,
        Remedy::RollBack,
        Remedy::RemoveFinalizer,
        Remedy::TaintOutOfService,
        Remedy::UntaintOutOfService,
        Remedy::ForceDelete,
        Remedy::DeleteNode,
        Remedy::RestartKubelet,
        Remedy::RestartRuntime,
        Remedy::RemoveImage,
    ];

    /// `delete-pod`: as pages, configuration and metrics have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Remedy::DeleteFailedPods => "delete-failed-pods",
            Remedy::Uncordon => "uncordon",
            Remedy::DeletePod => "delete-pod",
            Remedy::RolloutRestart => "rollout-restart",
            Remedy::RollBack => "roll-back",
            Remedy::RemoveFinalizer => "remove-finalizer",
            Remedy::TaintOutOfService => "taint-out-of-service",
            Remedy::UntaintOutOfService => "untaint-out-of-service",
            Remedy::ForceDelete => "force-delete",
            Remedy::DeleteNode => "delete-node",
            Remedy::RestartKubelet => "restart-kubelet",
            Remedy::RestartRuntime => "restart-runtime",
            Remedy::RemoveImage => "remove-image",
        }
    }

    /// What it needs at least.
    pub fn floor(self, circumstances: Circumstances) -> Floor {
        let careful = circumstances.protected || circumstances.control_plane;
        let (approvals, typed_name) = match self {
            Remedy::DeleteFailedPods | Remedy::Uncordon => (1, false),
            Remedy::DeletePod | Remedy::RolloutRestart | Remedy::RestartKubelet if careful => (2, false),
            Remedy::DeletePod | Remedy::RolloutRestart | Remedy::RestartKubelet => (1, false),
            Remedy::RollBack | Remedy::RestartRuntime | Remedy::RemoveImage => (2, false),
            Remedy::RemoveFinalizer
            | Remedy::TaintOutOfService
            | Remedy::UntaintOutOfService
            | Remedy::ForceDelete
            | Remedy::DeleteNode => (2, true),
        };
        Floor { approvals, typed_name }
    }

    /// Whether a diagnosis has to find its cause still before it is done. A mark that is left has no cause but itself.
    pub fn needs_cause(self) -> bool {
        self != Remedy::UntaintOutOfService
    }

    /// Whether it is for a node that was confirmed dead only.
    pub fn needs_dead_node(self) -> bool {
        matches!(self, Remedy::TaintOutOfService | Remedy::ForceDelete | Remedy::DeleteNode)
    }

    /// Whether the agent of a node does it, by a ticket.
    pub fn needs_agent(self) -> bool {
        matches!(self, Remedy::RestartKubelet | Remedy::RestartRuntime | Remedy::RemoveImage)
    }
}

impl Floor {
    /// By how many people it asks for.
    pub fn risk(self) -> Risk {
        if self.approvals < 2 { Risk::Low } else { Risk::High }
    }

    /// The stricter of both in each respect.
    pub fn and(self, other: Floor) -> Floor {
        Floor {
            approvals: self.approvals.max(other.approvals).min(MOST_APPROVALS),
            typed_name: self.typed_name || other.typed_name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_the_floor_of_the_table() {
        let plain = Circumstances::default();
        let needs = |remedy: Remedy| {
            let floor = remedy.floor(plain);
            (floor.approvals, floor.typed_name)
        };
        let told: Vec<_> = Remedy::ALL.iter().map(|remedy| (remedy.as_str(), needs(*remedy))).collect();
        let table = [
            ("delete-failed-pods", (1, false)),
            ("uncordon", (1, false)),
            ("delete-pod", (1, false)),
            ("rollout-restart", (1, false)),
            ("roll-back", (2, false)),
            ("remove-finalizer", (2, true)),
            ("taint-out-of-service", (2, true)),
            ("untaint-out-of-service", (2, true)),
            ("force-delete", (2, true)),
            ("delete-node", (2, true)),
            ("restart-kubelet", (1, false)),
            ("restart-runtime", (2, false)),
            ("remove-image", (2, false)),
        ];
        assert_eq!(told, table);
    }

    #[test]
    fn where_care_is_needed_two_agree_to_what_one_could_do() {
        for careful in [
            Circumstances { protected: true, control_plane: false },
            Circumstances { protected: false, control_plane: true },
        ] {
            assert_eq!(Remedy::DeletePod.floor(careful).approvals, 2);
            assert_eq!(Remedy::RolloutRestart.floor(careful).approvals, 2);
            assert_eq!(Remedy::RestartKubelet.floor(careful).approvals, 2);
            assert_eq!(Remedy::Uncordon.floor(careful).approvals, 1, "it only takes a mark away");
        }
    }

    #[test]
    fn policy_only_tightens() {
        for remedy in Remedy::ALL {
            let floor = remedy.floor(Circumstances::default());
            for approvals in 0..9 {
                let both = floor.and(Floor { approvals, typed_name: false });
                assert!(both.approvals >= floor.approvals && both.typed_name == floor.typed_name);
            }
            assert!(floor.and(Floor { approvals: 0, typed_name: true }).typed_name);
        }
    }

    #[test]
    fn words_are_those_of_the_ledger() {
        for remedy in Remedy::ALL {
            assert_eq!(serde_json::to_value(remedy).unwrap(), remedy.as_str());
        }
    }
}
