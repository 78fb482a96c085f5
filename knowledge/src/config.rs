//! ConfigMaps, Secrets and keys that are not there: what the three causes about them share.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use regex::Regex;
use serde::Serialize;

use crate::cause::Match;
use crate::container::ContainerView;
use crate::event::Event;
use crate::finding::{Blame, Confidence, Evidence, Source};
use crate::references::{ConfigReference, config_references};
use crate::sandbox::lacks_sandbox;
use crate::snapshot::Snapshot;
use crate::world::{Key, KeyedObject, Lookup};

/// What the pages are rendered with.
#[derive(Debug, Serialize)]
pub struct ConfigFacts {
    /// It is the one that the controller manager makes in every namespace.
    /// <https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume>
    published: bool,
    /// The ServiceAccount whose token it is: admission put it into the pod, nobody wrote it there.
    injected: Option<String>,
    /// A controller makes the pod anew when it is deleted.
    controlled: bool,
    object: String,
    name: String,
    key: Option<String>,
    path: String,
    nearest: Option<String>,
    elsewhere: Vec<String>,
    keys: Vec<String>,
    /// It is there by now: the kubelet has not looked again yet.
    made_since: bool,
}

/// An object or key that a message says is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Missing {
    object: &'static str,
    name: Option<String>,
    key: Option<String>,
    volume: Option<String>,
}

