//! Messages, threads and permissions.

use std::time::Duration;

use podwhy_fakes::discord::Setup;
use serde_json::json;

use super::assert_good;
use super::client::{
    ALERTS, ALICE, APPLICATION, BOB, Bench, GUILD, HIDDEN, OPS, READ_ONLY, jump, setup, text,
};

async fn bench() -> Bench {
    Bench::start(setup()).await.unwrap()
}

#[tokio::test]
async fn a_message_is_kept_as_discord_keeps_it() {
    let bench = bench().await;
    let mut body = text("  web-0 fails  ");
    body["embeds"] = json!([{"title": " why ", "footer": null, "fields": [{"name": "n", "value": " v "}]},
        {"description": "d"}]);
    body["components"] =
        json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": "Again", "custom_id": "a"}]}]);
    let created = bench.post(&body).await.unwrap();
    assert_eq!(created.status, 200);
    let read = bench.client.get(&format!("/channels/{OPS}/messages/{}", created.id())).await.unwrap();
    assert_eq!(read.body, created.body);

    let messages = bench.fake.messages(OPS);
    let [message] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!((message.id, message.author, message.channel), (created.id(), APPLICATION, OPS));
    assert_eq!(message.said.content, "web-0 fails");
    let field = json!({"name": "n", "value": "v", "inline": false});
    let embeds =
        json!([{"type": "rich", "title": "why", "fields": [field]}, {"type": "rich", "description": "d"}]);
    assert_eq!(json!(message.said.embeds), embeds);
    let button = json!({"id": 2, "type": 2, "style": 1, "label": "Again", "custom_id": "a"});
    assert_eq!(json!(message.said.components), json!([{"id": 1, "type": 1, "components": [button]}]));
    assert_eq!(message.buttons(), [("Again".to_string(), "a".to_string())]);
    assert_eq!(message.text(), "web-0 fails\nwhy\nn\nv\nd\nAgain");
    assert_good(&bench);
}

#[tokio::test]
async fn an_edit_keeps_what_it_does_not_name_and_the_history() {
    let bench = bench().await;
    let mut body = text("looking");
    body["embeds"] = json!([{"title": "t"}]);
    let id = bench.post(&body).await.unwrap().id();
    let path = format!("/channels/{OPS}/messages/{id}");
    assert_eq!(bench.client.call("PATCH", &path, &text("found")).await.unwrap().status, 200);
    let message = bench.fake.look(|state| state.message(id).cloned()).unwrap();
    assert_eq!(message.said.content, "found");
    assert_eq!(message.said.embeds.len(), 1);
    assert_eq!(message.history.iter().map(|said| said.content.as_str()).collect::<Vec<_>>(), ["looking"]);

    let empty = json!({"content": "", "embeds": [], "allowed_mentions": {"parse": []}});
    assert_eq!(bench.client.call("DELETE", &path, &json!(null)).await.unwrap().status, 204);
    assert_eq!(bench.client.call("PATCH", &path, &empty).await.unwrap().code(), (404, 10008));
    assert!(bench.fake.messages(OPS).is_empty());
    assert_good(&bench);
}

#[tokio::test]
async fn files_arrive_and_can_be_taken_away() {
    let bench = bench().await;
    let path = format!("/channels/{OPS}/messages");
    let mut body = text("log");
    body["attachments"] = json!([{"id": 0, "filename": "web-0.log"}]);
    let created = bench.client.upload("POST", &path, &body, "files[0]").await.unwrap();
    assert_eq!(created.body["attachments"][0]["filename"], "web-0.log");
    let message = bench.fake.messages(OPS).remove(0);
    assert_eq!(message.said.attachments[0].text(), "line 1\nline 2");

    let path = format!("{path}/{}", message.id);
    let mut body = text("no log");
    body["attachments"] = json!([]);
    assert_eq!(bench.client.call("PATCH", &path, &body).await.unwrap().status, 200);
    assert!(bench.fake.messages(OPS)[0].said.attachments.is_empty());
    assert_good(&bench);
}

