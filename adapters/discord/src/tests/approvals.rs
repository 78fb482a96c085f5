//! The buttons that act: asked once more, or in a dialog, before they count.

use podwhy_flow::incident::{Body, Button, Card, Tone};
use podwhy_flow::ports::{Attests, Click};
use podwhy_knowledge::Lang;
use serde_json::{Value, json};

use crate::render::{self, action};
use crate::testing::{CHANNEL, Replica, Trouble, dialog, now, posted, press, submit};

/// What is typed into the dialogs.
const NAME: &[(&str, &str)] = &[("name", "cart")];
const WORD: &[(&str, &str)] = &[("how", "BMC says off"), ("minutes_ago", "0")];

const TITLE: &str = "rollback · Deployment prod-eu:shop/cart_v2";

/// What is to be done, as it stands in the channel.
fn card(one: &Replica) -> Value {
    let buttons = vec![Button::Approve, Button::ApproveTyped, Button::Attest, Button::Decline];
    let card = Card {
        lang: Lang::En,
        tone: Tone::Failing,
        title: TITLE.to_string(),
        summary: "Back to revision `12`.".to_string(),
        lines: Vec::new(),
        members: Vec::new(),
        members_beyond: 0,
        links: Vec::new(),
        mention: None,
        buttons,
        incident: "inc-1".to_string(),
    };
    let message = render::incident(&Body::Card(card), "inc-1-parent");
    posted(900, &message, now(one.discord.begun()))
}

fn pressed(one: &Replica, id: u64, button: Button) -> Value {
    press(id, &action::incident(button, "inc-1"), &card(one))
}

/// What was asked once more, as Discord gives it when its button is pressed.
fn question(one: &Replica, id: u64) -> Value {
    let mut question = one.discord.original(id);
    question["author"] = json!({ "id": "10" });
    question
}

