//! The last words of a container.

use std::sync::Arc;

use crate::container::ContainerView;
use crate::finding::{Evidence, Source};
use crate::snapshot::Snapshot;

/// At most this many lines are quoted.
pub const MAX_LINES: usize = 8;

/// The log of the run that ended last: of a container that has come back, the previous one.
pub fn last_run<'a>(s: &'a Snapshot, container: &ContainerView<'_>) -> Option<(&'a Arc<str>, bool)> {
    let log = s.log(container.name)?;
    let current = || log.current.as_ref().map(|text| (text, false));
    let previous = || log.previous.as_ref().map(|text| (text, true));
    let text = if container.terminated().is_some() { current().or_else(previous) } else { previous().or_else(current) };
    text.filter(|(text, _)| !text.trim().is_empty())
}

/// The last lines with something in them.
pub fn tail(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(MAX_LINES)..].to_vec()
}

/// A container's last words as evidence.
pub fn last_words(s: &Snapshot, container: &ContainerView<'_>) -> Option<Evidence> {
    let (text, previous) = last_run(s, container)?;
    let object = format!("log of container {}{}", container.name, if previous { " (previous run)" } else { "" });
    Some(Evidence::new(Source::Log, object, None, tail(text).join("\n")))
}
