//! What can be configured of digests. The comments here are the reference.

use std::fmt;
use std::str::FromStr;

use podwhy_knowledge::Lang;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::area::Area;
use super::chat::App;
use super::hours::minutes;
use super::threshold::as_text;
use super::written;

/// A message at fixed times: what fails by root cause, what is open and for how long, what was resolved since the last one, alerts
/// that were not told, and what is muted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// The chat app.
    #[schemars(example = &"slack")]
    pub app: App,
    /// The channel's id, as in `routes`.
    #[schemars(length(min = 1), example = &"C0123456789")]
    pub channel: String,
    /// Of what: `CLUSTER:NAMESPACE` or `CLUSTER:*`; with one cluster, `NAMESPACE` or `*`.
    #[schemars(schema_with = "written::areas", example = &["prod:*"])]
    pub of: Vec<Area>,
    /// When, by the clocks of `time_zone`. One that was missed is posted up to an hour later, and after that not at all.
    #[schemars(schema_with = "written::times", example = &["07:00"])]
    pub at: Vec<TimeOfDay>,
    /// On these days, as they are in `time_zone`; without it, on every day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["mon", "tue", "wed", "thu", "fri"])]
    pub days: Vec<Day>,
    /// The language here; without it, the channel's, else `lang`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "written::maybe_text")]
    #[schemars(schema_with = "written::language", example = &"zh")]
    pub lang: Option<Lang>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// `07:00`, in minutes after midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(pub u16);

impl FromStr for TimeOfDay {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<TimeOfDay, Self::Err> {
        minutes(text).map(TimeOfDay).ok_or("write HH:MM, as 07:00")
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

as_text!(TimeOfDay);