#[tokio::test]
async fn a_reply_may_have_a_file() {
    let bench = bench().await;
    let (id, token) = bench.ask().unwrap();
    let mut data = text("log");
    data["attachments"] = json!([{"id": 0}]);
    data["embeds"] = json!([{"title": "t", "image": {"url": "attachment://log.txt"}}]);
    let path = format!("/interactions/{id}/{token}/callback");
    let body = json!({"type": 4, "data": data});
    assert_eq!(bench.client.upload("POST", &path, &body, "files[0]").await.unwrap().status, 204);
    assert_eq!(bench.fake.messages(OPS)[0].said.attachments[0].name, "log.txt");
    assert_good(&bench);
}

#[tokio::test]
async fn permissions_are_kept() {
    let bench = bench().await;
    for (channel, expected) in [(HIDDEN, (403, 50001)), (READ_ONLY, (403, 50013)), (1, (404, 10003))] {
        let path = format!("/channels/{channel}/messages");
        assert_eq!(bench.client.call("POST", &path, &text("x")).await.unwrap().code(), expected, "{channel}");
    }
    let id = bench.fake.post(ALERTS, READ_ONLY, "down", Vec::new()).unwrap();
    let threads = format!("/channels/{READ_ONLY}/messages/{id}/threads");
    assert_eq!(
        bench.client.call("POST", &threads, &json!({"name": "t"})).await.unwrap().code(),
        (403, 50013)
    );
    let path = format!("/channels/{READ_ONLY}/messages/{id}");
    assert_eq!(bench.client.call("DELETE", &path, &json!(null)).await.unwrap().code(), (403, 50013));
    assert_eq!(bench.client.get(&path).await.unwrap().body["content"], "down");
    let secret = bench.fake.post(ALERTS, HIDDEN, "secret", Vec::new()).unwrap();
    assert_eq!(
        bench.client.get(&format!("/channels/{HIDDEN}/messages/{secret}")).await.unwrap().code(),
        (403, 50001)
    );
    assert_good(&bench);
}

#[tokio::test]
async fn a_message_has_one_thread_and_a_thread_has_messages() {
    let bench = bench().await;
    let id = bench.post(&text("web-0")).await.unwrap().id();
    let path = format!("/channels/{OPS}/messages/{id}/threads");
    let thread = bench
        .client
        .call("POST", &path, &json!({"name": "web-0", "auto_archive_duration": 1440}))
        .await
        .unwrap();
    assert_eq!((thread.status, thread.id()), (201, id), "a thread has the id of its message");
    assert_eq!(thread.body["parent_id"], OPS.to_string());
    assert_eq!(bench.client.call("POST", &path, &json!({"name": "x"})).await.unwrap().code(), (400, 160_004));
    let inside = format!("/channels/{id}/messages");
    let message = bench.client.call("POST", &inside, &text("evidence")).await.unwrap();
    let nested = format!("{inside}/{}/threads", message.id());
    assert_eq!(bench.client.call("POST", &nested, &json!({"name": "x"})).await.unwrap().code(), (400, 50024));
    assert_eq!(bench.fake.messages(id)[0].said.content, "evidence");
    assert_eq!(bench.fake.messages(OPS)[0].thread, Some(id));

    let active = format!("/guilds/{GUILD}/threads/active");
    assert_eq!(bench.client.get(&active).await.unwrap().body["threads"][0]["id"], id.to_string());
    let archive =
        bench.client.call("PATCH", &format!("/channels/{id}"), &json!({"archived": true})).await.unwrap();
    assert_eq!(archive.body["thread_metadata"]["archived"], true);
    assert_eq!(bench.client.get(&active).await.unwrap().body["threads"], json!([]));
    bench.client.call("POST", &inside, &text("more")).await.unwrap();
    assert_eq!(bench.client.get(&active).await.unwrap().body["threads"][0]["id"], id.to_string());
    assert_good(&bench);
}

#[tokio::test]
async fn messages_are_listed_in_pages_the_newest_first() {
    let bench = Bench::start(Setup { rate_limits: false, ..setup() }).await.unwrap();
    let ids: Vec<u64> =
        (0..5).map(|n| bench.fake.post(ALICE, OPS, &n.to_string(), Vec::new()).unwrap()).collect();
    let list = async |query: &str| -> Vec<String> {
        let answer = bench.client.get(&format!("/channels/{OPS}/messages?{query}")).await.unwrap();
        let list = answer.body.as_array().cloned().unwrap_or_default();
        list.iter().map(|message| message["content"].as_str().unwrap_or_default().to_string()).collect()
    };
    assert_eq!(list("limit=2").await, ["4", "3"]);
    assert_eq!(list(&format!("limit=2&before={}", ids[3])).await, ["2", "1"]);
    assert_eq!(list(&format!("limit=2&after={}", ids[0])).await, ["2", "1"]);
    assert_eq!(list("limit=101").await, Vec::<String>::new());
    assert_good(&bench);
}

