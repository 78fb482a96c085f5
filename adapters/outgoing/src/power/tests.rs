//! A probe against a service on loopback.

use axum::Router;
use axum::http::{HeaderMap, Method, Uri};
use tokio::net::TcpListener;

use super::*;
use crate::testing::{Receiver, clock};

const TOKEN: &str = "hunter2hunter2";

fn probe(receiver: &Receiver) -> HttpPowerProbe {
    let template = format!("{}/power/{NODE}", receiver.address().url().origin().ascii_serialization());
    HttpPowerProbe::new(&template, Some(TOKEN.into()), None, clock()).unwrap()
}

async fn answered(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Power {
    let receiver = Receiver::start(status, headers, body).await;
    probe(&receiver).ask("worker-3").await
}

fn body(node: &str, power: &str, at: &str) -> String {
    format!(r#"{{"node":"{node}","power":"{power}","at":"{at}"}}"#)
}

#[tokio::test]
async fn a_clear_and_fresh_answer_is_taken() {
    let at = "2026-01-01T15:03:30Z".parse().unwrap();
    let off = answered(200, &[], &body("worker-3", "off", "2026-01-01T15:03:30Z")).await;
    assert_eq!(off, Power::Off { at });
    let on = answered(200, &[], &body("worker-3", "on", "2026-01-01T16:03:30+01:00")).await;
    assert_eq!(on, Power::On { at });
}

/// Answers a question that is asked as it should be.
async fn service(method: Method, uri: Uri, headers: HeaderMap) -> Result<String, StatusCode> {
    let is_known = headers.get("authorization").is_some_and(|sent| *sent == format!("Bearer {TOKEN}"));
    let is_asked = uri == "/power/worker-3.example?of=worker-3.example";
    match method == Method::GET && is_known && is_asked {
        true => Ok(body("worker-3.example", "off", "2026-01-01T15:04:00Z")),
        false => Err(StatusCode::NOT_FOUND),
    }
}

#[tokio::test]
async fn the_node_is_named_and_the_token_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        axum::serve(listener, Router::new().fallback(service)).await.unwrap();
    });
    let template = format!("http://{address}/power/{NODE}?of={NODE}");
    let ask = async |token: Option<SecretString>| {
        HttpPowerProbe::new(&template, token, None, clock()).unwrap().ask("worker-3.example").await
    };
    assert!(matches!(ask(Some(TOKEN.into())).await, Power::Off { .. }));
    assert!(matches!(ask(None).await, Power::Unknown(_)));
    serving.abort();
}

#[tokio::test]
async fn anything_else_is_unknown() {
    let good = body("worker-3", "off", "2026-01-01T15:04:00Z");
    let large = format!("{good}{}", " ".repeat(MOST));
    let to_itself = [("location", "http://127.0.0.1:1/")];
    for (status, headers, text) in [
        (200, &[][..], body("worker-3", "unknown", "2026-01-01T15:04:00Z")),
        (200, &[], body("worker-4", "off", "2026-01-01T15:04:00Z")),
        (200, &[], body("worker-3", "off", "2026-01-01T15:02:59Z")),
        (200, &[], body("worker-3", "off", "2026-01-01T15:04:06Z")),
        (200, &[], body("worker-3", "Off", "2026-01-01T15:04:00Z")),
        (200, &[], String::new()),
        (200, &[], "off".to_string()),
        (200, &[], format!("{good}{good}")),
        (200, &[], large),
        (201, &[], good.clone()),
        (302, &to_itself, good.clone()),
        (401, &[], good.clone()),
        (500, &[], good.clone()),
    ] {
        let power = answered(status, headers, &text).await;
        let Power::Unknown(why) = &power else { panic!("{status} {text}: {power:?}") };
        assert!(!why.is_empty() && !why.contains(TOKEN), "{why}");
    }
    assert!(matches!(answered(200, &[], &good).await, Power::Off { .. }));
}

#[tokio::test]
async fn no_answer_is_unknown_and_tells_no_address() {
    let receiver = Receiver::start(200, &[], "").await;
    let probe = probe(&receiver);
    receiver.closed();
    let Power::Unknown(why) = probe.ask("worker-3").await else { panic!("there is nobody") };
    assert!(!why.contains("/power/"), "{why}");
}

#[tokio::test]
async fn what_is_no_name_is_not_asked_for() {
    let receiver = Receiver::start(200, &[], "").await;
    let probe = probe(&receiver);
    for name in ["", ".", "..", "a/b", "a?b", "a b", "A", "-a", "é", &"a".repeat(254)] {
        assert_eq!(probe.ask(name).await, Power::Unknown("this is no name of a node".to_string()), "{name}");
    }
    assert_eq!(encoded("a/b c?é"), "a%2Fb%20c%3F%C3%A9");
}

#[test]
fn a_name_does_not_choose_who_is_asked() {
    let new = |template: &str| HttpPowerProbe::new(template, None, None, clock());
    for good in
        ["https://bmc.example/power/{node}", "https://bmc.example/?n={node}", "http://127.0.0.1:1/{node}"]
    {
        assert!(new(good).is_ok(), "{good}");
    }
    for bad in [
        "https://bmc.example/power",
        "http://bmc.example/{node}",
        "https://{node}.example/power",
        "https://{node}/",
        "https://bmc.example:{node}/",
        "https://ann:pw@bmc.example/{node}",
        "https://bmc.example/#{node}",
        "{node}",
    ] {
        assert!(new(bad).is_err(), "{bad}");
    }
    let shown =
        format!("{:?}", HttpPowerProbe::new("https://x.example/k/{node}", Some(TOKEN.into()), None, clock()));
    assert!(!shown.contains(TOKEN) && !shown.contains("/k/"), "{shown}");
}
