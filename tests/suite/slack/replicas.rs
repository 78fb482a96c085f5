//! Two replicas: each question is answered by one of them, redelivered or not.

use std::time::Duration;

use podwhy::Running;
use podwhy_fakes::slack::{Author, FakeSlack};
use podwhy_tests::chat::{Bot, SOON, channel};
use podwhy_tests::control_plane::{ControlPlane, Options, control_plane_or_say};

use super::{no_violations, said};
use crate::live::shop;

/// The Leases of questions stand in `default`: the test's API server has no other namespace of podwhy's.
async fn replica(slack: &FakeSlack, control_plane: &ControlPlane) -> Running {
    let more = format!(
        "[serve]\nclaims = \"leases\"\nnamespace = \"default\"\n{}",
        channel("slack", "C0OPS").replace("playground:*", "*")
    );
    let kubeconfig = Some(control_plane.admin_kubeconfig().to_path_buf());
    Bot { slack: Some(slack), kubeconfig, more, ..Bot::default() }.start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_is_delivered_again_to_another_replica_is_answered_once() {
    let Some(control_plane) = control_plane_or_say("replicas", Options::default()) else { return };
    let _kubelet = shop(&control_plane).await;
    let slack = FakeSlack::start(super::subscribed()).await.unwrap();
    let (_first, _second) = (replica(&slack, &control_plane).await, replica(&slack, &control_plane).await);
    slack.wait_for(SOON, |state| (state.sockets() >= 4).then_some(())).await.unwrap();
    for round in 1..=4 {
        let asked = slack.slash("U0ANN", "C0OPS", "why shop/cart-0").unwrap();
        // at once and again, to whichever socket is next
        for number in &asked.numbers {
            slack.redeliver(*number);
            slack.redeliver(*number);
        }
        slack.acked(&asked, SOON).await.unwrap();
        slack
            .wait_for(SOON, |state| {
                let answers = state.messages("C0OPS");
                let done = answers.iter().filter(|m| !m.edits.is_empty()).count();
                (done == round).then_some(())
            })
            .await
            .unwrap();
    }
    slack.mention("U0BOB", "C0OPS", None, "why shop/cart-0").unwrap();
    slack
        .wait_for(SOON, |state| {
            let answers = state.messages("C0OPS").into_iter().filter(|m| m.author == Author::Bot);
            (answers.filter(|m| !m.edits.is_empty()).count() == 5).then_some(())
        })
        .await
        .unwrap();
    // whatever was still under way had its time while the next questions were answered
    let own = slack.messages("C0OPS").into_iter().filter(|m| m.author == Author::Bot).count();
    assert_eq!(own, 5, "no question has two answers");
    no_violations(&slack);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_stops_finishes_what_it_has_taken() {
    let slack = FakeSlack::start(super::subscribed()).await.unwrap();
    let bot = Bot { slack: Some(&slack), more: channel("slack", "C0OPS"), ..Bot::default() };
    let running = bot.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    let asked = slack.slash("U0ANN", "C0OPS", &format!("why {}", podwhy_tests::chat::RANKER)).unwrap();
    slack.acked(&asked, SOON).await.unwrap();
    running.stop(Duration::from_secs(20)).await;
    said(&slack, "C0OPS", "oom-killed").await;
    assert_eq!(slack.read(|state| state.sockets()), 0, "nothing listens any more");
    no_violations(&slack);
}
