//! What cannot be answered is a result that the model reads; only an unknown tool is an error of the protocol.

use std::time::Duration;

use podwhy_mcp::Source;
use rmcp::ServiceError;
use rmcp::model::ErrorCode;
use serde_json::json;

use crate::cluster::Town;
use crate::{Talk, called, text};

#[tokio::test]
async fn bad_questions_and_silent_clusters_are_told() {
    let talk = Talk::live(&Town::default()).await;
    for (tool, arguments, part) in [
        ("why", json!({}), "missing field `target`"),
        ("why", json!({"target": "shop/widget/cart-0"}), "no kind podwhy knows"),
        ("why", json!({"target": "shop/cart-0", "namespace": "Not A Namespace"}), "no Kubernetes name"),
        ("why", json!({"target": "shop/cart-1"}), "did you mean"),
        ("why", json!({"target": "cart-0", "cluster": "prod"}), "no cluster \"prod\""),
        ("why", json!({"target": "cart-0", "cluster": "gone"}), "cluster gone does not answer"),
        ("why", json!({"target": "x".repeat(1_000_000)}), "1000000 bytes is too long"),
        ("why", json!({"target": "cart-0", "lang": "y".repeat(1_000_000)}), "expected `en` or `zh`"),
        ("triage", json!({"cluster": "gone"}), "connection refused"),
        ("triage", json!({"namespace": "shep"}), "did you mean shop?"),
        ("explain", json!({"text": ""}), "nothing to explain"),
        ("explain", json!({"text": "é".repeat(1_000_000)}), "2000000 bytes"),
    ] {
        let result = talk.call(tool, arguments).await;
        assert_eq!((result.is_error, &result.structured_content), (Some(true), &None));
        let told = text(&result);
        assert!(told.contains(part), "{part}: {told}");
        assert!(told.len() <= 6_000 && !told.contains("hunter2secret"), "{told}");
    }
    let chinese = talk.call("why", json!({"target": "a/b/c/d", "lang": "zh"})).await;
    assert!(text(&chinese).contains("段数太多"), "{}", text(&chinese));
    assert!(talk.faults.lock().unwrap().is_empty());
    talk.end().await;
}

#[tokio::test]
async fn there_is_no_other_tool() {
    let talk = Talk::live(&Town::default()).await;
    for tool in ["fix", "logs", "kubectl", ""] {
        let Err(ServiceError::McpError(error)) = talk.client.call_tool(called(tool, json!({}))).await else {
            panic!("{tool:?} was answered");
        };
        assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
        assert!(error.message.contains("there are why, triage, explain"), "{}", error.message);
    }
    talk.end().await;
}

#[tokio::test]
async fn a_fault_is_told_with_an_id_and_ends_nothing_else() {
    let talk = Talk::live(&Town::default()).await;
    let result = talk.call("why", json!({"target": "panics"})).await;
    assert_eq!(result.is_error, Some(true));
    let told = text(&result).to_string();
    let id = told.split_once("as fault ").unwrap().1.split_once(',').unwrap().0.to_string();
    let faults = talk.faults.lock().unwrap().clone();
    assert_eq!(faults.len(), 1);
    assert!(faults[0].starts_with(&format!("fault {id}: ")) && faults[0].contains("a thought"), "{faults:?}");
    assert!(!format!("{faults:?}{told}").contains("hunter2secret"), "{faults:?} {told}");
    assert_eq!(talk.call("why", json!({"target": "cart-0"})).await.is_error, Some(false));
    talk.end().await;
}

#[tokio::test]
async fn a_question_has_its_time() {
    let town = Town::default();
    let talk = Talk::of(Source::Live(town.clone()), Duration::from_secs(1)).await;
    let result = talk.call("why", json!({"target": "hangs"})).await;
    assert_eq!(result.is_error, Some(true));
    assert!(text(&result).contains("did not answer within 1 s"), "{}", text(&result));
    talk.end().await;
}
