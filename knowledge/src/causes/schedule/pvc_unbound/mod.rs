//! A claim the pod uses has no volume.

use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::event::Identity;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::quantity::Milli;
use crate::remedy::RemedyKind;
use crate::schedule::affinity::asked;
use crate::schedule::claims::{claim_names, place_of};
use crate::schedule::reason::Words;
use crate::schedule::selector::Selector;
use crate::schedule::table::shorten;
use crate::schedule::{Class, message};
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::wording::Wording;
use crate::world::Lookup;

/// `pvc-unbound`
pub const CAUSE: Cause = Cause {
    id: "pvc-unbound",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("look-at-claim"),
        RemedyKind::words("name-class"),
        RemedyKind::words("provide-volume"),
    ],
    wordings: &[
        Wording::telling(
            r"unbound (immediate )?PersistentVolumeClaims|\b(PVC|PersistentVolumeClaim) is not bound",
            "pod has unbound immediate PersistentVolumeClaims (repeated 3 times)",
            "kube-scheduler and kubelet 1.6–1.37",
        ),
        Wording::telling(
            r#"storageclass(es)?(\.storage\.k8s\.io)? "(?P<name>[^"]+)" not found"#,
            r#"storageclass.storage.k8s.io "standard-v2" not found"#,
            "persistent volume controller 1.6–1.37",
        )
        .blames("StorageClass"),
        Wording::telling(
            r"no persistent volumes available for this claim and no storage class is set|no volume plugin matched",
            "no persistent volumes available for this claim and no storage class is set",
            "persistent volume controller 1.6–1.37",
        ),
        Wording::telling(
            r"failed to provision volume with StorageClass|ProvisioningFailed",
            "failed to provision volume with StorageClass \"fast\": rpc error: code = ResourceExhausted",
            "external-provisioner 1.0–5",
        ),
        Wording::hint(
            r"waiting for a volume to be created",
            "Waiting for a volume to be created either by the external provisioner 'csi.example.com' or manually",
            "persistent volume controller 1.6–1.37",
        ),
        Wording::hint(
            r"waiting for first consumer to be created before binding|binding volumes: (timed out|context deadline)|waiting for pod \S+ to be scheduled",
            "waiting for first consumer to be created before binding",
            "persistent volume controller and kube-scheduler 1.12–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Candidate {
    volume: String,
    why: Words,
}

#[derive(Serialize)]
struct Facts {
    claim: String,
    class: Option<String>,
    class_missing: bool,
    no_class: bool,
    /// The claim itself was not read.
    unread: bool,
    /// `storageClassName: ""`: no class is wanted.
    class_off: bool,
    mode: Option<String>,
    /// The class waits for the pod's node before it makes or binds a volume.
    late: bool,
    /// The class makes no volumes: someone must provide them.
    by_hand: bool,
    /// A node is chosen, and the volume is to be made for it.
    node: Option<String>,
    /// The volumes of the claim's class that exist, and why each does not do.
    candidates: Vec<Candidate>,
    /// Only volumes that exist can serve the claim, and none does.
    none_fits: bool,
    more: Option<usize>,
    provisioner: Option<String>,
    words: Option<String>,
    /// On how many nodes the class has no room for the volume, by what its driver publishes.
    no_room: Option<i64>,
    size: Option<String>,
    access: String,
    classes: Vec<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    // a pod with its node in the spec was never before a scheduler: its kubelet waits for the claim
    let placed = s.node_name().is_some() && s.phase() == "Pending" && !s.is_deleting();
    let itself = s.object_of(Kind::PersistentVolumeClaim).is_some();
    if !s.is_unscheduled() && !placed && !itself {
        return Vec::new();
    }
    let said = s.scheduler_message().and_then(|(text, ..)| message::parse(&text));
    let told = said.is_some_and(|said| said.count(&Class::UnboundClaim) > 0)
        || placed && s.events.iter().any(|e| e.warning && CAUSE.wordings[0].matches(&e.message));
    let names = claim_names(s);
    let mut found: Vec<Match> =
        names.iter().filter_map(|name| of_claim(s, name, told, names.len())).collect();
    for matched in &mut found {
        matched.evidence.extend(s.from_scheduler());
    }
    found
}

fn of_claim(s: &Snapshot, name: &str, told: bool, claims: usize) -> Option<Match> {
    let blame = Blame::namespaced("PersistentVolumeClaim", s.namespace(), name);
    let Lookup::Found(claim) = s.world.claim(s.namespace(), name) else {
        // the scheduler says so of some claim; with one claim it is this one
        let facts = facts(s, name, None, None);
        return (told && claims == 1).then(|| Match::new(Confidence::Likely, blame, facts));
    };
    if phase(claim) != "Pending" {
        return None;
    }
    // a claim that names its volume waits for that one: gone or released, it is another cause
    let named = claim.spec.as_ref().and_then(|spec| spec.volume_name.as_ref()).filter(|n| !n.is_empty());
    if named.is_some_and(|volume| !is_available(s, volume)) {
        return None;
    }
    let words = failure(s, claim);
    let chosen = claim
        .metadata
        .annotations
        .as_ref()
        .is_some_and(|a| a.contains_key("volume.kubernetes.io/selected-node"));
    // a claim that waits for its first consumer waits for the pod, not the pod for it, until a node is chosen
    let confidence = match (told, chosen, &words) {
        (true, ..) => Confidence::Certain,
        (false, true, _) => Confidence::Likely,
        // the claim itself was asked about: its phase and its controller's word are the proof
        (false, false, Some(_)) if s.pod().is_none() => Confidence::Certain,
        (false, false, Some(_)) => Confidence::Likely,
        (false, false, None) if s.pod().is_none() => by_class(s, claim)?,
        _ => return None,
    };
    let facts = facts(s, name, Some(claim), words.as_ref());
    let evidence = Evidence::new(Source::Object, blame.to_string(), None, "status.phase Pending");
    Some(Match::new(confidence, blame, facts).because_all(words).because(evidence))
}

/// Nobody said why the claim is pending: unless its class waits for a pod, it should not be for long.
fn by_class(s: &Snapshot, claim: &PersistentVolumeClaim) -> Option<Confidence> {
    let created = claim.metadata.creation_timestamp.as_ref()?.0;
    if s.taken_at().seconds_since(created) < BIND_SECONDS {
        return None;
    }
    let class = claim.spec.as_ref().and_then(|spec| spec.storage_class_name.as_deref()).unwrap_or_default();
    match s.world.storage_classes.get(class) {
        Some(class) if class.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer") => None,
        Some(_) => Some(Confidence::Likely),
        None if class.is_empty() || s.is_absent("StorageClass", "", class) => Some(Confidence::Likely),
        None => Some(Confidence::Possible),
    }
}

/// A provisioner makes a volume within this, mostly.
const BIND_SECONDS: i64 = 60;

fn is_available(s: &Snapshot, volume: &str) -> bool {
    let status = s.world.volumes.get(volume).and_then(|v| v.status.as_ref());
    status.is_some_and(|status| status.phase.as_deref() == Some("Available"))
}

/// So many of the wordings say why a claim is not bound; the rest, that it waits for its turn.
const FAILURES: usize = 5;

/// The newest event of the claim that says why it is not bound. "Waiting for first consumer" is no failure.
fn failure(s: &Snapshot, claim: &PersistentVolumeClaim) -> Option<Evidence> {
    let meta = &claim.metadata;
    let events = s.world.events_about(&Identity {
        kind: "PersistentVolumeClaim",
        namespace: meta.namespace.as_deref().unwrap_or_default(),
        name: meta.name.as_deref().unwrap_or_default(),
        uid: meta.uid.as_deref().unwrap_or_default(),
        mirror: None,
        created: meta.creation_timestamp.as_ref().map(|t| t.0),
    });
    let fails = |words: &str| CAUSE.wordings.iter().take(FAILURES).any(|w| w.matches(words));
    let event = events.iter().rev().find(|e| e.warning || fails(&e.message))?;
    Some(Evidence::event(event))
}

fn facts(
    s: &Snapshot,
    name: &str,
    claim: Option<&std::sync::Arc<PersistentVolumeClaim>>,
    words: Option<&Evidence>,
) -> Facts {
    let spec = claim.and_then(|c| c.spec.as_ref());
    let class = spec.and_then(|spec| spec.storage_class_name.clone()).filter(|class| !class.is_empty());
    let known = class.as_ref().and_then(|class| s.world.storage_classes.get(class));
    let text = words.map(|e| e.text.clone());
    let told = text.as_ref().is_some_and(|t| t.contains("storageclass") && t.contains("not found"));
    let missing = told || class.as_ref().is_some_and(|class| s.is_absent("StorageClass", "", class));
    let size =
        spec.and_then(|spec| spec.resources.as_ref()?.requests.as_ref()?.get("storage").map(|q| q.0.clone()));
    let by_hand = known.is_some_and(|class| class.provisioner == "kubernetes.io/no-provisioner");
    // volumes made for other claims are no candidates where each claim gets its own
    let made = known.is_some() && !by_hand;
    let mut candidates = claim.map(|claim| candidates(s, claim, made)).unwrap_or_default();
    let annotations = claim.and_then(|claim| claim.metadata.annotations.as_ref());
    let node = annotations.and_then(|a| a.get("volume.kubernetes.io/selected-node")).cloned();
    let late = known.is_some_and(|c| c.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer"));
    Facts {
        no_room: without_room(s).filter(|_| late && node.is_none()),
        late,
        by_hand,
        none_fits: by_hand && !candidates.is_empty(),
        node,
        more: shorten(&mut candidates),
        candidates,
        claim: name.to_string(),
        class_missing: missing,
        unread: claim.is_none(),
        class_off: spec.is_some_and(|spec| spec.storage_class_name.as_deref() == Some("")),
        no_class: claim.is_some() && class.is_none(),
        mode: known.and_then(|class| class.volume_binding_mode.clone()),
        provisioner: known.map(|class| class.provisioner.clone()),
        words: text,
        size,
        access: spec
            .and_then(|spec| spec.access_modes.as_ref())
            .map(|modes| modes.join(", "))
            .unwrap_or_default(),
        classes: s.world.storage_classes.keys().filter(|_| class.is_none() || missing).cloned().collect(),
        class,
    }
}

/// Nodes for which the driver's CSIStorageCapacity objects leave no room for a volume of the asked size.
/// <https://kubernetes.io/docs/concepts/storage/storage-capacity/>
fn without_room(s: &Snapshot) -> Option<i64> {
    let (text, ..) = s.scheduler_message()?;
    let (before, _) = text.split_once(" node(s) did not have enough free storage")?;
    let nodes = before.rsplit(' ').next()?.parse().ok()?;
    // of several claims the message does not say which is meant
    let waits = |name: &&String| matches!(s.world.claim(s.namespace(), name), Lookup::Found(claim) if phase(claim) == "Pending");
    (claim_names(s).iter().filter(waits).count() == 1).then_some(nodes)
}

fn phase(claim: &PersistentVolumeClaim) -> &str {
    claim.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

/// Why the volumes of the claim's class do not do: taken, too small, of another access or volume mode, not selected, or
/// only usable elsewhere. One that would do is left out.
fn candidates(s: &Snapshot, claim: &PersistentVolumeClaim, free_only: bool) -> Vec<Candidate> {
    let class = |name: Option<&String>| name.cloned().unwrap_or_default();
    let Some(spec) = &claim.spec else { return Vec::new() };
    let wanted = class(spec.storage_class_name.as_ref());
    let same = s.world.volumes.iter().filter(|(_, volume)| {
        class(volume.spec.as_ref().and_then(|v| v.storage_class_name.as_ref())) == wanted
    });
    let bound = |volume: &PersistentVolume| {
        volume.status.as_ref().is_some_and(|status| status.phase.as_deref() == Some("Bound"))
    };
    let same = same.filter(|(_, volume)| !(free_only && bound(volume)));
    same.map(|(name, volume)| Candidate { volume: name.clone(), why: Words::join(&unfit(claim, volume)) })
        .filter(|candidate| !candidate.why.is_empty())
        .collect()
}

fn unfit(claim: &PersistentVolumeClaim, volume: &PersistentVolume) -> Vec<Words> {
    let (Some(asks), Some(has)) = (claim.spec.as_ref(), volume.spec.as_ref()) else {
        return Vec::new();
    };
    let mut why = Vec::new();
    let phase = volume.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default();
    if let Some(owner) = &has.claim_ref {
        let name = |part: &Option<String>| part.clone().unwrap_or_default();
        let owner = format!("{}/{}", name(&owner.namespace), name(&owner.name));
        why.push(Words::new(format!("{phase}, claim {owner}"), format!("{phase}，属于 PVC {owner}")));
    } else if phase != "Available" && !phase.is_empty() {
        why.push(Words::same(phase));
    }
    let size = |text: &str| Milli::parse(text);
    let asked_size = asks.resources.as_ref().and_then(|r| r.requests.as_ref()?.get("storage"));
    let given = has.capacity.as_ref().and_then(|capacity| capacity.get("storage"));
    if let (Some(asked), Some(given)) = (asked_size, given)
        && size(&given.0) < size(&asked.0)
    {
        why.push(Words::new(
            format!("it has {}, {} is asked", given.0, asked.0),
            format!("容量 {}，要 {}", given.0, asked.0),
        ));
    }
    let modes = has.access_modes.clone().unwrap_or_default();
    let missing: Vec<&String> =
        asks.access_modes.iter().flatten().filter(|mode| !modes.contains(mode)).collect();
    if !missing.is_empty() {
        let modes = modes.join(", ");
        why.push(Words::new(format!("access modes {modes}"), format!("访问模式是 {modes}")));
    }
    let kind = |mode: Option<&String>| mode.map_or("Filesystem", String::as_str).to_string();
    let (asked_mode, mode) = (kind(asks.volume_mode.as_ref()), kind(has.volume_mode.as_ref()));
    if asked_mode != mode {
        why.push(Words::same(format!("volumeMode {mode}")));
    }
    let labels = volume.metadata.labels.clone().unwrap_or_default();
    if asks.selector.as_ref().is_some_and(|selector| !Selector::of(Some(selector)).matches(&labels)) {
        why.push(Words::new("labels not selected", "标签不符合 selector"));
    }
    // a place is no fault by itself: it says where the pod would have to go
    if let Some(place) = place_of(volume).and_then(|place| asked(&place)).filter(|_| why.is_empty()) {
        why.push(Words::new(format!("only usable where {place}"), format!("只能在 {place} 的节点上用")));
    }
    why
}
