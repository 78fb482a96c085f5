use std::sync::Arc;
use std::time::Duration;

use podwhy_flow::incident::Button;
use podwhy_flow::incident::words::NOT_NOW;
use podwhy_flow::ports::Attests;
use podwhy_knowledge::Lang;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::front::Front;
use crate::inbound::{Kind, Raw};
use crate::outbound::{CallError, Method};
use crate::render::{action, label};
use crate::testing::{Bench, Fate, filled, own};

/// What is typed into the dialogs.
const NAME: &[(&str, &str)] = &[("name", "cart")];
const WORD: &[(&str, &str)] = &[("how", "BMC says off"), ("minutes_ago", "0")];

fn click(button: Button, channel: &str, lang: Lang) -> Value {
    let action = json!({"action_id": action::incident(button), "value": "rem-1",
        "text": {"type": "plain_text", "text": label(button).of(lang)}});
    let title = json!({"type": "rich_text_section", "elements": [{"type": "emoji", "name": "red_circle"},
        {"type": "text", "text": " "}, {"type": "text", "text": "rollback · cart", "style": {"bold": true}}]});
    json!({"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U2", "team_id": "T1", "name": "ann"},
        "trigger_id": "9.9", "channel": {"id": channel}, "response_url": "https://hooks.slack.com/actions/T1/1/x",
        "container": {"type": "message", "channel_id": channel, "message_ts": "5.5", "is_ephemeral": false},
        "actions": [action], "message": {"ts": "5.5", "blocks": [{"type": "rich_text", "elements": [title]}]}})
}

/// What comes back of a view that was opened, once this is typed into it.
fn submitted(view: &Value, typed: &[(&str, &str)]) -> Value {
    let mut view = view.clone();
    view["id"] = json!("V1");
    view["team_id"] = json!("T1");
    view["state"] = filled(typed);
    json!({"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U2", "team_id": "T1", "name": "ann"},
        "trigger_id": "8.8", "view": view, "response_urls": []})
}

/// Takes payloads in as they come, and is done with all of them.
async fn comes(bench: &Bench, payloads: impl IntoIterator<Item = Value>) {
    let (front, queue) = Front::new(own(), "/pod".into(), 9, bench.metrics.clone());
    payloads.into_iter().for_each(|payload| front.take(Raw { kind: Kind::Interactive, payload }));
    drop(front);
    let (_stopper, stop) = crate::stop::stopper();
    crate::answer::answer_all(Arc::clone(&bench.work), queue, stop).await;
}

fn opened(bench: &Bench) -> Vec<Value> {
    bench.slack.calls(Method::OpenView).into_iter().map(|call| call.body).collect()
}

