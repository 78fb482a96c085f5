//! Rate limits.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::{net, options, ports};
use crate::Discord;
use crate::render::{self, State, action};
use crate::testing::flow::{failing, why_reply};
use crate::testing::net::Instead;
use crate::testing::{posted, press, why};

#[tokio::test]
async fn one_persons_rate_limit_is_not_everyones() {
    let mut net = net().await;
    let bot = Discord::start(options(&net), ports()).await.unwrap();
    let socket = net.connected().await;
    let limited = [
        ("retry-after", "1.5".to_string()),
        ("x-ratelimit-limit", "5".to_string()),
        ("x-ratelimit-remaining", "0".to_string()),
        ("x-ratelimit-reset-after", "1.5".to_string()),
    ];
    let body = json!({ "message": "You are being rate limited.", "retry_after": 1.5, "global": false });
    let end = "/T1/messages/@original";
    net.instead(Instead { method: "PATCH", end, status: 429, headers: limited.to_vec(), body });
    socket.interaction(&why(1));
    net.asked("PATCH", end).await;
    socket.interaction(&why(2));
    let mut order = Vec::new();
    for _ in 0..4 {
        order.push(net.asked("PATCH", "/@original").await.path);
    }
    let of_two = order.iter().filter(|path| path.contains("/T2/")).count();
    assert_eq!(of_two, 2);
    assert!(order[..2].iter().all(|path| path.contains("/T2/")), "{order:?}");
    drop(bot);
}

#[tokio::test]
async fn a_limit_of_the_whole_bot_is_everyones_but_answers() {
    let mut net = net().await;
    let headers = vec![("retry-after", "1.5".to_string()), ("x-ratelimit-global", "true".to_string())];
    let body = json!({ "message": "You are being rate limited.", "retry_after": 1.5, "global": true });
    net.instead(Instead { method: "GET", end: "/applications/42/commands", status: 429, headers, body });
    let bot = Discord::start(options(&net), ports()).await.unwrap();
    let socket = net.connected().await;
    net.asked("GET", "/applications/42/commands").await;
    let told = tokio::time::Instant::now();
    socket.interaction(&why(1));
    net.asked("PATCH", "/T1/messages/@original").await;
    assert!(told.elapsed() < Duration::from_secs(1));
    let answer = render::message(&why_reply(failing("OOMKilled")), State::Answer);
    socket.interaction(&press(2, action::EVIDENCE, &posted(900, &answer, Timestamp::now())));
    net.asked("POST", "/channels/500/messages/900/threads").await;
    assert!(told.elapsed() >= Duration::from_secs(1));
    drop(bot);
}
