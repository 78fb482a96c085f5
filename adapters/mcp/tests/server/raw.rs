//! Line by line, as the protocol is written, without the SDK's client.

use std::time::Duration;

use podwhy_mcp::{ServeError, Source};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::cluster::Town;
use crate::options;

/// Sends the lines, then ends the input; returns all that is answered.
async fn told(lines: &[String]) -> (Vec<Value>, Result<(), ServeError>) {
    let (ours, theirs) = tokio::io::duplex(1024 * 1024);
    let (read, write) = tokio::io::split(theirs);
    let (options, _) = options(Duration::from_secs(20));
    let served = tokio::spawn(podwhy_mcp::serve(options, Source::Live(Town::default()), read, write));
    let (read, mut write) = tokio::io::split(ours);
    for line in lines {
        write.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }
    write.shutdown().await.unwrap();
    let mut answers = Vec::new();
    let mut read = BufReader::new(read).lines();
    while let Some(line) = read.next_line().await.unwrap() {
        answers.push(serde_json::from_str(&line).unwrap());
    }
    (answers, served.await.unwrap())
}

fn initialize() -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18",
        "capabilities": {}, "clientInfo": {"name": "by hand", "version": "1"}}})
    .to_string()
}

fn initialized() -> String {
    json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string()
}

fn call(id: u64, name: &str, arguments: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": name, "arguments": arguments}})
        .to_string()
}

#[tokio::test]
async fn a_session_by_hand() {
    let lines = [
        initialize(),
        initialized(),
        "this is no JSON".to_string(),
        call(2, "why", &json!({"target": "shop/cart-0"})),
        call(3, "fix", &json!({})),
        call(4, "why", &json!({"target": 7})),
        json!({"jsonrpc": "2.0", "id": 5, "method": "ping"}).to_string(),
    ];
    let (answers, ended) = told(&lines).await;
    ended.unwrap();
    let of =
        |id: u64| answers.iter().find(|answer| answer["id"] == id).unwrap_or_else(|| panic!("{answers:?}"));
    assert_eq!(of(1)["result"]["protocolVersion"], "2025-06-18");
    assert_eq!(of(1)["result"]["serverInfo"]["name"], "podwhy");
    assert_eq!(of(1)["result"]["capabilities"], json!({"tools": {}}));
    assert_eq!(of(2)["result"]["isError"], false);
    assert_eq!(of(2)["result"]["structuredContent"]["verdict"], "failing");
    assert_eq!(of(2)["result"]["content"][0]["type"], "text");
    assert_eq!(of(3)["error"]["code"], -32602);
    assert_eq!(of(4)["result"]["isError"], true);
    assert_eq!(of(5)["result"], json!({}));
    assert_eq!(answers.len(), 5);
}

#[tokio::test]
async fn an_input_that_ends_at_once_is_no_failure_and_one_of_another_kind_is() {
    assert!(matches!(told(&[]).await, (answers, Ok(())) if answers.is_empty()));
    let (answers, ended) = told(&[call(1, "why", &json!({"target": "password=hunter2secret"}))]).await;
    // the SDK answers what it can without a beginning; either way nothing is told back
    let shown = format!("{answers:?} {ended:?}");
    assert!(!shown.contains("hunter2secret"), "{shown}");
}
