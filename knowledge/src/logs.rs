//! The last words of a container.

mod class;
mod course;
mod line;
pub mod names;
mod quote;
mod reading;
mod sum;
mod voice;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use class::{Class, class_of};
pub use reading::{Reading, read};
pub use voice::{Voice, ended_by_itself, voices};

use crate::container::{ContainerKind, ContainerView};
use crate::finding::{Evidence, Source};
use crate::snapshot::Snapshot;

/// At most this many lines are quoted.
pub const MAX_LINES: usize = 8;

/// What the kubelet writes in place of a log it no longer has.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/kuberuntime/kuberuntime_manager.go>
/// (`GetContainerLogs`)
const NO_LOG: &[&str] =
    &["unable to retrieve container logs for ", "failed to try resolving symlinks in path "];

/// The readings of a pod's logs by container, with whether the previous run's was read.
pub(crate) type Readings = BTreeMap<String, (bool, Reading)>;

/// The log of the run that ended last: of a container that has come back, the previous one.
pub fn last_run<'a>(s: &'a Snapshot, container: &ContainerView<'_>) -> Option<(&'a Arc<str>, bool)> {
    let log = s.log(container.name)?;
    let there = |text: &&Arc<str>| {
        let text = text.trim();
        let lost = || !text.contains('\n') && NO_LOG.iter().any(|word| text.starts_with(word));
        !text.is_empty() && !lost()
    };
    let current = || log.current.as_ref().filter(there).map(|text| (text, false));
    let previous = || log.previous.as_ref().filter(there).map(|text| (text, true));
    if container.terminated().is_some() {
        current().or_else(previous)
    } else if container.is_running() && container.last_terminated().is_none() {
        current()
    } else {
        previous().or_else(current)
    }
}

/// The last lines with something in them.
pub fn tail(text: &str) -> Vec<&str> {
    let spoken = text.lines().rev().map(str::trim_end).filter(|line| !line.trim().is_empty());
    let mut lines: Vec<&str> = spoken.take(MAX_LINES).collect();
    lines.reverse();
    lines
}

/// What the log of a container's last run says, and whether that was the previous run.
pub fn reading<'a>(s: &'a Snapshot, container: &ContainerView<'_>) -> Option<&'a (bool, Reading)> {
    s.readings.get_or_init(|| readings(s)).get(container.name)
}

fn readings(s: &Snapshot) -> Readings {
    let worth = |c: &ContainerView<'_>| {
        c.kind != ContainerKind::Ephemeral && (!c.is_ready() || c.last_end().is_some())
    };
    s.containers()
        .iter()
        .filter(|container| worth(container))
        .filter_map(|container| {
            let log = last_run(s, container).map(|(text, previous)| (text.as_ref(), previous));
            let (text, previous) = log.or_else(|| parting_words(container))?;
            Some((container.name.to_string(), (previous, read(text)?)))
        })
        .collect()
}

/// What the program left in its termination message, or the kubelet copied there from the end of its log.
/// <https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/>
fn parting_words<'a>(container: &ContainerView<'a>) -> Option<(&'a str, bool)> {
    // of an end that is not the program's own, the runtime speaks there
    let end = container.last_end().filter(|end| end.reason.as_deref() == Some("Error"))?;
    let text = end.message.as_deref().filter(|text| end.exit_code != 0 && !text.trim().is_empty())?;
    Some((text, container.terminated().is_none()))
}

/// A container's last words as evidence.
pub fn last_words(s: &Snapshot, container: &ContainerView<'_>) -> Option<Evidence> {
    let (previous, reading) = reading(s, container)?;
    let run = if *previous { " (previous run)" } else { "" };
    // a message is quoted with the end it stands in
    last_run(s, container)?;
    let object = format!("log of container {}{run}", container.name);
    Some(Evidence::new(Source::Log, object, None, reading.excerpt.clone()))
}

#[cfg(test)]
mod tests;
