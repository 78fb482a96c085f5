//! How much is answered, how many at once, and for whom.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use podwhy_mcp::{MOST_BYTES, Source};
use rmcp::model::{CallToolRequest, ClientRequest};
use rmcp::service::PeerRequestOptions;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::cluster::Town;
use crate::{Talk, called, text, valid};

/// Until so many ask, or the test fails.
async fn until_asking(town: &Town, wanted: usize) {
    let mut now = town.seen.now.subscribe();
    let so = timeout(Duration::from_secs(10), now.wait_for(|now| *now == wanted)).await;
    so.unwrap_or_else(|_| panic!("not in time: {wanted} ask")).unwrap();
}

fn load(counter: &AtomicUsize) -> usize {
    counter.load(Ordering::SeqCst)
}

#[tokio::test]
async fn a_large_answer_is_cut_and_says_so() {
    let talk = Talk::live(&Town { waiting: 600, ..Town::default() }).await;
    let result = talk.call("triage", json!({})).await;
    let triage = valid(&result, "triage");
    assert_eq!(triage["failing"], 601, "counts are of the whole");
    let groups = triage["groups"].as_array().unwrap().len();
    assert!(groups < 601 && triage.to_string().len() <= MOST_BYTES);
    assert!(text(&result).len() <= MOST_BYTES + 1_000);
    let told = format!("Left out: {} groups", 601 - groups);
    assert!(text(&result).contains(&told), "{told}: {}", text(&result));
    talk.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_are_asked_at_once_and_all_are_answered() {
    let town = Town::default();
    let talk = Arc::new(Talk::live(&town).await);
    let mut calls = JoinSet::new();
    for _ in 0..12 {
        let talk = Arc::clone(&talk);
        calls.spawn(async move { talk.call("why", json!({"target": "hangs"})).await.is_error });
    }
    until_asking(&town, 4).await;
    let meanwhile = talk.client.list_all_tools().await.unwrap();
    assert_eq!(meanwhile.len(), 3, "what needs no cluster waits for none");
    town.go_on.add_permits(12);
    assert!(calls.join_all().await.iter().all(|error| *error == Some(false)));
    assert_eq!((load(&town.seen.most), load(&town.seen.dropped)), (4, 0));
}

#[tokio::test]
async fn who_waits_too_long_for_room_is_told() {
    let town = Town::default();
    let talk = Arc::new(Talk::of(Source::Live(town.clone()), Duration::from_secs(2)).await);
    let ask = || {
        let talk = Arc::clone(&talk);
        async move { text(&talk.call("why", json!({"target": "hangs"})).await).to_string() }
    };
    let mut first = JoinSet::new();
    (0..4).for_each(|_| drop(first.spawn(ask())));
    until_asking(&town, 4).await;
    let late = ask().await;
    assert!(first.join_all().await.iter().all(|told| told.contains("did not answer within 2 s")));
    assert!(late.contains("other questions took the time of this one"), "{late}");
}

#[tokio::test]
async fn what_a_client_cancels_ends() {
    let town = Town::default();
    let talk = Talk::live(&town).await;
    let request = CallToolRequest::new(called("why", json!({"target": "hangs"})));
    let asked = talk
        .client
        .send_cancellable_request(ClientRequest::CallToolRequest(request), PeerRequestOptions::no_options())
        .await
        .unwrap();
    until_asking(&town, 1).await;
    asked.cancel(Some("no longer wanted".to_string())).await.unwrap();
    until_asking(&town, 0).await;
    assert_eq!(load(&town.seen.dropped), 1);
    assert_eq!(talk.call("why", json!({"target": "cart-0"})).await.is_error, Some(false));
    talk.end().await;
}
