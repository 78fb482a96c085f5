//! A key that is changed while the agent runs.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use podwhy_api::seal::{Key, Keys};
use podwhy_api::ticket::Refusal;

use super::super::*;
use super::fakes::{Fakes, agent_with, key, order};

fn keys(seeds: &[u8]) -> Keys {
    let pems: Vec<String> =
        seeds.iter().map(|seed| Key::from_seed(&[*seed; 32]).public_pem().unwrap()).collect();
    Keys::from_pems(pems.iter().map(String::as_str)).unwrap()
}

fn signed(seed: u8, remediation: &str) -> Told {
    let order = order(remediation);
    Told {
        name: order.name(),
        uid: format!("uid-{remediation}"),
        version: "7".into(),
        spec: serde_json::to_value(Key::from_seed(&[seed; 32]).sign(order)).unwrap(),
        status: None,
    }
}

/// What the folder has at each reading, and how often it was read.
fn folder(holds: Vec<Option<Keys>>) -> (Keyring, std::sync::Arc<AtomicUsize>) {
    let (reads, holds) = (std::sync::Arc::new(AtomicUsize::new(0)), Mutex::new(holds.into_iter()));
    let counted = reads.clone();
    let read = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        holds.lock().unwrap().next().flatten()
    };
    (Keyring::new(keys(&[1]), read), reads)
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_read_when_the_first_ticket_of_it_comes() {
    let (state, fakes) = (tempfile::tempdir().unwrap(), Fakes::default());
    let (keyring, reads) = folder(vec![Some(keys(&[1, 2]))]);
    let agent = agent_with(state.path(), &fakes, keyring);
    agent.came(&signed(1, "r-1")).await;
    assert_eq!(reads.load(Ordering::SeqCst), 0, "a key that is known needs no reading");
    agent.came(&signed(2, "r-2")).await;
    agent.came(&signed(1, "r-3")).await;
    assert_eq!((fakes.acted().len(), reads.load(Ordering::SeqCst)), (3, 1));
    assert!(fakes.refused().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_was_taken_away_is_not_obeyed_once_they_are_read() {
    let (keyring, _) = folder(vec![Some(keys(&[2]))]);
    let of = |seed: u8| Key::from_seed(&[seed; 32]).sign(order("r-1"));
    assert!(keyring.of(&of(1)).await.is_ok());
    assert!(keyring.of(&of(2)).await.is_ok());
    assert_eq!(keyring.of(&of(1)).await.unwrap_err(), Refusal::UnknownKey(key().id().to_string()));
}

#[tokio::test(start_paused = true)]
async fn they_are_read_once_a_minute_and_stay_where_they_cannot_be_read() {
    let (keyring, reads) = folder(vec![None, Some(keys(&[1, 2]))]);
    let of = |seed: u8| Key::from_seed(&[seed; 32]).sign(order("r-1"));
    for _ in 0..3 {
        assert!(keyring.of(&of(2)).await.is_err());
    }
    assert_eq!(reads.load(Ordering::SeqCst), 1, "however many tickets come");
    assert!(keyring.of(&of(1)).await.is_ok(), "the folder could not be read");
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(keyring.of(&of(2)).await.is_ok());
    assert_eq!(reads.load(Ordering::SeqCst), 2);
}

/// Somebody who has no key makes the agent read no file.
#[tokio::test(start_paused = true)]
async fn a_forged_ticket_makes_it_read_nothing() {
    let (keyring, reads) = folder(vec![Some(keys(&[2]))]);
    let mut forged = key().sign(order("r-1"));
    forged.order.containers_may_die = true;
    assert_eq!(keyring.of(&forged).await.unwrap_err(), Refusal::Forged);
    assert_eq!(reads.load(Ordering::SeqCst), 0);
}
