//! The few requests that putting objects on a server takes.

use std::collections::BTreeSet;
use std::sync::Mutex;

use anyhow::{Context, bail};
use http::{Method, Request};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

use super::objects::Key;

/// A server, written to as an administrator.
pub struct Server {
    client: Client,
    namespaces: Mutex<BTreeSet<String>>,
}

impl Server {
    /// By this client.
    pub fn new(client: Client) -> Server {
        Server { client, namespaces: Mutex::new(BTreeSet::new()) }
    }

    /// Where a kind lives: (group path, plural, in a namespace). `None` for kinds no case needs on a server.
    pub(super) fn path_of(&self, kind: &str) -> Option<(&'static str, &'static str, bool)> {
        Some(match kind {
            "Node" => ("/api/v1", "nodes", false),
            "PersistentVolume" => ("/api/v1", "persistentvolumes", false),
            "Pod" => ("/api/v1", "pods", true),
            "Event" => ("/api/v1", "events", true),
            "ConfigMap" => ("/api/v1", "configmaps", true),
            "Secret" => ("/api/v1", "secrets", true),
            "PersistentVolumeClaim" => ("/api/v1", "persistentvolumeclaims", true),
            "Deployment" => ("/apis/apps/v1", "deployments", true),
            "ReplicaSet" => ("/apis/apps/v1", "replicasets", true),
            "StatefulSet" => ("/apis/apps/v1", "statefulsets", true),
            "DaemonSet" => ("/apis/apps/v1", "daemonsets", true),
            "Job" => ("/apis/batch/v1", "jobs", true),
            "CronJob" => ("/apis/batch/v1", "cronjobs", true),
            "StorageClass" => ("/apis/storage.k8s.io/v1", "storageclasses", false),
            "Namespace" => ("/api/v1", "namespaces", false),
            "Service" => ("/api/v1", "services", true),
            "Endpoints" => ("/api/v1", "endpoints", true),
            "ServiceAccount" => ("/api/v1", "serviceaccounts", true),
            "LimitRange" => ("/api/v1", "limitranges", true),
            "ResourceQuota" => ("/api/v1", "resourcequotas", true),
            "ControllerRevision" => ("/apis/apps/v1", "controllerrevisions", true),
            "EndpointSlice" => ("/apis/discovery.k8s.io/v1", "endpointslices", true),
            "CSINode" => ("/apis/storage.k8s.io/v1", "csinodes", false),
            "CSIDriver" => ("/apis/storage.k8s.io/v1", "csidrivers", false),
            "VolumeAttachment" => ("/apis/storage.k8s.io/v1", "volumeattachments", false),
            "RuntimeClass" => ("/apis/node.k8s.io/v1", "runtimeclasses", false),
            "Role" => ("/apis/rbac.authorization.k8s.io/v1", "roles", true),
            "RoleBinding" => ("/apis/rbac.authorization.k8s.io/v1", "rolebindings", true),
            "ClusterRole" => ("/apis/rbac.authorization.k8s.io/v1", "clusterroles", false),
            "ClusterRoleBinding" => ("/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings", false),
            "ResourceClaim" => ("/apis/resource.k8s.io/v1", "resourceclaims", true),
            "ResourceClaimTemplate" => ("/apis/resource.k8s.io/v1", "resourceclaimtemplates", true),
            "DeviceClass" => ("/apis/resource.k8s.io/v1", "deviceclasses", false),
            "ResourceSlice" => ("/apis/resource.k8s.io/v1", "resourceslices", false),
            "ValidatingWebhookConfiguration" => {
                ("/apis/admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", false)
            }
            "MutatingWebhookConfiguration" => {
                ("/apis/admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations", false)
            }
            "PriorityClass" => ("/apis/scheduling.k8s.io/v1", "priorityclasses", false),
            "Lease" => ("/apis/coordination.k8s.io/v1", "leases", true),
            _ => return None,
        })
    }

