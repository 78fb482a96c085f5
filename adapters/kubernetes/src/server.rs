//! What an API server is, and what podwhy can do with it.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use moka::sync::Cache;
use podwhy_flow::ports::ClusterError;
use serde::Deserialize;
use serde_json::Value;

use crate::connect::LiveCluster;
use crate::request::{Fail, Requests};
use crate::rights;

/// A server that was replaced by a newer one is known as that after this long at most.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

const ADMISSION: &str = "/apis/admissionregistration.k8s.io/v1";

/// The version of an API server, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 1
    pub major: u32,
    /// 37
    pub minor: u32,
}

impl Version {
    /// From here on podwhy is tested live; dumps may be older.
    pub const ANSWERS: Version = Version { major: 1, minor: 20 };
    /// From here on a pod is evicted by policy/v1, before by v1beta1:
    /// <https://kubernetes.io/docs/reference/using-api/deprecation-guide/#poddisruptionbudget-v125>
    pub const EVICTION: Version = Version { major: 1, minor: 22 };
    /// From here on Incidents are kept: their rules (CEL) are in every server since.
    pub const INCIDENTS: Version = Version { major: 1, minor: 29 };
    /// From here on Remediations and node agents are: ValidatingAdmissionPolicy is in every server since.
    pub const REMEDIATIONS: Version = Version { major: 1, minor: 30 };
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Whether policies keep everybody else from what podwhy writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// They do.
    Stands,
    /// They do not.
    Missing(Lacking),
}

/// Why policies do not guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// What is missing.
    pub why: String,
    /// What installs it; none where the server cannot have it.
    pub todo: Option<String>,
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.todo {
            Some(todo) => write!(f, "{}: {todo}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

/// Policies that belong together, and the file they are in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policies {
    pub(crate) names: &'static [&'static str],
    pub(crate) file: &'static str,
}

/// Whether policies were seen to guard: then they are not looked at again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<OnceLock<()>>);

impl Seen {
    #[cfg(test)]
    pub(crate) fn already() -> Seen {
        Seen(Arc::new(OnceLock::from(())))
    }

    pub(crate) fn is_seen(&self) -> bool {
        self.0.get().is_some()
    }

    /// Looks, unless they were seen.
    pub(crate) async fn look(&self, requests: &Requests, policies: &Policies) -> Result<Guard, Fail> {
        if self.is_seen() {
            return Ok(Guard::Stands);
        }
        let found = guard(requests, policies).await?;
        if found == Guard::Stands {
            let _first = self.0.set(());
        }
        Ok(found)
    }
}

/// What is asked of the server itself, and remembered.
#[derive(Clone, Debug)]
pub(crate) struct Known(Cache<(), Version>);

impl Default for Known {
    fn default() -> Known {
        Known(Cache::builder().max_capacity(1).time_to_live(REMEMBERED).build())
    }
}

/// <https://kubernetes.io/docs/reference/using-api/api-concepts/>: `{"major": "1", "minor": "29+"}` from some clouds.
#[derive(Deserialize)]
struct Told {
    major: String,
    minor: String,
}

impl LiveCluster {
    /// The server's version; of one that was asked lately without a request.
    ///
    /// # Errors
    /// [`ClusterError`] when it does not answer, or says something else.
    pub async fn version(&self) -> Result<Version, ClusterError> {
        if let Some(known) = self.known.0.get(&()) {
            return Ok(known);
        }
        let told = self.requests.json::<Told>("/version").await.map_err(|fail| fail.error(&self.name))?;
        let version = version(&told).ok_or_else(|| ClusterError::Other {
            cluster: self.name.clone(),
            why: "it does not say its version".to_string(),
        })?;
        self.known.0.insert((), version);
        Ok(version)
    }

    /// Whether the policies stand that guard Remediations: in podwhy's own cluster.
    ///
    /// # Errors
    /// [`ClusterError`] when it does not answer.
    pub async fn remediations_guarded(&self) -> Result<Guard, ClusterError> {
        self.guarded(&rights::OF_REMEDIATIONS).await
    }

