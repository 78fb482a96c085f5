use super::super::record::Phase;
use super::super::testing::{Dice, FakeLedger, incident};
use super::*;

fn store(ledger: &FakeLedger) -> Store {
    Store::new(Arc::new(ledger.clone()), Arc::default())
}

/// Counts one more that fails of an incident, which it opens when there is none: what an alert does.
fn one_more(name: &'static str, key: String) -> impl FnMut(&[Arc<Incident>]) -> Vec<Change> + Send {
    move |known| match known.iter().find(|incident| incident.name == name) {
        Some(own) if own.status.entries.contains(&key) => Vec::new(),
        Some(own) => {
            let mut next = Incident::clone(own);
            next.status.entries.push(key.clone());
            vec![Change::Update(Box::new(next))]
        }
        None => {
            let mut next = incident(name);
            next.status.entries.push(key.clone());
            vec![Change::Create(Box::new(next))]
        }
    }
}

#[tokio::test(start_paused = true)]
async fn several_who_write_the_same_lose_nothing() {
    for seed in 0..50 {
        let ledger = FakeLedger::new(Dice::new(seed));
        ledger.lose(10);
        let (one, other) = (store(&ledger), store(&ledger));
        let writes = (0..12_usize).map(|at| {
            let store = if at % 2 == 0 { &one } else { &other };
            async move {
                // a sender who got no 200 comes again
                while store.write(one_more("cart", at.to_string())).await.is_err() {}
            }
        });
        join_all(writes).await;
        let stored = ledger.incidents();
        let mut entries = stored[0].status.entries.clone();
        entries.sort_by_key(|entry| entry.parse::<usize>().unwrap());
        assert_eq!(stored.len(), 1);
        assert_eq!(entries, (0..12).map(|at: usize| at.to_string()).collect::<Vec<_>>(), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_ledger_nothing_is_said_to_be_stored() {
    let ledger = FakeLedger::new(Dice::new(1));
    ledger.away(Duration::from_secs(60));
    let store = store(&ledger);
    let begun = tokio::time::Instant::now();
    let failed = store.write(one_more("cart", "a".to_string())).await;
    assert!(matches!(failed, Err(LedgerError::Unclear(_))));
    assert!(begun.elapsed() < Duration::from_secs(1), "the sender is told soon, and keeps it");
    assert!(store.incidents().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_began_earlier_takes_nothing_back() {
    let ledger = FakeLedger::new(Dice::new(1));
    ledger.put(incident("cart"));
    let store = store(&ledger);
    store.load().await.unwrap();
    let mut told = store.changes();
    told.mark_unchanged();
    store.load().await.unwrap();
    assert!(!told.has_changed().unwrap(), "nothing is new");
    // a write ends while a list is under way
    let write = store.write(|known| match known[0].is_open() {
        true => {
            let mut next = Incident::clone(&known[0]);
            next.status.phase = Phase::Resolved;
            vec![Change::Update(Box::new(next))]
        }
        false => Vec::new(),
    });
    let (loaded, written) = tokio::join!(store.load(), write);
    assert_eq!((loaded, written), (Ok(()), Ok(())));
    assert!(!store.incidents()[0].is_open());
    assert!(told.has_changed().unwrap());
    store.write(|_| vec![Change::Remove("cart".to_string())]).await.unwrap();
    assert!(store.incidents().is_empty());
}
