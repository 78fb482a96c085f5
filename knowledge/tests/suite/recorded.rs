//! The recordings of real clusters, read into worlds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use podwhy_knowledge::resolve::resolve;
use podwhy_knowledge::{Snapshot, Target, World};
use serde::Deserialize;
use serde_json::Value;

use crate::load::{documents, entries, name_of};

#[derive(Clone, Debug, Deserialize)]
pub struct Truth {
    pub namespace: String,
    pub target: String,
    pub cause: String,
    pub also: Vec<String>,
}

/// One recorded case.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// `k8s1.37-containerd/workloads-1`
    pub folder: String,
    pub name: String,
    pub truth: Truth,
    pub cluster: Arc<Cluster>,
}

/// The objects and logs of one folder.
#[derive(Debug)]
pub struct Cluster {
    pub objects: Vec<Value>,
    /// (namespace, pod, container, previous) → text
    pub logs: BTreeMap<(String, String, String, bool), String>,
}

impl Cluster {
    /// The world of these objects.
    pub fn world(&self, keep: impl Fn(&Value) -> bool) -> Arc<World> {
        let mut world = World::default();
        for object in self.objects.iter().filter(|object| keep(object)) {
            world.add(object.clone()).unwrap();
        }
        for ((namespace, pod, container, previous), text) in &self.logs {
            let log = world.logs.entry((namespace.clone(), pod.clone(), container.clone())).or_default();
            let place = if *previous { &mut log.previous } else { &mut log.current };
            *place = Some(text.as_str().into());
        }
        world.finish(None);
        Arc::new(world)
    }
}

impl Recorded {
    pub fn shown(&self) -> String {
        format!("{}/{}", self.folder, self.name)
    }

    pub fn accepts(&self, cause: &str) -> bool {
        self.truth.cause == cause || self.truth.also.iter().any(|also| also == cause)
    }

    /// Whether the recording holds the object that is blamed: as an object, or in the fields that name one.
    pub fn names(&self, kind: &str, name: &str) -> bool {
        let quoted = format!("\"{name}\"");
        let is_it = |o: &Value| o["kind"] == kind && o["metadata"]["name"] == name;
        self.cluster.objects.iter().any(|o| is_it(o) || o.to_string().contains(&quoted))
            || self.cluster.objects.iter().any(|o| o.to_string().contains(name))
    }

    pub fn snapshot(&self, world: &Arc<World>) -> Snapshot {
        let target: Target = format!("{}/{}", self.truth.namespace, self.truth.target).parse().unwrap();
        resolve(world, &target, None).unwrap_or_else(|e| panic!("{}: {e}", self.shown()))
    }
}

static RECORDED: LazyLock<Vec<Recorded>> = LazyLock::new(read);

/// Every case of every recording.
pub fn recorded() -> &'static [Recorded] {
    &RECORDED
}

fn read() -> Vec<Recorded> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let mut found = Vec::new();
    for set in folders(&root) {
        for folder in folders(&set) {
            let shown = folder.strip_prefix(&root).unwrap().display().to_string();
            let text = std::fs::read_to_string(folder.join("truth.json")).unwrap();
            let truths: BTreeMap<String, Truth> = serde_json::from_str(&text).unwrap();
            let cluster = Arc::new(cluster(&folder));
            found.extend(truths.into_iter().map(|(name, truth)| Recorded {
                folder: shown.clone(),
                name,
                truth,
                cluster: Arc::clone(&cluster),
            }));
        }
    }
    assert!(found.len() >= 130, "only {} cases were found", found.len());
    found
}

fn folders(path: &Path) -> Vec<PathBuf> {
    entries(path).into_iter().filter(|path| path.is_dir()).collect()
}

fn cluster(folder: &Path) -> Cluster {
    let mut cluster = Cluster { objects: objects(&folder.join("cluster.yaml")), logs: BTreeMap::new() };
    for namespace in folders(folder) {
        cluster.objects.extend(objects(&namespace.join("objects.yaml")));
        for pod in folders(&namespace) {
            for file in entries(&pod) {
                let name = name_of(&file);
                let bare = name.strip_suffix(".log").unwrap_or(&name);
                let (container, previous) =
                    bare.strip_suffix(".previous").map_or((bare, false), |container| (container, true));
                let key = (name_of(&namespace), name_of(&pod), container.to_string(), previous);
                cluster
                    .logs
                    .insert(key, String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned());
            }
        }
    }
    cluster
}

fn objects(file: &Path) -> Vec<Value> {
    documents(file)
        .into_iter()
        .flat_map(|mut document| match document.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => vec![document],
        })
        .collect()
}
