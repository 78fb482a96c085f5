//! Whether a machine has power, by the word of what switches it.

use std::fmt::Debug;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// Stands in a probe's address for the node's name.
pub const NODE: &str = "{node}";

/// An answer that is older says nothing: a machine boots in a minute.
pub const POWER_AGE: Duration = Duration::from_secs(60);
/// So far ahead of our clock an answer's may be.
pub const POWER_AHEAD: Duration = Duration::from_secs(5);

/// Asks whether a machine has power.
pub trait PowerProbe: Send + Sync + Debug {
    /// Asks once, within seconds. Whatever is no clear and fresh answer about this very node is [`Power::Unknown`].
    fn ask<'a>(&'a self, node: &'a str) -> BoxFuture<'a, Power>;
}

/// What is known of a machine's power.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Power {
    /// It has power.
    On {
        /// When it was looked, by the clock of what answered.
        at: Timestamp,
    },
    /// It has none.
    Off {
        /// When it was looked, by the clock of what answered.
        at: Timestamp,
    },
    /// It is not known: why. Text from outside: it is cleaned where it is shown.
    Unknown(String),
}

impl Power {
    /// The same, unless it is too old or from the future by now. `now` is our clock: what answers is a service with a clock that is
    /// kept right, not the node.
    pub fn at(self, now: Timestamp) -> Power {
        let (Power::On { at } | Power::Off { at }) = self else { return self };
        let age = now.duration_since(at);
        if age > SignedDuration::try_from(POWER_AGE).unwrap_or(SignedDuration::ZERO) {
            return Power::Unknown(format!("the answer is {} s old", age.as_secs()));
        }
        if -age > SignedDuration::try_from(POWER_AHEAD).unwrap_or(SignedDuration::ZERO) {
            return Power::Unknown(format!("the answer is from {} s ahead", -age.as_secs()));
        }
        self
    }
}

/// What a power probe answers, and nothing besides: `{"node":"worker-3","power":"off","at":"2026-01-01T15:04:05Z"}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PowerAnswer {
    /// The node it is about.
    pub node: String,
    /// Its power.
    pub power: PowerState,
    /// When it was looked.
    pub at: Timestamp,
}

/// A machine's power in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PowerState {
    /// It has none.
    Off,
    /// It has power.
    On,
    /// Whoever answers does not know.
    Unknown,
}

impl PowerAnswer {
    /// What the answer is worth to one who asked for `node` and reads it at `now`.
    pub fn about(&self, node: &str, now: Timestamp) -> Power {
        if self.node != node {
            return Power::Unknown("the answer is about another node".to_string());
        }
        let power = match self.power {
            PowerState::Off => Power::Off { at: self.at },
            PowerState::On => Power::On { at: self.at },
            PowerState::Unknown => Power::Unknown("the probe itself does not know".to_string()),
        };
        power.at(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_767_279_840 + second).unwrap()
    }

    #[test]
    fn an_answer_counts_for_its_node_and_for_a_minute() {
        let answer = PowerAnswer { node: "a".into(), power: PowerState::Off, at: at(0) };
        for (second, fresh) in [(-6, false), (-5, true), (0, true), (60, true), (61, false)] {
            let off = answer.about("a", at(second)) == Power::Off { at: at(0) };
            assert_eq!(off, fresh, "{second}");
        }
        assert!(matches!(answer.about("b", at(0)), Power::Unknown(_)));
        let on = PowerAnswer { power: PowerState::On, ..answer.clone() };
        assert_eq!(on.about("a", at(0)), Power::On { at: at(0) });
        let unknown = PowerAnswer { power: PowerState::Unknown, ..answer };
        assert!(matches!(unknown.about("a", at(0)), Power::Unknown(_)));
        let extreme = Power::Off { at: Timestamp::MIN }.at(Timestamp::MAX);
        assert!(matches!(extreme, Power::Unknown(_)));
        assert!(matches!(Power::Off { at: Timestamp::MAX }.at(Timestamp::MIN), Power::Unknown(_)));
    }

    #[test]
    fn an_answer_is_what_it_says_and_nothing_besides() {
        let read = |text: &str| serde_json::from_str::<PowerAnswer>(text).ok();
        let good = r#"{"node":"a","power":"off","at":"2026-01-01T15:04:00Z"}"#;
        assert_eq!(read(good), Some(PowerAnswer { node: "a".into(), power: PowerState::Off, at: at(0) }));
        for bad in [
            r#"{"node":"a","power":"OFF","at":"2026-01-01T15:04:00Z"}"#,
            r#"{"node":"a","power":false,"at":"2026-01-01T15:04:00Z"}"#,
            r#"{"node":"a","power":"off"}"#,
            r#"{"node":"a","power":"off","at":"now"}"#,
            r#"{"node":"a","power":"off","power":"on","at":"2026-01-01T15:04:00Z"}"#,
            r#"{"node":"a","power":"off","at":"2026-01-01T15:04:00Z","error":"stale"}"#,
            r#"[]"#,
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