    fn list(&self, key: &Key) -> anyhow::Result<String> {
        let (group, plural, namespaced) =
            self.path_of(&key.0).with_context(|| format!("no path for {}", key.0))?;
        Ok(if namespaced {
            format!("{group}/namespaces/{}/{plural}", key.1)
        } else {
            format!("{group}/{plural}")
        })
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        content: &str,
        body: &Value,
    ) -> anyhow::Result<Result<Value, String>> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::CONTENT_TYPE, content)
            .body(Body::from(serde_json::to_vec(body)?))?;
        let response = self.client.send(request).await.with_context(|| path.to_string())?;
        let status = response.status();
        let bytes = response.into_body().collect().await?.to_bytes();
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(Ok(answer));
        }
        let words = answer["message"].as_str().unwrap_or_default();
        Ok(Err(format!("{status}: {words}")))
    }

    /// Makes an object with its status.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn put(&self, object: &Value) -> anyhow::Result<()> {
        let key = super::objects::key_of(object);
        let wanted = super::objects::for_creation(object);
        self.create(&key, &wanted).await?.map_err(|words| anyhow::anyhow!("{key:?}: {words}"))?;
        if key.0 == "Node" {
            let patch = json!({"spec": {"taints": object["spec"]["taints"]}});
            self.patch(&key, "", &patch).await?.map_err(anyhow::Error::msg)?;
        }
        if let Some(status) = object.get("status") {
            let patch = json!({"status": status});
            self.patch(&key, "/status", &patch)
                .await?
                .map_err(|words| anyhow::anyhow!("{key:?}: {words}"))?;
        }
        Ok(())
    }

    /// Makes a namespace unless it is there.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn ensure_namespace(&self, namespace: &str) -> anyhow::Result<()> {
        if namespace.is_empty() || !self.remember(namespace)? {
            return Ok(());
        }
        let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        match self.call(Method::POST, "/api/v1/namespaces", "application/json", &body).await? {
            Err(words) if !words.contains("already exists") => bail!("namespace {namespace}: {words}"),
            _ => Ok(()),
        }
    }

    /// Whether the namespace is new.
    fn remember(&self, namespace: &str) -> anyhow::Result<bool> {
        let mut known = self.namespaces.lock().map_err(|_| anyhow::anyhow!("a test panicked"))?;
        Ok(known.insert(namespace.to_string()))
    }

    pub(super) async fn create(&self, key: &Key, object: &Value) -> anyhow::Result<Result<Value, String>> {
        let path = match object["apiVersion"].as_str() {
            // written by whom it may: the group shows both
            Some("events.k8s.io/v1") => format!("/apis/events.k8s.io/v1/namespaces/{}/events", key.1),
            _ => self.list(key)?,
        };
        self.call(Method::POST, &path, "application/json", object).await
    }

    /// A namespace is gone once nobody waits for its content: here, nobody does.
    async fn remove_namespace(&self, name: &str) -> anyhow::Result<()> {
        let key = ("Namespace".to_string(), String::new(), name.to_string());
        let _gone = self.delete(&key, 0).await?;
        let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {"finalizers": []}});
        let path = format!("/api/v1/namespaces/{name}/finalize");
        let finalized = self.call(Method::PUT, &path, "application/json", &body).await?;
        self.namespaces.lock().map_err(|_| anyhow::anyhow!("a test panicked"))?.remove(name);
        match finalized {
            Err(words) if !words.starts_with("404") => bail!("{words}"),
            _ => Ok(()),
        }
    }

    pub(super) async fn patch(
        &self,
        key: &Key,
        sub: &str,
        patch: &Value,
    ) -> anyhow::Result<Result<Value, String>> {
        let path = format!("{}/{}{sub}", self.list(key)?, key.2);
        self.call(Method::PATCH, &path, "application/merge-patch+json", patch).await
    }

    pub(super) async fn delete(&self, key: &Key, grace: i64) -> anyhow::Result<Result<Value, String>> {
        let path = format!("{}/{}", self.list(key)?, key.2);
        // without a garbage collector nothing would take away a Job that waits for its pods
        let options = json!({"gracePeriodSeconds": grace, "propagationPolicy": "Background"});
        self.call(Method::DELETE, &path, "application/json", &options).await
    }

    /// Makes an object without its status; as it stands then.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn make(&self, object: &Value) -> anyhow::Result<Value> {
        let key = super::objects::key_of(object);
        self.create(&key, object).await?.map_err(|words| anyhow::anyhow!("{key:?}: {words}"))
    }

    /// Changes an object.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn merge(&self, kind: &str, namespace: &str, name: &str, patch: &Value) -> anyhow::Result<()> {
        let key = (kind.to_string(), namespace.to_string(), name.to_string());
        self.patch(&key, "", patch).await?.map(drop).map_err(anyhow::Error::msg)
    }

    /// Changes an object's status, as its controller or kubelet does.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn report(&self, kind: &str, namespace: &str, name: &str, patch: &Value) -> anyhow::Result<()> {
        let key = (kind.to_string(), namespace.to_string(), name.to_string());
        self.patch(&key, "/status", patch).await?.map(drop).map_err(anyhow::Error::msg)
    }

    /// Deletes an object as a person does, with its own grace.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn end(&self, kind: &str, namespace: &str, name: &str) -> anyhow::Result<()> {
        let key = (kind.to_string(), namespace.to_string(), name.to_string());
        self.delete(&key, 0).await?.map(drop).map_err(anyhow::Error::msg)
    }

    /// Gives a user rights in one namespace.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn grant(&self, namespace: &str, user: &str, rules: &Value) -> anyhow::Result<()> {
        let group = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}");
        let role = json!({"metadata": {"name": user}, "rules": rules});
        let subject = json!({"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"});
        let reference = json!({"kind": "Role", "name": user, "apiGroup": "rbac.authorization.k8s.io"});
        let binding = json!({"metadata": {"name": user}, "roleRef": reference, "subjects": [subject]});
        for (plural, object) in [("roles", role), ("rolebindings", binding)] {
            let made =
                self.call(Method::POST, &format!("{group}/{plural}"), "application/json", &object).await?;
            made.map_err(anyhow::Error::msg)?;
        }
        Ok(())
    }

    /// Deletes without waiting for anyone.
    pub(super) async fn remove(&self, key: &Key) -> anyhow::Result<()> {
        if key.0 == "Namespace" {
            return self.remove_namespace(&key.2).await;
        }
        // finalizers of the server's own (a claim in use) as well as the case's
        let _gone = self.patch(key, "", &json!({"metadata": {"finalizers": null}})).await?;
        match self.delete(key, 0).await? {
            Err(words) if !words.starts_with("404") => bail!("{words}"),
            _ => Ok(()),
        }
    }
}