static OBJECT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)\b(configmap|secret)s? "([^"]+)" not found"#).ok());
static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)couldn't find key (\S+) in (ConfigMap|Secret) ([^/\s]+)/([^\s,]+)").ok()
});
static VOLUME_KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)references non-existent (config|secret) key: ([^\s,\]]+)").ok());
static VOLUME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"for volume "([^"]+)""#).ok());

/// Every object and key a message says is not there.
fn parse(text: &str) -> Vec<Missing> {
    let object = |word: &str| {
        if word.eq_ignore_ascii_case("secret") { "Secret" } else { "ConfigMap" }
    };
    // a CSI driver's own Secret, wherever its class says
    if text.contains("SecretRef") {
        return Vec::new();
    }
    let volume = VOLUME.as_ref().and_then(|re| re.captures(text)).map(|c| c[1].to_string());
    if let Some(found) = KEY.as_ref().and_then(|re| re.captures(text)) {
        let (key, name) = (found[1].to_string(), found[4].to_string());
        return vec![Missing { object: object(&found[2]), name: Some(name), key: Some(key), volume }];
    }
    // a projected volume lists what each of its sources lacks
    let keys = VOLUME_KEY.iter().flat_map(|re| re.captures_iter(text)).map(|found| Missing {
        object: object(&found[1]),
        name: None,
        key: Some(found[2].to_string()),
        volume: volume.clone(),
    });
    let objects = OBJECT.iter().flat_map(|re| re.captures_iter(text)).map(|found| Missing {
        object: object(&found[1]),
        name: Some(found[2].to_string()),
        key: None,
        volume: volume.clone(),
    });
    keys.chain(objects).collect()
}

/// The missing objects of one kind, or the missing keys of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// ConfigMaps.
    ConfigMap,
    /// Secrets.
    Secret,
    /// Keys.
    Key,
}

impl Wanted {
    fn fits(self, missing: &Missing) -> bool {
        match self {
            Wanted::Key => missing.key.is_some(),
            Wanted::ConfigMap => missing.key.is_none() && missing.object == "ConfigMap",
            Wanted::Secret => missing.key.is_none() && missing.object == "Secret",
        }
    }
}

/// Where the pod waits for an object or key of this sort.
///
/// A container's current state is the kubelet's own word: certain. An event may be old: unless the API server itself
/// says that the object is absent it is likely, and nothing if the object is there by now.
pub fn detect(s: &Snapshot, wanted: Wanted) -> Vec<Match> {
    if s.is_deleting() || s.node_name().is_none() {
        return Vec::new();
    }
    let mut found: BTreeMap<(String, Option<String>), Match> = BTreeMap::new();
    for container in s.containers() {
        let message = container.waiting().map_or("", |(_, message)| message);
        for missing in parse(message).into_iter().filter(|m| wanted.fits(m)) {
            let evidence = s.from_waiting(&container);
            // made since the kubelet last looked: it looks again within a minute or so
            let confidence = match still_missing(s, &missing) {
                Some(false) => Confidence::Likely,
                _ => Confidence::Certain,
            };
            if let Some((id, matched)) = matched(s, &missing, confidence, Some(container.name), evidence) {
                found.entry(id).or_insert(matched);
            }
        }
    }
    for event in s.events.iter().rev().filter(|e| e.warning && may_still_hold(s, e)) {
        for missing in parse(&event.message).into_iter().filter(|m| wanted.fits(m)) {
            let confidence = match still_missing(s, &missing) {
                Some(true) => Confidence::Certain,
                Some(false) => continue,
                None => Confidence::Likely,
            };
            // every ConfigMap a kubelet looks for stands in the pod's spec; a driver's Secrets do not
            let foreign =
                missing.object == "ConfigMap" && missing.name.is_some() && !is_asked_for(s, &missing);
            let confidence = if foreign { Confidence::Possible } else { confidence };
            let evidence = Evidence::event(event);
            let container = event.container.as_deref();
            if let Some((id, matched)) = matched(s, &missing, confidence, container, Some(evidence.clone())) {
                let known = found.entry(id).or_insert(matched);
                if !known.evidence.iter().any(|e| e.source == Source::Event) {
                    known.evidence.push(evidence);
                }
            }
        }
    }
    if found.is_empty() && lacks_sandbox(s) {
        found.extend(mounted_but_absent(s, wanted));
    }
    found.into_values().collect()
}

/// Without a word of the kubelet: the pod has no sandbox yet, and the API server says that what it mounts is not there.
fn mounted_but_absent(s: &Snapshot, wanted: Wanted) -> Vec<((String, Option<String>), Match)> {
    let missing =
        |r: &ConfigReference| Missing { object: r.kind, name: Some(r.name.clone()), key: None, volume: None };
    config_references(s)
        .iter()
        .filter(|r| r.container.is_none() && !r.optional && s.is_absent(r.kind, s.namespace(), &r.name))
        .map(missing)
        .filter(|missing| wanted.fits(missing))
        .filter_map(|missing| matched(s, &missing, Confidence::Likely, None, None))
        .collect()
}

/// A kubelet that still fails for this tries again every two minutes; of what it says, one event in five gets through.
const STALE_SECONDS: i64 = 900;

/// Whether what an event said can still be what the pod waits for.
///
/// Volumes are mounted before any image is pulled, so a container that came further shows that they were; and a kubelet
/// that fails at something else now has got past it.
fn may_still_hold(s: &Snapshot, event: &Event) -> bool {
    let blank = |c: &ContainerView<'_>| {
        let reason = c.waiting().map(|(reason, _)| reason);
        matches!(reason, None | Some("" | "ContainerCreating" | "PodInitializing")) && !c.ever_ran()
    };
    let configuring =
        |c: &ContainerView<'_>| c.waiting().is_some_and(|(reason, _)| reason == "CreateContainerConfigError");
    let containers = s.containers();
    let fits = match &event.container {
        Some(name) => containers.iter().any(|c| c.name == name && (blank(c) || configuring(c))),
        None => containers.iter().all(blank) || containers.iter().any(configuring),
    };
    if !fits {
        return false;
    }
    // "timed out waiting for the condition" only says that the volumes are still not there
    let says_more = |e: &&Arc<Event>| e.warning && !e.message.contains("mount volumes");
    let newest = s.events.iter().filter(says_more).filter_map(|e| e.at).max();
    let overtaken =
        newest.zip(event.at).is_some_and(|(newest, at)| newest.as_second() - at.as_second() > STALE_SECONDS);
    let pulls = |e: &Arc<Event>| matches!(e.reason.as_str(), "Pulling" | "Pulled") && e.at > event.at;
    let mounted_since = event.container.is_none() && event.at.is_some() && s.events.iter().any(pulls);
    !overtaken && !mounted_since
}

/// Whether the object or key is still missing: `None` when that was not read.
fn still_missing(s: &Snapshot, missing: &Missing) -> Option<bool> {
    let name = name_of(s, missing)?;
    let lookup = match missing.object {
        "Secret" => s.world.secret(s.namespace(), &name),
        _ => s.world.config_map(s.namespace(), &name),
    };
    match (lookup, &missing.key) {
        (Lookup::Absent, _) => Some(true),
        (Lookup::Unseen, _) => None,
        (Lookup::Found(object), Some(key)) => Some(!object.keys.contains(key)),
        (Lookup::Found(_), None) => Some(false),
    }
}

/// Whether the pod's spec names the object.
fn is_asked_for(s: &Snapshot, missing: &Missing) -> bool {
    let name = missing.name.as_deref();
    config_references(s).iter().any(|r| r.kind == missing.object && Some(r.name.as_str()) == name)
}

