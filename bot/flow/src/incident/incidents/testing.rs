//! Incidents of a cluster that nobody asks, in a ledger in memory.

use std::sync::Arc;

use super::super::bounds::Bounds;
use super::super::looks::testing::Fake;
use super::super::record::{Incident, Post};
use super::super::ring::{Ring, Room};
use super::super::testing::{clock, incident, route, spot};
use super::super::wanted::PARENT;
use super::super::{Counts, MemoryLedger, Policy};
use super::*;
use crate::chat::policy::Person;
use crate::chat::{Asker, Platform};
use crate::ports::{KubernetesUser, Ledger};

/// Its incidents, and a person who is known: `U1` is ann.
pub(super) async fn incidents(known: Vec<Incident>) -> Incidents<Fake> {
    let ledger = Arc::new(MemoryLedger::default());
    for one in &known {
        ledger.create(one).await.unwrap();
        ledger.save(&ledger.get(&one.name).await.unwrap().unwrap()).await.unwrap();
    }
    let store = Arc::new(Store::new(ledger, Arc::<Counts>::default()));
    store.load().await.unwrap();
    let routes = vec![route(spot(Platform::Slack, "C1"), Lang::En)];
    let person = Person {
        ids: vec![(Platform::Slack, "U1".to_string())],
        user: KubernetesUser { name: "ann@example.com".to_string(), groups: Vec::new() },
    };
    let chats = Chats { people: vec![person], ..Chats::default() };
    let clusters = vec![Arc::new(Fake::new("prod", Vec::new()))];
    let teller = Teller::new(clusters, Bounds::default(), Arc::new(Ring::new(Room::default())), clock());
    let policy = Arc::new(Policy { routes, ..Policy::default() });
    Incidents::new(store, teller, policy, Arc::new(chats), clock())
}

/// One whose first message in `C1` has this id.
pub(super) fn posted(name: &str, message: &str) -> Incident {
    let mut one = incident(name);
    one.status.posts.push(Post {
        part: PARENT.to_string(),
        platform: Platform::Slack,
        channel: "C1".to_string(),
        attempted_at: None,
        message: Some(message.to_string()),
        shown: None,
        refused: None,
    });
    one
}

pub(super) fn asker(person: &str) -> Asker {
    Asker {
        platform: Platform::Slack,
        channel: Some("C1".to_string()),
        person: person.to_string(),
        groups: Vec::new(),
    }
}

impl Incidents<Fake> {
    pub(super) fn one(&self, name: &str) -> Arc<Incident> {
        self.store.incident(name).unwrap()
    }

    pub(super) fn all(&self) -> Vec<Arc<Incident>> {
        self.store.incidents()
    }

    pub(super) fn told(&self) -> Arc<Counts> {
        Arc::clone(self.store.counts())
    }

    /// As long after the start as the runtime's clock has gone.
    pub(super) async fn time_passes(&self) {
        let (policy, now) = (&self.policy, self.clock.now());
        self.tell("time passes", |book| book.settle(now, policy)).await;
    }
}
