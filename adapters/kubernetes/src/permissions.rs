//! What a person may read, by the API server's own word:
//! <https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/>

use std::time::Duration;

use futures::future::BoxFuture;
use moka::sync::Cache;
use podwhy_flow::ports::{Access, ClusterError, KubernetesUser, Permissions, Right};
use serde_json::{Value, json};

use crate::connect::LiveCluster;
use crate::paths;

/// A right that was taken away is felt after this long at most; a completion asks at every letter.
const REMEMBERED: Duration = Duration::from_secs(30);

/// More than this many answers are not remembered.
const MOST: u64 = 10_000;

/// <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects>
const AUTHENTICATED: &str = "system:authenticated";

type Asked = (KubernetesUser, Right, Option<String>);

/// Answers that are still fresh.
#[derive(Clone, Debug)]
pub(crate) struct Rights(Cache<Asked, bool>);

impl Default for Rights {
    fn default() -> Rights {
        Rights(Cache::builder().max_capacity(MOST).time_to_live(REMEMBERED).build())
    }
}

impl Permissions for LiveCluster {
    fn may<'a>(
        &'a self,
        user: &'a KubernetesUser,
        right: Right,
        namespace: Option<&'a str>,
    ) -> BoxFuture<'a, Result<bool, ClusterError>> {
        Box::pin(async move {
            let asked = (user.clone(), right, namespace.map(str::to_string));
            if let Some(known) = self.rights.0.get(&asked) {
                return Ok(known);
            }
            let allowed = self.review(user, &to_read(right, namespace)).await?;
            self.rights.0.insert(asked, allowed);
            Ok(allowed)
        })
    }
}

impl LiveCluster {
    /// Asks the API server.
    pub(crate) async fn review(&self, user: &KubernetesUser, access: &Access) -> Result<bool, ClusterError> {
        self.allowed("subjectaccessreviews", &review(user, access)).await
    }

    /// Asks the API server of podwhy itself.
    pub(crate) async fn review_self(&self, access: &Access) -> Result<bool, ClusterError> {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes(access)},
        });
        self.allowed("selfsubjectaccessreviews", &review).await
    }

    async fn allowed(&self, plural: &str, review: &Value) -> Result<bool, ClusterError> {
        let path = format!("/apis/authorization.k8s.io/v1/{plural}");
        let answer = self.requests.post(&path, review).await.map_err(|fail| fail.error(&self.name))?;
        Ok(answer.pointer("/status/allowed").and_then(Value::as_bool).unwrap_or(false))
    }
}

fn to_read(right: Right, namespace: Option<&str>) -> Access {
    let (resource, subresource) = match right {
        Right::Pods => ("pods", None),
        Right::Logs => ("pods", Some("log")),
        Right::Of(kind) => (paths::plural(kind), None),
    };
    Access {
        verb: "get".to_string(),
        group: String::new(),
        resource: resource.to_string(),
        subresource: subresource.map(str::to_string),
        namespace: namespace.map(str::to_string),
        name: None,
    }
}

fn review(user: &KubernetesUser, access: &Access) -> Value {
    let mut groups = user.groups.clone();
    // whoever a cluster knows is in it, and an impersonated request is as well
    groups.push(AUTHENTICATED.to_string());
    json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user.name, "groups": groups, "resourceAttributes": attributes(access)},
    })
}

/// What a review is about.
fn attributes(access: &Access) -> Value {
    let mut attributes = json!({"verb": access.verb, "group": access.group, "resource": access.resource});
    for (field, value) in [("subresource", &access.subresource), ("name", &access.name)] {
        if let Some(value) = value {
            attributes[field] = json!(value);
        }
    }
    // an empty namespace asks about all of them
    attributes["namespace"] = json!(access.namespace.as_deref().unwrap_or_default());
    if !access.group.contains('*') {
        attributes["version"] = json!("v1");
    }
    attributes
}
