//! The last words of a container.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::container::ContainerView;
use crate::finding::{Evidence, Source};
use crate::redact::redact;
use crate::snapshot::Snapshot;

/// At most this many lines are quoted.
pub const MAX_LINES: usize = 8;

/// The log of the run that ended last: of a container that has come back, the previous one.
pub fn last_run<'a>(s: &'a Snapshot, container: &ContainerView<'_>) -> Option<(&'a Arc<str>, bool)> {
    let log = s.log(container.name)?;
    let current = || log.current.as_ref().map(|text| (text, false));
    let previous = || log.previous.as_ref().map(|text| (text, true));
    let text = if container.terminated().is_some() {
        current().or_else(previous)
    } else {
        previous().or_else(current)
    };
    text.filter(|(text, _)| !text.trim().is_empty())
}

/// The last lines with something in them.
pub fn tail(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(MAX_LINES)..].to_vec()
}

/// Words of someone giving up. A stack trace's last line is a place, not a reason.
static TELLING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)panic|fatal|exception|\berr(or)?\b|fail(ed|ure)|cannot|can't|could not|unable|no such|not found|refused|denied|invalid|missing|timed? ?out",
    )
    .ok()
});

/// The last line that says what went wrong; of a text where none does, the last line.
pub fn telling_line(text: &str) -> Option<&str> {
    let lines = tail(text);
    let tells = |line: &&&str| TELLING.as_ref().is_some_and(|re| re.is_match(line));
    lines.iter().rev().find(tells).or(lines.last()).copied()
}

/// A container's last words as evidence.
pub fn last_words(s: &Snapshot, container: &ContainerView<'_>) -> Option<Evidence> {
    let (text, previous) = last_run(s, container)?;
    let object =
        format!("log of container {}{}", container.name, if previous { " (previous run)" } else { "" });
    // the whole before its end: the end of a key does not look like one
    Some(Evidence::new(Source::Log, object, None, tail(&redact(text)).join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_told_and_not_its_place() {
        let go = "starting\npanic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:41\n";
        assert_eq!(telling_line(go), Some("panic: runtime error: index out of range"));
        assert_eq!(telling_line("a\nb\n\n"), Some("b"));
        assert_eq!(telling_line("\n"), None);
        assert_eq!(tail(&"x\n".repeat(20)).len(), MAX_LINES);
    }
}
