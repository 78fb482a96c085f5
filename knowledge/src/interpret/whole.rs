//! What a pasted text as a whole speaks of.

use std::sync::LazyLock;

use regex::Regex;

use super::parts::{speaks_of_deletion, speaks_of_layers, speaks_of_pulling};
use super::pulls::is_inside;

/// What a text as a whole speaks of.
pub(super) struct Whole {
    /// A pod that is to go.
    pub deletion: bool,
    /// An image's layers.
    pub layers: bool,
    /// The container that is started again ended without error, and none ended otherwise.
    pub completed: bool,
    /// Only addresses of the cluster itself, and nothing of images.
    pub inside: bool,
}

impl Whole {
    pub(super) fn of(text: &str) -> Whole {
        Whole {
            deletion: speaks_of_deletion(text),
            layers: speaks_of_layers(text),
            completed: is_completed(text),
            inside: is_of_inside(text),
        }
    }
}

/// How the last run ended, as `kubectl describe` and the object itself write it.
static LAST_RUN_COMPLETED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)last state:\s+terminated\s+reason:\s+completed|last(?:Termination)?State"?:\s*\{?\s*"?terminated"?:[^}]*reason"?:\s*"?completed"#,
    )
    .ok()
});

/// A run that ended with an error.
static FAILED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)exit ?code"?:?\s*[1-9]|reason"?:\s*"?(?:error|oomkilled|\w+error)\b"#).ok()
});

static RESTARTED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)CrashLoopBackOff|back-?off \S*\s?restarting failed").ok());

/// Whether all that is told of a container that is started again is that it ended well. What an init container ends
/// with is its state, and not its last one.
fn is_completed(text: &str) -> bool {
    let says = |regex: &LazyLock<Option<Regex>>| regex.as_ref().is_some_and(|re| re.is_match(text));
    let last = says(&LAST_RUN_COMPLETED);
    let ended = !text.to_ascii_lowercase().contains("init") && says(&COMPLETED);
    says(&RESTARTED) && (last || ended) && !says(&FAILED)
}

static COMPLETED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?is)reason"?:\s*"?completed.{0,80}?exit ?code"?:?\s*0\b|exit ?code"?:?\s*0\b.{0,400}?reason"?:\s*"?completed"#).ok()
});

/// Addresses a connection was made to, or a URL names.
static ADDRESSES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:dial (?:tcp|udp) |https?://)\[?([0-9a-fA-F.:]+)").ok());

fn is_of_inside(text: &str) -> bool {
    let named = ADDRESSES.as_ref().map(|re| re.captures_iter(text)).into_iter().flatten();
    let addresses: Vec<bool> = named.map(|c| is_inside(&c[1])).collect();
    !addresses.is_empty() && addresses.into_iter().all(|inside| inside) && !speaks_of_pulling(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_last_run_that_ended_well_is_completed() {
        let describe = "State: Waiting\n Reason: CrashLoopBackOff\nLast State: Terminated\n Reason: Completed\n Exit Code: 0";
        assert!(is_completed(describe));
        assert!(is_completed(
            r#"{"lastState":{"terminated":{"exitCode":0,"reason":"Completed"}},"state":{"waiting":{"reason":"CrashLoopBackOff"}}}"#
        ));
        let init = "Init Containers:\n State: Terminated\n Reason: Completed\n Exit Code: 0\nBack-off restarting failed container";
        for text in
            [init, "Reason: Completed Exit Code: 0", &format!("{describe}\nReason: Error\n Exit Code: 1")]
        {
            assert!(!is_completed(text), "{text}");
        }
    }

    #[test]
    fn an_address_of_the_cluster_is_inside_unless_images_are_spoken_of() {
        assert!(is_of_inside("dial tcp 10.96.0.1:443: connect: connection refused"));
        assert!(is_of_inside("dial tcp [fd00:10::1]:443: i/o timeout"));
        for text in [
            "dial tcp 108.160.165.173:443: i/o timeout",
            r#"Failed to pull image "10.0.0.5:5000/a": dial tcp 10.0.0.5:5000: connect: connection refused"#,
            r#"Get "https://10.0.0.5:5000/v2/": dial tcp 10.0.0.5:5000: connect: connection refused"#,
            "connection refused",
        ] {
            assert!(!is_of_inside(text), "{text}");
        }
    }
}