/// The object's name: from the message, else from the volume it names.
fn name_of(s: &Snapshot, missing: &Missing) -> Option<String> {
    missing.name.clone().or_else(|| {
        let path = format!("spec.volumes[{}]", missing.volume.as_ref()?);
        let sources = config_references(s).into_iter().filter(|r| r.path == path && r.kind == missing.object);
        // of a projected volume's several sources, the one that asks for the key
        let (asking, others): (Vec<_>, Vec<_>) = sources.partition(|r| r.key == missing.key);
        asking.into_iter().chain(others).next().map(|r| r.name)
    })
}

fn matched(
    s: &Snapshot,
    missing: &Missing,
    confidence: Confidence,
    container: Option<&str>,
    evidence: Option<Evidence>,
) -> Option<((String, Option<String>), Match)> {
    let references = config_references(s);
    let names = |r: &&ConfigReference| {
        let key_fits = missing.key.is_none() || r.key.is_none() || r.key == missing.key;
        let kind_fits = missing.name.is_none() || r.kind == missing.object;
        kind_fits && key_fits && !r.optional
    };
    let name = name_of(s, missing)?;
    let reference = references
        .iter()
        .filter(names)
        .filter(|r| r.name == name)
        .find(|r| container.is_none() || r.container.as_deref() == container)
        .or_else(|| references.iter().filter(names).find(|r| r.name == name));
    // a volume's message does not say which kind it is: the spec does
    let object = reference.map_or(missing.object, |r| r.kind);
    let shelf = if object == "Secret" { &s.world.secrets } else { &s.world.config_maps };
    let facts = ConfigFacts {
        published: object == "ConfigMap" && name == "kube-root-ca.crt",
        injected: (object == "Secret").then(|| injected(s, &name)).flatten(),
        controlled: s.top_owner().kind != "Pod",
        object: object.to_string(),
        key: missing.key.clone(),
        path: reference.map(|r| r.path.clone()).unwrap_or_default(),
        nearest: match &missing.key {
            None => nearest(&name, names_in(shelf, s.namespace())),
            Some(key) => shelf
                .get(&(s.namespace().to_string(), name.clone()))
                .and_then(|o| nearest(key, o.keys.iter().map(String::as_str))),
        },
        elsewhere: shelf
            .keys()
            .filter(|(namespace, other)| *other == name && namespace != s.namespace())
            .map(|(namespace, _)| namespace.clone())
            .collect(),
        keys: shelf
            .get(&(s.namespace().to_string(), name.clone()))
            .map(|o| o.keys.iter().cloned().collect())
            .unwrap_or_default(),
        name: name.clone(),
        made_since: still_missing(s, missing) == Some(false),
    };
    let blame = Blame::namespaced(object, s.namespace(), &name);
    let mut found = Match::new(confidence, blame, &facts).because_all(evidence);
    if let Some(container) = container.filter(|_| facts.path.contains("ontainers[") || facts.path.is_empty())
    {
        found = found.in_container(container);
    }
    if let Some(reference) = reference {
        let asked = match &reference.key {
            Some(key) => format!("{} {} key {key}", reference.kind, reference.name),
            None => format!("{} {}", reference.kind, reference.name),
        };
        found = found.because(s.from_spec(&reference.path, &asked));
    }
    Some(((name, missing.key.clone()), found))
}

/// Where every program looks for its account's token.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The account whose token the Secret held: until 1.24 the controller manager made one for every ServiceAccount, and
/// admission mounts into each new pod the one that the account names just then.
/// <https://github.com/kubernetes/kubernetes/blob/v1.20.2/plugin/pkg/admission/serviceaccount/admission.go> (`mountServiceAccountToken`)
fn injected(s: &Snapshot, name: &str) -> Option<String> {
    let spec = s.spec()?;
    let account = spec.service_account_name.as_deref().filter(|name| !name.is_empty()).unwrap_or("default");
    let drawn = name.strip_prefix(account)?.strip_prefix("-token-")?;
    let volume = spec.volumes.iter().flatten().find(|v| {
        v.name == name && v.secret.as_ref().is_some_and(|secret| secret.secret_name.as_deref() == Some(name))
    })?;
    let all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let mounts = all.flat_map(|c| c.volume_mounts.iter().flatten());
    let mounted = mounts.into_iter().any(|m| m.name == volume.name && m.mount_path == TOKEN_PATH);
    (drawn.len() == 5 && mounted).then(|| account.to_string())
}

fn names_in<'a>(shelf: &'a BTreeMap<Key, KeyedObject>, namespace: &'a str) -> impl Iterator<Item = &'a str> {
    shelf.keys().filter(move |(ns, _)| ns == namespace).map(|(_, name)| name.as_str())
}

/// The most similar name, if one is similar enough to have been meant.
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    names
        .filter(|name| *name != wanted)
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .filter(|(score, _)| *score >= 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name.to_string())
}
