//! Sessions: dispatched to, dropped, resumed.

use podwhy_fakes::discord::Setup;
use serde_json::{Value, json};

use super::assert_good;
use super::client::{ALICE, APPLICATION, Bench, GUILD, OPS, Socket, TOKEN, identity, setup};

async fn bench() -> Bench {
    Bench::start(setup()).await.unwrap()
}

fn resumption(ready: &Value, seq: u64) -> Value {
    json!({"op": 6, "d": {"token": format!("Bot {TOKEN}"), "session_id": ready["d"]["session_id"], "seq": seq}})
}

#[tokio::test]
async fn every_replica_gets_every_dispatch() {
    let bench = bench().await;
    let door = bench.fake.open_door("second").await.unwrap();
    let (mut first, ready) = Socket::ready(&bench.fake.gateway_url()).await.unwrap();
    let (mut second, _) = Socket::ready(&door.gateway_url()).await.unwrap();
    assert_eq!(ready["d"]["application"]["id"], APPLICATION.to_string());
    assert_eq!(ready["d"]["guilds"], json!([{"id": GUILD.to_string(), "unavailable": true}]));
    bench.fake.wait_for_gateways(2).await.unwrap();
    let clients: Vec<String> = bench.fake.gateways().into_iter().map(|gateway| gateway.client).collect();
    assert_eq!(clients, ["bot", "second"]);

    let id = bench.fake.slash(ALICE, OPS, "help", &[]).unwrap();
    for socket in [&mut first, &mut second] {
        let heard = socket.hear().await.unwrap();
        assert_eq!((&heard["t"], &heard["s"]), (&json!("INTERACTION_CREATE"), &json!(2)));
        assert_eq!(heard["d"]["id"], id.to_string());
    }
    assert_eq!(bench.fake.look(|state| state.interactions()[0].dispatched), 2);
    assert_good(&bench);
}

#[tokio::test]
async fn guilds_are_told_to_who_asks_for_them() {
    let bench = bench().await;
    let mut socket =
        Socket::dial(&format!("{}/?v=10&encoding=json", bench.fake.gateway_url())).await.unwrap();
    socket.say(&json!({"op": 2, "d": identity(TOKEN, 1)})).await.unwrap();
    assert_eq!(socket.hear().await.unwrap()["t"], "READY");
    let guild = socket.hear().await.unwrap();
    assert_eq!((&guild["t"], &guild["d"]["channels"][0]["name"]), (&json!("GUILD_CREATE"), &json!("ops")));
    assert_eq!(bench.fake.gateways()[0].intents, 1);
    assert_good(&bench);
}

#[tokio::test]
async fn what_was_missed_comes_with_the_resumption() {
    let bench = bench().await;
    let (mut socket, ready) = Socket::ready(&bench.fake.gateway_url()).await.unwrap();
    bench.fake.drop_gateways();
    assert_eq!(socket.closed().await.unwrap(), None);
    bench.fake.wait_for_gateways(0).await.unwrap();
    let id = bench.fake.slash(ALICE, OPS, "help", &[]).unwrap();
    let url = ready["d"]["resume_gateway_url"].as_str().unwrap();
    let mut socket = Socket::dial(&format!("{url}/?v=10")).await.unwrap();
    socket.say(&resumption(&ready, 1)).await.unwrap();
    assert_eq!(socket.hear().await.unwrap()["d"]["id"], id.to_string());
    assert_eq!(socket.hear().await.unwrap()["t"], "RESUMED");
    assert_eq!(bench.fake.gateways()[0].resumed, 1);
    assert_good(&bench);
}

#[tokio::test]
async fn a_session_that_ended_cannot_be_resumed() {
    let bench = bench().await;
    for end in [4009, 4014] {
        let (mut socket, ready) = Socket::ready(&bench.fake.gateway_url()).await.unwrap();
        bench.fake.close(end);
        assert_eq!(socket.closed().await.unwrap(), Some(end));
        let mut socket = Socket::dial(&format!("{}/?v=10", bench.fake.gateway_url())).await.unwrap();
        socket.say(&resumption(&ready, 1)).await.unwrap();
        assert_eq!(socket.hear().await.unwrap(), json!({"op": 9, "d": false}));
    }
    let (mut socket, ready) = Socket::ready(&bench.fake.gateway_url()).await.unwrap();
    bench.fake.invalidate_sessions(true);
    assert_eq!(socket.hear().await.unwrap(), json!({"op": 9, "d": true}));
    bench.fake.ask_to_reconnect();
    assert_eq!(socket.hear().await.unwrap()["op"], 7);
    let mut again = Socket::dial(&format!("{}/?v=10", bench.fake.gateway_url())).await.unwrap();
    again.say(&resumption(&ready, 1)).await.unwrap();
    assert_eq!(again.hear().await.unwrap()["t"], "RESUMED");
    assert_eq!(socket.closed().await.unwrap(), None, "a session lives on one connection");
    assert_good(&bench);
}

#[tokio::test]
async fn heartbeats_are_acknowledged_and_counted() {
    let bench = bench().await;
    let (mut socket, _) = Socket::ready(&bench.fake.gateway_url()).await.unwrap();
    for number in [json!(null), json!(1)] {
        socket.say(&json!({"op": 1, "d": number})).await.unwrap();
        assert_eq!(socket.hear().await.unwrap()["op"], 11);
    }
    assert_eq!(bench.fake.gateways()[0].heartbeats, 2);
    assert_good(&bench);
}

#[tokio::test]
async fn a_silent_gateway_says_nothing_until_it_is_mended() {
    let bench = bench().await;
    let (mut socket, _) = Socket::ready(&bench.fake.gateway_url()).await.unwrap();
    bench.fake.silence_gateways();
    bench.fake.slash(ALICE, OPS, "help", &[]).unwrap();
    socket.say(&json!({"op": 1, "d": 1})).await.unwrap();
    let heard = |state: &podwhy_fakes::discord::State| (state.gateways()[0].heartbeats == 1).then_some(());
    bench.fake.wait_for("the heartbeat", heard).await.unwrap();
    bench.fake.mend();
    bench.fake.ask_to_reconnect();
    assert_eq!(
        socket.hear().await.unwrap()["op"],
        7,
        "neither the dispatch nor the acknowledgement was sent"
    );
    assert_good(&bench);
}

#[tokio::test]
async fn privileged_intents_can_be_switched_on() {
    let bench = Bench::start(Setup { privileged_intents: true, ..setup() }).await.unwrap();
    let mut socket = Socket::dial(&format!("{}/?v=10", bench.fake.gateway_url())).await.unwrap();
    socket.say(&json!({"op": 2, "d": identity(TOKEN, 1 << 15)})).await.unwrap();
    assert_eq!(socket.hear().await.unwrap()["t"], "READY");
    assert_good(&bench);
}
