//! A volume that one node at a time may have is still held by another.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::Pod;
use regex::Regex;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::{ContainerView, containers};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::mount::{
    Attachment, Failure, Storage, Trouble, attachments, failures, has_failed_otherwise_since,
    is_attached_by_node, is_mounted_by_now, storage_of, storages,
};
use crate::node_state;
use crate::remedy::RemedyKind;
use crate::sandbox::lacks_sandbox;
use crate::snapshot::{Snapshot, has_ended};
use crate::wording::Wording;

/// `volume-multi-attach`
pub const CAUSE: Cause = Cause {
    id: "volume-multi-attach",
    stage: Some(Stage::Volume),
    since: "0.1.0",
    hides: &["volume-attach-failed", "volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::words("find-holder"),
        RemedyKind::words("stop-holder"),
        RemedyKind::words("free-from-dead-node"),
        RemedyKind::words("avoid-overlap"),
    ],
    wordings: &[
        Wording::telling(
            r#"Multi-Attach error for volume "?(?P<volume>[^"\s]+)"?"#,
            r#"Multi-Attach error for volume "pvc-80c52f0e" Volume is already exclusively attached to one node and can't be attached to another"#,
            "attach-detach controller 1.6–1.37",
        ),
        Wording::telling(
            r"(attached|attaching) to a different (instance|node|server|VM)|(already|currently|still) attached (to|on) (an(other)? |a different |the )?(instance|node|server|VM|host|droplet|machine|linode)|attached to another|VolumeInUse|RESOURCE_IN_USE_BY_ANOTHER_RESOURCE|in use by another (node|instance|resource)|rbd image \S+ is still being used|volume .{0,60}already exclusively attached",
            r#"AttachVolume.Attach failed for volume "pvc-12ff0316" : disk 4e41d530 is attached to a different instance (9454752c)"#,
            "cloud providers' drivers, Ceph RBD",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// The pods of this namespace on the nodes that have the volume.
/// <https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/controller/volume/attachdetach/reconciler/reconciler.go> (`reportMultiAttachError`)
static USED_BY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"already used by pod\(s\) ([^\s,]+(?:, [^\s,]+)*)").ok());

#[derive(Default, Serialize)]
struct Facts {
    volume: String,
    claim: Option<String>,
    node: String,
    holder_node: Option<String>,
    /// namespace/name
    holder_pod: Option<String>,
    holder_name: Option<String>,
    holder_deleting: bool,
    /// How long the holder's node has been silent.
    dead_since: Option<String>,
    /// Both pods are of one workload: a rollout that starts the new one before the old one is gone.
    same_owner: bool,
    owner: String,
    owner_is_deployment: bool,
    attachment: Option<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let told: Vec<Failure<'_>> = failures(s, Trouble::Multi);
    let mut found: Vec<Match> = Vec::new();
    for failure in &told {
        let storage = storage_of(s, &failure.volume)
            .unwrap_or_else(|| Storage { volume: Some(failure.volume.clone()), ..Storage::default() });
        let attached = attachments(s, &failure.volume);
        let sure = confidence(s, &storage, &attached, failure);
        found.push(matched(s, &storage, &attached, Some(failure), sure));
    }
    let otherwise = [Trouble::Attach, Trouble::Mount].iter().any(|trouble| !failures(s, *trouble).is_empty());
    if found.is_empty() && !otherwise && lacks_sandbox(s) {
        found.extend(by_objects(s));
    }
    found
}

/// The controller says it once for a pod, and never takes it back: of what is over nothing else may be left. Whoever
/// still holds the volume proves that it is not.
fn confidence(s: &Snapshot, storage: &Storage, attached: &[Attachment], failure: &Failure<'_>) -> Confidence {
    if elsewhere(s, attached).is_some() || holder(s, storage, attached, Some(failure)).is_some() {
        return Confidence::Certain;
    }
    if has_failed_otherwise_since(s, failure) {
        return Confidence::Possible;
    }
    // a CSI driver's volume that is attached has a VolumeAttachment
    let let_go = storage.driver.is_some() && s.others("VolumeAttachment", "").next().is_some();
    if let_go { Confidence::Likely } else { Confidence::Certain }
}

/// The attachment by which another node has the volume.
fn elsewhere<'a>(s: &Snapshot, attached: &'a [Attachment]) -> Option<&'a Attachment> {
    attached.iter().find(|a| a.attached && Some(a.node.as_str()) != s.node_name())
}

/// Without an event: one node at a time may have the volume, another has it, and the pod waits.
fn by_objects(s: &Snapshot) -> Option<Match> {
    storages(s).into_iter().filter(|storage| storage.single).find_map(|storage| {
        let attached = attachments(s, storage.volume.as_deref()?);
        let here = |a: &Attachment| Some(a.node.as_str()) == s.node_name();
        let free = attached.iter().any(|a| a.attached && here(a))
            || is_attached_by_node(s, storage.volume.as_deref()?)
            || is_mounted_by_now(s, &storage.name);
        (elsewhere(s, &attached).is_some() && !free)
            .then(|| matched(s, &storage, &attached, None, Confidence::Likely))
    })
}

