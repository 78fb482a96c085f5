//! The same recording under other names: no rule may know a name, image, host, uid or time of a recording.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use podwhy_knowledge::World;
use podwhy_knowledge::world::ContainerLog;
use serde_json::Value;

use crate::yaml::{documents, objects};

/// Names that are Kubernetes' own, which every cluster has.
const FIXED: &[&str] = &[
    "default",
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "kube-root-ca.crt",
    "kube-scheduler",
    "kube-controller-manager",
    "kubernetes",
    "ca.crt",
    "namespace",
    "token",
    "system-cluster-critical",
    "system-node-critical",
];

/// Old name → new name, and how far times move.
#[derive(Debug)]
pub struct Mapping {
    names: BTreeMap<String, String>,
    /// The old names by their first byte, longest first.
    by_first: BTreeMap<u8, Vec<String>>,
    shift: SignedDuration,
    seed: u64,
}

/// A small generator of numbers: the same seed gives the same names on every machine.
#[derive(Clone, Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        // xorshift64*, Vigna 2016
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn word(&mut self, length: usize) -> String {
        // no digits: a name must not come to look like a number, a version or a port
        (0..length).map(|_| char::from(b'a' + u8::try_from(self.next() % 26).unwrap_or(0))).collect()
    }
}

/// The objects and logs of a recording's folder.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    objects: Vec<Value>,
    /// (namespace, pod, container, previous) → text
    logs: BTreeMap<(String, String, String, bool), String>,
}

impl Recording {
    /// Reads a recording as it is.
    ///
    /// # Panics
    /// When it cannot be read.
    #[expect(clippy::expect_used, reason = "only tests call it, and a broken fixture must stop them")]
    pub fn read(folder: &std::path::Path) -> Recording {
        let mut recording = Recording::default();
        let mut open = vec![folder.to_path_buf()];
        while let Some(next) = open.pop() {
            let mut entries: Vec<_> =
                std::fs::read_dir(next).expect("a folder").filter_map(|e| Some(e.ok()?.path())).collect();
            entries.sort();
            for path in entries {
                let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                if path.is_dir() {
                    open.push(path);
                } else if name.ends_with(".yaml") {
                    let text = std::fs::read_to_string(&path).expect("a YAML file");
                    recording.objects.extend(documents(&name, &text).into_iter().flat_map(objects));
                } else if let Some(stem) = name.strip_suffix(".log") {
                    let below: Vec<String> = path
                        .strip_prefix(folder)
                        .expect("below the folder")
                        .iter()
                        .map(|part| part.to_string_lossy().into_owned())
                        .collect();
                    let (container, previous) = match stem.strip_suffix(".previous") {
                        Some(container) => (container, true),
                        None => (stem, false),
                    };
                    let text = String::from_utf8_lossy(&std::fs::read(&path).expect("a log")).into_owned();
                    let key = (below[0].clone(), below[1].clone(), container.to_string(), previous);
                    recording.logs.insert(key, text);
                }
            }
        }
        recording
    }

