//! A unit is restarted, once, and it is seen whether it came up.

use std::time::Duration;

use futures::StreamExt;
use jiff::Timestamp;
use podwhy_api::report::Unit;
use tokio::time::{Instant, timeout_at};

use super::bus::{Systemd, UnitError};
use super::cooldown::long_enough;
use super::outcome::{Patience, RestartError, Restarted};
use super::proxies::{ManagerProxy, is_answer};
use super::roles::no_server;
use super::seen::Seen;

/// An order that systemd was given.
struct Ordered<'a> {
    systemd: &'a Systemd,
    before: Seen,
    at: Timestamp,
    until: Instant,
}

impl Systemd {
    /// Restarts a unit and waits until it runs. It asks systemd once, and never again. Whether this unit may be restarted is for
    /// [`super::may_restart`]; a server's unit is refused here too, as its alias may have passed there.
    ///
    /// # Errors
    /// [`RestartError`]; [`RestartError::phase`] tells whether anything was done.
    pub async fn restart(&self, name: &str, patience: Patience) -> Result<Restarted, RestartError> {
        let before = self.seen(name).await?;
        let unit = before.unit.name.clone();
        no_server(&unit)?;
        let at = Timestamp::now();
        long_enough(before.started, at, patience.cooldown).map_err(|ago| RestartError::TooSoon {
            unit: unit.clone(),
            ago,
            cooldown: patience.cooldown,
        })?;
        let nothing = |error: zbus::Error| UnitError::Unreachable(error.to_string());
        let manager = self.manager().await.map_err(nothing)?;
        subscribed(&manager).await.map_err(nothing)?;
        // before the order: the job may be over before its answer is read. Only of this unit: a busy node has many jobs.
        let mut jobs = manager.receive_job_removed_with_args(&[(2, &unit)]).await.map_err(nothing)?;
        let ordered = Ordered { systemd: self, before, at, until: Instant::now() + patience.within };
        let job = match manager.restart_unit(&unit, "replace").await {
            Ok(job) => job,
            Err(error) if is_answer(&error) => {
                return Err(RestartError::NotTaken { unit, why: error.to_string() });
            }
            Err(lost) => return ordered.look_once(lost.to_string()).await,
        };
        loop {
            let removed = match timeout_at(ordered.until, jobs.next()).await {
                Ok(Some(removed)) => removed,
                Ok(None) => return ordered.look_once("the connection was lost".to_string()).await,
                Err(_) => return ordered.look_once("its job was not over in time".to_string()).await,
            };
            match removed.args() {
                Ok(args) if args.job != job => {}
                Ok(args) if args.result == "done" => return ordered.settled(patience.steady).await,
                Ok(args) => {
                    return Err(ordered.failed(format!("its job ended as {}", short(&args.result))).await);
                }
                Err(error) => return ordered.look_once(error.to_string()).await,
            }
        }
    }
}

/// systemd sends no signals until somebody wants them; that this connection does already is no failure.
async fn subscribed(manager: &ManagerProxy<'_>) -> zbus::Result<()> {
    match manager.subscribe().await {
        Err(zbus::Error::MethodError(kind, ..))
            if kind.as_str() == "org.freedesktop.systemd1.AlreadySubscribed" =>
        {
            Ok(())
        }
        other => other,
    }
}

