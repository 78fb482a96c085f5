//! Three replicas, outages and kills at random, while the apps fail in every way they can.

use super::*;
use crate::incident::testing::{Faults, incident};
use crate::incident::wanted::find;

/// What all rounds together saw, so that a test that tests nothing is seen.
#[derive(Debug, Default)]
struct Seen {
    outages: usize,
    told: usize,
    kills: u64,
    doubles: usize,
    closed: u64,
    removed: u64,
}

impl World {
    /// A replica that is killed and started again, until it is cut off.
    async fn lives(&self, own: u64, kills: &std::cell::Cell<u64>) {
        loop {
            let replica = self.replica(own);
            let lasting = 1 + self.dice.below(60_000);
            let _killed = timeout(Duration::from_millis(lasting), replica.run()).await;
            kills.set(kills.get() + 1);
            self.dice.dawdle(4_000).await;
        }
    }

    /// Outages, and who leads meanwhile; the messages that stood twice at a time.
    async fn outages(&self, seen: &mut Seen) {
        for _ in 0..=self.dice.below(2) {
            self.dice.dawdle(30_000).await;
            self.ledger.away(Duration::from_millis(8_000 + self.dice.below(120_000)));
            seen.outages += 1;
            sleep(Duration::from_secs(10)).await;
            self.office.give(NOBODY);
            for _ in 0..14 {
                sleep(Duration::from_secs(10)).await;
                seen.doubles = seen.doubles.max(self.untaken().len().saturating_sub(2));
                if self.dice.hits(30) {
                    self.office.give(self.dice.below(3));
                }
            }
            seen.told += usize::from(self.untaken().len() >= 2 || !self.silent().is_empty());
        }
    }

    /// Whether every thread is an incident's, or closed.
    fn is_handed_over(&self) -> Result<(), String> {
        let silent = self.silent();
        let is_kept = |own: &Boarded| {
            let to = spot(
                if own.place.channel == "C1" { Platform::Slack } else { Platform::Discord },
                &own.place.channel,
            );
            silent.iter().any(|one| {
                find(&one.status.posts, PARENT, &to).and_then(|post| post.message.as_ref()) == Some(&own.id)
            })
        };
        let about = self
            .messages()
            .into_iter()
            .filter(|own| own.place.id.contains("unreachable") && own.place.thread.is_none());
        let (kept, others): (Vec<_>, Vec<_>) = about.partition(is_kept);
        for own in &others {
            if !own.place.id.starts_with("unreachable-prod-closed") {
                return Err(format!("neither kept nor closed: {own:?}"));
            }
        }
        for own in &kept {
            if !own.place.id.starts_with("cluster-unreachable-") {
                return Err(format!("not shown as the incident's: {own:?}"));
            }
        }
        let open = silent.iter().filter(|one| one.is_open()).count();
        if open > 1 || kept.len() > 2 * silent.len() {
            return Err(format!("{open} open, {} kept", kept.len()));
        }
        Ok(())
    }

    async fn round(&self, seen: &mut Seen) -> Result<(), String> {
        for name in ["cart", "pay"] {
            self.ledger.put(incident(name));
        }
        for board in &self.boards {
            board.fail(Faults { unclear: 20, later: 10, late: 12_000, slow: 400 });
        }
        let kills = std::cell::Cell::new(0);
        tokio::select! {
            biased;
            () = self.outages(seen) => {}
            _ = async { tokio::join!(self.lives(0, &kills), self.lives(1, &kills), self.lives(2, &kills)) } => {}
        }
        seen.kills += kills.get();
        for board in &self.boards {
            board.fail(Faults::default());
        }
        self.office.give(5);
        self.replica(5).works(700).await;
        seen.closed += self.counts.doubles_closed.get();
        seen.removed += self.counts.doubles_removed.get();
        self.is_handed_over()
    }
}

#[tokio::test(start_paused = true)]
async fn every_thread_of_an_outage_is_an_incident_s_in_the_end_or_closed() {
    let mut seen = Seen::default();
    for seed in 0..40 {
        let handed_over = World::new(seed).round(&mut seen).await;
        assert_eq!(handed_over, Ok(()), "seed {seed}");
    }
    assert!(seen.kills > 400 && seen.told * 10 >= seen.outages * 8, "{seen:?}");
    assert!(seen.doubles > 0 && seen.closed > 0 && seen.removed > 0, "{seen:?}");
}
