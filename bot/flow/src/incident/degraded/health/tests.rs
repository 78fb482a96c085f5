use tokio::time::sleep;

use super::*;
use crate::incident::testing::{Dice, FakeLedger, clock, incident, start};

fn world() -> (FakeLedger, Arc<Health>, Heard) {
    let (ledger, health) = (FakeLedger::new(Dice::new(1)), Arc::new(Health::new(clock())));
    let heard = Heard::new(Arc::new(ledger.clone()), Arc::clone(&health));
    (ledger, health, heard)
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_again_and_again_is_away_since_the_first_until_it_answers() {
    let (ledger, health, heard) = world();
    heard.all().await.unwrap();
    ledger.away(Duration::from_secs(30));
    let began = health.clock.now();
    for _ in 0..2 {
        assert_eq!(health.away(), None);
        heard.all().await.unwrap_err();
        sleep(Duration::from_secs(3)).await;
    }
    let since = health.away().unwrap();
    assert!(since >= began && since.duration_since(began).as_millis() < 10, "{since}");
    sleep(Duration::from_secs(30)).await;
    heard.get("cart").await.unwrap();
    assert_eq!(health.away(), None);
}

#[tokio::test(start_paused = true)]
async fn one_lost_answer_is_not_away_and_nothing_is_said_of_what_is_not_tried() {
    let (ledger, health, heard) = world();
    let one = incident("cart");
    ledger.away(Duration::from_millis(500));
    heard.create(&one).await.unwrap_err();
    sleep(Duration::from_secs(10)).await;
    assert_eq!(health.away(), None, "it may be written by now");
    ledger.away(Duration::from_secs(3600));
    heard.create(&one).await.unwrap_err();
    assert_eq!(health.away(), Some(start()), "two that failed, and none between that did not");
    sleep(FORGET).await;
    assert_eq!(health.away(), None, "nobody tries");
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_an_answer_and_a_refusal_is_about_one_object() {
    let (_, health, heard) = world();
    let one = incident("cart");
    heard.create(&one).await.unwrap();
    for _ in 0..3 {
        heard.create(&one).await.unwrap_err();
        sleep(Duration::from_secs(5)).await;
    }
    assert_eq!(health.away(), None);
    let mut line = Line::default();
    let moment = |at: u64| (Instant::now() + Duration::from_secs(at), start());
    for (id, says) in [(0, Says::Nothing), (1, Says::Nothing), (2, Says::Nothing)] {
        line.pending.insert(id, moment(id));
        line.end(id, says, moment(id).0);
    }
    assert_eq!(line.away(moment(20).0), None);
}

#[tokio::test(start_paused = true)]
async fn one_that_never_answers_is_away_and_a_call_that_is_given_up_says_nothing() {
    let (_, health, _) = world();
    let waiting = health.begin(What::Read);
    sleep(PATIENCE).await;
    assert_eq!(health.away(), Some(start()));
    // another is answered meanwhile: it is only slow
    health.begin(What::Read).end(Says::Answers);
    assert_eq!(health.away(), None);
    drop(waiting);
    let second = health.begin(What::Write);
    sleep(PATIENCE).await;
    assert!(health.away().is_some());
    drop(second);
    assert_eq!(health.away(), None);
}
