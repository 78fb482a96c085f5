//! Socket Mode: turns, the three seconds, and what is sent again where.

use std::time::Duration;

use anyhow::{Result, ensure};
use podwhy_fakes::slack::FakeSlack;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use crate::faultless;
use crate::slack_client::{SOON, skip, started, stays_unanswered};

/// Moves the clock second by second, the fake's timers with it, until the first delivery was tried so often.
async fn skip_until_tried(slack: &FakeSlack, times: usize) -> Result<()> {
    for _ in 0..400 {
        if slack.deliveries()[0].attempts.len() >= times {
            return Ok(());
        }
        skip(Duration::from_secs(1)).await;
        // a timer that ends starts the next one: each needs its turn
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }
    anyhow::bail!("{:?}", slack.deliveries()[0].attempts)
}

#[tokio::test]
async fn deliveries_take_turns() -> Result<()> {
    let (slack, client) = started().await?;
    let mut sockets = [client.socket().await?, client.socket().await?];
    for text in ["one", "two", "three", "four"] {
        slack.slash("U0ANN", "C0OPS", text)?;
    }
    let mut texts = Vec::new();
    for socket in &mut sockets {
        for _ in 0..2 {
            texts.push(socket.take().await?["payload"]["text"].clone());
        }
    }
    ensure!(texts == ["one", "three", "two", "four"], "{texts:?}");
    ensure!(slack.read(|state| (state.sockets(), state.sockets_opened())) == (2, 2), "two are open");
    faultless(&slack)
}

#[tokio::test]
async fn just_in_time_is_in_time() -> Result<()> {
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    let asked = slack.slash("U0ANN", "C0OPS", "help")?;
    let envelope = socket.next().await?;
    skip(Duration::from_millis(2900)).await;
    socket.ack(&envelope).await?;
    let acks = slack.acked(&asked, SOON).await?;
    ensure!(acks[0].after >= Duration::from_millis(2900), "{acks:?}");
    skip(Duration::from_secs(10)).await;
    ensure!(slack.deliveries()[0].attempts.len() == 1, "nothing is sent again");
    faultless(&slack)
}

#[tokio::test]
async fn what_a_dropped_socket_held_comes_on_another() -> Result<()> {
    let (slack, client) = started().await?;
    let mut first = client.socket().await?;
    slack.direct("U0ANN", "why shop/cart-0")?;
    let lost = first.next().await?;
    slack.chaos().drop_sockets();
    ensure!(first.frame().await.is_none(), "the connection ended without a word");
    let mut second = client.socket().await?;
    skip(Duration::from_secs(3)).await;
    let again = second.take().await?;
    ensure!(again["payload"] == lost["payload"], "{again}");
    ensure!(again["retry_attempt"] == 1 && again["retry_reason"] == "timeout", "{again}");
    ensure!(again["envelope_id"] != lost["envelope_id"], "{again}");
    faultless(&slack)
}

#[tokio::test]
async fn a_silent_socket_is_given_work_that_another_does() -> Result<()> {
    let (slack, client) = started().await?;
    let mut mute = client.socket().await?;
    slack.chaos().die_silently();
    let mut alive = client.socket().await?;
    mute.send(Message::Ping("are you there".into())).await?;
    slack.slash("U0ANN", "C0OPS", "one")?;
    slack.slash("U0ANN", "C0OPS", "two")?;
    // turns are kept: the first went to the socket that reads nothing
    let mut texts: Vec<Value> = vec![alive.take().await?["payload"]["text"].clone()];
    // an acknowledgement that the jump overtakes would be late
    slack.wait_for(SOON, |state| (state.acks().len() == 1).then_some(())).await?;
    skip(Duration::from_secs(3)).await;
    texts.push(alive.take().await?["payload"]["text"].clone());
    texts.sort_by_key(|text| text.to_string());
    ensure!(texts == ["one", "two"], "{texts:?}");
    ensure!(stays_unanswered(&client, mute.frame()).await?, "a pong, or an end");
    faultless(&slack)
}

#[tokio::test]
async fn an_event_is_tried_four_times() -> Result<()> {
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    slack.direct("U0ANN", "help")?;
    slack.chaos().die_silently();
    skip_until_tried(&slack, 4).await?;
    let at: Vec<u64> = slack.deliveries()[0].attempts.iter().map(|attempt| attempt.at.as_secs()).collect();
    // at once, after a minute, after five; each after three seconds of silence
    for (index, wait) in [3, 63, 303].into_iter().enumerate() {
        let waited = at[index + 1] - at[index];
        ensure!((wait..wait + 5).contains(&waited), "{at:?}");
    }
    ensure!(skip_until_tried(&slack, 5).await.is_err(), "and no fifth time");
    ensure!(socket.next().await?["retry_attempt"] == 0, "only the first was read");
    faultless(&slack)
}

#[tokio::test]
async fn events_wait_for_a_socket_and_commands_do_not() -> Result<()> {
    let (slack, client) = started().await?;
    ensure!(slack.slash("U0ANN", "C0OPS", "help").is_err(), "the person sees dispatch_failed");
    slack.direct("U0ANN", "help")?;
    let mut socket = client.socket().await?;
    skip(Duration::from_secs(60)).await;
    let envelope = socket.take().await?;
    ensure!(envelope["payload"]["event"]["text"] == "help", "{envelope}");
    faultless(&slack)
}

#[tokio::test]
async fn anything_is_sent_again_on_demand() -> Result<()> {
    let (slack, client) = started().await?;
    let (mut first, mut second) = (client.socket().await?, client.socket().await?);
    let asked = slack.slash("U0ANN", "C0OPS", "help")?;
    let envelope = first.take().await?;
    slack.acked(&asked, SOON).await?;
    ensure!(slack.redeliver(asked.numbers[0]), "there is a socket");
    let again = second.take().await?;
    ensure!(again["payload"]["trigger_id"] == envelope["payload"]["trigger_id"], "{again}");
    ensure!(again["retry_attempt"] == 1, "{again}");
    faultless(&slack)
}

#[tokio::test]
async fn a_warning_leaves_ten_seconds() -> Result<()> {
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    slack.chaos().disconnect("warning");
    ensure!(socket.next().await?["reason"] == "warning", "warned");
    let asked = slack.slash("U0ANN", "C0OPS", "help")?;
    socket.take().await?;
    slack.acked(&asked, SOON).await?;
    skip(Duration::from_secs(10)).await;
    ensure!(matches!(socket.frame().await, Some(Message::Close(_))), "then closed");
    let mut socket = client.socket().await?;
    slack.chaos().disconnect("refresh_requested");
    ensure!(socket.next().await?["reason"] == "refresh_requested", "told");
    ensure!(matches!(socket.frame().await, Some(Message::Close(_))), "and closed at once");
    ensure!(slack.read(|state| state.sockets()) == 0, "none is open");
    faultless(&slack)
}

/// An acknowledgement that was on its way when the socket was closed counts.
#[tokio::test]
async fn a_last_acknowledgement_is_read() -> Result<()> {
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    let asked = slack.slash("U0ANN", "C0OPS", "help")?;
    let envelope = socket.next().await?;
    slack.chaos().disconnect("refresh_requested");
    socket.ack(&envelope).await?;
    slack.acked(&asked, SOON).await?;
    faultless(&slack)
}
