//! Starts, readiness, and what ends a session.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{net, options, ports, told};
use crate::testing::net::{Instead, Net};
use crate::testing::why;
use crate::{Discord, Options, StartError};

#[tokio::test]
async fn a_token_discord_does_not_know_is_told_at_once() {
    let net = net().await;
    let body = json!({ "message": "401: Unauthorized", "code": 0 });
    net.instead(Instead { method: "GET", end: "/users/@me", status: 401, headers: Vec::new(), body });
    assert!(matches!(Discord::start(options(&net), ports()).await, Err(StartError::Token)));
    let unwritable = Options { token: SecretString::from("two\nlines"), ..options(&net) };
    assert!(matches!(Discord::start(unwritable, ports()).await, Err(StartError::Token)));
    let wrong = Options { channels: vec!["#ops".to_string()], ..options(&net) };
    assert!(matches!(Discord::start(wrong, ports()).await, Err(StartError::Id(_))));
    let mut no_authority = options(&net);
    no_authority.api.as_mut().unwrap().ca_pem =
        b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----".to_vec();
    assert!(matches!(Discord::start(no_authority, ports()).await, Err(StartError::Client(_))));
}

#[tokio::test]
async fn a_discord_that_is_away_is_waited_for() {
    let away = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut net = net().await;
    let mut options = options(&net);
    options.timeouts.exchange = Duration::from_millis(300);
    options.timeouts.call = Duration::from_millis(500);
    options.api.as_mut().unwrap().rest = away;
    let bot = Discord::start(options, ports()).await.unwrap();
    // the gateway is there, but nothing can be registered
    net.connected().await;
    let ready = told(&bot, |ready| ready.as_ref().is_err_and(|why| why.contains("no connection"))).await;
    assert_eq!(ready, Err("the commands are not registered: no connection to Discord".to_string()));
}

#[tokio::test]
async fn it_is_ready_when_it_is_connected_and_its_commands_are_there() {
    let mut net = net().await;
    let bot = Discord::start(options(&net), ports()).await.unwrap();
    assert!(bot.ready().is_err());
    let put = net.asked("PUT", "/applications/42/commands").await;
    let put: Value = serde_json::from_str(&put.body).unwrap();
    assert_eq!(put, crate::commands::commands("pod", false));
    told(&bot, Result::is_ok).await.unwrap();
    let socket = net.connected().await;
    bot.stop(Duration::from_secs(5)).await;
    socket.closed().await;
}

#[tokio::test]
async fn a_refused_token_shows_in_readiness_and_is_tried_again() {
    let mut net = net().await;
    let mut options = options(&net);
    options.timeouts.restart = Duration::from_millis(1);
    let bot = Discord::start(options, ports()).await.unwrap();
    told(&bot, Result::is_ok).await.unwrap();
    net.connected().await.close(4004);
    let ready = told(&bot, Result::is_err).await;
    assert!(ready.unwrap_err().contains("4004"));
    net.connected().await;
    told(&bot, Result::is_ok).await.unwrap();
}

#[tokio::test]
async fn a_gateway_that_gives_no_sign_of_life_is_left() {
    let mut net = Net::start(Duration::from_secs(40), false).await;
    let mut options = options(&net);
    options.timeouts.silence = Duration::from_secs(1);
    let bot = Discord::start(options, ports()).await.unwrap();
    let first = net.connected().await;
    told(&bot, |ready| ready.as_ref().is_err_and(|why| why.contains("no sign of life"))).await.unwrap_err();
    first.closed().await;
    let second = net.connected().await;
    second.interaction(&why(1));
    net.asked("POST", "/interactions/1/T1/callback").await;
}
