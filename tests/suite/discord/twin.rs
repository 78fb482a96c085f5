//! In somebody else's Discord: what is true of our own fake is not only what we believe.

use podwhy_discord::ApiOverride;
use podwhy_fakes::discord::Twin;
use podwhy_tests::chat::{Bot, RANKER, channel};
use serde_json::{Value, json};

use super::{ANN, OPS, setup};

#[tokio::test]
async fn a_question_a_click_and_a_completion() {
    let Some(folder) = Twin::folder() else {
        assert!(std::env::var_os("PODWHY_REQUIRE_CORPUS").is_none(), "PODWHY_TWIN is not set");
        eprintln!("left out: the bot in discord-digital-twin, PODWHY_TWIN names no folder with it");
        return;
    };
    let twin = Twin::start(&folder, &setup()).await.unwrap();
    let api = ApiOverride {
        rest: twin.rest_addr(),
        ca_pem: twin.ca_pem().as_bytes().to_vec(),
        gateway: twin.gateway_url(),
    };
    let more = channel("discord", &OPS.to_string());
    let _running = Bot { discord: Some(api), more, ..Bot::default() }.start().await.unwrap();
    let registered = async || Ok((twin.commands().await?.len() == 2).then_some(()));
    twin.wait_for("the commands", registered).await.unwrap();

    let target = json!({"name": "target", "type": 3, "value": RANKER});
    twin.slash(ANN, OPS, "why", std::slice::from_ref(&target)).await.unwrap();
    let said = async |what: &str| {
        let look = async || {
            let messages = twin.messages(&OPS.to_string()).await?;
            Ok(messages.into_iter().find(|message| message.to_string().contains(what)))
        };
        twin.wait_for(what, look).await.unwrap()
    };
    let answer = said("oom-killed").await;
    assert!(
        answer["embeds"][0]["title"].as_str().is_some_and(|title| title.contains("FAILING")),
        "{answer:#}"
    );
    twin.click(ANN, OPS, answer["id"].as_str().unwrap(), "podwhy_watch").await.unwrap();
    said("Watching until well").await;

    let typed = json!({"name": "target", "type": 3, "value": "catalogue/rank", "focused": true});
    let asked = twin.autocomplete(ANN, OPS, "why", &[typed]).await.unwrap();
    let choices = async || {
        let answer = twin.answer(&asked).await?;
        Ok(answer["data"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok()))
    };
    let choices = twin.wait_for("the choices", choices).await.unwrap();
    assert_eq!(choices["choices"][0]["value"], RANKER);
}
