//! How far the API is behind what runs.

use jiff::Timestamp;

use crate::agent::RuntimeContainer;
use crate::container::ContainerView;
use crate::finding::Evidence;
use crate::node_state::from_agent;
use crate::snapshot::Snapshot;
use crate::terminating::{deletion, running};

/// A status is reported within seconds where nothing is in its way; what was read on the node and from the API was not
/// read at one moment.
const LATE_SECONDS: i64 = 300;

/// The same, of two things read from the API.
const LATE_EVENT_SECONDS: i64 = 90;

/// For so long nothing may happen between a pod's binding and its first container, without a word of the kubelet.
const SILENT_SECONDS: i64 = 120;

/// A difference between what the API says and what is.
pub(super) struct Lag {
    /// How old it is, where that is known.
    pub(super) seconds: Option<i64>,
    pub(super) container: Option<String>,
    pub(super) api: String,
    /// When the container started, or ended, unknown to the API.
    pub(super) started: Option<String>,
    pub(super) ended: Option<String>,
    pub(super) evidence: Vec<Evidence>,
}

/// The runtime's own view, as the agent read it, against the API's.
pub(super) fn measured(s: &Snapshot) -> Option<Lag> {
    let facts = s.agent()?;
    let node = s.node_name()?;
    let reported = facts.reported_at?;
    let uid = s.pod()?.metadata.uid.as_deref().unwrap_or_default();
    let all = facts.containers_of(s.namespace(), s.name(), uid)?;
    // the earlier of the two views: what either could not know yet is no lag
    let seen = reported.min(s.taken_at().at);
    let late = |at: Option<Timestamp>| {
        Some(seen.as_second() - at?.as_second()).filter(|seconds| *seconds > LATE_SECONDS)
    };
    let lag =
        |c: &ContainerView<'_>, seconds, api: &str, started: Option<Timestamp>, ended: Option<Timestamp>| {
            Lag {
                seconds: Some(seconds),
                container: Some(c.name.to_string()),
                api: api.to_string(),
                evidence: vec![
                    from_agent(
                        node,
                        Some(reported),
                        match (started, ended) {
                            (Some(at), _) => format!("the runtime: container {} running since {at}", c.name),
                            (_, Some(at)) => format!("the runtime: container {} ended at {at}", c.name),
                            _ => String::new(),
                        },
                    ),
                    s.from_status(None, format!("{} {api}", c.status_path())),
                ],
                started: started.map(|at| at.to_string()),
                ended: ended.map(|at| at.to_string()),
            }
        };
    s.containers().iter().find_map(|c| {
        let mine: Vec<&&RuntimeContainer> = all.iter().filter(|r| r.name == c.name).collect();
        let up = mine.iter().find(|r| r.state == "running");
        let waits = c.waiting().is_some() || c.status.is_none();
        if let (Some(up), true) = (up, waits) {
            let api = c.waiting().map_or("no status", |(reason, _)| reason);
            let since = up.started_at?;
            return late(Some(since)).map(|n| lag(c, n, api, Some(since), None));
        }
        if up.is_none() && c.is_running() {
            let ended = mine.iter().filter_map(|r| r.finished_at).max()?;
            return late(Some(ended)).map(|n| lag(c, n, "running", None, Some(ended)));
        }
        None
    })
}

/// The kubelet's own event says that the container started, and its status does not.
pub(super) fn from_events(s: &Snapshot) -> Option<Lag> {
    s.containers().iter().find_map(|c| {
        let creating = c.waiting().is_some_and(|(reason, message)| {
            matches!(reason, "ContainerCreating" | "PodInitializing") && message.is_empty()
        });
        if !creating || c.restarts() > 0 || c.last_end().is_some() || s.is_deleting() {
            return None;
        }
        let about: Vec<_> = s.events.iter().filter(|e| e.container.as_deref() == Some(c.name)).collect();
        let last = about.last().filter(|e| e.reason == "Started")?;
        let seconds = s.taken_at().seconds_since(last.at?);
        (seconds > LATE_EVENT_SECONDS).then(|| Lag {
            seconds: Some(seconds),
            container: Some(c.name.to_string()),
            api: c.waiting().map(|(reason, _)| reason.to_string()).unwrap_or_default(),
            started: last.at.map(|at| at.to_string()),
            ended: None,
            evidence: [Some(Evidence::event(last)), s.from_waiting(c)].into_iter().flatten().collect(),
        })
    })
}

/// A status that has not moved for long, and no word of the kubelet about why.
pub(super) fn looks_stale(s: &Snapshot) -> Option<Lag> {
    let quiet = s.events.iter().all(|e| !e.warning);
    if !quiet {
        return None;
    }
    if let Some(deletion) = deletion(s).filter(|d| d.over > SILENT_SECONDS) {
        let held = s.pod()?.metadata.finalizers.as_ref().is_some_and(|f| !f.is_empty());
        let still = !held && !running(s).is_empty();
        return still.then(|| Lag {
            seconds: None,
            container: None,
            api: "Terminating, running".to_string(),
            started: None,
            ended: None,
            evidence: vec![crate::terminating::evidence(s, &deletion)],
        });
    }
    let bound = s.condition("PodScheduled").filter(|c| c.status == "True")?.at?;
    let creating = s.containers().iter().all(|c| {
        let waits = c.waiting().is_none_or(|(reason, message)| {
            matches!(reason, "ContainerCreating" | "PodInitializing") && message.is_empty()
        });
        waits && !c.is_running() && c.last_end().is_none()
    });
    let late = s.taken_at().seconds_since(bound) > SILENT_SECONDS;
    (creating && late && !s.is_deleting() && s.phase() == "Pending").then(|| Lag {
        seconds: None,
        container: None,
        api: "ContainerCreating".to_string(),
        started: None,
        ended: None,
        evidence: s.from_condition("PodScheduled").into_iter().collect(),
    })
}
