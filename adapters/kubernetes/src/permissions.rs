//! What a person may read, by the API server's own word:
//! <https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/>

use std::time::Duration;

use futures::future::BoxFuture;
use moka::sync::Cache;
use podwhy_flow::ports::{ClusterError, KubernetesUser, Permissions, Right};
use serde_json::{Value, json};

use crate::connect::LiveCluster;
use crate::paths;

/// A right that was taken away is felt after this long at most; a completion asks at every letter.
const REMEMBERED: Duration = Duration::from_secs(30);

/// More than this many answers are not remembered.
const MOST: u64 = 10_000;

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
            let review = review(user, right, namespace);
            let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
            let answer = self.requests.post(path, &review).await.map_err(|fail| fail.error(&self.name))?;
            let allowed = answer.pointer("/status/allowed").and_then(Value::as_bool).unwrap_or(false);
            self.rights.0.insert(asked, allowed);
            Ok(allowed)
        })
    }
}

fn review(user: &KubernetesUser, right: Right, namespace: Option<&str>) -> Value {
    let mut attributes = json!({"verb": "get", "group": "", "version": "v1", "resource": "pods"});
    match right {
        Right::Pods => {}
        Right::Logs => attributes["subresource"] = "log".into(),
        Right::Of(kind) => attributes["resource"] = paths::plural(kind).into(),
    }
    // an empty namespace asks about all of them
    attributes["namespace"] = namespace.unwrap_or_default().into();
    json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user.name, "groups": user.groups, "resourceAttributes": attributes},
    })
}
