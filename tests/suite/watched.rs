//! The rules and the dashboard that watch podwhy ask for nothing that it does not tell; and what it tells outside arrives.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::Path;

use podwhy_fakes::discord::FakeDiscord;
use podwhy_fakes::slack::FakeSlack;
use podwhy_tests::chat::{Bot, SOON, at, channel};
use podwhy_tests::control_plane::eventually;
use podwhy_tests::http::send;
use podwhy_tests::recordings::repository;
use regex::Regex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::discord::{OPS, setup};
use crate::slack::{said, subscribed};

/// Names of podwhy's metrics in a text.
fn names(text: &str) -> BTreeSet<String> {
    let name = Regex::new("podwhy_[a-z0-9_]+").unwrap();
    name.find_iter(text).map(|found| found.as_str().to_string()).collect()
}

/// Every expression of the rules.
fn rules() -> String {
    let text = std::fs::read_to_string(repository().join("deploy/prometheus/rules.yaml")).unwrap();
    let rules: Value = serde_saphyr::from_str(&text).unwrap();
    let all = rules["groups"].as_array().unwrap().iter().flat_map(|group| group["rules"].as_array().unwrap());
    all.map(|rule| rule["expr"].as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Every expression of the dashboard.
fn dashboard() -> String {
    fn expressions(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                let keys = ["expr", "definition"];
                let own = keys.iter().filter_map(|key| fields.get(*key)?.as_str());
                found.extend(own.map(str::to_string));
                fields.values().for_each(|value| expressions(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| expressions(value, found)),
            _ => {}
        }
    }
    let text = std::fs::read_to_string(repository().join("deploy/grafana/podwhy.json")).unwrap();
    let mut found = Vec::new();
    expressions(&serde_json::from_str(&text).unwrap(), &mut found);
    assert!(found.len() > 20);
    found.join("\n")
}

/// A receiver on loopback that takes everything; what it took, as JSON.
async fn receiver() -> (String, mpsc::UnboundedReceiver<Value>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (keeps, taken) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(take(stream, keeps.clone()));
        }
    });
    (format!("http://{address}/in"), taken)
}

/// One request: its head, then as much as it says there is.
async fn take(mut stream: TcpStream, keeps: mpsc::UnboundedSender<Value>) {
    let mut came = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&came).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if length.and_then(|length| length.parse().ok()) == Some(body.len()) {
                let signed = head.contains("podwhy-signature: t=");
                let _heard = keeps
                    .send(json!({"signed": signed, "notice": serde_json::from_str::<Value>(body).unwrap()}));
                break;
            }
        }
        if stream.read_buf(&mut came).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let _sent =
        stream.write_all(b"HTTP/1.1 202 Accepted\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await;
}

const ROUTE: &str = "[[routes]]\napp = \"slack\"\nchannel = \"C0OPS\"\nof = [\"playground:catalogue\"]\nwatch = true\n\
    causes = [\"oom-killed\"]\n[alertmanager]\nbearer_token = { env = \"SLACK_SIGNING_SECRET\" }\n";

fn receivers(webhook: &str, pagerduty: &str) -> String {
    let of = "of = [\"playground:*\"]\n";
    format!(
        "[[webhooks]]\nname = \"tickets\"\nurl = \"{webhook}\"\nsigning_key = {{ env = \"SLACK_SIGNING_SECRET\" }}\n{of}\
        [[pagerduty]]\nname = \"on-call\"\nurl = \"{pagerduty}\"\nrouting_key = {{ env = \"SLACK_APP_TOKEN\" }}\nseverity = \"info\"\n{of}"
    )
}

#[tokio::test]
async fn what_watches_podwhy_asks_for_nothing_that_is_not_told() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let discord = FakeDiscord::start(setup()).await.unwrap();
    let (webhook, mut notices) = receiver().await;
    let (pagerduty, mut events) = receiver().await;
    let channels = format!("{}{}", channel("slack", "C0OPS"), channel("discord", &OPS.to_string()));
    let more = format!("{channels}{ROUTE}{}", receivers(&webhook, &pagerduty));
    let discord = Some(at(&discord, discord.door()));
    let running = Bot { slack: Some(&slack), discord, more, ..Bot::default() }.start().await.unwrap();
    said(&slack, "C0OPS", "Deployment playground:catalogue/ranker").await;

    let told = tokio::time::timeout(SOON, notices.recv()).await.unwrap().unwrap();
    assert_eq!((&told["signed"], &told["notice"]["change"]), (&json!(true), &json!("opened")));
    let cause = &told["notice"]["incident"]["rootCause"];
    assert_eq!(
        (cause["cause"].as_str(), cause["blame"]["name"].as_str()),
        (Some("oom-killed"), Some("ranker"))
    );
    let event = tokio::time::timeout(SOON, events.recv()).await.unwrap().unwrap();
    let event = &event["notice"];
    assert_eq!((&event["event_action"], &event["routing_key"]), (&json!("trigger"), &json!("xapp-fake")));
    assert_eq!(event["dedup_key"], told["notice"]["incident"]["name"]);

    let address = running.address().unwrap();
    let metrics = eventually("everything is measured", SOON, async || {
        let text = send(address, "GET", "/metrics", &[], b"").await?.body;
        let is_sent = text.contains("podwhy_outgoing_sent_total{receiver=\"tickets\"} 1");
        let is_told = text.contains("podwhy_incident_failure_to_thread_seconds_count 1");
        Ok((is_sent && is_told).then_some(text))
    });
    let metrics = metrics.await.unwrap();
    let samples: BTreeSet<String> =
        metrics.lines().filter(|line| !line.starts_with('#')).flat_map(names).collect();
    for (file, text) in [("rules.yaml", rules()), ("podwhy.json", dashboard())] {
        let asked = names(&text);
        assert!(asked.len() > 10, "{file}");
        let unknown: Vec<&String> = asked.difference(&samples).collect();
        assert!(unknown.is_empty(), "{file} asks for {unknown:?}, of:\n{samples:?}");
    }
    assert!(metrics.contains("podwhy_incident_drops_total 0\n"));
    for secret in ["fake-signing-secret", "xapp-fake"] {
        assert!(!metrics.contains(secret));
    }
}

#[test]
fn each_rule_has_a_test_and_says_what_to_do() {
    let folder = repository().join("deploy/prometheus");
    let read = |file: &str| std::fs::read_to_string(Path::new(&folder).join(file)).unwrap();
    let rules: Value = serde_saphyr::from_str(&read("rules.yaml")).unwrap();
    let tests = read("rules_test.yaml");
    for rule in rules["groups"][0]["rules"].as_array().unwrap() {
        let name = rule["alert"].as_str().unwrap();
        assert!(tests.contains(&format!("\"{name}\"")) || tests.contains(&format!(": {name}\n")), "{name}");
        for text in ["summary", "description"] {
            assert!(rule["annotations"][text].as_str().is_some_and(|text| text.len() > 20), "{name}: {text}");
        }
    }
}
