//! Texts that must be more than texts: durations, names, paths, regular expressions.
//!
//! Each is marked in the schema by its `format`, so that the check of files and variables finds it there.

use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use podwhy_knowledge::Target;

use super::annotations::NamedChannel;
use super::area::Area;
use super::digest::TimeOfDay;
use super::hours::Hours;
use super::pattern::Pattern;
use super::threshold::{OfCause, Threshold};
use super::zone::Zone;

/// What a text must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Duration,
    Regex,
    ClusterName,
    Namespace,
    Path,
    Area,
    Address,
    Hours,
    Time,
    TimeZone,
    Threshold,
    OfCause,
    NamedChannel,
}

impl Format {
    const ALL: [Format; 13] = [
        Format::Duration,
        Format::Regex,
        Format::ClusterName,
        Format::Namespace,
        Format::Path,
        Format::Area,
        Format::Address,
        Format::Hours,
        Format::Time,
        Format::TimeZone,
        Format::Threshold,
        Format::OfCause,
        Format::NamedChannel,
    ];

    /// Its `format` in the schema. Prefixed: the standard `duration` and `regex` are others than ours.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Format::Duration => "podwhy-duration",
            Format::Regex => "podwhy-regex",
            Format::ClusterName => "podwhy-cluster-name",
            Format::Namespace => "podwhy-namespace",
            Format::Path => "podwhy-path",
            Format::Area => "podwhy-area",
            Format::Address => "podwhy-address",
            Format::Hours => "podwhy-hours",
            Format::Time => "podwhy-time",
            Format::TimeZone => "podwhy-time-zone",
            Format::Threshold => "podwhy-threshold",
            Format::OfCause => "podwhy-of-cause",
            Format::NamedChannel => "podwhy-named-channel",
        }
    }

    pub(super) fn from_tag(tag: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.tag() == tag)
    }

    /// What to write, as a noun.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Format::Duration => "a duration such as \"10s\" or \"1m30s\"",
            Format::Regex => "a regular expression",
            Format::ClusterName => "a cluster name: one word",
            Format::Namespace => "a namespace: lower-case letters, digits and -, at most 63",
            Format::Path => "a path",
            Format::Area => "a namespace of a cluster such as \"prod:shop\" or \"prod:*\"",
            Format::Address => "an address and port such as \"0.0.0.0:8080\"",
            Format::Hours => "hours of the day such as \"22:00-06:00\"",
            Format::Time => "a time of the day such as \"07:00\"",
            Format::TimeZone => "a time zone such as \"Europe/Berlin\"",
            Format::Threshold => "a duration such as \"5m\", or \"never\"",
            Format::OfCause => "a cause and its duration such as \"oom-killed=30m\"",
            Format::NamedChannel => "a channel such as \"team-shop=slack:C0123456789\"",
        }
    }

    /// # Errors
    /// What is wrong with the text, if that says more than that another was expected; else nothing.
    pub(super) fn check(self, text: &str) -> Result<(), Option<String>> {
        let good = match self {
            Format::Duration => parse_duration(text).is_some(),
            Format::Regex => return Pattern::try_from(text.to_string()).map(|_| ()).map_err(Some),
            Format::ClusterName => is_cluster_name(text),
            Format::Namespace => is_namespace(text),
            Format::Path if text.starts_with('~') => {
                return Err(Some("~ is not expanded, write the whole path".to_string()));
            }
            Format::Path => !text.is_empty(),
            Format::Area => return parsed::<Area>(text),
            Format::Hours => return parsed::<Hours>(text),
            Format::Time => return parsed::<TimeOfDay>(text),
            Format::TimeZone => return text.parse::<Zone>().map(|_| ()).map_err(Some),
            Format::Threshold => text.parse::<Threshold>().is_ok(),
            Format::OfCause => return parsed::<OfCause>(text),
            Format::NamedChannel => return parsed::<NamedChannel>(text),
            Format::Address => text.parse::<SocketAddr>().is_ok(),
        };
        if good { Ok(()) } else { Err(None) }
    }
}

fn parsed<T: FromStr<Err = &'static str>>(text: &str) -> Result<(), Option<String>> {
    text.parse::<T>().map(|_| ()).map_err(|reason| Some(reason.to_string()))
}

/// A duration longer than nothing.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let duration = Duration::try_from(text.parse::<SignedDuration>().ok()?).ok()?;
    (!duration.is_zero()).then_some(duration)
}

/// The parser of targets decides, so that a name that is accepted here can be typed there.
fn is_cluster_name(name: &str) -> bool {
    let target = format!("{name}:x").parse::<Target>();
    let one_word = !name.chars().any(char::is_whitespace) && podwhy_knowledge::redact::clean(name) == name;
    one_word && target.is_ok_and(|target| target.cluster.as_deref() == Some(name))
}

pub(super) fn is_namespace(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edges = name.starts_with('-') || name.ends_with('-');
    !name.is_empty() && name.len() <= 63 && name.chars().all(fits) && !edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_and_are_longer_than_nothing() {
        for (text, seconds) in [("10s", 10), ("1m30s", 90), ("1m 30s", 90), ("2 minutes", 120), ("PT5S", 5)] {
            assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "10", "0s", "-5s", "5s ago", "soon", "10x"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn a_cluster_name_is_what_a_target_can_begin_with() {
        for name in ["prod", "prod-eu", "Prod_1", "arn:aws:eks:eu-central-1:1:cluster/prod", "生产"] {
            assert!(is_cluster_name(name), "{name}");
        }
        for name in ["", " ", "prod eu", " prod", "pr\tod", "prod\u{202e}", "a\nb"] {
            assert!(!is_cluster_name(name), "{name:?}");
        }
    }

    #[test]
    fn namespaces_are_labels() {
        assert!(["a", "shop-1", "0"].into_iter().all(is_namespace));
        assert!(!["", "-a", "a-", "Shop", "a.b", "a_b"].into_iter().any(is_namespace));
        assert!(is_namespace(&"a".repeat(63)) && !is_namespace(&"a".repeat(64)));
    }

    #[test]
    fn a_regular_expression_compiles_and_does_not_match_everywhere() {
        assert_eq!(Format::Regex.check("ACME-[0-9]{6}"), Ok(()));
        assert_eq!(Format::Regex.check("(a"), Err(Some("unclosed group".to_string())));
        for text in ["", "a*", "^"] {
            assert!(Format::Regex.check(text).is_err_and(|e| e.unwrap().contains("empty text")), "{text}");
        }
    }

    #[test]
    fn every_format_has_its_own_tag() {
        for format in Format::ALL {
            assert_eq!(Format::from_tag(format.tag()), Some(format));
        }
    }
}
