//! What namespaces say of themselves: their annotations.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use podwhy_flow::ports::ClusterError;
use podwhy_knowledge::Kind;
use serde_json::Value;

use crate::connect::LiveCluster;
use crate::paths;
use crate::request::Fail;

/// At most this many requests under way.
const AT_ONCE: usize = 8;

/// Of no more namespaces annotations are read: an incident of so many is nobody's own.
const MOST: usize = 100;

/// Of each namespace the annotations whose key begins with the prefix.
type Annotations = BTreeMap<String, BTreeMap<String, String>>;

impl LiveCluster {
    /// One by one: a right to list namespaces is a right to all of them. The right to `get` one is in the built-in ClusterRole
    /// `view`: <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles>
    pub(crate) async fn annotations_of(
        &self,
        namespaces: &BTreeSet<String>,
        prefix: &str,
    ) -> Result<Annotations, ClusterError> {
        // owned names: a borrowed one would tie the future to this call's lifetime
        let names: Vec<String> = namespaces.iter().take(MOST).cloned().collect();
        let asked = stream::iter(names).map(|name| async move {
            let path = paths::one(Kind::Namespace, "", &name);
            (name, self.requests.object(&path).await)
        });
        let mut all = Annotations::new();
        for (name, answer) in asked.buffered(AT_ONCE).collect::<Vec<_>>().await {
            match answer {
                Ok((namespace, _)) => _ = all.insert(name, chosen(&namespace, prefix)),
                Err(Fail::NotFound) => {}
                // it stays so until somebody grants it: what is not readable says nothing
                Err(Fail::Forbidden(why)) => {
                    tracing::debug!(
                        cluster = self.name,
                        namespace = name,
                        why,
                        "its annotations may not be read"
                    );
                }
                Err(fail) => return Err(fail.error(&self.name)),
            }
        }
        Ok(all)
    }
}

fn chosen(namespace: &Value, prefix: &str) -> BTreeMap<String, String> {
    let annotations = namespace.pointer("/metadata/annotations").and_then(Value::as_object);
    let own = annotations.into_iter().flatten().filter(|(key, _)| key.starts_with(prefix));
    own.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_string()))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_our_own_are_held() {
        let namespace = json!({"kind": "Namespace", "metadata": {"name": "shop", "annotations": {
            "podwhy.dev/channel": "ops", "podwhy.dev/odd": 1,
            "kubectl.kubernetes.io/last-applied-configuration": "{}"}}});
        let own = BTreeMap::from([("podwhy.dev/channel".to_string(), "ops".to_string())]);
        assert_eq!(chosen(&namespace, "podwhy.dev/"), own);
        assert_eq!(chosen(&json!({"metadata": {}}), "podwhy.dev/"), BTreeMap::new());
    }
}
