//! Objects of a case or a recording → a real API server that holds them, statuses, deletions, events and logs included.
//!
//! A server sets uids, versions and creation times itself: references are rewritten to the new uids, and what is read
//! back gets the case's times again ([`Applied::restore`]), so that the same moment is diagnosed.

mod fields;
mod kubelet;
mod objects;
mod server;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;
use podwhy_flow::ask::collect::Collected;
use serde_json::{Value, json};

pub use kubelet::FakeKubelet;
pub use objects::Key;
pub use server::Server;

use objects::{for_creation, key_of, mark_jobs_pod, order_of, rewrite_event, rewrite_owners};

/// What was put on a server.
pub struct Applied {
    originals: BTreeMap<Key, Value>,
    /// Everything created, to be taken away again.
    created: Vec<Key>,
    /// What the server would not take, with its words.
    pub refused: Vec<String>,
}

/// Puts objects on the server, owners before what they own.
///
/// # Errors
/// When the server does not answer. What it refuses is listed, not an error.
pub async fn apply(server: &Server, objects: &[Value], kubelet: &FakeKubelet) -> anyhow::Result<Applied> {
    let mut sorted: Vec<&Value> = objects.iter().collect();
    sorted.sort_by_key(|object| order_of(object));
    let mut applied = Applied { originals: BTreeMap::new(), created: Vec::new(), refused: Vec::new() };
    let mut uids: BTreeMap<Key, String> = BTreeMap::new();
    let old: BTreeMap<Key, String> = objects
        .iter()
        .map(|o| (key_of(o), o["metadata"]["uid"].as_str().unwrap_or_default().to_string()))
        .collect();
    for object in sorted {
        let key = key_of(object);
        if server.path_of(&key.0).is_none() {
            continue;
        }
        server.ensure_namespace(&key.1).await?;
        let mut wanted = for_creation(object);
        mark_jobs_pod(&mut wanted, &key.1, &uids);
        rewrite_owners(&mut wanted, &key.1, &uids);
        if key.0 == "Event" {
            rewrite_event(&mut wanted, &old, &uids);
        }
        if key.0 == "Namespace" {
            // it is there since the first object in it
            server.ensure_namespace(&key.2).await?;
            let named = json!({"metadata": {"labels": wanted["metadata"]["labels"],
                "annotations": wanted["metadata"]["annotations"]}});
            server.patch(&key, "", &named).await?.map_err(anyhow::Error::msg)?;
            applied.created.push(key.clone());
            finish(server, &key, object, kubelet, &mut applied.refused).await?;
            applied.originals.insert(key, object.clone());
            continue;
        }
        match server.create(&key, &wanted).await? {
            Ok(created) => {
                let uid = created["metadata"]["uid"].as_str().unwrap_or_default();
                uids.insert(key.clone(), uid.to_string());
                let key =
                    (key.0, key.1, created["metadata"]["name"].as_str().unwrap_or_default().to_string());
                applied.created.push(key.clone());
                finish(server, &key, object, kubelet, &mut applied.refused).await?;
                applied.originals.insert(key, object.clone());
            }
            Err(words) => applied.refused.push(format!("{} {}/{}: {words}", key.0, key.1, key.2)),
        }
    }
    Ok(applied)
}

/// What a creation cannot carry: status, taints, a deletion under way.
async fn finish(
    server: &Server,
    key: &Key,
    object: &Value,
    kubelet: &FakeKubelet,
    refused: &mut Vec<String>,
) -> anyhow::Result<()> {
    let mut note = |what: &str, result: Result<Value, String>| {
        if let Err(words) = result {
            refused.push(format!("{what} of {} {}/{}: {words}", key.0, key.1, key.2));
        }
    };
    if key.0 == "Node" {
        // the server taints every new node until its kubelet speaks
        let taints = object.pointer("/spec/taints").cloned().unwrap_or(Value::Null);
        let unschedulable = object.pointer("/spec/unschedulable").cloned().unwrap_or(Value::Null);
        let patch = json!({"spec": {"taints": taints, "unschedulable": unschedulable}});
        note("taints", server.patch(key, "", &patch).await?);
    }
    if let Some(status) =
        object.get("status").filter(|status| status.as_object().is_some_and(|s| !s.is_empty()))
    {
        let mut status = status.clone();
        if key.0 == "Pod"
            && let Some(status) = status.as_object_mut()
        {
            // the server works it out itself and lets nobody change it
            status.remove("qosClass");
        }
        if key.0 == "Node" {
            status["addresses"] = json!([{"type": "InternalIP", "address": "127.0.0.1"}]);
            status["daemonEndpoints"] = json!({"kubeletEndpoint": {"Port": kubelet.port()}});
        }
        note("status", server.patch(key, "/status", &json!({"status": status})).await?);
    }
    if let Some(grace) = object
        .pointer("/metadata/deletionTimestamp")
        .map(|_| object.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64).unwrap_or(30))
    {
        note("deletion", server.delete(key, grace).await?);
    }
    Ok(())
}

/// Every object of the YAML below a folder.
///
/// # Panics
/// When a file cannot be read: a fixture left out in silence proves nothing.
#[expect(clippy::expect_used, reason = "only tests call it, and a broken fixture must stop them")]
pub fn objects_below(folder: &Path) -> Vec<Value> {
    let mut objects = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                let text = std::fs::read_to_string(&path).expect("a YAML file");
                let documents = crate::yaml::documents(&path.display().to_string(), &text);
                objects.extend(documents.into_iter().flat_map(crate::yaml::objects));
            }
        }
    }
    objects
}

impl Applied {
    /// Gives what was read back the case's own times and deletions.
    pub fn restore(&self, collected: &mut Collected, taken_at: Timestamp) {
        collected.taken_at = taken_at;
        for object in &mut collected.objects {
            let Some(original) = self.originals.get(&key_of(object)) else { continue };
            for field in
                ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "finalizers"]
            {
                let value = original["metadata"].get(field).cloned();
                if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                    metadata.remove(field);
                    metadata.extend(value.map(|value| (field.to_string(), value)));
                }
            }
        }
    }

    /// How what was read back differs from what was put there, by object and field.
    pub fn differences(&self, collected: &Collected) -> Vec<String> {
        let known =
            collected.objects.iter().filter_map(|read| Some((read, self.originals.get(&key_of(read))?)));
        known
            .flat_map(|(read, original)| {
                let (kind, _, name) = key_of(read);
                fields::differences(original, read).into_iter().map(move |d| format!("{kind} {name} {d}"))
            })
            .collect()
    }

    /// Whether the objects hold this one.
    pub fn holds(&self, key: &Key) -> bool {
        self.originals.contains_key(key)
    }

    /// Takes everything away again, so that the next case has the cluster to itself.
    ///
    /// # Errors
    /// When the server does not answer, or keeps something.
    pub async fn remove(self, server: &Server) -> anyhow::Result<()> {
        for key in self.created.iter().rev() {
            server.remove(key).await.with_context(|| format!("removing {key:?}"))?;
        }
        Ok(())
    }
}
