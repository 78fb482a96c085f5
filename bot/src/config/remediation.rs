//! What can be configured of what podwhy does. The comments here are the reference.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::area::Area;
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
    /// Where something may be done: as `of` of a route. What is in no namespace, a node, needs all of its cluster.
    #[schemars(schema_with = "written::areas", example = &["prod:shop"])]
    pub of: Vec<Area>,
    /// What may be done.
    #[serde(default = "every")]
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
    /// Users and groups of `people` that may do everything in a cluster, or whose names begin with `system:`, and are written as all
    /// the same. Others of that kind are refused when podwhy starts, and at each click. podwhy's own right to write as them makes its
    /// token worth as much as theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["root@example.com"])]
    pub allow_privileged: Vec<String>,
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
}

fn every() -> Vec<RemedyWord> {
    vec![RemedyWord::DeleteFailedPods, RemedyWord::DeletePod, RemedyWord::Uncordon]
}

fn one() -> u32 {
    1
}

fn ten() -> u32 {
    10
}
