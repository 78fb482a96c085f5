//! No scheduler looks at the pod: the cluster's is down, or the pod names one that does not exist.

use jiff::Timestamp;
use serde::Serialize;

use crate::brief::claims;
use crate::cause::{Cause, Match};
use crate::config::nearest;
use crate::event::Event;
use crate::evidence::object_name;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::moment::show_seconds;
use crate::remedy::RemedyKind;
use crate::schedule::proof::patch;
use crate::schedule::scheduler::{Age, DEFAULT, Lock, Runner, lock, others, runners, spoke_since};
use crate::snapshot::Snapshot;
use crate::wording::Wording;
use crate::world::{Lookup, PodObject};

/// `scheduler-down`
pub const CAUSE: Cause = Cause {
    id: "scheduler-down",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("start-static-pod"),
        RemedyKind::words("start-unit"),
        RemedyKind::words("fix-scheduler-name"),
        RemedyKind::words("check-scheduler"),
    ],
    wordings: &[Wording::hint(
        r"error retrieving resource lock \S*kube-scheduler|leaderelection lost.*scheduler",
        "error retrieving resource lock kube-system/kube-scheduler: Get \"https://10.0.0.1:6443\": connection refused",
        "kube-scheduler 1.6–1.37",
    )],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// A scheduler that runs speaks of a pod well within this many seconds.
const SPEAKS: i64 = 20;

/// Without the scheduler's own objects, a silence this long is worth a word.
const SILENCE: i64 = 120;

/// A lock that nobody renews for so long has no leader; another one would have taken it.
const STALE: i64 = 40;

#[derive(Serialize)]
struct Down {
    pod: String,
    node: String,
    state: String,
}

#[derive(Serialize)]
struct Facts {
    scheduler: String,
    is_default: bool,
    waited: Option<String>,
    /// A scheduler knew the pod, and went down since.
    spoken: bool,
    lock: Option<String>,
    /// Other pods that ask for it have a node.
    placed: bool,
    /// For how long the lock was not renewed.
    stale: Option<String>,
    /// It was given back: the scheduler was stopped in good order.
    released: bool,
    host: Option<String>,
    pods: Vec<Down>,
    is_static: bool,
    k3s: bool,
    docker: bool,
    /// A scheduler that exists and is spelt much the same.
    near: Option<String>,
    others: Vec<String>,
    owner: Option<String>,
    patch: Option<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let key = (s.namespace().to_string(), s.name().to_string());
    let brief = s.world.pods.get(&key).is_none_or(PodObject::is_brief);
    if !s.is_unscheduled() || brief || waits_before_the_queue(s) {
        return Vec::new();
    }
    let created = s.pod().and_then(|pod| pod.metadata.creation_timestamp.as_ref()).map(|time| time.0);
    let (Some(created), Some(spec)) = (created, s.spec()) else {
        return Vec::new();
    };
    let scheduler = spec.scheduler_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(DEFAULT);
    let lock = lock(&s.world, scheduler);
    let runners = runners(s, scheduler);
    let confidence = match last_word(s, scheduler) {
        None if was_chosen_for(s) => None,
        None => confidence(s, scheduler, created, lock.as_ref(), &runners),
        Some(word) => went_since(s, scheduler, word, lock.as_ref()),
    };
    confidence.map(|sure| matched(s, scheduler, created, lock, &runners, sure)).into_iter().collect()
}

/// What shows that a scheduler knew the pod.
struct Word {
    /// When it was last said, where that is known.
    at: Option<Timestamp>,
    /// It stands in the pod's own state.
    stands: bool,
}

/// Whether a scheduler chose a node for it already: it named the node on the pod, or on a claim that waits for its volume.
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#volume-kubernetes-io-selected-node>
fn was_chosen_for(s: &Snapshot) -> bool {
    let nominated = s.raw.pointer("/status/nominatedNodeName").and_then(|name| name.as_str());
    let claims = s.spec().map(|spec| claims(spec, s.name())).unwrap_or_default();
    let chosen = |claim: &String| {
        let Lookup::Found(claim) = s.world.claim(s.namespace(), claim) else { return false };
        let annotations = claim.metadata.annotations.as_ref();
        annotations.is_some_and(|all| all.contains_key("volume.kubernetes.io/selected-node"))
    };
    nominated.is_some_and(|name| !name.is_empty()) || claims.iter().any(chosen)
}

