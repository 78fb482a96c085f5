//! Every message is valid by Discord's own OpenAPI, where `PODWHY_SHARED` names the folder that has it.

use std::path::PathBuf;

use jsonschema::Validator;
use podwhy_discord::render::Message;
use serde_json::{Value, json};

use crate::gallery;

/// The schema of the request that posts a message; `None` where it is not there, which is told.
pub fn validator() -> Option<Validator> {
    of("MessageCreateRequest")
}

/// The schema of another request.
pub fn of(request: &str) -> Option<Validator> {
    let Some(shared) = std::env::var_os("PODWHY_SHARED") else {
        assert!(
            std::env::var("PODWHY_REQUIRE_CORPUS").is_err(),
            "PODWHY_SHARED must name the folder with specs/discord-openapi.json"
        );
        println!("left out: messages by Discord's OpenAPI (PODWHY_SHARED is not set)");
        return None;
    };
    let text = std::fs::read_to_string(PathBuf::from(shared).join("specs/discord-openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let schema = json!({
        "$ref": format!("#/components/schemas/{request}"),
        "components": document["components"],
    });
    Some(jsonschema::draft202012::new(&schema).unwrap())
}

/// A message that the schema takes.
pub fn assert_valid(validator: &Validator, name: &str, message: &Message) {
    let body = gallery::body(message);
    let faults: Vec<String> =
        validator.iter_errors(&body).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{name}: {faults:#?}\n{body:#}");
}

#[test]
fn every_message_is_valid_by_the_official_schema() {
    let Some(validator) = validator() else { return };
    for (name, message) in gallery::all() {
        assert_valid(&validator, &name, &message);
    }
    let wrong = json!({"embeds": [{"title": "x".repeat(257)}]});
    assert!(!validator.is_valid(&wrong), "the schema refuses nothing");
}
