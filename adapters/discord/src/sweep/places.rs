//! Where to look.

use std::collections::BTreeSet;

use tokio::time::Instant;
use tracing::info;

use super::PATIENCE;
use crate::app::{App, Me};
use crate::id::Id;
use crate::rest::{Call, To};

/// A channel or thread, and the channel whose rules it has.
pub(super) struct Place {
    pub(super) channel: Id,
    pub(super) parent: Id,
}

/// The configured channels and the threads of theirs that are not archived.
pub(super) async fn places(app: &App, me: &Me) -> Vec<Place> {
    let mut places: Vec<Place> =
        app.channels.iter().map(|channel| Place { channel: *channel, parent: *channel }).collect();
    if places.is_empty() {
        return places;
    }
    let all = if app.guilds.is_empty() { &me.guilds } else { &app.guilds };
    let guilds: BTreeSet<Id> = all.iter().copied().collect();
    for guild in guilds {
        let threads =
            app.rest.repeated(&Call::get(To::ActiveThreads { guild }), Instant::now() + PATIENCE).await;
        let threads = threads.inspect_err(|fail| info!(%guild, %fail, "threads are not looked through")).ok();
        for thread in threads.iter().flat_map(|found| found["threads"].as_array()).flatten() {
            if let (Some(channel), Some(parent)) = (Id::of(&thread["id"]), Id::of(&thread["parent_id"]))
                && app.channels.contains(&parent)
            {
                places.push(Place { channel, parent });
            }
        }
    }
    places
}
