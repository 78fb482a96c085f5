//! The claim the pod names does not exist, or the volume behind it is gone or given up.

use k8s_openapi::api::core::v1::PersistentVolume;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::config::nearest;
use crate::event::Identity;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::claims::{Used, used};
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::wording::Wording;

/// `persistent-volume-missing`
pub const CAUSE: Cause = Cause {
    id: "persistent-volume-missing",
    stage: Some(Stage::Volume),
    since: "0.1.0",
    hides: &["volume-attach-failed", "volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::words("fix-name"),
        RemedyKind::words("create-claim"),
        RemedyKind::words("make-pod-anew"),
        RemedyKind::words("look-at-deletion"),
        RemedyKind::words("restore-volume"),
        RemedyKind::words("free-volume"),
    ],
    wordings: &[
        Wording::telling(
            r#"\bpersistentvolumeclaims? "(?P<name>[^"]+)" not found"#,
            r#"error processing PVC shop/data: failed to fetch PVC from API server: persistentvolumeclaims "data" not found"#,
            "kubelet and kube-scheduler 1.2–1.37",
        )
        .blames("PersistentVolumeClaim"),
        Wording::telling(
            r#"\bpersistentvolumes? "(?P<name>[^"]+)" not found"#,
            r#"failed to fetch PV "pv-7" from API server: persistentvolumes "pv-7" not found"#,
            "kubelet 1.2–1.37",
        )
        .blames("PersistentVolume"),
        Wording::telling(
            r#"error processing PVC (?P<namespace>[^/\s]+)/(?P<name>[^:\s]+): PVC is being deleted|persistentvolumeclaim \\?"[^"\\]+\\?" is being deleted"#,
            "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data]: error processing PVC shop/data: PVC is being deleted",
            "kubelet and kube-scheduler 1.9–1.37",
        )
        .blames("PersistentVolumeClaim"),
        Wording::telling(
            r#"Bound claim has lost (its PersistentVolume|reference to PersistentVolume)|\bClaimLost\b"#,
            "Bound claim has lost its PersistentVolume. Data on the volume is lost!",
            "persistent volume controller 1.3–1.37",
        ),
        Wording::telling(
            r#"volume "(?P<name>[^"]+)" already bound to a different claim"#,
            r#"volume "pv-7" already bound to a different claim."#,
            "persistent volume controller 1.3–1.37",
        )
        .blames("PersistentVolume"),
        Wording::telling(
            r#"bound to non-existent persistentvolume "(?P<name>[^"]+)""#,
            r#"0/3 nodes are available: persistentvolumeclaim "data" bound to non-existent persistentvolume "pv-7"."#,
            "kube-scheduler 1.20–1.37",
        )
        .blames("PersistentVolume"),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The claim does not exist.
    NoClaim,
    /// The claim is being deleted.
    Deleting,
    /// The claim was bound to a volume that is gone.
    Lost,
    /// The claim names a volume that does not exist.
    NoVolume,
    /// The volume the claim names belongs or belonged to another claim.
    Taken,
}

#[derive(Serialize)]
struct Facts {
    claim: String,
    no_claim: bool,
    deleting: bool,
    lost: bool,
    no_volume: bool,
    taken: bool,
    volume: Option<String>,
    /// The phase of the volume.
    phase: Option<String>,
    policy: Option<String>,
    /// The claim that the volume is or was bound to.
    holder: Option<String>,
    /// That claim had the same name and is gone.
    earlier: bool,
    near: Option<String>,
    elsewhere: Vec<String>,
    /// The pod's StatefulSet makes the claim when it makes the pod.
    stateful_set: Option<String>,
    /// The claim belongs to a generic ephemeral volume.
    ephemeral: bool,
    /// Not read, rather than known to be gone.
    unread: bool,
    words: Option<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let waits = s.node_name().is_some() && s.phase() == "Pending" && !s.is_deleting();
    let itself = s.object_of(Kind::PersistentVolumeClaim).is_some();
    let started = s.containers().iter().any(|container| container.ever_ran());
    if started || !(waits || itself || s.is_unscheduled()) {
        return Vec::new();
    }
    used(s).iter().filter_map(|claim| of_claim(s, claim)).collect()
}

fn of_claim(s: &Snapshot, used: &Used<'_>) -> Option<Match> {
    let (fate, confidence, told) = match used.claim {
        None => without_claim(s, used)?,
        Some(_) => with_claim(s, used)?,
    };
    let facts = facts(s, used, fate, told.as_ref());
    let claim = Blame::namespaced("PersistentVolumeClaim", s.namespace(), &used.name);
    let blame = match (fate, &facts.volume) {
        (Fate::Taken, Some(volume)) => Blame::global("PersistentVolume", volume),
        _ => claim.clone(),
    };
    let mut found = Match::new(confidence, blame, &facts).because_all(told);
    if let Some(object) = used.claim {
        let deleted = object.metadata.deletion_timestamp.as_ref().map(|time| time.0);
        let text = match deleted {
            Some(_) => format!("status.phase {}, metadata.deletionTimestamp is set", used.phase()),
            None => format!(
                "status.phase {}, spec.volumeName {}",
                used.phase(),
                used.volume_name().unwrap_or("none")
            ),
        };
        found = found.because(Evidence::new(Source::Object, claim.to_string(), deleted, text));
    }
    if let (Some(volume), Some(phase)) = (&facts.volume, &facts.phase) {
        let bound = facts.holder.as_ref().map(|holder| format!(", claimRef {holder}")).unwrap_or_default();
        let text = format!("status.phase {phase}{bound}");
        found =
            found.because(Evidence::new(Source::Object, format!("PersistentVolume {volume}"), None, text));
    }
    let by_pod = s.pod().map(|_| s.from_spec("spec.volumes", &format!("claim {}", used.name)));
    Some(found.because_all(by_pod))
}

/// The newest thing said of a claim or volume of this name: the scheduler's condition, or a kubelet's event.
fn said(s: &Snapshot, name: &str, phrases: &[&str]) -> Option<Evidence> {
    let quoted = format!("\"{name}\"");
    let says = |text: &str| text.contains(&quoted) && phrases.iter().any(|phrase| text.contains(phrase));
    if s.is_unscheduled() {
        return s.scheduler_message().filter(|(text, ..)| says(text)).and_then(|_| s.from_scheduler());
    }
    let event = s.events.iter().rev().find(|event| event.warning && says(&event.message))?;
    Some(Evidence::event(event))
}

fn without_claim(s: &Snapshot, used: &Used<'_>) -> Option<(Fate, Confidence, Option<Evidence>)> {
    let told = said(s, &used.name, &["not found"]);
    if told.is_some() || s.is_absent("PersistentVolumeClaim", s.namespace(), &used.name) {
        return Some((Fate::NoClaim, Confidence::Certain, told));
    }
    if let Some(told) = said(s, &used.name, &["is being deleted"]) {
        return Some((Fate::Deleting, Confidence::Likely, Some(told)));
    }
    if let Some(told) = said(s, &used.name, &["bound to non-existent persistentvolume"]) {
        return Some((Fate::Lost, Confidence::Likely, Some(told)));
    }
    let awaited = said(s, &used.name, &["to create the persistentvolumeclaim", "was not created for"])?;
    Some((Fate::NoClaim, Confidence::Likely, Some(awaited)))
}

fn with_claim(s: &Snapshot, used: &Used<'_>) -> Option<(Fate, Confidence, Option<Evidence>)> {
    let claim = used.claim?;
    if claim.metadata.deletion_timestamp.is_some() {
        let told =
            said(s, &used.name, &["is being deleted"]).or_else(|| kubelet_says(s, "PVC is being deleted"));
        let sure = match (told.is_some(), s.is_unscheduled()) {
            (true, _) => Confidence::Certain,
            (false, true) => Confidence::Likely,
            // a kubelet that had the volume before waits for something else
            (false, false) => Confidence::Possible,
        };
        return Some((Fate::Deleting, sure, told));
    }
    if used.phase() == "Lost" {
        return Some((Fate::Lost, Confidence::Certain, event_of(s, used)));
    }
    let name = used.volume_name()?;
    let absent = s.is_absent("PersistentVolume", "", name);
    match (used.phase(), used.volume) {
        ("Pending", Some(volume)) if !is_for(volume, s.namespace(), used) => {
            Some((Fate::Taken, Confidence::Certain, event_of(s, used)))
        }
        ("Pending", None) => {
            // a dump that holds other volumes would hold this one
            let sure = match (absent, s.world.volumes.is_empty()) {
                (true, _) => Confidence::Certain,
                (false, false) => Confidence::Likely,
                (false, true) => Confidence::Possible,
            };
            Some((Fate::NoVolume, sure, event_of(s, used)))
        }
        ("Bound", None) => {
            let told = said(s, name, &["not found", "non-existent"])
                .or_else(|| s.from_scheduler().filter(|told| told.text.contains("bound to non-existent pv")));
            let sure = if absent || told.is_some() { Some(Confidence::Certain) } else { None };
            sure.map(|sure| (Fate::Lost, sure, told))
        }
        _ => None,
    }
}

fn kubelet_says(s: &Snapshot, phrase: &str) -> Option<Evidence> {
    s.events.iter().rev().find(|event| event.message.contains(phrase)).map(|event| Evidence::event(event))
}

/// Whether a volume may be bound to this claim: it is free, or already meant for it.
fn is_for(volume: &PersistentVolume, namespace: &str, used: &Used<'_>) -> bool {
    let phase = volume.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default();
    let Some(reference) = volume.spec.as_ref().and_then(|spec| spec.claim_ref.as_ref()) else {
        return phase != "Failed";
    };
    let same =
        reference.name.as_deref() == Some(&used.name) && reference.namespace.as_deref() == Some(namespace);
    let uid = used.claim.and_then(|claim| claim.metadata.uid.as_deref());
    let meant = reference.uid.as_deref().is_none_or(|known| known.is_empty() || Some(known) == uid);
    same && meant && !matches!(phase, "Released" | "Failed")
}

/// What the volume controller says of the claim.
fn event_of(s: &Snapshot, used: &Used<'_>) -> Option<Evidence> {
    let meta = &used.claim?.metadata;
    let events = s.world.events_about(&Identity {
        kind: "PersistentVolumeClaim",
        namespace: meta.namespace.as_deref().unwrap_or_default(),
        name: meta.name.as_deref().unwrap_or_default(),
        uid: meta.uid.as_deref().unwrap_or_default(),
        mirror: None,
        created: meta.creation_timestamp.as_ref().map(|time| time.0),
    });
    let told =
        |e: &str| CAUSE.wordings.iter().any(|wording| wording.matches(e)) || e.contains("ClaimMisbound");
    events.iter().rev().find(|e| told(&format!("{} {}", e.reason, e.message))).map(|e| Evidence::event(e))
}

fn facts(s: &Snapshot, used: &Used<'_>, fate: Fate, told: Option<&Evidence>) -> Facts {
    let spec = used.volume.and_then(|volume| volume.spec.as_ref());
    let reference = spec.and_then(|spec| spec.claim_ref.as_ref());
    let holder = reference.map(|r| {
        format!("{}/{}", r.namespace.as_deref().unwrap_or_default(), r.name.as_deref().unwrap_or_default())
    });
    let own = s.world.claims.keys().filter(|(namespace, _)| namespace == s.namespace());
    let same =
        s.world.claims.keys().filter(|(namespace, name)| *name == used.name && namespace != s.namespace());
    let owner = s.top_owner();
    let made_by_set = owner.kind == "StatefulSet" && used.name.ends_with(&format!("-{}", s.name()));
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref());
    let ephemeral = volumes
        .into_iter()
        .flatten()
        .any(|volume| volume.ephemeral.is_some() && used.name == format!("{}-{}", s.name(), volume.name));
    let no_claim = fate == Fate::NoClaim;
    Facts {
        claim: used.name.clone(),
        no_claim,
        deleting: fate == Fate::Deleting,
        lost: fate == Fate::Lost,
        no_volume: fate == Fate::NoVolume,
        taken: fate == Fate::Taken,
        volume: used.volume_name().map(str::to_string),
        phase: used.volume.and_then(|volume| volume.status.as_ref()?.phase.clone()),
        policy: spec.and_then(|spec| spec.persistent_volume_reclaim_policy.clone()),
        earlier: fate == Fate::Taken && holder.as_ref() == Some(&format!("{}/{}", s.namespace(), used.name)),
        holder: holder.filter(|_| fate == Fate::Taken),
        near: nearest(&used.name, own.map(|(_, name)| name.as_str()))
            .filter(|_| no_claim && !made_by_set && !ephemeral),
        elsewhere: same.map(|(namespace, _)| namespace.clone()).filter(|_| no_claim).collect(),
        stateful_set: made_by_set.then_some(owner.name),
        ephemeral,
        unread: fate == Fate::NoVolume
            && !s.is_absent("PersistentVolume", "", used.volume_name().unwrap_or_default()),
        words: told.map(|told| told.text.clone()),
    }
}
