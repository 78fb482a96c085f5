//! The containers whose own words may explain why the pod is not well.

use k8s_openapi::api::core::v1::ContainerStateTerminated;

use super::{Class, Reading, last_run, reading};
use crate::cause::Match;
use crate::container::{ContainerKind, ContainerView};
use crate::finding::{Confidence, Evidence, Source};
use crate::snapshot::Snapshot;

/// One that waits for another party has done so for at least this long.
const WAITS_SECONDS: i64 = 60;

/// A container that speaks.
#[derive(Clone, Debug)]
pub struct Voice<'a> {
    /// Which.
    pub container: ContainerView<'a>,
    /// What it says.
    pub reading: &'a Reading,
    /// Whether that is the log of the previous run.
    pub previous: bool,
    /// How its last run ended; `None` while it runs and is not ready.
    pub end: Option<&'a ContainerStateTerminated>,
    /// How far its words may be trusted: a log alone proves nothing.
    pub confidence: Confidence,
}

/// Those that ended by themselves with an error, and those that run without becoming ready.
pub fn voices(s: &Snapshot) -> Vec<Voice<'_>> {
    let crashing = s.crashing();
    let ended = crashing.iter().filter_map(|container| {
        let end = container.last_end().filter(|end| ended_by_itself(s, container, end))?;
        let (previous, reading) = reading(s, container)?;
        let doubtful = may_be_killed(container, end) || !reading.sure;
        let confidence = if doubtful { Confidence::Possible } else { Confidence::Likely };
        Some(Voice { container: *container, reading, previous: *previous, end: Some(end), confidence })
    });
    let crashes = |name: &str| crashing.iter().any(|container| container.name == name);
    let waiting =
        s.containers().into_iter().filter(|c| !crashes(c.name) && waits(s, c)).filter_map(|container| {
            let (previous, reading) = reading(s, &container).filter(|(previous, _)| !previous)?;
            let since = container.running_since().map_or(0, |since| s.taken_at().seconds_since(since));
            // what has just been started may still be at work
            let waits = since >= WAITS_SECONDS;
            let init = container.kind == ContainerKind::Init && reading.sure;
            let confidence = if init { Confidence::Likely } else { Confidence::Possible };
            if !waits {
                return None;
            }
            Some(Voice { container, reading, previous: *previous, end: None, confidence })
        });
    ended.chain(waiting).collect()
}

/// Not one that never started, was lost, or that the kubelet or the kernel ended.
pub fn ended_by_itself(s: &Snapshot, container: &ContainerView<'_>, end: &ContainerStateTerminated) -> bool {
    let reason = end.reason.as_deref().unwrap_or("Error");
    end.exit_code != 0 && reason == "Error" && !s.was_killed_at_start(container)
}

/// SIGKILL and SIGTERM are what a failed liveness probe sends.
fn may_be_killed(container: &ContainerView<'_>, end: &ContainerStateTerminated) -> bool {
    matches!(end.exit_code, 137 | 143) && container.liveness().is_some()
}

fn waits(s: &Snapshot, container: &ContainerView<'_>) -> bool {
    container.kind != ContainerKind::Ephemeral
        && container.is_running()
        && !container.is_ready()
        && !s.ended_as_a_whole()
        && s.phase() != "Failed"
}

impl Voice<'_> {
    /// Whether it speaks of this.
    pub fn is_about(&self, class: Class) -> bool {
        self.reading.class == Some(class)
    }

    /// Its words as evidence.
    pub fn words(&self) -> Evidence {
        let previous = if self.previous { " (previous run)" } else { "" };
        let object = format!("log of container {}{previous}", self.container.name);
        Evidence::new(Source::Log, object, None, self.reading.excerpt.clone())
    }

    /// A match with its words, and how it stands, as evidence.
    pub fn because(&self, s: &Snapshot, found: Match) -> Match {
        let end = self.end.map(|end| s.from_end(&self.container, end));
        let not_ready = self.end.is_none().then(|| s.from_condition("Ready")).flatten();
        // what stands in the termination message is quoted with the end
        let log = last_run(s, &self.container).map(|_| self.words());
        found
            .because_all(log)
            .because_all(end)
            .because_all(s.from_waiting(&self.container))
            .because_all(not_ready)
    }
}
