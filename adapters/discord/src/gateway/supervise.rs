//! Opens sessions, one after another.

use std::sync::Arc;
use std::time::Duration;

use serenity::http::Http;
use tokio::time::{Instant, sleep};
use tracing::{error, warn};

use super::health::Health;
use super::session::{Ended, Session};
use crate::app::App;

/// The longest wait before a restart.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// What Discord refuses heals by itself only when Discord erred: not sooner than this, as it counts logins (1000 a day).
/// <https://discord.com/developers/docs/events/gateway#session-start-limit-object>
const REFUSED_FACTOR: u32 = 60;

/// A session that held for so long was well: the waits begin anew.
const HELD: Duration = Duration::from_secs(60);

/// How each session is made.
pub(crate) struct Gateway {
    /// A client for finding the gateway.
    pub(crate) http: Box<dyn Fn() -> Http + Send + Sync>,
    /// Where it is, whatever Discord says.
    pub(crate) url: Option<String>,
}

/// Keeps the gateway connected until the bot ends. serenity itself reconnects and resumes within a session; this is for what
/// it does not mend: a refused token, a connection that hangs, a client that stops.
pub(crate) async fn supervise(app: Arc<App>, gateway: Gateway, health: Arc<Health>) {
    let mut wait = app.timeouts.restart;
    loop {
        let opened = Instant::now();
        let ended = session(&app, &gateway, &health).await;
        if opened.elapsed() >= HELD {
            wait = app.timeouts.restart;
        }
        let pause = match &ended {
            Ended::Asked => return,
            Ended::Refused(why) => {
                error!("{why}");
                health.gateway(Err(why.clone()));
                wait.saturating_mul(REFUSED_FACTOR).min(LONGEST_WAIT)
            }
            Ended::Broken(why) => {
                warn!("{why}");
                health.gateway(Err(why.clone()));
                wait
            }
        };
        tokio::select! {
            () = app.life.ending() => return,
            () = sleep(pause) => {}
        }
        app.metrics.restarted();
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

async fn session(app: &Arc<App>, gateway: &Gateway, health: &Health) -> Ended {
    let open = Session::open(Arc::clone(app), (gateway.http)(), gateway.url.clone(), app.timeouts.call);
    let mut session = match open.await {
        Ok(session) => session,
        Err(ended) => return ended,
    };
    let ended = session.watch(app, health, app.timeouts.silence).await;
    session.close().await;
    ended
}
