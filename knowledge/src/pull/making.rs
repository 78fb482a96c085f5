//! Containers that cannot be made of, or started from, an image that is there: in the runtime's words.

use crate::container::{ContainerKind, ContainerView};
use crate::evidence::cut;
use crate::finding::Evidence;
use crate::pull::{Pull, REASONS};
use crate::snapshot::Snapshot;

/// How a runtime's failure to start a container is noted. Any other end's message is the app's own.
const NOT_STARTED: [&str; 2] = ["StartError", "ContainerCannotRun"];

/// The container, if what the runtime last said of making or starting it `speaks` of what is asked for.
///
/// The state counts, then the end it stands at or had last, if that was a start that failed. Where a container never ran
/// and its state says nothing (dockershim leaves it at `ContainerCreating`), the newest warning among its events does.
pub fn making<'a>(
    s: &'a Snapshot,
    container: ContainerView<'a>,
    speaks: impl Fn(&str) -> bool,
) -> Option<Pull<'a>> {
    let (reason, message) = container.waiting().unwrap_or_default();
    if container.kind == ContainerKind::Ephemeral || container.is_running() || REASONS.contains(&reason) {
        return None;
    }
    let image = container.image();
    let found = |words: &str, first: Option<Evidence>| {
        let evidence = first.into_iter().chain(s.from_waiting(&container)).collect();
        Some(Pull { container, image, words: words.to_string(), evidence })
    };
    if speaks(message) {
        return found(message, None);
    }
    // a state with words of its own is newer than the end before it
    let stands = message.is_empty() || reason == "CrashLoopBackOff";
    let end = container
        .last_end()
        .filter(|_| stands)
        .filter(|end| NOT_STARTED.contains(&end.reason.as_deref().unwrap_or_default()));
    if let Some(end) = end {
        let words = end.message.as_deref().unwrap_or_default();
        return if speaks(words) { found(words, Some(s.from_end(&container, end))) } else { None };
    }
    if !message.is_empty() || container.waiting().is_none() || container.ever_ran() {
        return None;
    }
    // volumes have causes of their own
    let newest = s.container_events(container.name).filter(|event| event.warning).last()?;
    let elsewhere = ["Mount", "Attach"].iter().any(|part| newest.reason.contains(part));
    if elsewhere || !speaks(&newest.message) {
        None
    } else {
        found(&newest.message, Some(Evidence::event(newest)))
    }
}

/// Whether the words are about the pod's sandbox: its image is none of the pod's.
pub fn is_sandboxes(words: &str) -> bool {
    cut(words, 2_000).to_ascii_lowercase().contains("sandbox")
}