/// What the person alone was told, by the click's response URL.
fn told(bench: &Bench) -> Vec<String> {
    let bodies = bench.slack.calls(Method::Respond).into_iter().map(|call| call.body);
    bodies.map(|body| body["text"].as_str().unwrap().to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn from_the_click_to_the_answer_in_every_language() {
    let attests = Attests { how: "BMC says off".into(), minutes_ago: "0".into() };
    for (button, typed, wanted, said) in [
        (Button::ApproveTyped, NAME, (Some("cart".to_string()), None), "ann agrees"),
        (Button::Attest, WORD, (None, Some(attests)), "ann gives their word"),
    ] {
        for lang in Lang::ALL {
            assert_eq!(answered(button, lang, typed, said).await, wanted);
        }
    }
}

/// From the click to the answer; what was typed, as the flow has it.
async fn answered(
    button: Button,
    lang: Lang,
    typed: &[(&str, &str)],
    said: &str,
) -> (Option<String>, Option<Attests>) {
    let bench = Bench::new();
    comes(&bench, [click(button, "C1", lang)]).await;
    let [call] = &opened(&bench)[..] else { panic!("one dialog") };
    assert_eq!(call["trigger_id"], "9.9");
    let view = &call["view"];
    assert!(view.to_string().contains("rollback · cart"), "{view}");
    let form = button.form().unwrap();
    assert_eq!(view["submit"]["text"], form.send.of(lang));
    assert_eq!(view["blocks"][1]["label"]["text"], form.fields[0].label.of(lang));
    assert!(bench.incidents.clicks.lock().unwrap().is_empty(), "nothing counts yet");
    // the same again, and a second press because the first seemed to fail
    let submission = submitted(view, typed);
    let mut pressed_again = submission.clone();
    pressed_again["trigger_id"] = json!("8.9");
    comes(&bench, [submission.clone(), submission, pressed_again]).await;
    let clicks = bench.incidents.clicks.lock().unwrap().clone();
    let [click] = &clicks[..] else { panic!("one click: {clicks:?}") };
    assert_eq!((click.button, click.incident.as_str()), (button, "rem-1"));
    assert_eq!(click.asker.person, "U2");
    let [whispered] = &bench.slack.calls(Method::PostEphemeral)[..] else { panic!("told once") };
    assert_eq!((&whispered.body["channel"], &whispered.body["user"]), (&json!("C1"), &json!("U2")));
    assert_eq!(whispered.body["text"], said);
    assert!(told(&bench).is_empty() && bench.slack.calls(Method::PostMessage).is_empty());
    (click.typed.clone(), click.attests.clone())
}

#[tokio::test(start_paused = true)]
async fn a_copy_of_the_click_is_refused_by_slack_and_says_nothing() {
    let bench = Bench::new();
    let exchanged = Fate::Fails(CallError::of_word("exchanged_trigger_id"));
    bench.slack.fate(Method::OpenView, [Fate::Passes, exchanged]);
    comes(&bench, [click(Button::Attest, "C1", Lang::En), click(Button::Attest, "C1", Lang::En)]).await;
    assert_eq!((opened(&bench).len(), told(&bench).len()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_opened_is_told_and_not_tried_again() {
    for error in [
        CallError::of_word("expired_trigger_id"),
        CallError::Failed("http_503".into()),
        CallError::Unreachable { sent: false },
        CallError::Limited(Duration::from_secs(1)),
    ] {
        let bench = Bench::new();
        bench.slack.fate(Method::OpenView, [Fate::Fails(error)]);
        comes(&bench, [click(Button::Attest, "C1", Lang::Zh)]).await;
        assert_eq!((opened(&bench).len(), told(&bench)), (1, vec![NOT_NOW.of(Lang::Zh).to_string()]));
        assert!(bench.metrics.text().contains(r#"method="views.open""#));
    }
    let bench = Bench::new();
    bench.slack.fate(Method::OpenView, [Fate::Hangs]);
    comes(&bench, [click(Button::Attest, "C1", Lang::En)]).await;
    assert_eq!(told(&bench), [NOT_NOW.of(Lang::En)]);
}

#[tokio::test(start_paused = true)]
async fn a_trigger_that_is_too_old_is_not_sent() {
    let bench = Bench::new();
    let long_ago = Instant::now();
    tokio::time::advance(Duration::from_secs(3)).await;
    let late = bench.work.outbound.open("9.9", long_ago, json!({})).await;
    assert_eq!(late, Err(CallError::Late));
    // nor does one wait for longer than it lasts
    bench.slack.fate(Method::OpenView, [Fate::Fails(CallError::Limited(Duration::from_secs(60)))]);
    assert!(bench.work.outbound.open("9.9", Instant::now(), json!({})).await.is_err());
    let since = Instant::now();
    assert_eq!(bench.work.outbound.open("9.9", since, json!({})).await, Err(CallError::Late));
    assert_eq!(since.elapsed(), Duration::from_secs(3));
    assert_eq!(opened(&bench).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_claim_is_waited_for_before_a_dialog() {
    let bench = Bench::new();
    bench.claims.fails.store(true, std::sync::atomic::Ordering::SeqCst);
    comes(&bench, [click(Button::Attest, "C1", Lang::En)]).await;
    assert_eq!(opened(&bench).len(), 1);
    comes(&bench, [submitted(&opened(&bench)[0]["view"], WORD)]).await;
    assert!(bench.incidents.clicks.lock().unwrap().is_empty(), "what counts is claimed");
}

#[tokio::test(start_paused = true)]
async fn in_a_channel_that_is_not_configured_nothing_is_opened_or_done() {
    let bench = Bench::new();
    comes(&bench, [click(Button::Attest, "C9", Lang::En)]).await;
    assert_eq!((opened(&bench).len(), told(&bench).len()), (0, 1));
    let carried = json!({"incident": "rem-1", "channel": "C9"}).to_string();
    let view =
        json!({"callback_id": action::dialog(Button::Attest.form().unwrap()), "private_metadata": carried});
    comes(&bench, [submitted(&view, WORD)]).await;
    assert!(bench.incidents.clicks.lock().unwrap().is_empty());
    assert_eq!(bench.slack.calls(Method::PostEphemeral).len(), 1);
}
