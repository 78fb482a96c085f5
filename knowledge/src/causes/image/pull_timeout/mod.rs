//! The pull takes longer than the runtime or the kubelet waits, or it has not come to an end yet.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::{ContainerKind, ContainerView};
use crate::event::Event;
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::node_state;
use crate::pull::onnode::size_of;
use crate::pull::said::{Failure, Slow};
use crate::pull::{Pull, PullFacts, failing_pulls};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `pull-timeout`
pub const CAUSE: Cause = Cause {
    id: "pull-timeout",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("measure"),
        RemedyKind::words("raise-deadline"),
        RemedyKind::words("preload"),
        RemedyKind::words("shrink-image"),
    ],
    wordings: &[
        Wording::telling(
            r"(Failed to pull image|pull and unpack image|copying blob|writing blob|failed to copy)[^\n]{0,400}(context canceled|context deadline exceeded|request canceled|while reading body|pull progress timeout)",
            r#"Failed to pull image "registry.lab/ml/cuda:12": rpc error: code = Unknown desc = context canceled"#,
            "dockershim 1.6–1.23, containerd 1.x–2.x, CRI-O",
        ),
        Wording::telling(
            r"Cancel pulling image \S+ because (of no progress|it exceeded image pull deadline)",
            r#"Cancel pulling image "registry.lab/ml/cuda:12" because of no progress for 1m0s, latest progress: "5a1f: Downloading""#,
            "dockershim 1.6–1.23, containerd 1.7–2.x",
        ),
        Wording::hint(
            r"^\s*(Failed:? )?(rpc error: code = \S+ desc = )?context (deadline exceeded|canceled)\s*$",
            "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
            "kubelet 1.5–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// A pull that has not ended after this many seconds is worth a word: most take less.
const LONG_SECONDS: i64 = 180;

#[derive(Serialize)]
struct Facts {
    #[serde(flatten)]
    pull: PullFacts,
    /// It was given up because nothing came.
    no_progress: bool,
    /// It was given up because its time was over.
    deadline: bool,
    /// It goes on, for this long.
    pulling: Option<String>,
    /// How large the image is where another node has it.
    size: Option<String>,
    /// How many other pods on the node are pulling; the kubelet does one pull at a time by default.
    others: usize,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let given_up = failing_pulls(s).into_iter().filter_map(|pull| {
        let Some(Failure::Timeout(slow)) = pull.failure() else { return None };
        let text = pull.words.to_ascii_lowercase();
        // "context canceled" is also what a runtime says that is being stopped
        let sure = text.contains("no progress")
            || text.contains("progress timeout")
            || text.contains("reading body");
        let confidence = if sure { Confidence::Certain } else { Confidence::Likely };
        let facts = facts(s, &pull, Some(slow), None);
        Some(pull.found(s, confidence, Blame::global("Registry", &pull.registry()), facts))
    });
    let mut found: Vec<Match> = given_up.collect();
    // of a node that fell silent nobody knows how far a pull has come
    if !s.is_deleting() && !is_silent(s) {
        found.extend(s.containers().into_iter().filter_map(|container| still_pulling(s, container)));
    }
    found
}

fn facts(s: &Snapshot, pull: &Pull<'_>, slow: Option<Slow>, pulling: Option<String>) -> Facts {
    let others = s.node_name().map_or(0, |node| others_pulling(s, node));
    Facts {
        pull: pull.facts(s),
        no_progress: slow == Some(Slow::NoProgress),
        deadline: slow == Some(Slow::Deadline),
        pulling,
        size: size_of(&s.world, pull.image),
        others,
    }
}

fn is_silent(s: &Snapshot) -> bool {
    s.node().and_then(node_state::ready).is_some_and(|(status, _)| status == "Unknown")
}

/// A container whose image began to come long ago: the kubelet says "Pulling" at the start and nothing until the end.
fn still_pulling<'a>(s: &'a Snapshot, container: ContainerView<'a>) -> Option<Match> {
    let (reason, message) = container.waiting()?;
    if !matches!(reason, "ContainerCreating" | "PodInitializing") || !message.is_empty() {
        return None;
    }
    if container.kind == ContainerKind::Ephemeral {
        return None;
    }
    let newest = s.events.iter().rev().find(|e| e.container.as_deref() == Some(container.name))?;
    let since = newest.at.filter(|_| is_pulling(newest))?;
    let long = s.taken_at().seconds_since(since) >= LONG_SECONDS && s.world.knows_the_age_of(since);
    if !long {
        return None;
    }
    let evidence =
        [Some(Evidence::event(newest)), s.from_waiting(&container)].into_iter().flatten().collect();
    let image = container.image();
    let pull = Pull { container, image, words: String::new(), evidence };
    let facts = facts(s, &pull, None, Some(s.taken_at().age(since)));
    Some(pull.found(s, Confidence::Likely, Blame::global("Registry", &pull.registry()), facts))
}

fn is_pulling(event: &Event) -> bool {
    event.message.to_ascii_lowercase().starts_with("pulling image")
}

/// Pods on the node, this one left out, whose newest word is that they pull.
fn others_pulling(s: &Snapshot, node: &str) -> usize {
    let on_node = s.world.pods.values().filter(|object| {
        let spec = object.pod.spec.as_ref();
        spec.and_then(|spec| spec.node_name.as_deref()) == Some(node) && Some(object.pod.as_ref()) != s.pod()
    });
    on_node
        .filter(|object| {
            let waits = crate::container::containers(&object.pod)
                .iter()
                .any(|c| c.waiting().is_some_and(|(reason, _)| reason == "ContainerCreating"));
            let events = s.world.events_about(&crate::snapshot::identity_of_pod(&object.pod));
            waits && events.last().is_some_and(|event| is_pulling(event))
        })
        .count()
}