/// Whether a pod that asks for this scheduler has a node: somebody of that name works, or did.
fn has_placed(s: &Snapshot, scheduler: &str) -> bool {
    s.world.pods.values().any(|known| {
        let spec = known.pod.spec.as_ref();
        spec.is_some_and(|spec| {
            spec.scheduler_name.as_deref() == Some(scheduler)
                && spec.node_name.as_ref().is_some_and(|n| !n.is_empty())
        })
    })
}

fn last_word(s: &Snapshot, scheduler: &str) -> Option<Word> {
    let spoken = ["failedscheduling", "scheduled", "preempted", "schedulinggated", "failedbinding"];
    let told = |reason: &str| spoken.contains(&reason.to_lowercase().as_str());
    // whatever it says of the pod, it knows the pod
    let by_it = |event: &Event| !event.reporter.is_empty() && event.reporter == scheduler;
    let events: Vec<_> = s.events.iter().filter(|event| told(&event.reason) || by_it(event)).collect();
    let condition = s.condition("PodScheduled");
    let at = events.iter().map(|event| event.at).chain(condition.iter().map(|c| c.at)).max().flatten();
    (condition.is_some() || !events.is_empty()).then_some(Word { at, stands: condition.is_some() })
}

/// A scheduler that spoke of the pod and went down since: only a lock that nobody renews shows it. What it had said of
/// the pod's state stands beside, and may still hold.
fn went_since(
    s: &Snapshot,
    scheduler: &str,
    word: Word,
    lock: Option<&(Lock, Option<Age>)>,
) -> Option<Confidence> {
    let (lock, age) = lock?;
    let Age { seconds: age, sure } = (*age)?;
    let after = |seconds: i64| lock.renewed.checked_add(jiff::SignedDuration::from_secs(seconds)).ok();
    let gone = STALE.max(2 * lock.lasts);
    let works = spoke_since(s, scheduler, after(lock.lasts)?) || word.at > after(gone);
    if works || !sure || age < gone || scheduler != DEFAULT {
        return None;
    }
    Some(if word.stands { Confidence::Likely } else { Confidence::Certain })
}

/// Gates, claims for devices and gangs keep a pod out of the queue of a scheduler that runs.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/interface.go> (`PreEnqueuePlugin`)
fn waits_before_the_queue(s: &Snapshot) -> bool {
    let Some(spec) = s.spec() else { return false };
    let gated = spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
    let claims = spec.resource_claims.as_ref().is_some_and(|claims| !claims.is_empty());
    // 1.35 and 1.36 called the gang's reference by another name
    let gang =
        spec.scheduling_group.is_some() || s.raw.pointer("/spec/workloadRef").is_some_and(|v| !v.is_null());
    gated || claims || gang
}

fn confidence(
    s: &Snapshot,
    scheduler: &str,
    created: Timestamp,
    lock: Option<&(Lock, Option<Age>)>,
    runners: &[Runner],
) -> Option<Confidence> {
    let seconds = |n: i64| jiff::SignedDuration::from_secs(n);
    let waited = |n: i64| {
        let then = created.checked_add(seconds(n)).unwrap_or(created);
        // for a clock a dump has only what ticks by itself
        s.world.knows_the_age_of(then.checked_add(seconds(40)).unwrap_or(then)) && s.taken_at().at >= then
    };
    if spoke_since(s, scheduler, created) {
        return None;
    }
    if let Some((lock, age)) = lock {
        let Age { seconds: age, sure } = (*age)?;
        let gone = if lock.holder.is_empty() { lock.lasts.max(15) } else { STALE.max(2 * lock.lasts) };
        if age < gone {
            return None;
        }
        let before = lock.renewed.as_second() < created.as_second() + SPEAKS;
        let long = lock.renewed.as_second() + age >= created.as_second() + SPEAKS;
        return Some(match (long, sure && before && scheduler == DEFAULT) {
            (true, true) => Confidence::Certain,
            (true, false) => Confidence::Likely,
            _ => Confidence::Possible,
        });
    }
    match (runners.is_empty(), runners.iter().any(|runner| runner.runs)) {
        (_, true) => None,
        (false, false) => waited(0).then_some(Confidence::Likely),
        (true, false) if scheduler == DEFAULT => waited(SILENCE).then_some(Confidence::Possible),
        // one that runs outside of the cluster, as a cloud's
        (true, false) if has_placed(s, scheduler) => waited(SILENCE).then_some(Confidence::Possible),
        (true, false) => waited(3 * SPEAKS).then_some(Confidence::Likely),
    }
}

