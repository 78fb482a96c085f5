//! What is dialled: nothing but what was configured.

use std::time::Duration;

use futures::FutureExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{net, options, ports};
use crate::Discord;
use crate::testing::net::Instead;
use crate::testing::why;

#[tokio::test]
async fn nothing_is_dialled_but_what_was_configured() {
    let canary = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = canary.local_addr().unwrap();
    let mut net = net().await;
    // Discord says that its gateway is elsewhere, and sends calls elsewhere
    net.tell_gateway(&format!("ws://{address}"));
    let elsewhere = |method, end| Instead {
        method,
        end,
        status: 307,
        headers: vec![("location", format!("https://{address}/"))],
        body: Value::Null,
    };
    net.instead(elsewhere("GET", "/users/@me"));
    net.instead(elsewhere("PATCH", "/@original"));
    net.instead(elsewhere("GET", "/commands"));
    let bot = Discord::start(options(&net), ports()).await.unwrap();
    let socket = net.connected().await;
    socket.interaction(&why(1));
    net.asked("PATCH", "/webhooks/42/T1/messages/@original").await;
    net.asked("PATCH", "/webhooks/42/T1/messages/@original").await;
    bot.stop(Duration::from_secs(5)).await;
    assert!(canary.accept().now_or_never().is_none(), "something else was dialled");
}

#[test]
fn not_even_a_proxy_of_the_environment_is_dialled() {
    let test = "tests::wire::dialled::nothing_is_dialled_but_what_was_configured";
    let again = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .env("ALL_PROXY", "http://127.0.0.1:1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(again.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn no_other_host_has_an_address() {
    let net = net().await;
    let client = crate::rest::client::client(Duration::from_secs(5), Some(&net.api)).unwrap();
    let error = client.get("https://gateway.discord.gg/").send().await.unwrap_err();
    let mut chain = std::iter::successors(std::error::Error::source(&error), |error| error.source());
    assert!(chain.any(|error| error.to_string().contains("is not configured")), "{error:?}");
    let answer = client.get("https://discord.com/api/v10/users/@me").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), json!({ "id": "900" }).to_string());
}
