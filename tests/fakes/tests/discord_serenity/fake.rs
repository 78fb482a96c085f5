//! Against the fake.

use std::time::Duration;

use podwhy_fakes::discord::{FakeDiscord, Route, State};
use serde_json::json;

use super::bot::{ALICE, OPS, run, setup};

/// A fake, and serenity connected to it, its commands registered.
async fn start() -> FakeDiscord {
    let fake = FakeDiscord::start(setup()).await.unwrap();
    run(fake.rest_addr(), fake.ca_pem()).await.unwrap();
    fake.wait_for("the commands", |state| (state.registered_commands(None).len() == 2).then_some(()))
        .await
        .unwrap();
    fake
}

#[tokio::test]
async fn serenity_reads_and_is_read() {
    let fake = start().await;
    let asked = fake.slash(ALICE, OPS, "why", &[("name", json!("web-0"))]).unwrap();
    let reply = fake.wait_for_reply(asked).await.unwrap();
    assert_eq!(reply.text(), "web-0\nwhy\nOOMKilled\nAsk again");
    let in_thread = |state: &State| state.messages(reply.id).pop();
    let log = fake.wait_for("the log in the thread", in_thread).await.unwrap();
    assert_eq!(
        (log.said.attachments[0].name.as_str(), log.said.attachments[0].text()),
        ("web-0.log", "killed".to_string())
    );

    let click = fake.click(ALICE, OPS, reply.id, "again").unwrap();
    assert_eq!(fake.wait_for_reply(click).await.unwrap().said.content, "web-0 again");

    let alert = fake.post(ALICE, OPS, "web-0 is down", Vec::new()).unwrap();
    let asked = fake.message_command(ALICE, OPS, alert).unwrap();
    assert_eq!(fake.wait_for_reply(asked).await.unwrap().said.content, "web-0 is down");
    assert_eq!(fake.ephemerals(ALICE).len(), 1);

    fake.autocomplete(ALICE, OPS, "why", "name", "web").unwrap();
    let choices =
        fake.wait_for("the choices", |state| state.autocompletes()[0].choices.clone()).await.unwrap();
    assert_eq!(choices, [("web-0".to_string(), json!("web-0"))]);

    for place in [fake.direct_messages(ALICE), fake.open_thread(ALICE, OPS, "incident").unwrap()] {
        let asked = fake.slash(ALICE, place, "why", &[("name", json!("web-0"))]).unwrap();
        assert_eq!(fake.wait_for_reply(asked).await.unwrap().channel, place);
    }
    assert_eq!(fake.violations(), []);
    assert!(fake.callbacks().iter().all(|c| c.status == 204 && c.client == "bot"), "{:?}", fake.callbacks());
}

#[tokio::test]
async fn serenity_resumes_what_was_dropped_or_silent() {
    let fake = start().await;
    fake.drop_gateways();
    fake.wait_for_gateways(0).await.unwrap();
    let asked = fake.slash(ALICE, OPS, "why", &[("name", json!("web-0"))]).unwrap();
    fake.wait_for_reply(asked).await.unwrap();
    assert_eq!(fake.gateways().len(), 1);
    assert_eq!(fake.gateways()[0].resumed, 1);
    fake.ask_to_reconnect();
    let twice = |state: &State| state.gateways().iter().any(|g| g.resumed == 2).then_some(());
    fake.wait_for("another resumption", twice).await.unwrap();
    assert_eq!(fake.violations(), []);
}

#[tokio::test]
async fn serenitys_ratelimiter_waits_as_told() {
    let fake = start().await;
    fake.rate_limit(Route::EditOriginal, Duration::from_millis(900), 1);
    let asked = fake.slash(ALICE, OPS, "why", &[("name", json!("web-0"))]).unwrap();
    fake.wait_for_reply(asked).await.unwrap();
    let statuses: Vec<Option<u16>> = fake
        .requests()
        .into_iter()
        .filter(|r| r.route == Some(Route::EditOriginal))
        .map(|r| r.status)
        .collect();
    assert_eq!(statuses, [Some(429), Some(200)]);
    assert_eq!(fake.violations(), []);
}