impl Ordered<'_> {
    /// It is active, of a new invocation, and stays so for a moment.
    async fn settled(self, steady: Duration) -> Result<Restarted, RestartError> {
        let watched = async {
            let properties = self.systemd.properties(&self.before.path).await?;
            properties.receive_properties_changed().await
        };
        let mut changes = match watched.await {
            Ok(changes) => changes,
            Err(error) => return self.look_once(error.to_string()).await,
        };
        let mut up: Option<(String, Instant)> = None;
        loop {
            let now = match self.systemd.unit(&self.before.unit.name).await {
                Ok(now) => now,
                Err(error) => return self.look_once(error.to_string()).await,
            };
            let wait = match stands(&self.before.unit, up.as_ref().map(|(first, _)| first.as_str()), &now) {
                Stands::Up => {
                    let (_, end) =
                        up.get_or_insert_with(|| (now.invocation.clone(), Instant::now() + steady));
                    if Instant::now() >= *end {
                        return Ok(Restarted { before: self.before.unit, after: now });
                    }
                    *end
                }
                Stands::Coming if Instant::now() >= self.until => {
                    return Err(self.unclear(format!("it is still {} ({})", now.active, now.sub)));
                }
                Stands::Coming => self.until,
                Stands::Down(why) => return Err(self.failed_as(why, Some(now))),
            };
            // only that something changed counts, or that the time is over; it is read again either way
            if let Ok(None) = timeout_at(wait, changes.next()).await {
                return self.look_once("the connection was lost".to_string()).await;
            }
        }
    }

    /// After an answer was lost: one look at it, on a new connection.
    async fn look_once(self, why: String) -> Result<Restarted, RestartError> {
        let looked =
            async { Systemd::connect(&self.systemd.address).await?.unit(&self.before.unit.name).await };
        match looked.await {
            Ok(now) if matches!(stands(&self.before.unit, None, &now), Stands::Up) => {
                Ok(Restarted { before: self.before.unit, after: now })
            }
            Ok(now) => Err(self.unclear(format!("{why}; it is {} ({})", now.active, now.sub))),
            Err(error) => Err(self.unclear(format!("{why}; {error}"))),
        }
    }

    async fn failed(self, why: String) -> RestartError {
        let now = self.systemd.unit(&self.before.unit.name).await.ok();
        let why = match &now {
            Some(now) => format!("{why}; it is {} ({}), its result is {}", now.active, now.sub, now.result),
            None => why,
        };
        self.failed_as(why, now)
    }

    fn failed_as(self, why: String, now: Option<Unit>) -> RestartError {
        let (unit, at) = (self.before.unit.name.clone(), self.at);
        RestartError::Failed { unit, at, why, before: Box::new(self.before.unit), after: now.map(Box::new) }
    }

    fn unclear(self, why: String) -> RestartError {
        let (unit, at) = (self.before.unit.name.clone(), self.at);
        RestartError::Unclear { unit, at, why, before: Box::new(self.before.unit) }
    }
}

/// How a unit stands after the job of its restart.
#[derive(Debug, PartialEq, Eq)]
enum Stands {
    /// It runs, and it is another run than before.
    Up,
    /// It is being started.
    Coming,
    /// It does not run.
    Down(String),
}

/// `first` is the invocation that was up already, if one was.
fn stands(before: &Unit, first: Option<&str>, now: &Unit) -> Stands {
    let state = format!("it is {} ({}), its result is {}", now.active, now.sub, now.result);
    if first.is_some_and(|first| first != now.invocation) {
        return Stands::Down(format!("it ended and was started again; {state}"));
    }
    match now.active.as_str() {
        _ if now.invocation.is_empty() => Stands::Down(state),
        "active" | "reloading" | "refreshing" if now.invocation == before.invocation => {
            Stands::Down("it is of the same invocation as before".to_string())
        }
        "active" | "reloading" | "refreshing" => Stands::Up,
        // its start has failed, and systemd waits before it tries again
        "activating" if !now.sub.starts_with("auto-restart") && first.is_none() => Stands::Coming,
        _ => Stands::Down(state),
    }
}

fn short(word: &str) -> &str {
    &word[..word.floor_char_boundary(32)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(active: &str, sub: &str, invocation: &str) -> Unit {
        let text = str::to_string;
        Unit { active: text(active), sub: text(sub), invocation: text(invocation), ..Unit::default() }
    }

    #[test]
    fn up_is_only_another_run_that_is_active_and_stays() {
        let before = unit("active", "running", "a");
        let stands = |first, active, sub, invocation| stands(&before, first, &unit(active, sub, invocation));
        assert_eq!(stands(None, "active", "running", "b"), Stands::Up);
        assert_eq!(stands(Some("b"), "active", "running", "b"), Stands::Up);
        assert_eq!(stands(None, "activating", "start", "b"), Stands::Coming);
        let down = [
            (None, "active", "running", "a"),
            (None, "active", "running", ""),
            (None, "activating", "auto-restart", "b"),
            (None, "activating", "auto-restart-queued", "b"),
            (None, "failed", "failed", "b"),
            (None, "inactive", "dead", "b"),
            (None, "deactivating", "stop-sigterm", "b"),
            (None, "a state of the future", "", "b"),
            (Some("b"), "active", "running", "c"),
            (Some("b"), "activating", "start", "b"),
        ];
        for (first, active, sub, invocation) in down {
            assert!(
                matches!(stands(first, active, sub, invocation), Stands::Down(_)),
                "{active} {sub} {invocation}"
            );
        }
    }
}
