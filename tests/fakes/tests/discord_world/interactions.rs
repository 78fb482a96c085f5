//! Questions, clicks and completions, and the replies to them.

use podwhy_fakes::discord::{EPHEMERAL, LOADING};
use serde_json::{Value, json};

use super::assert_good;
use super::client::{ALERTS, ALICE, APPLICATION, BOB, Bench, Client, GUILD, OPS, original, setup, text};

async fn bench() -> Bench {
    Bench::start(setup()).await.unwrap()
}

fn with_button(content: &str) -> Value {
    let mut body = text(content);
    body["components"] =
        json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": "Again", "custom_id": "again"}]}]);
    body
}

/// The keys of an object, at every depth, as paths.
fn keys(value: &Value, at: &str, into: &mut Vec<String>) {
    for (key, below) in value.as_object().into_iter().flatten() {
        let path = format!("{at}.{key}");
        keys(below, &path, into);
        into.push(path);
    }
}

#[tokio::test]
async fn a_dispatch_has_the_shape_of_a_real_one() {
    let Some(folder) = std::env::var_os("PODWHY_SHARED") else {
        assert!(std::env::var("PODWHY_REQUIRE_CORPUS").is_err(), "PODWHY_SHARED is not set");
        println!("left out: the shape of dispatches, PODWHY_SHARED is not set");
        return;
    };
    let file = std::path::Path::new(&folder).join("payloads/discord_interaction_slash_real_shape.json");
    let real: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let bench = bench().await;
    let id = bench.fake.slash(ALICE, OPS, "why", &[("name", json!("web-0"))]).unwrap();
    let ours =
        bench.fake.look(|s| s.interactions().iter().find(|i| i.id == id).map(|i| i.payload.clone())).unwrap();
    let (mut wanted, mut found) = (Vec::new(), Vec::new());
    keys(&real["payload"]["d"], "", &mut wanted);
    keys(&ours, "", &mut found);
    let missing: Vec<&String> = wanted.iter().filter(|path| !found.contains(path)).collect();
    assert_eq!(missing, Vec::<&String>::new());
    assert_eq!(ours["data"]["options"][0]["options"], json!([{"name": "name", "type": 3, "value": "web-0"}]));
}

#[tokio::test]
async fn a_deferred_reply_is_thought_about_until_it_is_edited() {
    let bench = bench().await;
    let asked = bench.ask().unwrap();
    assert_eq!(bench.answer(&asked, &json!({"type": 5})).await.unwrap().status, 204);
    let loading = bench.fake.messages(OPS).remove(0);
    assert!(loading.is_loading() && loading.said.flags == LOADING);
    assert_eq!(bench.fake.look(|state| state.reply(asked.0).cloned()), None);
    assert_eq!(bench.client.call("PATCH", &original(&asked.1), &text("OOM")).await.unwrap().id(), loading.id);
    let reply = bench.fake.wait_for_reply(asked.0).await.unwrap();
    assert_eq!((reply.said.content.as_str(), reply.said.flags, reply.history.len()), ("OOM", 0, 0));
    // it is the bot's own message: its token and permissions do, too
    let path = format!("/channels/{OPS}/messages/{}", reply.id);
    assert_eq!(bench.client.call("PATCH", &path, &text("OOM, still")).await.unwrap().status, 200);
    assert_good(&bench);
}

#[tokio::test]
async fn the_first_followup_of_a_deferred_reply_is_that_reply() {
    let bench = bench().await;
    let asked = bench.ask().unwrap();
    bench.answer(&asked, &json!({"type": 5, "data": {"flags": EPHEMERAL}})).await.unwrap();
    let path = format!("/webhooks/{APPLICATION}/{}", asked.1);
    for content in ["one", "two"] {
        assert_eq!(bench.client.call("POST", &path, &text(content)).await.unwrap().status, 200);
    }
    let only_alice = bench.fake.ephemerals(ALICE);
    assert_eq!(only_alice.iter().map(|m| m.said.content.as_str()).collect::<Vec<_>>(), ["one"]);
    assert_eq!(bench.fake.messages(OPS).iter().map(|m| m.said.content.clone()).collect::<Vec<_>>(), ["two"]);
    let path = format!("/channels/{OPS}/messages/{}", only_alice[0].id);
    assert_eq!(bench.client.get(&path).await.unwrap().code(), (404, 10008), "nobody else sees it");
    assert_good(&bench);
}