fn matched(
    s: &Snapshot,
    scheduler: &str,
    created: Timestamp,
    lock: Option<(Lock, Option<Age>)>,
    runners: &[Runner],
    sure: Confidence,
) -> Match {
    let is_default = scheduler == DEFAULT;
    let placed = !is_default && has_placed(s, scheduler);
    let known = others(s, scheduler);
    let near = nearest(scheduler, known.iter().map(String::as_str)).filter(|_| !is_default);
    let fixed = near.clone().unwrap_or_else(|| DEFAULT.to_string());
    let change = patch(&s.top_owner(), "/schedulerName", fixed).filter(|_| !is_default && !placed);
    let info = s.world.nodes.values().next().and_then(|node| node.status.as_ref()?.node_info.as_ref());
    let k3s = info.is_some_and(|i| i.kubelet_version.contains("+k3s") || i.kubelet_version.contains("+rke2"));
    let docker = info.is_some_and(|i| i.container_runtime_version.starts_with("docker"));
    let host =
        lock.as_ref().and_then(|(lock, _)| lock.holder.rsplit_once('_')).map(|(host, _)| host.to_string());
    let facts = Facts {
        scheduler: scheduler.to_string(),
        is_default,
        waited: s.world.knows_the_age_of(created).then(|| s.taken_at().age(created)),
        spoken: last_word(s, scheduler).is_some(),
        placed,
        lock: lock.as_ref().map(|(lock, _)| object_name(lock.kind, &lock.namespace, &lock.name)),
        stale: lock.as_ref().and_then(|(_, age)| age.map(|age| show_seconds(age.seconds))),
        released: lock.as_ref().is_some_and(|(lock, _)| lock.holder.is_empty()),
        host: runners.iter().map(|r| r.node.clone()).find(|node| !node.is_empty()).or(host),
        pods: runners
            .iter()
            .map(|r| Down {
                pod: format!("{}/{}", r.namespace, r.name),
                node: r.node.clone(),
                state: r.state.clone(),
            })
            .collect(),
        is_static: runners.iter().any(|runner| runner.is_static),
        k3s,
        docker,
        near,
        others: known,
        owner: change.as_ref().map(|(owner, _)| owner.clone()),
        patch: change.map(|(_, patch)| patch),
    };
    let blame = match (runners.iter().find(|runner| !runner.runs), &lock) {
        (Some(runner), _) => Blame::namespaced("Pod", &runner.namespace, &runner.name),
        (None, Some((lock, _))) => Blame::namespaced(lock.kind, &lock.namespace, &lock.name),
        (None, None) => s.top_owner(),
    };
    let mut evidence = Vec::new();
    if let Some((lock, age)) = &lock {
        let holder = if lock.holder.is_empty() { "no one" } else { &lock.holder };
        let age = age.map(|age| format!(" {} before others", show_seconds(age.seconds))).unwrap_or_default();
        let text = format!("held by {holder}, last renewed{age}");
        let object = object_name(lock.kind, &lock.namespace, &lock.name);
        evidence.push(Evidence::new(Source::Object, object, Some(lock.renewed), text));
    }
    for runner in runners {
        let object = object_name("Pod", &runner.namespace, &runner.name);
        evidence.push(Evidence::new(Source::Object, object, None, format!("status {}", runner.state)));
    }
    let silence = match last_word(s, scheduler) {
        None => "no PodScheduled condition, and no event of a scheduler",
        Some(Word { stands: false, .. }) => {
            "no PodScheduled condition; what a scheduler said in events is older"
        }
        Some(_) => "what a scheduler last said of it is older",
    };
    let found = Match::new(sure, blame, facts)
        .because_all(evidence)
        .because(s.from_status(Some(created), format!("phase Pending since it was made: {silence}")));
    found.because(s.from_spec("spec.schedulerName", scheduler))
}