#[tokio::test]
async fn a_nonce_is_enforced_where_it_is_asked_for() {
    let bench = bench().await;
    let mut body = text("once");
    body["nonce"] = json!("n-1");
    body["enforce_nonce"] = json!(true);
    let first = bench.post(&body).await.unwrap().id();
    assert_eq!(bench.post(&body).await.unwrap().id(), first);
    jump(Duration::from_secs(301)).await;
    assert_ne!(bench.post(&body).await.unwrap().id(), first);
    assert_good(&bench);
}

#[tokio::test]
async fn a_reply_names_a_message_that_is_there() {
    let bench = bench().await;
    let alert = bench.fake.post(ALERTS, OPS, "web-0 is down", Vec::new()).unwrap();
    let mut body = text("because");
    body["message_reference"] = json!({"message_id": alert.to_string()});
    let id = bench.post(&body).await.unwrap().id();
    assert_eq!(bench.fake.look(|state| state.message(id).and_then(|m| m.replies_to)), Some(alert));
    bench.fake.delete(alert);
    assert_eq!(bench.post(&body).await.unwrap().code(), (400, 50035));
    body["message_reference"]["fail_if_not_exists"] = json!(false);
    assert_eq!(bench.post(&body).await.unwrap().status, 200);
    assert_good(&bench);
}

#[tokio::test]
async fn a_direct_conversation_is_one_persons() {
    let bench = bench().await;
    let direct = bench.fake.direct_messages(BOB);
    let opened = bench
        .client
        .call("POST", "/users/@me/channels", &json!({"recipient_id": BOB.to_string()}))
        .await
        .unwrap();
    assert_eq!(opened.id(), direct);
    assert_eq!(bench.fake.slash(ALICE, direct, "help", &[]).ok(), None, "Alice is not in it");
    let id = bench.fake.slash(BOB, direct, "help", &[]).unwrap();
    let payload =
        bench.fake.look(|s| s.interactions().iter().find(|i| i.id == id).map(|i| i.payload.clone())).unwrap();
    assert_eq!(
        (&payload["context"], &payload["guild_id"], &payload["member"]),
        (&json!(1), &json!(null), &json!(null))
    );
    assert_eq!((&payload["user"]["id"], &payload["channel"]["type"]), (&json!(BOB.to_string()), &json!(1)));
    assert_good(&bench);
}

#[tokio::test]
async fn commands_are_registered_for_all_and_for_a_guild() {
    let bench = bench().await;
    let path = format!("/applications/{APPLICATION}/guilds/{GUILD}/commands");
    let own = json!([{"name": "pod", "description": "Ours", "default_member_permissions": "0", "options": [{"type": 1, "name": "ours", "description": "o"}]}]);
    assert_eq!(bench.client.call("PUT", &path, &own).await.unwrap().status, 200);
    assert_eq!(bench.fake.registered_commands(None).len(), 2);
    assert_eq!(bench.fake.registered_commands(Some(GUILD))[0]["guild_id"], GUILD.to_string());
    assert!(bench.fake.slash(ALICE, OPS, "ours", &[]).is_ok());
    assert!(bench.fake.slash(ALICE, OPS, "help", &[]).is_err(), "hidden by the guild's own");
    let before = bench.fake.registered_commands(Some(GUILD))[0]["id"].clone();
    bench.client.call("PUT", &path, &own).await.unwrap();
    assert_eq!(bench.fake.registered_commands(Some(GUILD))[0]["id"], before);
    let elsewhere = format!("/applications/{APPLICATION}/guilds/1/commands");
    assert_eq!(bench.client.call("PUT", &elsewhere, &own).await.unwrap().code(), (403, 50001));
    assert_good(&bench);
}