#[tokio::test]
async fn a_deleted_reply_cannot_be_edited() {
    let bench = bench().await;
    let asked = bench.ask().unwrap();
    bench.answer(&asked, &json!({"type": 4, "data": text("looking")})).await.unwrap();
    bench.fake.delete(bench.fake.messages(OPS)[0].id);
    assert_eq!(
        bench.client.call("PATCH", &original(&asked.1), &text("x")).await.unwrap().code(),
        (404, 10008)
    );
    assert_good(&bench);
}

#[tokio::test]
async fn the_first_replica_owns_an_interaction() {
    let bench = bench().await;
    let door = bench.fake.open_door("second").await.unwrap();
    let second = Bench { client: Client::new(&bench.fake, &door).unwrap(), ..bench.clone() };
    let asked = bench.ask().unwrap();
    assert_eq!(second.answer(&asked, &json!({"type": 5})).await.unwrap().status, 204);
    assert_eq!(bench.answer(&asked, &json!({"type": 5})).await.unwrap().code(), (400, 40060));
    let seen: Vec<(String, u16, u64)> =
        bench.fake.callbacks().into_iter().map(|c| (c.client, c.status, c.code)).collect();
    assert_eq!(seen, [("second".to_string(), 204, 0), ("bot".to_string(), 400, 40060)]);
    assert_eq!(bench.fake.messages(OPS).len(), 1);
    assert_good(&bench);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_each_has_one_owner() {
    let bench = bench().await;
    let door = bench.fake.open_door("second").await.unwrap();
    let second = Bench { client: Client::new(&bench.fake, &door).unwrap(), ..bench.clone() };
    let asked: Vec<(u64, String)> = (0..100).map(|_| bench.ask().unwrap()).collect();
    let race = asked.iter().flat_map(|asked| [&bench, &second].map(|client| one(client, asked)));
    let owners = futures::future::join_all(race).await.into_iter().filter(|owns| *owns).count();
    assert_eq!((owners, bench.fake.messages(OPS).len()), (100, 100));
    assert_eq!(bench.fake.look(|state| state.loading().len()), 0);
    assert_good(&bench);
}

/// Answers if it is the first to acknowledge.
async fn one(bench: &Bench, asked: &(u64, String)) -> bool {
    let owns = bench.answer(asked, &json!({"type": 5})).await.unwrap().status == 204;
    if owns {
        assert_eq!(bench.client.call("PATCH", &original(&asked.1), &text("done")).await.unwrap().status, 200);
    }
    owns
}

#[tokio::test]
async fn a_click_carries_its_message_and_may_change_it() {
    let bench = bench().await;
    let id = bench.post(&with_button("web-0")).await.unwrap().id();
    assert!(bench.fake.click(ALICE, OPS, id, "other").is_err());
    let click = bench.token(bench.fake.click(ALICE, OPS, id, "again").unwrap()).unwrap();
    let payload = bench
        .fake
        .look(|s| s.interactions().iter().find(|i| i.id == click.0).map(|i| i.payload.clone()))
        .unwrap();
    assert_eq!((&payload["message"]["id"], &payload["type"]), (&json!(id.to_string()), &json!(3)));
    assert_eq!(payload["message"]["components"][0]["components"][0]["custom_id"], "again");
    assert_eq!(bench.answer(&click, &json!({"type": 6})).await.unwrap().status, 204);
    assert_eq!(bench.fake.look(|state| state.reply(click.0).cloned()), None);
    bench.client.call("PATCH", &original(&click.1), &text("web-0 again")).await.unwrap();
    assert_eq!(bench.fake.wait_for_reply(click.0).await.unwrap().id, id);

    let click = bench.token(bench.fake.click(BOB, OPS, id, "again").unwrap()).unwrap();
    let update = json!({"type": 7, "data": text("at once")});
    assert_eq!(bench.answer(&click, &update).await.unwrap().status, 204);
    let message = bench.fake.messages(OPS).remove(0);
    assert_eq!((message.said.content.as_str(), message.history.len()), ("at once", 2));
    assert_good(&bench);
}

/// A form with one text of 2 to 5 characters.
fn form() -> Value {
    let field = json!({"type": 4, "custom_id": "name", "style": 1, "label": "Name", "min_length": 2, "max_length": 5});
    let row = json!({"type": 1, "components": [field]});
    json!({"type": 9, "data": {"title": "Really?", "custom_id": "really", "components": [row]}})
}

#[tokio::test]
async fn a_form_pops_up_and_comes_back_filled_in() {
    let bench = bench().await;
    let id = bench.post(&with_button("web-0")).await.unwrap().id();
    let click = bench.token(bench.fake.click(ALICE, OPS, id, "again").unwrap()).unwrap();
    assert!(bench.fake.submit_modal(click.0, &[("name", "web-0")]).is_err(), "no form yet");
    assert_eq!(bench.answer(&click, &form()).await.unwrap().status, 204);
    assert_eq!(
        bench.client.get(&original(&click.1)).await.unwrap().code(),
        (404, 10008),
        "a form is no message"
    );
    for filled in [
        &[] as &[(&str, &str)],
        &[("name", "")],
        &[("name", "w")],
        &[("name", "web-00")],
        &[("nick", "web-0")],
    ] {
        assert!(bench.fake.submit_modal(click.0, filled).is_err(), "{filled:?}");
    }

    let sent = bench.token(bench.fake.submit_modal(click.0, &[("name", "web-0")]).unwrap()).unwrap();
    let payload = bench
        .fake
        .look(|s| s.interactions().iter().find(|i| i.id == sent.0).map(|i| i.payload.clone()))
        .unwrap();
    assert_eq!((&payload["type"], &payload["message"]["id"]), (&json!(5), &json!(id.to_string())));
    let field = json!({"type": 4, "id": 2, "custom_id": "name", "value": "web-0"});
    let rows = json!([{"type": 1, "id": 1, "components": [field]}]);
    assert_eq!(payload["data"], json!({"custom_id": "really", "components": rows}));

    let deferred = json!({"type": 5, "data": {"flags": EPHEMERAL}});
    assert_eq!(bench.answer(&sent, &deferred).await.unwrap().status, 204);
    let told = bench.client.call("PATCH", &original(&sent.1), &text("done")).await.unwrap();
    let metadata = &told.body["interaction_metadata"];
    assert_eq!(
        (&metadata["type"], &metadata["triggering_interaction_metadata"]["type"]),
        (&json!(5), &json!(3))
    );
    assert_eq!(bench.fake.ephemerals(ALICE)[0].said.content, "done");
    assert!(bench.fake.submit_modal(click.0, &[("name", "web-0")]).is_err(), "it is shut");
    assert_good(&bench);
}

#[tokio::test]
async fn several_fields_come_back_each_by_its_name() {
    let bench = bench().await;
    let id = bench.post(&with_button("web-0")).await.unwrap().id();
    let click = bench.token(bench.fake.click(ALICE, OPS, id, "again").unwrap()).unwrap();
    let how = json!({"type": 4, "custom_id": "how", "style": 2, "label": "How", "min_length": 3, "placeholder": "BMC"});
    let ago =
        json!({"type": 4, "custom_id": "ago", "style": 1, "label": "When", "max_length": 2, "value": "0"});
    let rows = json!([{"type": 1, "components": [how]}, {"type": 1, "components": [ago]},
        {"type": 10, "content": "Only what you saw yourself."}]);
    let form = json!({"type": 9, "data": {"title": "Off?", "custom_id": "off", "components": rows}});
    assert_eq!(bench.answer(&click, &form).await.unwrap().status, 204);
    for filled in [vec![("ago", "3")], vec![("how", "ab")], vec![("how", "BMC"), ("ago", "100")]] {
        assert!(bench.fake.submit_modal(click.0, &filled).is_err(), "{filled:?}");
    }
    // sent off twice, before anything is acknowledged: what stood in a field, and what was typed over it
    for (filled, ago) in [(vec![("how", "BMC\noff")], "0"), (vec![("ago", "3"), ("how", "BMC\noff")], "3")] {
        let sent = bench.token(bench.fake.submit_modal(click.0, &filled).unwrap()).unwrap();
        let payload = bench
            .fake
            .look(|s| s.interactions().iter().find(|i| i.id == sent.0).map(|i| i.payload.clone()))
            .unwrap();
        let field = |at: usize| &payload["data"]["components"][at]["components"][0];
        assert_eq!((&field(0)["custom_id"], &field(0)["value"]), (&json!("how"), &json!("BMC\noff")));
        assert_eq!((&field(1)["custom_id"], &field(1)["value"]), (&json!("ago"), &json!(ago)));
        assert_eq!(payload["data"]["components"][2], json!({"type": 10, "id": 5}));
    }
    assert_good(&bench);
}

#[tokio::test]
async fn a_form_after_a_click_may_change_its_message() {
    let bench = bench().await;
    let id = bench.post(&with_button("web-0")).await.unwrap().id();
    let click = bench.token(bench.fake.click(ALICE, OPS, id, "again").unwrap()).unwrap();
    assert_eq!(bench.answer(&click, &form()).await.unwrap().status, 204);
    let sent = bench.token(bench.fake.submit_modal(click.0, &[("name", "web-0")]).unwrap()).unwrap();
    assert_eq!(bench.answer(&sent, &json!({"type": 7, "data": text("at once")})).await.unwrap().status, 204);
    assert_eq!(bench.fake.messages(OPS).remove(0).said.content, "at once");
    assert_good(&bench);
}

#[tokio::test]
async fn what_only_one_person_sees_only_they_click() {
    let bench = bench().await;
    let asked = bench.ask().unwrap();
    let mut data = with_button("for you");
    data["flags"] = json!(EPHEMERAL);
    bench.answer(&asked, &json!({"type": 4, "data": data})).await.unwrap();
    let id = bench.fake.ephemerals(ALICE)[0].id;
    assert!(bench.fake.click(BOB, OPS, id, "again").is_err());
    assert!(bench.fake.click(ALICE, OPS, id, "again").is_ok());
    assert_good(&bench);
}

#[tokio::test]
async fn a_command_on_a_message_carries_the_message() {
    let bench = bench().await;
    let embed = json!({"type": "rich", "title": "web-0 is down"});
    let alert = bench.fake.post(ALERTS, OPS, "alert", vec![embed]).unwrap();
    let id = bench.fake.message_command(ALICE, OPS, alert).unwrap();
    let payload =
        bench.fake.look(|s| s.interactions().iter().find(|i| i.id == id).map(|i| i.payload.clone())).unwrap();
    let data = &payload["data"];
    assert_eq!((&data["type"], &data["target_id"]), (&json!(3), &json!(alert.to_string())));
    assert_eq!(data["resolved"]["messages"][alert.to_string()]["embeds"][0]["title"], "web-0 is down");
    assert_good(&bench);
}

#[tokio::test]
async fn a_completion_is_answered_by_choices() {
    let bench = bench().await;
    let filled = [("namespace", json!("sh"))];
    let asked = bench.fake.autocomplete_after(ALICE, OPS, "why", &filled, "name", "we").unwrap();
    let asked = bench.token(asked).unwrap();
    assert_eq!(bench.fake.autocompletes()[0].choices, None);
    let choices = json!([{"name": "web-0", "value": "shop/web-0"}]);
    let answer = bench.answer(&asked, &json!({"type": 8, "data": {"choices": choices}})).await.unwrap();
    assert_eq!(answer.status, 204);
    assert_eq!(bench.fake.autocompletes()[0].choices, Some(vec![("web-0".to_string(), json!("shop/web-0"))]));
    assert!(bench.fake.autocomplete(ALICE, OPS, "help", "name", "x").is_err());
    assert_good(&bench);
}

#[tokio::test]
async fn people_can_only_ask_what_is_registered() {
    let bench = bench().await;
    assert!(bench.fake.slash(ALICE, OPS, "how", &[]).is_err());
    assert!(bench.fake.slash(ALICE, OPS, "why", &[]).is_err(), "the name is required");
    assert!(bench.fake.slash(ALICE, OPS, "why", &[("name", json!(7))]).is_err());
    assert!(bench.fake.slash(ALICE, OPS, "why", &[("pod", json!("web-0"))]).is_err());
    assert!(bench.fake.look(|state| state.interactions().is_empty()));
}

#[tokio::test]
async fn a_thread_is_told_with_its_parent() {
    let bench = bench().await;
    let thread = bench.fake.open_thread(ALICE, OPS, "incident").unwrap();
    let id = bench.fake.slash(ALICE, thread, "help", &[]).unwrap();
    let payload =
        bench.fake.look(|s| s.interactions().iter().find(|i| i.id == id).map(|i| i.payload.clone())).unwrap();
    assert_eq!(payload["channel"]["parent_id"], OPS.to_string());
    assert_eq!((&payload["channel"]["type"], &payload["guild_id"]), (&json!(11), &json!(GUILD.to_string())));
    let asked = bench.token(id).unwrap();
    let path = format!("/interactions/{}/{}/callback?with_response=true", asked.0, asked.1);
    let answer = bench.client.call("POST", &path, &json!({"type": 4, "data": text("help")})).await.unwrap();
    assert_eq!(answer.body["resource"]["message"]["content"], "help");
    assert_eq!(bench.fake.messages(thread).len(), 1);
    assert_good(&bench);
}