fn matched(
    s: &Snapshot,
    storage: &Storage,
    attached: &[Attachment],
    failure: Option<&Failure<'_>>,
    confidence: Confidence,
) -> Match {
    let elsewhere = elsewhere(s, attached);
    let holder = holder(s, storage, attached, failure);
    let node = elsewhere
        .map(|a| a.node.clone())
        .or_else(|| holder.as_ref().and_then(|(pod, _)| pod.spec.as_ref()?.node_name.clone()));
    let dead = node.as_deref().and_then(|name| silence(s, name));
    let owner = s.top_owner();
    let facts = Facts {
        volume: storage.volume.clone().unwrap_or_else(|| storage.name.clone()),
        claim: storage.claim.clone(),
        node: s.node_name().unwrap_or_default().to_string(),
        holder_node: node.clone(),
        holder_name: holder.as_ref().and_then(|(pod, _)| pod.metadata.name.clone()),
        holder_pod: holder.as_ref().map(|(_, name)| name.clone()),
        holder_deleting: holder.as_ref().is_some_and(|(pod, _)| pod.metadata.deletion_timestamp.is_some()),
        dead_since: dead.as_ref().map(|(since, _)| since.clone()),
        same_owner: holder.as_ref().is_some_and(|(pod, _)| same_owner(s, pod)),
        owner_is_deployment: owner.kind == "Deployment",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        attachment: elsewhere.map(|a| a.name.clone()),
    };
    let blame = match (&dead, &node, &holder) {
        // the pod cannot let go of it while its node is silent
        (Some(_), Some(node), _) => Blame::global("Node", node),
        (None, _, Some((pod, _))) => {
            Blame::namespaced("Pod", s.namespace(), pod.metadata.name.as_deref().unwrap_or_default())
        }
        (_, Some(node), None) if s.world.nodes.contains_key(node) => Blame::global("Node", node),
        _ => storage.blame(s),
    };
    let running = holder.as_ref().map(|(pod, name)| {
        let on = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default();
        let phase = pod.status.as_ref().and_then(|st| st.phase.as_deref()).unwrap_or_default();
        let claim = storage.claim.as_deref().unwrap_or_default();
        Evidence::new(
            Source::Object,
            format!("Pod {name}"),
            None,
            format!("on {on}, {phase}, uses claim {claim}"),
        )
    });
    Match::new(confidence, blame, facts)
        .because_all(failure.map(|f| Evidence::event(f.event)))
        .because_all(elsewhere.map(Attachment::evidence))
        .because_all(running)
        .because_all(dead.map(|(_, evidence)| evidence))
}

/// The pod that has the volume on another node, as an object and as namespace/name: on the node that has it and named by
/// the controller, else one of these, else one that runs. Another that waits for it has it no more than this one.
fn holder<'a>(
    s: &'a Snapshot,
    storage: &Storage,
    attached: &[Attachment],
    failure: Option<&Failure<'_>>,
) -> Option<(&'a Pod, String)> {
    let words = failure.map(|f| f.event.message.as_str()).unwrap_or_default();
    let named = USED_BY.as_ref().and_then(|re| re.captures(words)).and_then(|c| c.get(1));
    let named: Vec<&str> = named.map(|names| names.as_str().split(", ").collect()).unwrap_or_default();
    let on_attached = |pod: &Pod| {
        attached.iter().any(|a| a.attached && node_of(pod).is_some_and(|node| node == a.node.as_str()))
    };
    let rank = |name: &str, pod: &Pod| (on_attached(pod), named.contains(&name), has_started(pod));
    let start = (s.namespace().to_string(), String::new());
    s.world
        .pods
        .range(start..)
        .take_while(|((namespace, _), _)| namespace == s.namespace())
        .map(|((_, name), object)| (name.as_str(), object.pod.as_ref()))
        .filter(|(name, pod)| is_elsewhere(s, pod) && (named.contains(name) || uses(pod, storage)))
        .filter(|(_, pod)| on_attached(pod) || has_started(pod))
        // of equals the first by name
        .min_by_key(|(name, pod)| std::cmp::Reverse(rank(name, pod)))
        .map(|(name, pod)| (pod, format!("{}/{name}", s.namespace())))
}

fn node_of(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref())
}

/// Whether a pod is on another node, and not over.
fn is_elsewhere(s: &Snapshot, pod: &Pod) -> bool {
    let node = node_of(pod);
    node.is_some() && node != s.node_name() && !has_ended(pod)
}

/// Whether a pod uses the same claim.
fn uses(pod: &Pod, storage: &Storage) -> bool {
    let volumes = pod.spec.as_ref().and_then(|spec| spec.volumes.as_ref()).into_iter().flatten();
    let mut claims =
        volumes.filter_map(|v| v.persistent_volume_claim.as_ref()).map(|c| c.claim_name.as_str());
    storage.claim.as_deref().is_some_and(|claim| claims.any(|other| other == claim))
}

/// Whether a container of the pod was ever started: its volumes were there then.
fn has_started(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    let begun = |c: &ContainerView<'_>| c.is_running() || c.last_end().is_some();
    !matches!(phase, None | Some("" | "Pending")) || containers(pod).iter().any(begun)
}

fn same_owner(s: &Snapshot, other: &Pod) -> bool {
    let key = |pod: &Pod| {
        let labels = pod.metadata.labels.clone().unwrap_or_default();
        let hash = ["pod-template-hash", "controller-revision-hash"];
        labels.into_iter().filter(|(k, _)| !hash.contains(&k.as_str())).collect::<Vec<_>>()
    };
    let own = s.pod().map(key).unwrap_or_default();
    !own.is_empty() && own == key(other)
}

/// How long a node has been silent, with the condition that says so.
fn silence(s: &Snapshot, name: &str) -> Option<(String, Evidence)> {
    let node = s.world.nodes.get(name)?;
    let ready = node_state::condition(node, "Ready").filter(|c| c.status == "Unknown")?;
    let since = ready.last_transition_time.as_ref().map(|t| s.taken_at().age(t.0)).unwrap_or_default();
    Some((since, Evidence::node_condition(node, "Ready")?))
}