    /// Whether the policies stand that guard tickets and reports: in a cluster with node agents.
    ///
    /// # Errors
    /// [`ClusterError`] when it does not answer.
    pub async fn tickets_guarded(&self) -> Result<Guard, ClusterError> {
        self.guarded(&rights::OF_AGENTS).await
    }

    async fn guarded(&self, policies: &Policies) -> Result<Guard, ClusterError> {
        guard(&self.requests, policies).await.map_err(|fail| fail.error(&self.name))
    }
}

fn version(told: &Told) -> Option<Version> {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    Some(Version { major: digits(&told.major)?, minor: digits(&told.minor)? })
}

/// The policies and their bindings, by their names: that each validates something, leaves nothing out, and denies. Whom they let is not
/// looked at: if it is not podwhy, the server refuses podwhy.
async fn guard(requests: &Requests, Policies { names, file }: &Policies) -> Result<Guard, Fail> {
    let missing = |why: &str| {
        let todo = Some(format!("kubectl apply -f {file}"));
        Ok(Guard::Missing(Lacking { why: why.to_string(), todo }))
    };
    if !is_served(requests).await? {
        let why = "the API server has no ValidatingAdmissionPolicy v1, which is in Kubernetes since 1.30";
        return Ok(Guard::Missing(Lacking { why: why.to_string(), todo: None }));
    }
    for name in *names {
        let Some(policy) = there(requests, "validatingadmissionpolicies", name).await? else {
            return missing(&format!("there is no ValidatingAdmissionPolicy {name}"));
        };
        if policy.pointer("/spec/failurePolicy").and_then(Value::as_str) == Some("Ignore") {
            return missing(&format!(
                "the ValidatingAdmissionPolicy {name} lets everything in when it fails"
            ));
        }
        if !is_whole(&policy) {
            return missing(&format!("the ValidatingAdmissionPolicy {name} leaves something out"));
        }
        let Some(binding) = there(requests, "validatingadmissionpolicybindings", name).await? else {
            return missing(&format!("there is no ValidatingAdmissionPolicyBinding {name}"));
        };
        let actions = binding.pointer("/spec/validationActions").and_then(Value::as_array);
        let denies = actions.is_some_and(|actions| actions.iter().any(|action| action == "Deny"));
        let is_bound = binding.pointer("/spec/policyName").and_then(Value::as_str) == Some(*name);
        // what a binding selects is all it holds for
        let is_whole = binding.pointer("/spec/matchResources").is_none_or(Value::is_null);
        if !(denies && is_bound && is_whole) {
            return missing(&format!("the ValidatingAdmissionPolicyBinding {name} does not deny everywhere"));
        }
    }
    Ok(Guard::Stands)
}

/// What is validated, and no namespace or object left out. An empty selector is how the server writes none.
fn is_whole(policy: &Value) -> bool {
    let is_filled =
        |path: &str| policy.pointer(path).and_then(Value::as_array).is_some_and(|items| !items.is_empty());
    let selects = ["namespaceSelector", "objectSelector"].iter().any(|selector| {
        let found = policy.pointer(&format!("/spec/matchConstraints/{selector}"));
        found.and_then(Value::as_object).is_some_and(|own| !own.is_empty())
    });
    is_filled("/spec/validations")
        && is_filled("/spec/matchConstraints/resourceRules")
        && !is_filled("/spec/matchConstraints/excludeResourceRules")
        && !selects
}

async fn is_served(requests: &Requests) -> Result<bool, Fail> {
    match requests.object(ADMISSION).await {
        Ok((listed, _)) => {
            let kinds = listed.get("resources").and_then(Value::as_array);
            let is_it = |kind: &Value| kind["name"] == "validatingadmissionpolicies";
            Ok(kinds.is_some_and(|kinds| kinds.iter().any(is_it)))
        }
        Err(Fail::NotFound) => Ok(false),
        Err(fail) => Err(fail),
    }
}

async fn there(requests: &Requests, plural: &str, name: &str) -> Result<Option<Value>, Fail> {
    match requests.object(&format!("{ADMISSION}/{plural}/{name}")).await {
        Ok((object, _)) => Ok(Some(object)),
        Err(Fail::NotFound) => Ok(None),
        Err(fail) => Err(fail),
    }
}

#[cfg(test)]
mod tests;
