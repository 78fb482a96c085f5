//! A device the pod claims cannot be had: the claim, its template or class is missing, or no node has such a device left.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::cause::{Cause, Match};
use crate::config::nearest;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::devices::{Supply, Wanted, classes, count, driver_of, is_allocated, supply, wanted};
use crate::schedule::{Class, choices, evaluate};
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `resource-claim-unavailable`
pub const CAUSE: Cause = Cause {
    id: "resource-claim-unavailable",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &["scheduler-down"],
    expected: false,
    remedies: &[
        RemedyKind::words("create-claim"),
        RemedyKind::words("create-template"),
        RemedyKind::words("create-class"),
        RemedyKind::words("look-at-driver"),
        RemedyKind::words("free-devices"),
        RemedyKind::words("look-at-claims"),
    ],
    // the scheduler's own sentences are read by schedule::message
    wordings: &[
        Wording::telling(
            r#"PodResourceClaim \S+: .*(resource claim template|resourceclaimtemplate)\S* "(?P<name>[^"]+)".*not found"#,
            r#"PodResourceClaim gpu: resource claim template "one-gpu": resourceclaimtemplate.resource.k8s.io "one-gpu" not found"#,
            "resource claim controller 1.26–1.37",
        )
        .blames("ResourceClaimTemplate"),
        Wording::hint(
            r"FailedResourceClaimCreation|PodResourceClaim \S+:",
            "FailedResourceClaimCreation PodResourceClaim gpu: create ResourceClaim : forbidden",
            "resource claim controller 1.26–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// What is wrong with one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    Claim,
    Template,
    Creation,
    Class,
    Driver,
    Devices,
    Unknown,
}

#[derive(Serialize)]
struct Facts {
    entry: String,
    claim: Option<String>,
    template: Option<String>,
    class: Option<String>,
    driver: Option<String>,
    claim_missing: bool,
    template_missing: bool,
    creation_failed: bool,
    class_missing: bool,
    /// No node publishes devices of the driver.
    no_devices: bool,
    all_taken: bool,
    /// Not read, rather than known to be missing.
    unread: bool,
    asked: Option<i64>,
    devices: usize,
    taken: usize,
    nodes: Vec<String>,
    holders: Vec<String>,
    drivers: Vec<String>,
    near: Option<String>,
    words: Option<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if !s.is_unscheduled() {
        return Vec::new();
    }
    let entries = wanted(s);
    let told = told(s);
    let mut found: Vec<Match> = entries.iter().filter_map(|entry| of_entry(s, entry, told)).collect();
    // the worst of them first: one is enough to keep the pod waiting
    found.sort_by_key(|found| std::cmp::Reverse(found.confidence));
    found.truncate(1);
    found
}

/// How sure the scheduler is that the claims are what is missing.
fn told(s: &Snapshot) -> Option<Confidence> {
    let table = evaluate(s)?;
    let choice = choices(table).iter().find(|c| c.class == Class::ResourceClaim)?;
    let alone =
        table.said.counts.iter().all(|(class, _)| *class == Class::ResourceClaim || class.is_background());
    let sure = if alone { Confidence::Likely } else { Confidence::Possible };
    Some(choice.confidence.max(sure))
}

fn of_entry(s: &Snapshot, entry: &Wanted, told: Option<Confidence>) -> Option<Match> {
    let claim = entry.claim.as_deref().and_then(|name| s.other("ResourceClaim", s.namespace(), name));
    if claim.is_some_and(|claim| is_allocated(claim)) {
        return None;
    }
    let failed = s.events.iter().rev().find(|event| {
        event.reason == "FailedResourceClaimCreation"
            && event.message.contains(&format!("PodResourceClaim {}:", entry.entry))
    });
    let (lack, class, supply) = lack(s, entry, claim, failed.map(|event| event.message.as_str()));
    let absent = is_absent(s, entry, lack, class.as_deref());
    // a claim the scheduler tried to allocate exists, read here or not
    let tried = told.is_some() && !absent && failed.is_none() && !says_missing(s);
    let lack = if tried && matches!(lack, Lack::Claim | Lack::Template) { Lack::Unknown } else { lack };
    let confidence = confidence(s, lack, absent, told, failed.is_some())?;
    let facts = facts(s, entry, claim, lack, absent, class, &supply, failed.map(|e| e.message.clone()));
    let blame = blame(s, entry, lack, &facts);
    let asked = match (&entry.claim, &entry.template) {
        (Some(claim), None) => format!("{}: ResourceClaim {claim}", entry.entry),
        (_, Some(template)) => format!("{}: ResourceClaimTemplate {template}", entry.entry),
        _ => entry.entry.clone(),
    };
    let mut found = Match::new(confidence, blame, &facts)
        .because_all(failed.map(|event| Evidence::event(event)))
        .because_all(s.from_scheduler())
        .because(s.from_spec("spec.resourceClaims", &asked));
    if let (Some(_), Some(name)) = (claim, &entry.claim) {
        let object = format!("ResourceClaim {}/{name}", s.namespace());
        found = found.because(Evidence::new(Source::Object, object, None, "no status.allocation"));
    }
    if absent {
        found = found.because(Evidence::new(
            Source::Object,
            facts_object(s, entry, lack, &facts),
            None,
            "does not exist",
        ));
    }
    for holder in facts.holders.iter().take(5) {
        let name = holder.split(" (").next().unwrap_or(holder);
        found = found.because(Evidence::new(
            Source::Object,
            format!("ResourceClaim {name}"),
            None,
            format!("holds a device: {holder}"),
        ));
    }
    Some(found)
}

fn says_missing(s: &Snapshot) -> bool {
    let text = s.scheduler_message().map(|(text, ..)| text).unwrap_or_default();
    ["not found", "to create the resourceclaim", "not created yet"].iter().any(|words| text.contains(words))
}

fn lack(
    s: &Snapshot,
    entry: &Wanted,
    claim: Option<&Arc<Value>>,
    failed: Option<&str>,
) -> (Lack, Option<String>, Supply) {
    let nothing = Supply::default;
    let template =
        entry.template.as_deref().and_then(|name| s.other("ResourceClaimTemplate", s.namespace(), name));
    if let Some(claim) = claim {
        let wanted = classes(claim);
        let known =
            |class: &String| s.other("DeviceClass", "", class).or(s.other("ResourceClass", "", class));
        if let Some(missing) = wanted.iter().find(|class| known(class).is_none()) {
            return (Lack::Class, Some(missing.clone()), nothing());
        }
        let class = wanted.first().cloned();
        let driver = class.as_ref().and_then(known).and_then(|class| driver_of(class));
        let supply = supply(s, driver.as_deref());
        // up to 1.30 a driver's own controller allocated, and published nothing
        let published = claim.pointer("/spec/devices").is_some();
        let lack = match () {
            () if !published => Lack::Unknown,
            () if supply.slices == 0 || (driver.is_some() && supply.devices == 0) => Lack::Driver,
            () if driver.is_some() && supply.taken >= supply.devices => Lack::Devices,
            () => Lack::Unknown,
        };
        return (lack, class, supply);
    }
    match (&entry.template, &entry.claim) {
        (None, _) | (Some(_), Some(_)) => (Lack::Claim, None, nothing()),
        (Some(_), None) if template.is_some() => (Lack::Creation, None, nothing()),
        (Some(_), None) if failed.is_some_and(|words| !words.contains("not found")) => {
            (Lack::Creation, None, nothing())
        }
        (Some(_), None) => (Lack::Template, None, nothing()),
    }
}

/// The kind and name that is missing.
fn missing<'a>(entry: &'a Wanted, lack: Lack, class: Option<&'a str>) -> Option<(&'static str, &'a str)> {
    match lack {
        Lack::Claim => Some(("ResourceClaim", entry.claim.as_deref()?)),
        Lack::Template => Some(("ResourceClaimTemplate", entry.template.as_deref()?)),
        Lack::Class => Some(("DeviceClass", class?)),
        _ => None,
    }
}

fn is_absent(s: &Snapshot, entry: &Wanted, lack: Lack, class: Option<&str>) -> bool {
    missing(entry, lack, class).is_some_and(|(kind, name)| {
        let namespace = if kind == "DeviceClass" { "" } else { s.namespace() };
        s.is_absent(kind, namespace, name)
    })
}

fn facts_object(s: &Snapshot, entry: &Wanted, lack: Lack, facts: &Facts) -> String {
    match missing(entry, lack, facts.class.as_deref()) {
        Some(("DeviceClass", name)) => format!("DeviceClass {name}"),
        Some((kind, name)) => format!("{kind} {}/{name}", s.namespace()),
        None => s.object(),
    }
}

fn confidence(
    s: &Snapshot,
    lack: Lack,
    absent: bool,
    told: Option<Confidence>,
    failed: bool,
) -> Option<Confidence> {
    // a dump shows that it holds objects of this group at all
    let group = ["DeviceClass", "ResourceSlice", "ResourceClaim", "ResourceClaimTemplate", "ResourceClass"];
    let read = s.world.others.keys().any(|(kind, ..)| group.contains(&kind.as_str()));
    let silent = !s.is_called_unschedulable();
    match lack {
        _ if absent => Some(Confidence::Certain),
        Lack::Template if failed => Some(Confidence::Certain),
        Lack::Creation => Some(if failed { Confidence::Certain } else { Confidence::Possible }),
        // the scheduler says nothing at all of a pod whose claim is not there
        Lack::Claim | Lack::Template if silent => {
            Some(if read { Confidence::Likely } else { Confidence::Possible })
        }
        Lack::Driver | Lack::Devices => told.map(|told| told.max(Confidence::Likely)),
        _ => told.map(|told| told.min(Confidence::Likely)),
    }
}

fn blame(s: &Snapshot, entry: &Wanted, lack: Lack, facts: &Facts) -> Blame {
    match missing(entry, lack, facts.class.as_deref()) {
        Some(("DeviceClass", name)) => Blame::global("DeviceClass", name),
        Some((kind, name)) => Blame::namespaced(kind, s.namespace(), name),
        None => match (&entry.claim, &entry.template) {
            (Some(claim), _) => Blame::namespaced("ResourceClaim", s.namespace(), claim),
            (None, Some(template)) => Blame::namespaced("ResourceClaimTemplate", s.namespace(), template),
            (None, None) => s.top_owner(),
        },
    }
}

#[expect(clippy::too_many_arguments, reason = "each is one thing the page says")]
fn facts(
    s: &Snapshot,
    entry: &Wanted,
    claim: Option<&Arc<Value>>,
    lack: Lack,
    absent: bool,
    class: Option<String>,
    supply: &Supply,
    words: Option<String>,
) -> Facts {
    let named = missing(entry, lack, class.as_deref());
    let near = named.and_then(|(kind, name)| {
        let namespace = if kind == "DeviceClass" { "" } else { s.namespace() };
        nearest(name, s.others(kind, namespace).map(|(name, _)| name))
    });
    let driver =
        class.as_ref().and_then(|class| s.other("DeviceClass", "", class)).and_then(|class| driver_of(class));
    let mut holders = supply.holders.clone();
    holders.truncate(10);
    Facts {
        entry: entry.entry.clone(),
        claim: entry.claim.clone(),
        template: entry.template.clone(),
        driver,
        claim_missing: lack == Lack::Claim,
        template_missing: lack == Lack::Template,
        creation_failed: lack == Lack::Creation,
        class_missing: lack == Lack::Class,
        no_devices: lack == Lack::Driver,
        all_taken: lack == Lack::Devices,
        unread: !absent && words.is_none() && (lack != Lack::Driver || (supply.slices == 0 && !s.world.live)),
        asked: claim.map(|claim| count(claim)),
        devices: supply.devices,
        taken: supply.taken,
        nodes: supply.nodes.iter().take(10).cloned().collect(),
        holders,
        drivers: supply.drivers.iter().cloned().collect(),
        near,
        class,
        words,
    }
}
