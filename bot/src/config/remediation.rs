//! What can be configured of what podwhy does. The comments here are the reference.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::area::Area;
use super::dead_node::DeadNode;
use super::hours::Hours;
use super::secret::SecretSource;
use super::written;

/// What may be done by buttons, where, and what that needs. Every write is made as the person who agreed first, and only where the
/// cluster itself lets each who agreed do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remediation {
    /// What each approval is signed with, so that podwhy knows it as its own: at least 32 random characters. Every replica has the
    /// same; under another one, what waits has to be approved anew.
    #[schemars(example = super::chat::secret_example("PODWHY_REMEDIATION_KEY"))]
    pub signing_key: SecretSource,
    /// What tickets to node agents are signed with: an Ed25519 private key in PEM, as `openssl genpkey -algorithm ed25519` writes it.
    /// Agents are given its public half. Needed for `restart-kubelet`, `restart-runtime` and `remove-image`, and for nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = super::chat::secret_example("PODWHY_TICKET_KEY"))]
    pub ticket_key: Option<SecretSource>,
    /// Where something may be done: as `of` of a route. What is in no namespace, a node, needs all of its cluster.
    #[schemars(schema_with = "written::areas", example = &["prod:shop"])]
    pub of: Vec<Area>,
    /// What may be done. Without it whatever replaces pods or lets a node take pods; the others have to be named.
    #[serde(default = "usual")]
    #[schemars(example = &["delete-failed-pods"])]
    pub remedies: Vec<RemedyWord>,
    /// Where two people have to agree to what elsewhere one may do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "written::areas", example = &["prod:payments"])]
    pub protected: Vec<Area>,
    /// So many people have to agree at least. It only adds to what an action needs by itself.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 5), example = 2)]
    pub approvals: u32,
    /// Whether everyone who agrees types the name of what is changed, also where the action does not ask for it.
    #[serde(default)]
    #[schemars(example = true)]
    pub typed_name: bool,
    /// Stops everything that was not begun, as `/pod freeze` does for a while.
    #[serde(default)]
    #[schemars(example = true)]
    pub frozen: bool,
    /// So many actions begin in a namespace within an hour; of nodes, in a cluster.
    #[serde(default = "ten")]
    #[schemars(range(min = 1), example = 3)]
    pub per_hour: u32,
    /// How a node is confirmed dead: only then the actions that need it can be agreed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_node: Option<DeadNode>,
    /// Users and groups of `people` that may do everything in a cluster, or whose names begin with `system:`, and are written as all
    /// the same. Others of that kind are refused when podwhy starts, and at each click. podwhy's own right to write as them makes its
    /// token worth as much as theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["root@example.com"])]
    pub allow_privileged: Vec<String>,
    /// What some of it needs besides. All rules that fit count together, and each only asks for more: who agrees has to be let by every
    /// one. They are asked for when somebody agrees, and again directly before it is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
}

/// What some of it needs besides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// As a refusal names it; without it, by its place in the list, which begins with 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"payments by day")]
    pub name: Option<String>,
    /// Of these remedies; without it, of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["delete-pod"])]
    pub remedies: Vec<RemedyWord>,
    /// Where: as `remediation.of`; without it, everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "written::areas", example = &["prod:payments"])]
    pub of: Vec<Area>,
    /// Of what carries this risk; without it, of either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"high")]
    pub risk: Option<Risk>,
    /// Only these people agree, and who is in one of `approver_groups`: users of `people`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["ann@example.com"])]
    pub approvers: Vec<String>,
    /// Only who is in one of these groups agrees, and `approvers`: groups of `people` or of `chat_groups`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["podwhy:editors"])]
    pub approver_groups: Vec<String>,
    /// So many people have to agree at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 5), example = 2)]
    pub approvals: Option<u32>,
    /// Whether whoever asked may agree, too. Where two have to, one of them is somebody else in any case.
    #[serde(default = "yes")]
    #[schemars(example = false)]
    pub self_approval: bool,
    /// When it may be agreed to and begun, by the clocks of `time_zone`; may pass midnight. Without it, always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::hours", example = &"07:00-17:00")]
    pub hours: Option<Hours>,
    /// Whether everyone who agrees types the name of what is changed.
    #[serde(default)]
    #[schemars(example = true)]
    pub typed_name: bool,
}

/// How much care something asks for, before anything is configured of approvals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// One person may agree to it.
    Low,
    /// Two have to, by what it is or by where it is done: in a protected namespace, or on a node of the control plane.
    High,
}

/// What may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RemedyWord {
    /// Pods that failed or were evicted are deleted, those of one owner together.
    DeleteFailedPods,
    /// A pod is evicted, as far as its disruption budgets let it; its controller makes another.
    DeletePod,
    /// A cordoned node takes pods again.
    Uncordon,
    /// The pods of a workload are replaced, as its strategy says; not of one that Argo CD, Flux, Helm or an operator manages.
    RolloutRestart,
    /// A Deployment goes back to a revision that is known to be good; two agree. Not of one that something manages.
    RollBack,
    /// One finalizer of a pod is taken away whose controller is not installed any more, seen twice a minute apart in the whole cluster;
    /// two agree and type the pod's name. Never Kubernetes' own, nor one that podwhy does not know.
    RemoveFinalizer,
    /// A node that is confirmed dead is marked out of service: its pods go, its volumes are detached. Kubernetes 1.26 or later.
    TaintOutOfService,
    /// That mark is taken away, once the node is ready again.
    UntaintOutOfService,
    /// Before Kubernetes 1.26: pods of a node that is confirmed dead, which are being deleted already, are removed.
    ForceDelete,
    /// The object of a node that is confirmed dead is deleted, where no cloud and no machine controller owns it.
    DeleteNode,
    /// A node's kubelet is restarted by the agent there.
    RestartKubelet,
    /// A node's container runtime is restarted by the agent there; two agree.
    RestartRuntime,
    /// A node's copy of an image is removed by the agent there, with what is left of its containers; two agree.
    RemoveImage,
}

fn usual() -> Vec<RemedyWord> {
    vec![
        RemedyWord::DeleteFailedPods,
        RemedyWord::DeletePod,
        RemedyWord::Uncordon,
        RemedyWord::RolloutRestart,
        RemedyWord::RollBack,
    ]
}

fn yes() -> bool {
    true
}

fn one() -> u32 {
    1
}

fn ten() -> u32 {
    10
}
