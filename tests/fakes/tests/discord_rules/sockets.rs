//! Clients that say the wrong thing to the gateway, or nothing.

use std::time::Duration;

use anyhow::ensure;
use futures::FutureExt;
use podwhy_fakes::discord::{FakeDiscord, Rule};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::client::{Bench, Socket, TOKEN, identity, setup};
use super::{Case, case};

/// Says one thing before it identifies; the connection is closed with this code.
async fn said(bench: Bench, message: Message, code: u16) -> anyhow::Result<()> {
    let mut socket = Socket::dial(&format!("{}/?v=10", bench.fake.gateway_url())).await?;
    socket.raw(message).await?;
    let closed = socket.closed().await?;
    ensure!(closed == Some(code), "closed with {closed:?}");
    Ok(())
}

fn identified(
    bench: Bench,
    data: Value,
    code: u16,
) -> futures::future::BoxFuture<'static, anyhow::Result<()>> {
    said(bench, Message::text(json!({"op": 2, "d": data}).to_string()), code).boxed()
}

pub(super) const CASES: &[Case] = &[
    case(Rule::Identify, "a wrong token", |bench| identified(bench, identity("wrong", 0), 4004)),
    case(Rule::Identify, "an intent that is none", |bench| identified(bench, identity(TOKEN, 1 << 30), 4013)),
    case(Rule::Identify, "the content of messages", |bench| {
        identified(bench, identity(TOKEN, 1 << 15), 4014)
    }),
    case(Rule::Identify, "shard 1 of 1", |bench| {
        let mut data = identity(TOKEN, 0);
        data["shard"] = json!([1, 1]);
        identified(bench, data, 4010)
    }),
    case(Rule::Identify, "no properties", |bench| {
        let mut data = identity(TOKEN, 0);
        data["properties"] = json!({});
        identified(bench, data, 4002)
    }),
    case(Rule::Identify, "a second time", |bench| {
        async move {
            let (mut socket, _) = Socket::ready(&bench.fake.gateway_url()).await?;
            socket.say(&json!({"op": 2, "d": identity(TOKEN, 0)})).await?;
            ensure!(socket.closed().await? == Some(4005));
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Identify, "a resumption with a wrong token", |bench| {
        let payload = json!({"op": 6, "d": {"token": "wrong", "session_id": "s", "seq": 1}});
        said(bench, Message::text(payload.to_string()), 4004).boxed()
    }),
    case(Rule::Identify, "a resumption from the future", |bench| {
        async move {
            let (_first, ready) = Socket::ready(&bench.fake.gateway_url()).await?;
            let data = json!({"token": TOKEN, "session_id": ready["d"]["session_id"], "seq": 99});
            said(bench, Message::text(json!({"op": 6, "d": data}).to_string()), 4007).await
        }
        .boxed()
    }),
    case(Rule::Heartbeat, "a number that was never dispatched", |bench| {
        async move {
            let (mut socket, _) = Socket::ready(&bench.fake.gateway_url()).await?;
            socket.say(&json!({"op": 1, "d": 7})).await?;
            ensure!(socket.hear().await?["op"] == 11);
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Gateway, "an op that is none", |bench| {
        said(bench, Message::text(json!({"op": 77, "d": null}).to_string()), 4001).boxed()
    }),
    case(Rule::Gateway, "no JSON", |bench| said(bench, Message::text("hello"), 4002).boxed()),
    case(Rule::Gateway, "more than 4096 bytes", |bench| {
        said(bench, Message::text(json!({"op": 3, "d": "x".repeat(4096)}).to_string()), 4002).boxed()
    }),
    case(Rule::Gateway, "bytes", |bench| said(bench, Message::binary(vec![1_u8, 2]), 4002).boxed()),
    case(Rule::Gateway, "another version", |bench| {
        async move {
            let mut socket =
                tokio_tungstenite::connect_async(format!("{}/?v=6", bench.fake.gateway_url())).await?.0;
            let closed = futures::StreamExt::next(&mut socket).await;
            let code =
                matches!(&closed, Some(Ok(Message::Close(Some(frame)))) if u16::from(frame.code) == 4012);
            ensure!(code, "{closed:?}");
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Gateway, "121 payloads in a minute", |bench| {
        async move {
            let (mut socket, _) = Socket::ready(&bench.fake.gateway_url()).await?;
            for _ in 0..120 {
                socket.say(&json!({"op": 1, "d": 1})).await?;
            }
            ensure!(socket.closed().await? == Some(4008));
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Heartbeat, "silence", |bench| {
        async move {
            // Discord's interval is too long for a test: a fake of its own, whose violation is then shown to the table's
            let quick = podwhy_fakes::discord::Setup { heartbeat: Duration::from_millis(40), ..setup() };
            let quick = FakeDiscord::start(quick).await?;
            let (mut socket, _) = Socket::ready(&quick.gateway_url()).await?;
            ensure!(socket.closed().await? == Some(4009));
            ensure!(
                quick.violations().iter().map(|v| v.rule).eq([Rule::Heartbeat]),
                "{:?}",
                quick.violations()
            );
            // and here, by a number
            let (mut socket, _) = Socket::ready(&bench.fake.gateway_url()).await?;
            socket.say(&json!({"op": 1, "d": "seven"})).await?;
            ensure!(socket.hear().await?["op"] == 11);
            Ok(())
        }
        .boxed()
    }),
];
