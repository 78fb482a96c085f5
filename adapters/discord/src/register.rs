//! Registers the commands.
//!
//! The whole list is written at once, and only where it differs from what Discord has: a start changes nothing mostly. With
//! servers configured the commands are theirs, and those for all servers are taken away: they would be shown twice.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;
use tracing::{info, warn};

use crate::app::{App, Me};
use crate::commands::{are, commands};
use crate::gateway::health::Health;
use crate::id::Id;
use crate::rest::{Call, Fail, To};

const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// Registers until it is done.
pub(crate) async fn register(app: &App, me: &Me, health: &Health) {
    let mut wait = FIRST_WAIT;
    loop {
        let fail = match all(app, me).await {
            Ok(()) => return health.registered(Ok(())),
            Err(fail) => fail,
        };
        warn!(%fail, "the commands are not registered; tried again");
        health.registered(Err(format!("the commands are not registered: {fail}")));
        tokio::select! {
            () = app.life.ending() => return,
            () = sleep(wait) => {}
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

async fn all(app: &App, me: &Me) -> Result<(), Fail> {
    if app.guilds.is_empty() {
        return one(app, me, None, commands(&app.command, false)).await;
    }
    let mut done = one(app, me, None, json!([])).await;
    for guild in &app.guilds {
        // one that the bot was never invited to takes nothing from the others
        done = done.and(one(app, me, Some(*guild), commands(&app.command, true)).await);
    }
    done
}

async fn one(app: &App, me: &Me, guild: Option<Id>, wanted: Value) -> Result<(), Fail> {
    let to = To::Commands { application: me.application, guild };
    let read = Call::get(to.clone()).query("with_localizations", true);
    // where they cannot be read they are written: to write what is there already changes nothing
    let registered = app.rest.once(&read).await.ok();
    if !registered.is_some_and(|registered| are(&registered, &wanted)) {
        app.rest.once(&Call::put(to, wanted)).await?;
        let place = guild.map_or_else(|| "all servers".to_string(), |guild| format!("server {guild}"));
        info!(place, "the commands were registered");
    }
    Ok(())
}
