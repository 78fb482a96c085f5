//! When the ledger is back: the oldest thread goes on as an incident's, and what else was found is closed with a link to it.

use std::sync::Arc;

use jiff::Timestamp;
use podwhy_knowledge::Lang;

use super::{Degraded, before, card};
use crate::incident::book::{Adopted, Book};
use crate::incident::card::Body;
use crate::incident::policy::Spot;
use crate::incident::record::Incident;
use crate::incident::unreachable::root_cause;
use crate::incident::wanted::{PARENT, find};
use crate::ports::Board;

impl Degraded {
    /// In one channel. What cannot be done now is done at the next look; `since` is known to who saw the outage.
    pub(super) async fn hand_over(&self, to: &Spot, board: &dyn Board, since: Option<Timestamp>) {
        let now = self.clock.now();
        let from = since.map_or(now, |since| since.min(now));
        let found = match board.find(&self.own(to), before(from)).await {
            Ok(found) => found,
            Err(error) => {
                tracing::debug!(channel = to.channel, %error, "threads could not be looked for yet");
                return;
            }
        };
        let Some(oldest) = found.first() else { return };
        if !self.lead.leads() {
            return;
        }
        let adopted = Adopted { cluster: &self.cluster, to, message: oldest, since, lang: Lang::default() };
        if let Err(error) = self.adopt(&adopted).await {
            tracing::warn!(channel = to.channel, %error, "a thread could not be handed over yet");
            return;
        }
        let Some(kept) = kept(&self.store.incidents(), &self.cluster, to, oldest) else { return };
        for double in found.iter().filter(|message| **message != kept) {
            if self.lead.leads() {
                self.close(to, board, double, &kept).await;
            }
        }
    }

    /// Into the ledger as it stands now.
    async fn adopt(&self, adopted: &Adopted<'_>) -> Result<(), crate::ports::LedgerError> {
        self.store.load().await?;
        let now = self.clock.now();
        self.store.write(|known| Book::of(known).adopt(adopted, &self.policy, now)).await
    }

    /// Closed, it has another id: it is not found again.
    async fn close(&self, to: &Spot, board: &dyn Board, double: &str, kept: &str) {
        let lang = card::lang(&self.policy, to);
        let link = board.link(&self.own(to), kept);
        let body = Body::Card(card::closed(&self.cluster, link, lang));
        match board.edit(&self.place(to, "closed"), double, &body).await {
            Ok(()) => self.store.counts().doubles_closed.add(),
            Err(error) => tracing::warn!(channel = to.channel, %error, "a thread could not be closed yet"),
        }
    }
}

/// The message that goes on: this one if an incident has it, else the one of the incident that tells of the silence now.
fn kept(known: &[Arc<Incident>], cluster: &str, to: &Spot, message: &str) -> Option<String> {
    let own = root_cause(cluster);
    let silent = known.iter().filter(|one| one.status.root_cause == own);
    let mut standing: Vec<_> = silent
        .filter_map(|one| {
            let stands = find(&one.status.posts, PARENT, to)?.message.as_deref()?;
            Some((stands == message, one.spec.opened_at, stands))
        })
        .collect();
    standing.sort();
    standing.last().map(|(.., stands)| (*stands).to_string())
}