fn clicks(one: &Replica) -> Vec<Click> {
    one.incidents.clicks.lock().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_once_more_counts_when_it_is_pressed() {
    for (button, asked, said) in
        [(Button::Approve, "Approve this?", "agrees"), (Button::Decline, "Decline this?", "declines")]
    {
        let one = Replica::new();
        one.handle(&pressed(&one, 1, button)).await;
        let callback = one.discord.sent("callback").remove(0);
        assert_eq!((&callback["type"], &callback["data"]["flags"]), (&json!(4), &json!(64)));
        assert_eq!(callback["data"]["content"], json!(asked));
        let embed = &callback["data"]["embeds"][0];
        assert_eq!(embed["title"], json!("🔴 rollback · Deployment prod-eu:shop/cart\\_v2"));
        assert_eq!(embed["description"], json!("Back to revision 12."));
        assert!(clicks(&one).is_empty());
        let confirm = callback["data"]["components"][0]["components"].as_array().unwrap().clone();
        assert_eq!((confirm.len(), &confirm[0]["custom_id"]), (1, &json!(action::confirm(button, "inc-1"))));

        one.handle(&press(2, &action::confirm(button, "inc-1"), &question(&one, 1))).await;
        assert_eq!(one.discord.sent("callback")[1], json!({ "type": 6 }));
        let shown = one.discord.sent("original").remove(0);
        assert!(shown["content"].as_str().unwrap().contains(said), "{shown}");
        assert_eq!((&shown["embeds"], &shown["components"]), (&json!([]), &json!([])));
        let clicks = clicks(&one);
        assert_eq!(clicks.len(), 1);
        assert_eq!(
            (clicks[0].button, clicks[0].incident.as_str(), &clicks[0].typed),
            (button, "inc-1", &None)
        );
        assert_eq!((one.counted("button", "asked-again"), one.counted("button", "answered")), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn the_name_is_typed_into_a_dialog() {
    let one = Replica::new();
    one.handle(&pressed(&one, 1, Button::ApproveTyped)).await;
    let calls = one.discord.with(|state| state.calls.len());
    let callback = one.discord.sent("callback").remove(0);
    assert_eq!((calls, &callback["type"]), (1, &json!(9)));
    assert_eq!(callback["data"], render::dialog(Button::ApproveTyped.form().unwrap(), "inc-1", Lang::En));
    assert!(clicks(&one).is_empty() && one.discord.original(1).is_null());

    let dialog = callback["data"]["custom_id"].as_str().unwrap();
    one.handle(&submit(2, dialog, &[("name", " cart_v2\n")], &card(&one))).await;
    assert_eq!(one.discord.sent("callback")[1], json!({ "type": 5, "data": { "flags": 64 } }));
    assert!(one.discord.original(2)["content"].as_str().unwrap().contains("agrees"));
    let long = submit(3, dialog, &[("name", "n".repeat(5000).as_str())], &card(&one));
    one.handle(&long).await;
    let typed: Vec<_> =
        clicks(&one).into_iter().map(|click| (click.button, click.typed, click.attests)).collect();
    let wanted = ["cart_v2".to_string(), "n".repeat(253)];
    assert_eq!(typed, wanted.map(|typed| (Button::ApproveTyped, Some(typed), None)));
    assert_eq!(clicks(&one)[0].incident, "inc-1");
    assert_eq!((one.counted("button", "asked-again"), one.counted("dialog", "answered")), (1, 2));
    // the card is kept by whoever keeps incidents
    assert!(one.discord.sent("message").is_empty() && one.flow.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_word_is_given_in_a_dialog_of_its_own() {
    let one = Replica::new();
    one.handle(&pressed(&one, 1, Button::Attest)).await;
    let callback = one.discord.sent("callback").remove(0);
    assert_eq!(
        callback,
        json!({ "type": 9, "data": render::dialog(Button::Attest.form().unwrap(), "inc-1", Lang::En) })
    );
    assert!(clicks(&one).is_empty() && one.discord.original(1).is_null());

    let dialog = callback["data"]["custom_id"].as_str().unwrap();
    let filled = [("how", " BMC says off\n@everyone\u{202e}"), ("minutes_ago", " 3 ")];
    one.handle(&submit(2, dialog, &filled, &card(&one))).await;
    assert_eq!(one.discord.sent("callback")[1], json!({ "type": 5, "data": { "flags": 64 } }));
    assert!(one.discord.original(2)["content"].as_str().unwrap().contains("gives their word"));
    let [click] = &clicks(&one)[..] else { panic!("one click") };
    let attests =
        Attests { how: "BMC says off\n@everyone\u{fffd}".to_string(), minutes_ago: "3".to_string() };
    assert_eq!((click.button, click.incident.as_str()), (Button::Attest, "inc-1"));
    assert_eq!((&click.typed, &click.attests), (&None, &Some(attests)));
    assert_eq!(click.asker.person, "7");
    assert_eq!((one.counted("button", "asked-again"), one.counted("dialog", "answered")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn either_language_is_that_of_the_one_who_pressed() {
    let one = Replica::new();
    for (id, button) in
        [(1, Button::Approve), (2, Button::Decline), (3, Button::ApproveTyped), (4, Button::Attest)]
    {
        let mut raw = pressed(&one, id, button);
        raw["locale"] = json!("zh-CN");
        one.handle(&raw).await;
    }
    let asked = one.discord.sent("callback");
    assert_eq!(
        (&asked[0]["data"]["content"], &asked[1]["data"]["content"]),
        (&json!("确认同意？"), &json!("确认拒绝？"))
    );
    assert_eq!(asked[0]["data"]["components"][0]["components"][0]["label"], json!("同意"));
    for (at, button) in [(2, Button::ApproveTyped), (3, Button::Attest)] {
        assert_eq!(asked[at]["data"], render::dialog(button.form().unwrap(), "inc-1", Lang::Zh));
    }
}

/// Each way in, with this changed: the four buttons, one that is pressed once more, and both dialogs.
async fn all(one: &Replica, change: impl Fn(&mut Value)) {
    let mut raws = Button::ALL
        .into_iter()
        .filter(|button| button.acts())
        .zip(1..)
        .map(|(b, id)| pressed(one, id, b))
        .collect::<Vec<_>>();
    raws.push(press(5, &action::confirm(Button::Approve, "inc-1"), &card(one)));
    raws.push(submit(6, &dialog(Button::ApproveTyped), NAME, &card(one)));
    raws.push(submit(7, &dialog(Button::Attest), WORD, &card(one)));
    for mut raw in raws {
        change(&mut raw);
        one.handle(&raw).await;
    }
    assert!(clicks(one).is_empty());
}

#[tokio::test(start_paused = true)]
async fn elsewhere_nothing_is_asked_and_nothing_done() {
    let one = Replica::new();
    all(&one, |raw| raw["channel_id"] = json!("501")).await;
    for callback in one.discord.sent("callback") {
        assert_eq!((&callback["type"], &callback["data"]["flags"]), (&json!(4), &json!(64)));
        assert_eq!(callback["data"]["components"], json!([]));
    }
    assert_eq!((one.counted("button", "elsewhere"), one.counted("dialog", "elsewhere")), (5, 2));
    let one = Replica::new();
    all(&one, |raw| raw["guild_id"] = Value::Null).await;
    assert_eq!((one.counted("button", "elsewhere"), one.counted("dialog", "elsewhere")), (5, 2));
    let one = Replica::without_incidents();
    all(&one, |_| {}).await;
    assert!(
        one.discord.sent("callback").iter().all(|callback| callback.to_string().contains("no incidents"))
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_ours_is_left_alone() {
    let one = Replica::new();
    all(&one, |raw| raw["message"]["author"]["id"] = json!("666")).await;
    assert_eq!((one.counted("button", "foreign"), one.counted("dialog", "foreign")), (5, 2));
    let [typed, word] = [Button::ApproveTyped, Button::Attest].map(|button| action::confirm(button, "inc-1"));
    for (id, button) in
        [(11, "podwhy_confirm:approve:"), (12, "podwhy_confirm:inc-1"), (13, &typed), (14, &word)]
    {
        one.handle(&press(id, button, &card(&one))).await;
    }
    for (button, typed) in [(Button::ApproveTyped, NAME), (Button::Attest, WORD)] {
        let whole = submit(15, &dialog(button), typed, &card(&one));
        let changed = |path: &str, value: Value| {
            let mut raw = whole.clone();
            *raw.pointer_mut(path).unwrap() = value;
            raw
        };
        for raw in [
            changed("/data/components", json!([{ "type": 1, "components": [] }])),
            changed("/data/components/0/components/0/value", json!(7)),
            changed("/data/custom_id", json!("podwhy_dialog:attest:")),
            changed("/data/custom_id", json!("podwhy_dialog:approve:inc-1")),
            changed("/data/custom_id", json!("x")),
            changed("/message", Value::Null),
        ] {
            one.handle(&raw).await;
        }
    }
    assert!(clicks(&one).is_empty());
    assert_eq!((one.counted("button", "foreign"), one.counted("dialog", "foreign")), (9, 14));
}

/// A name is typed into its own dialog alone, and nobody's word is given by the way.
#[tokio::test(start_paused = true)]
async fn what_was_typed_into_the_other_dialog_is_nothing() {
    let one = Replica::new();
    for raw in [
        submit(1, &dialog(Button::Attest), NAME, &card(&one)),
        submit(2, &dialog(Button::Attest), &WORD[..1], &card(&one)),
        submit(3, &dialog(Button::ApproveTyped), WORD, &card(&one)),
    ] {
        one.handle(&raw).await;
    }
    assert!(clicks(&one).is_empty() && one.discord.sent("callback").is_empty());
    assert_eq!(one.counted("dialog", "foreign"), 3);
}

#[tokio::test(start_paused = true)]
async fn in_a_thread_of_the_channel_it_is_done() {
    let one = Replica::new();
    let mut raw = submit(1, &dialog(Button::Attest), WORD, &card(&one));
    raw["channel_id"] = json!("600");
    raw["channel"] = json!({ "id": "600", "type": 11, "parent_id": CHANNEL.to_string() });
    one.handle(&raw).await;
    assert_eq!(clicks(&one).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_replicas_hand_it_on_once() {
    let one = Replica::new();
    let other = Replica::over(&one.discord, |_| {});
    one.handle(&pressed(&one, 1, Button::Approve)).await;
    let confirmed = press(2, &action::confirm(Button::Approve, "inc-1"), &question(&one, 1));
    let submitted = submit(3, &dialog(Button::ApproveTyped), NAME, &card(&one));
    let word = submit(4, &dialog(Button::Attest), WORD, &card(&one));
    for raw in [confirmed, submitted, word] {
        tokio::join!(one.handle(&raw), other.handle(&raw));
    }
    assert_eq!(clicks(&one).len() + clicks(&other).len(), 3);
}

/// Nothing is done where it is not known whether Discord took the press, and the button is there to be pressed again.
#[tokio::test(start_paused = true)]
async fn a_lost_acknowledgement_can_be_pressed_again() {
    let one = Replica::new();
    one.handle(&pressed(&one, 1, Button::Approve)).await;
    let question = question(&one, 1);
    one.discord.trouble("callback", [Trouble::IsLost]);
    one.handle(&press(2, &action::confirm(Button::Approve, "inc-1"), &question)).await;
    assert!(clicks(&one).is_empty() && one.discord.sent("original").is_empty());
    one.handle(&press(3, &action::confirm(Button::Approve, "inc-1"), &question)).await;
    assert_eq!(clicks(&one).len(), 1);
}
