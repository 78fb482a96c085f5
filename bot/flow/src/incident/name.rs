//! The name of an incident: the same for everyone who opens the same.

use sha2::{Digest, Sha256};

use super::record::RootCause;

/// The root cause of an alert that has no cause in Kubernetes.
pub const ALERT: &str = "alert";
/// The root cause of what fails for a reason nobody knows.
pub const UNKNOWN: &str = "unknown";
/// The root cause of a channel's incident in whose thread others are told.
pub const MANY_FAILURES: &str = "many-failures";
/// The root cause of a record that says what is not told.
pub const MUTE: &str = "mute";

/// The root cause of a record that is a digest.
pub const BULLETIN: &str = "digest";
/// The root cause of a record that shows what is to be done, or was.
pub const ACTION: &str = "remediation";
/// The root cause of a record that stops everything that was not begun.
pub const FREEZE: &str = "freeze";
/// The root cause of a record of alerts that were told nowhere.
pub const UNTOLD: &str = "untold";
/// The root cause of a cluster that does not answer.
pub const CLUSTER_UNREACHABLE: &str = "cluster-unreachable";

const LONGEST_PREFIX: usize = 40;

/// `oom-killed-3f2a9c0d41b7e865`: the cause for people, and a digest of root cause and episode. A DNS label, as the name of a
/// custom resource and a label's value may be
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names>).
pub fn name(root_cause: &RootCause, episode: u32) -> String {
    let blame = &root_cause.blame;
    let namespace = blame.namespace.as_ref().map(|name| format!("/{name}")).unwrap_or_default();
    let episode = episode.to_string();
    let parts = [&root_cause.cluster, &root_cause.cause, &blame.kind, &namespace, &blame.name, &episode];
    format!("{}-{}", prefix(&root_cause.cause), &digest(parts)[..16])
}

/// A text of at most `most` bytes that is as much its own as the whole: what is cut off is in a digest.
pub(super) fn short(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_string();
    }
    format!("{}…{}", &text[..text.floor_char_boundary(most.saturating_sub(11))], &digest([text])[..8])
}

fn prefix(cause: &str) -> String {
    let letters = cause.chars().map(|c| c.to_ascii_lowercase());
    let letters: String = letters
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' })
        .take(LONGEST_PREFIX)
        .collect();
    let letters = letters.trim_matches('-');
    if letters.is_empty() { "incident".to_string() } else { letters.to_string() }
}

/// Every part with its length before it, so that no two lists of parts read alike.
fn digest<T: AsRef<str>>(parts: impl IntoIterator<Item = T>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.as_ref().len() as u64).to_be_bytes());
        digest.update(part.as_ref());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::incident::record::Blamed;

    fn any_root_cause() -> impl Strategy<Value = RootCause> {
        ("\\PC{0,12}", "\\PC{0,80}", "[A-Za-z]{0,9}", proptest::option::of("[a-z]{0,9}"), "\\PC{0,300}")
            .prop_map(|(cluster, cause, kind, namespace, name)| RootCause {
                cluster,
                cause,
                blame: Blamed { kind, namespace, name },
            })
    }

    proptest! {
        #[test]
        fn a_name_is_a_dns_label_and_its_own(a in any_root_cause(), b in any_root_cause(), n in 1..9_u32) {
            let one = name(&a, n);
            prop_assert!(one.len() <= 63, "{one}");
            prop_assert!(one.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{one}");
            prop_assert!(!one.starts_with('-') && !one.ends_with('-'), "{one}");
            prop_assert_eq!(&one, &name(&a.clone(), n));
            prop_assert_ne!(&one, &name(&a, n + 1));
            prop_assert_eq!(a == b, one == name(&b, n));
        }

        #[test]
        fn what_is_cut_stays_its_own(text in "\\PC{0,60}", other in "\\PC{0,60}", most in 24..40_usize) {
            prop_assert!(short(&text, most).len() <= most.max(text.len().min(most)));
            prop_assert_eq!(text == other, short(&text, most) == short(&other, most));
        }
    }

    #[test]
    fn a_name_reads_like_its_cause_and_never_changes() {
        let blame = Blamed { kind: "Deployment".into(), namespace: Some("shop".into()), name: "cart".into() };
        let cart = RootCause { cluster: "prod".into(), cause: "oom-killed".into(), blame };
        // incidents are stored under it: another name for the same would open every incident twice
        assert_eq!(name(&cart, 1), "oom-killed-279117a39cac3421");
    }
}
