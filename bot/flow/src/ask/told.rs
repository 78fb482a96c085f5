//! What containers wrote and what the cluster told, as answers.

use podwhy_knowledge::event::Event;
use podwhy_knowledge::evidence::object_name;
use podwhy_knowledge::redact::{clean_name, redact};
use podwhy_knowledge::{Snapshot, Subject};

use crate::answer::{EventAnswer, EventsAnswer, GapAnswer, LogAnswer, LogsAnswer, TargetAnswer};

/// At most this many containers' logs in one answer.
pub const MAX_CONTAINERS: usize = 8;

/// The last lines of one container, as they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// What was written; not redacted.
    pub text: String,
    /// Whether there were earlier lines.
    pub cut: bool,
}

/// The answer to `events`: those of the subject, and of a workload's pods and their owners too.
pub fn events(snapshot: &Snapshot) -> EventsAnswer {
    let mut events: Vec<&Event> = snapshot.events.iter().map(AsRef::as_ref).collect();
    for member in &snapshot.members {
        events.extend(member.events.iter().map(AsRef::as_ref));
    }
    events.sort_by_key(|event| event.at);
    let unread = snapshot.world.why_unread("Event", snapshot.namespace(), snapshot.name());
    let gap = unread.map(|why| GapAnswer {
        what: format!("events of {}/{}", clean_name(snapshot.namespace()), clean_name(snapshot.name())),
        why: why.as_str().to_string(),
        could_hide: Vec::new(),
    });
    EventsAnswer {
        target: target(snapshot),
        events: grouped(events.into_iter().map(event)),
        gaps: gap.into_iter().collect(),
    }
}

/// What was told of several pods, or again and again under another name, in one line where it was told last.
fn grouped(events: impl Iterator<Item = EventAnswer>) -> Vec<EventAnswer> {
    let mut kept: Vec<EventAnswer> = Vec::new();
    for mut event in events {
        let same = |known: &EventAnswer| {
            (&known.reason, &known.object, &known.text) == (&event.reason, &event.object, &event.text)
        };
        if let Some(at) = kept.iter().position(same) {
            event.count += kept.remove(at).count;
        }
        kept.push(event);
    }
    kept
}

fn event(event: &Event) -> EventAnswer {
    EventAnswer {
        at: event.at.map(|at| at.to_string()),
        r#type: if event.warning { "Warning" } else { "Normal" }.to_string(),
        reason: clean_name(&event.reason),
        object: object_name(&event.kind, &clean_name(&event.namespace), &clean_name(&event.name)),
        count: event.count,
        text: redact(&event.message),
    }
}

/// The answer to `logs`, of what was read of each container.
pub fn logs(
    snapshot: &Snapshot,
    previous: bool,
    read: Vec<(String, Lines)>,
    gaps: Vec<GapAnswer>,
) -> LogsAnswer {
    let log = |(container, lines): (String, Lines)| LogAnswer {
        container: clean_name(&container),
        previous,
        text: redact(&lines.text),
        cut: lines.cut,
    };
    LogsAnswer { target: target(snapshot), logs: read.into_iter().map(log).collect(), gaps }
}

/// The pod whose logs are meant: of a workload, one that is not well, else the first.
pub fn logged_pod(snapshot: &Snapshot) -> Option<&Snapshot> {
    match snapshot.subject {
        Subject::Pod(_) => Some(snapshot),
        Subject::Workload(_) | Subject::Object(_) => {
            let unwell = |member: &&Snapshot| {
                let verdict = podwhy_knowledge::diagnose(member).verdict;
                !matches!(verdict, podwhy_knowledge::Verdict::Healthy | podwhy_knowledge::Verdict::Expected)
            };
            snapshot.members.iter().find(unwell).or(snapshot.members.first())
        }
    }
}

/// The containers of a pod, init ones first, or the one that is named.
pub fn containers(pod: &Snapshot, named: Option<&str>) -> Vec<String> {
    let all = pod.containers().into_iter().map(|container| container.name.to_string());
    all.filter(|name| named.is_none_or(|named| named == name)).take(MAX_CONTAINERS).collect()
}

fn target(snapshot: &Snapshot) -> TargetAnswer {
    TargetAnswer {
        cluster: snapshot.world.cluster.clone(),
        kind: snapshot.kind().camel().to_string(),
        namespace: clean_name(snapshot.namespace()),
        name: clean_name(snapshot.name()),
    }
}
