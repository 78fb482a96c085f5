//! Real messages people posted, read from a folder that is not in the repository.
//!
//! `PODWHY_CORPUS` names it; with `PODWHY_REQUIRE_CORPUS=1` its absence fails.

use std::collections::BTreeMap;
use std::path::PathBuf;

use podwhy_knowledge::causes::find;
use podwhy_knowledge::{Confidence, interpret};
use serde::Deserialize;

use crate::kept::keep;
use crate::recordings::{Confusion, shown};

#[derive(Deserialize)]
struct Message {
    id: String,
    cause: String,
    reason: String,
    message: String,
}

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("PODWHY_CORPUS").map(PathBuf::from);
    let required = std::env::var("PODWHY_REQUIRE_CORPUS").is_ok_and(|v| v == "1");
    assert!(named.is_some() || !required, "PODWHY_CORPUS is not set");
    if named.is_none() {
        println!("left out: the corpus of posted messages (set PODWHY_CORPUS to its folder)");
    }
    named
}

#[test]
fn posted_messages_are_not_misread() {
    let Some(folder) = folder() else { return };
    let read =
        |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let right: BTreeMap<String, Vec<String>> = serde_json::from_str(&read("causes.json")).unwrap();
    let (mut asked, mut first, mut wrong) = (0, 0, Vec::new());
    let mut confusion = Confusion::new();
    for line in read("messages.jsonl").lines() {
        let message: Message = serde_json::from_str(line).unwrap();
        let ids = &right[&message.cause];
        let found = interpret(&format!("{} {}", message.reason, message.message));
        let top = found.top();
        *confusion.entry(ids.join(" or ")).or_default().entry(top.cause.to_string()).or_default() += 1;
        let accepted = ids.iter().any(|id| id == top.cause);
        if !accepted && top.confidence >= Some(Confidence::Likely) {
            wrong
                .push(format!("{}: {} likely, right is {ids:?}: {}", message.id, top.cause, message.message));
        }
        // a word that maps to one cause the catalogue has
        if let [id] = &ids[..]
            && find(id).is_some()
        {
            asked += 1;
            first += usize::from(accepted);
            if !accepted {
                println!("missed {}: right is {id}, got {} ({:?})", message.id, top.cause, top.confidence);
            }
        }
    }
    println!("{first} of {asked} messages with one known cause have it first");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(first * 10 >= asked * 9, "only {first} of {asked}");
    let table = shown(&confusion);
    println!("{table}");
    assert_eq!(
        keep("confusion-messages.md", "Which cause is taken for which: posted messages", &table),
        None
    );
}
