//! In which user groups a person is. Asked of Slack when somebody does something, and known for a minute.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tracing::warn;

use crate::outbound::{CallError, Outbound};

/// So long it counts.
const KNOWN: Duration = Duration::from_secs(60);

/// So long after Slack did not say it is not asked again.
const UNKNOWN: Duration = Duration::from_secs(10);

/// Nobody waits longer for it.
const LONGEST: Duration = Duration::from_secs(5);

/// The user groups that are configured.
#[derive(Debug, Default)]
pub(crate) struct UserGroups {
    listed: Vec<String>,
    known: Mutex<HashMap<String, Known>>,
}

/// Who is in one; nobody, where Slack did not say.
#[derive(Debug)]
struct Known {
    until: Instant,
    people: BTreeSet<String>,
}

impl UserGroups {
    /// These.
    pub(crate) fn new(listed: Vec<String>) -> UserGroups {
        UserGroups { listed, known: Mutex::default() }
    }

    /// Those of them that a person is in. Where Slack does not say, none: they have fewer rights then, and the log says so.
    pub(crate) async fn of(&self, person: &str, outbound: &Outbound) -> Vec<String> {
        if self.listed.is_empty() {
            return Vec::new();
        }
        // held while Slack is asked: of many at once, one asks
        let mut known = self.known.lock().await;
        known.retain(|_, known| known.until > Instant::now());
        let unknown = self.listed.iter().filter(|group| !known.contains_key(*group));
        let asked = join_all(unknown.map(async |group| (group.clone(), asked(group, outbound).await))).await;
        known.extend(asked);
        let is_in = |group: &&String| known.get(*group).is_some_and(|known| known.people.contains(person));
        self.listed.iter().filter(is_in).cloned().collect()
    }
}

async fn asked(group: &str, outbound: &Outbound) -> Known {
    let asked = timeout(LONGEST, outbound.members(group)).await;
    match asked.unwrap_or(Err(CallError::TimedOut)) {
        Ok(people) => Known { until: Instant::now() + KNOWN, people },
        Err(error) => {
            let hint = if error.is_scope() { "; the app needs the scope usergroups:read" } else { "" };
            warn!(%error, group, "who is in a user group is not known: its groups are added to nobody{hint}");
            Known { until: Instant::now() + UNKNOWN, people: BTreeSet::new() }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::outbound::Method;
    use crate::testing::{Bench, Fate};

    fn members(people: &[&str]) -> Fate {
        Fate::Answers(json!({"ok": true, "users": people}))
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_in_one_is_asked_once_a_minute() {
        let bench = Bench::new();
        let of = async |person: &str| bench.work.groups.of(person, &bench.work.outbound).await;
        bench.slack.fate(Method::UserGroupMembers, [members(&["U1", "U2"]), members(&["U1"])]);
        let (first, second, third) = tokio::join!(of("U1"), of("U2"), of("U3"));
        assert_eq!((first, second), (vec!["S1".to_string(), "S2".to_string()], vec!["S1".to_string()]));
        assert_eq!(third, Vec::<String>::new());
        let calls = bench.slack.calls(Method::UserGroupMembers);
        let asked: Vec<_> = calls.iter().map(|call| call.body["usergroup"].clone()).collect();
        assert_eq!(asked, ["S1", "S2"]);
        bench.slack.fate(Method::UserGroupMembers, [members(&[]), members(&["U3"])]);
        tokio::time::advance(KNOWN).await;
        assert_eq!((of("U1").await, of("U3").await), (Vec::new(), vec!["S2".to_string()]));
    }

    #[tokio::test(start_paused = true)]
    async fn where_slack_does_not_say_nothing_is_added_and_it_is_asked_again_soon() {
        let bench = Bench::new();
        let of = async || bench.work.groups.of("U1", &bench.work.outbound).await;
        let refused = Fate::Fails(CallError::of_word("missing_scope"));
        bench.slack.fate(Method::UserGroupMembers, [refused, Fate::Hangs]);
        let began = Instant::now();
        assert_eq!(of().await, Vec::<String>::new());
        assert_eq!(began.elapsed(), LONGEST);
        assert_eq!(of().await, Vec::<String>::new());
        assert_eq!(bench.slack.calls(Method::UserGroupMembers).len(), 2, "not at every question");
        tokio::time::advance(UNKNOWN).await;
        bench.slack.fate(Method::UserGroupMembers, [members(&["U1"]), members(&[])]);
        assert_eq!(of().await, ["S1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_known_is_not_kept_for_when_slack_is_silent() {
        let bench = Bench::new();
        let of = async || bench.work.groups.of("U1", &bench.work.outbound).await;
        bench.slack.fate(Method::UserGroupMembers, [members(&["U1"]), members(&["U1"])]);
        assert_eq!(of().await.len(), 2);
        tokio::time::advance(KNOWN).await;
        bench.slack.fate(Method::UserGroupMembers, [Fate::Hangs, Fate::Hangs]);
        assert_eq!(of().await, Vec::<String>::new());
    }
}
