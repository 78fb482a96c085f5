//! What namespaces say of themselves: their annotations.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use podwhy_flow::ports::ClusterError;
use podwhy_knowledge::Kind;
use serde_json::Value;

use crate::paths;
use crate::request::{Fail, Requests};

/// At most this many requests under way.
const AT_ONCE: usize = 8;

/// Of no more namespaces annotations are read: an incident of so many is nobody's own.
const MOST: usize = 100;

/// Of each namespace the annotations whose key begins with the prefix.
type Annotations = BTreeMap<String, BTreeMap<String, String>>;

/// One by one: a right to list namespaces is a right to all of them. The right to `get` one is in the built-in ClusterRole `view`:
/// <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles>
///
/// # Errors
/// [`ClusterError`] when one of them was not answered; one that is not there or may not be read is left out.
pub(crate) async fn read(
    requests: &Requests,
    cluster: &str,
    namespaces: &BTreeSet<String>,
    prefix: &str,
) -> Result<Annotations, ClusterError> {
    // owned names: a borrowed one would tie the future to this call's lifetime
    let names: Vec<String> = namespaces.iter().take(MOST).cloned().collect();
    let asked = stream::iter(names).map(|name| async move {
        let path = paths::one(Kind::Namespace, "", &name);
        (name, requests.object(&path).await)
    });
    let mut all = Annotations::new();
    for (name, answer) in asked.buffered(AT_ONCE).collect::<Vec<_>>().await {
        match answer {
            Ok((namespace, _)) => _ = all.insert(name, chosen(&namespace, prefix)),
            Err(Fail::NotFound) => {}
            // it stays so until somebody grants it: what is not readable says nothing
            Err(Fail::Forbidden(why)) => {
                tracing::debug!(cluster, namespace = name, why, "its annotations may not be read");
            }
            Err(fail) => return Err(fail.error(cluster)),
        }
    }
    Ok(all)
}

fn chosen(namespace: &Value, prefix: &str) -> BTreeMap<String, String> {
    let annotations = namespace.pointer("/metadata/annotations").and_then(Value::as_object);
    let own = annotations.into_iter().flatten().filter(|(key, _)| key.starts_with(prefix));
    own.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_string()))).collect()
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::json;

    use super::*;
    use crate::fake::{FakeApi, Fault};

    #[tokio::test(start_paused = true)]
    async fn what_may_not_be_read_says_nothing_and_what_is_not_answered_is_no_silence() {
        let api = FakeApi::default();
        let said = json!({"kind": "Namespace", "metadata": {"name": "shop", "annotations": {"podwhy.dev/channel": "ops"}}});
        api.put("/api/v1/namespaces/shop", said);
        let names = ["gone", "pay", "shop"].map(str::to_string).into();
        let requests = api.requests();
        let all = read(&requests, "prod", &names, "podwhy.dev/").await.unwrap();
        assert_eq!(all.keys().collect::<Vec<_>>(), ["shop"]);
        api.fails(Method::GET, Fault::Refuses(403));
        let all = read(&requests, "prod", &["shop".to_string()].into(), "podwhy.dev/").await.unwrap();
        assert!(all.is_empty());
        api.fails(Method::GET, Fault::Refuses(500));
        assert!(read(&requests, "prod", &names, "podwhy.dev/").await.is_err());
    }

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
