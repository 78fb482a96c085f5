//! Against somebody else's Discord: the same bot gets the same done, so that the fake is not only what we believe.

use podwhy_fakes::discord::Twin;
use serde_json::{Value, json};

use super::bot::{ALICE, OPS, run, setup};

#[tokio::test]
async fn the_same_is_done_on_the_twin() {
    let Some(folder) = Twin::folder() else {
        println!("left out: serenity against discord-digital-twin, PODWHY_TWIN is not set");
        return;
    };
    let twin = Twin::start(&folder, &setup()).await.unwrap();
    run(twin.rest_addr(), twin.ca_pem()).await.unwrap();
    let registered = async || Ok((twin.commands().await?.len() == 2).then_some(()));
    twin.wait_for("the commands", registered).await.unwrap();

    let option = json!({"name": "name", "type": 3, "value": "web-0"});
    let asked = twin.slash(ALICE, OPS, "why", std::slice::from_ref(&option)).await.unwrap();
    let reply = twin.wait_for_reply(OPS, &asked).await.unwrap();
    assert_eq!(reply["embeds"][0]["fields"][0]["value"], "OOMKilled");
    let files = async || Ok(twin.calls().into_iter().find_map(|call| call.files.into_iter().next()));
    let file = twin.wait_for("the log", files).await.unwrap();
    assert_eq!(file, ("web-0.log".to_string(), "killed".to_string()));
    let thread = twin.threads(&OPS.to_string()).await.unwrap().remove(0);
    let posted = async || {
        let messages = twin.messages(thread["id"].as_str().unwrap_or_default()).await?;
        Ok(messages.into_iter().find(|message| message["content"] == "log"))
    };
    twin.wait_for("the message in the thread", posted).await.unwrap();

    let message = reply["id"].as_str().unwrap();
    let changed = async || {
        let messages = twin.messages(&OPS.to_string()).await?;
        Ok(messages.into_iter().find(|m| m["id"] == message && m["content"] == "web-0 again"))
    };
    twin.click(ALICE, OPS, message, "again").await.unwrap();
    twin.wait_for("the changed message", changed).await.unwrap();

    let alert = twin.post(ALICE, OPS, "web-0 is down", &[]).await.unwrap();
    let asked = twin.message_command(ALICE, OPS, &alert).await.unwrap();
    let reply = twin.wait_for_reply(OPS, &asked).await.unwrap();
    assert_eq!((&reply["content"], &reply["flags"]), (&json!("web-0 is down"), &json!(64)));

    let typed = json!({"name": "name", "type": 3, "value": "web", "focused": true});
    let asked = twin.autocomplete(ALICE, OPS, "why", &[typed]).await.unwrap();
    let choices = async || {
        let answer = twin.answer(&asked).await?;
        Ok(answer["data"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok()))
    };
    let choices = twin.wait_for("the choices", choices).await.unwrap();
    assert_eq!(choices["choices"][0]["value"], "web-0");
    let failed: Vec<String> = twin
        .calls()
        .into_iter()
        .map(|c| c.call)
        .filter(|c| !c.ends_with("200") && !c.ends_with("204"))
        .collect();
    assert_eq!(failed, Vec::<String>::new());
}

#[tokio::test]
async fn a_folder_without_a_twin_says_so() {
    let error = Twin::start(std::path::Path::new("/"), &setup()).await.err().unwrap().to_string();
    assert!(error.contains("start.mjs") || error.contains("node cannot be run"), "{error}");
}