    /// New names for every name in the recording.
    pub fn mapping(&self, seed: u64) -> Mapping {
        let mut names = BTreeSet::new();
        let mut images = BTreeSet::new();
        for object in &self.objects {
            gather(object, &mut names, &mut images);
        }
        let mut random = Random(seed | 1);
        let mut mapped: BTreeMap<String, String> = BTreeMap::new();
        let mut hosts: BTreeSet<String> = images
            .iter()
            .map(|image| podwhy_knowledge::image::registry_of(image))
            .filter(|h| h != "docker.io")
            .collect();
        // some hosts stand in messages only: the registry of a pause image
        let host = regex::Regex::new(r#"(?:https?://|")([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+(?::\d+)?)/"#);
        for object in &self.objects {
            let message = object.get("message").and_then(Value::as_str).unwrap_or_default();
            let found = host.iter().flat_map(|re| re.captures_iter(message)).map(|c| c[1].to_string());
            hosts.extend(found.filter(|h| !h.ends_with("k8s.io")));
        }
        for host in hosts {
            let port = host.rsplit_once(':').map(|(_, port)| format!(":{port}")).unwrap_or_default();
            mapped.insert(host, format!("{}.{}.example{port}", random.word(6), random.word(4)));
        }
        for image in images {
            let new = new_image(&image, &mapped, &mut random);
            mapped.insert(image, new);
        }
        for name in names {
            if !FIXED.contains(&name.as_str()) && !mapped.contains_key(&name) {
                // a name keeps its shape: a pod of a ReplicaSet, a StatefulSet's ordinal
                let new: Vec<String> = name
                    .split('-')
                    .map(|part| {
                        let ordinal = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
                        if ordinal { part.to_string() } else { random.word(part.len().max(5)) }
                    })
                    .collect();
                mapped.insert(name, new.join("-"));
            }
        }
        // whole numbers of seconds, so that ages and orders stay
        let seconds = i64::try_from(random.next() % 100_000_000).unwrap_or(0) - 50_000_000;
        let mut by_first: BTreeMap<u8, Vec<String>> = BTreeMap::new();
        for name in mapped.keys() {
            by_first.entry(name.as_bytes()[0]).or_default().push(name.clone());
        }
        by_first.values_mut().for_each(|names| names.sort_by_key(|name| std::cmp::Reverse(name.len())));
        Mapping { names: mapped, by_first, shift: SignedDuration::from_secs(seconds), seed }
    }

    /// The world of the recording under the mapping's names.
    ///
    /// # Panics
    /// When an object no longer is one.
    #[expect(clippy::expect_used, reason = "only tests call it, and a broken fixture must stop them")]
    pub fn renamed(&self, mapping: &Mapping) -> Arc<World> {
        let mut world = World::default();
        for object in &self.objects {
            let mut object = object.clone();
            mapping.rename(&mut object);
            world.add(object).expect("a renamed object");
        }
        for ((namespace, pod, container, previous), text) in &self.logs {
            let key = (mapping.text(namespace), mapping.text(pod), mapping.text(container));
            let entry: &mut ContainerLog = world.logs.entry(key).or_default();
            let slot = if *previous { &mut entry.previous } else { &mut entry.current };
            *slot = Some(mapping.text(text).into());
        }
        world.finish(None);
        Arc::new(world)
    }
}

fn new_image(image: &str, mapped: &BTreeMap<String, String>, random: &mut Random) -> String {
    let repository = podwhy_knowledge::image::repository_of(image);
    let rest = &image[repository.len()..];
    let host = podwhy_knowledge::image::registry_of(image);
    let (prefix, path) = match mapped.get(&host) {
        Some(new) => {
            (format!("{new}/"), repository.trim_start_matches(host.as_str()).trim_start_matches('/'))
        }
        None => (String::new(), repository),
    };
    let path: Vec<String> = path
        .split('/')
        .map(|part| {
            // an image name that is wrong for its capitals stays wrong for them
            let upper = part.chars().next().is_some_and(char::is_uppercase);
            let word = random.word(part.len().max(4));
            if upper { word.to_uppercase() } else { word }
        })
        .collect();
    let tag = match rest.chars().next() {
        Some(':') => format!(":{}", random.word(rest.len().saturating_sub(1).max(1))),
        _ => rest.to_string(),
    };
    format!("{prefix}{}{tag}", path.join("/"))
}

/// Where names stand: in metadata, in references, in lists of named things.
fn gather(value: &Value, names: &mut BTreeSet<String>, images: &mut BTreeSet<String>) {
    const NAMES: &[&str] = &[
        "name",
        "namespace",
        "uid",
        "nodeName",
        "claimName",
        "secretName",
        "serviceAccountName",
        "serviceAccount",
        "hostname",
        "generateName",
        "storageClassName",
        "volumeName",
        "host",
        "reportingInstance",
    ];
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    // an imageID names what was really pulled; a reference to nothing would be no image
                    Value::String(text) if key == "image" && !text.is_empty() => {
                        images.insert(text.clone());
                    }
                    Value::String(text) if NAMES.contains(&key.as_str()) && is_name(text) => {
                        names.insert(text.trim_end_matches('-').to_string());
                    }
                    _ => gather(value, names, images),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, names, images)),
        _ => {}
    }
}

/// A name worth replacing: long enough not to be part of every word, and not a variable's or a path.
fn is_name(text: &str) -> bool {
    text.len() >= 2
        && !text.contains([' ', '/', ':'])
        && !text.chars().any(|c| c.is_ascii_uppercase())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
}

impl Mapping {
    /// The seed it was made with, for messages.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The name something has now.
    pub fn name(&self, old: &str) -> String {
        self.names.get(old).cloned().unwrap_or_else(|| old.to_string())
    }

    /// A text with every whole name replaced and every time moved.
    pub fn text(&self, text: &str) -> String {
        if let Ok(time) = text.parse::<Timestamp>() {
            return time.checked_add(self.shift).map(|t| t.to_string()).unwrap_or_else(|_| text.to_string());
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while at < text.len() {
            let before = text[..at].chars().next_back();
            let starts = before.is_none_or(|c| !is_word(c));
            let longest = if starts { self.longest_at(&text[at..]) } else { None };
            if let Some((old, new)) = longest {
                out.push_str(new);
                at += old.len();
            } else {
                let c = text[at..].chars().next().unwrap_or(' ');
                out.push(c);
                at += c.len_utf8();
            }
        }
        out
    }

    fn longest_at(&self, rest: &str) -> Option<(&str, &str)> {
        let candidates = self.by_first.get(rest.as_bytes().first()?)?;
        // `web` is not in `web-5b98`, but a pod's name is in its event's
        let whole = |old: &str| rest[old.len()..].chars().next().is_none_or(|c| !is_word(c));
        let old = candidates.iter().find(|old| rest.starts_with(old.as_str()) && whole(old))?;
        Some((old.as_str(), self.names.get(old)?.as_str()))
    }

    fn rename(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.rename(item)),
            Value::Object(map) => {
                for (key, value) in map.iter_mut() {
                    // words of the API are not names, even where something has the same name
                    let fixed = [
                        "kind",
                        "apiVersion",
                        "type",
                        "status",
                        "reason",
                        "phase",
                        "operator",
                        "effect",
                        "protocol",
                    ];
                    if !(fixed.contains(&key.as_str()) && value.is_string()) {
                        self.rename(value);
                    }
                }
            }
            _ => {}
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}
