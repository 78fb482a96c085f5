//! Interactions acknowledged late, twice, wrongly; tokens used too early, too late, or never given.

use std::time::Duration;

use anyhow::ensure;
use futures::FutureExt;
use podwhy_fakes::discord::{ACKNOWLEDGE_WITHIN, Route, Rule, TOKEN_LIVES};
use serde_json::{Value, json};

use super::client::{ALICE, APPLICATION, Bench, OPS, jump, original, text};
use super::{Case, case};

const MOMENT: Duration = Duration::from_millis(100);

/// Acknowledges what Alice asked, as told; the answer has this status and code.
async fn answered(bench: Bench, body: Value, expected: (u16, u64)) -> anyhow::Result<()> {
    let asked = bench.ask()?;
    let answer = bench.answer(&asked, &body).await?;
    ensure!(answer.code() == expected, "{answer:?}");
    ensure!(expected.0 < 300 || bench.fake.look(|state| state.unacknowledged() == [asked.0]));
    Ok(())
}

/// A form of these rows.
fn form(rows: Value) -> Value {
    json!({"type": 9, "data": {"title": "t", "custom_id": "form", "components": rows}})
}

/// A row of one text.
fn row(custom_id: &str, label: &str) -> Value {
    json!({"type": 1, "components": [{"type": 4, "custom_id": custom_id, "style": 1, "label": label}]})
}

/// A form that was filled in, after what Alice asked, is answered as told: that is refused.
async fn filled_in(bench: Bench, body: Value) -> anyhow::Result<()> {
    let asked = bench.ask()?;
    ensure!(bench.answer(&asked, &form(json!([row("i", "l")]))).await?.status == 204);
    let sent = bench.token(bench.fake.submit_modal(asked.0, &[("i", "web-0")])?)?;
    let answer = bench.answer(&sent, &body).await?;
    ensure!(answer.code() == (400, 50035), "{answer:?}");
    Ok(())
}

/// Answers a completion as told: it is refused at this path.
async fn completed(bench: Bench, choices: Value, path: &str) -> anyhow::Result<()> {
    let asked = bench.token(bench.fake.autocomplete(ALICE, OPS, "why", "name", "we")?)?;
    let answer = bench.answer(&asked, &json!({"type": 8, "data": {"choices": choices}})).await?;
    ensure!(answer.code() == (400, 50035), "{answer:?}");
    let at = path.split('.').fold(&answer.body["errors"]["data"]["choices"], |tree, key| &tree[key]);
    ensure!(at["_errors"][0]["code"].is_string() || path.is_empty(), "not at {path}: {}", answer.body);
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    case(Rule::LateCallback, "an acknowledgement after 3.1 s", |bench| {
        async move {
            let asked = bench.ask()?;
            jump(ACKNOWLEDGE_WITHIN + MOMENT).await;
            let answer = bench.answer(&asked, &json!({"type": 5})).await?;
            ensure!(answer.code() == (404, 10062), "{answer:?}");
            ensure!(bench.fake.callbacks().iter().all(|callback| callback.latency > ACKNOWLEDGE_WITHIN));
            ensure!(bench.fake.messages(OPS).is_empty());
            Ok(())
        }
        .boxed()
    }),
    case(Rule::SecondCallback, "an acknowledgement twice", |bench| {
        async move {
            let asked = bench.ask()?;
            ensure!(bench.answer(&asked, &json!({"type": 5})).await?.status == 204);
            let answer = bench.answer(&asked, &json!({"type": 5})).await?;
            ensure!(answer.code() == (400, 40060), "{answer:?}");
            ensure!(bench.fake.messages(OPS).len() == 1);
            Ok(())
        }
        .boxed()
    }),
    case(Rule::CallbackType, "choices for a command", |bench| {
        answered(bench, json!({"type": 8, "data": {"choices": []}}), (400, 50035)).boxed()
    }),
    case(Rule::CallbackType, "an edit for a command", |bench| {
        answered(bench, json!({"type": 7, "data": text("x")}), (400, 50035)).boxed()
    }),
    case(Rule::CallbackType, "a message for a completion", |bench| {
        async move {
            let asked = bench.token(bench.fake.autocomplete(ALICE, OPS, "why", "name", "we")?)?;
            let answer = bench.answer(&asked, &json!({"type": 4, "data": text("x")})).await?;
            ensure!(answer.code() == (400, 50035), "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
    case(Rule::UnknownInteraction, "an interaction that never was", |bench| {
        async move {
            let answer = bench.answer(&(1, "x".to_string()), &json!({"type": 5})).await?;
            ensure!(answer.code() == (404, 10062), "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
    case(Rule::UnknownInteraction, "an interaction with another's token", |bench| {
        async move {
            let ((first, _), (_, token)) = (bench.ask()?, bench.ask()?);
            let answer = bench.answer(&(first, token), &json!({"type": 5})).await?;
            ensure!(answer.code() == (404, 10062), "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
    case(Rule::NotAcknowledged, "an edit before the acknowledgement", |bench| {
        async move {
            let (_, token) = bench.ask()?;
            let answer = bench.client.call("PATCH", &original(&token), &text("x")).await?;
            ensure!(answer.code() == (404, 10015), "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
    case(Rule::DeadToken, "an edit after 15 minutes", |bench| {
        async move {
            let asked = bench.ask()?;
            ensure!(bench.answer(&asked, &json!({"type": 5})).await?.status == 204);
            jump(TOKEN_LIVES - MOMENT).await;
            ensure!(bench.client.call("PATCH", &original(&asked.1), &text("x")).await?.status == 200);
            jump(MOMENT).await;
            let answer = bench.client.call("PATCH", &original(&asked.1), &text("y")).await?;
            ensure!(answer.code() == (401, 50027), "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
    case(Rule::DeadToken, "a followup by a token that was called dead", |bench| {
        async move {
            let asked = bench.ask()?;
            ensure!(bench.answer(&asked, &json!({"type": 4, "data": text("x")})).await?.status == 204);
            bench.fake.expire_tokens();
            let path = format!("/webhooks/{APPLICATION}/{}", asked.1);
            ensure!(bench.client.call("POST", &path, &text("y")).await?.code() == (401, 50027));
            let next = bench.ask()?;
            ensure!(bench.answer(&next, &json!({"type": 5})).await?.status == 204);
            ensure!(bench.client.call("PATCH", &original(&next.1), &text("z")).await?.status == 200);
            Ok(())
        }
        .boxed()
    }),
    case(Rule::UnknownToken, "an edit with a token that never was", |bench| {
        async move {
            let answer = bench.client.call("PATCH", &original("never"), &text("x")).await?;
            ensure!(answer.code() == (404, 10015), "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Mentions, "a reply that may ping", |bench| {
        answered(bench, json!({"type": 4, "data": {"content": "@everyone"}}), (204, 0)).boxed()
    }),
    case(Rule::Limit, "a reply of 2001 characters", |bench| {
        answered(bench, json!({"type": 4, "data": text(&"x".repeat(2001))}), (400, 50035)).boxed()
    }),
    case(Rule::Empty, "a reply that says nothing", |bench| {
        answered(bench, json!({"type": 4, "data": text("")}), (400, 50006)).boxed()
    }),
    case(Rule::UnknownKey, "a reply with a key of its own", |bench| {
        answered(bench, json!({"type": 5, "data": {"ephemeral": true}}), (204, 0)).boxed()
    }),
    case(Rule::Limit, "26 choices", |bench| {
        let choice = |n: usize| json!({"name": n.to_string(), "value": n.to_string()});
        completed(bench, (0..26).map(choice).collect(), "").boxed()
    }),
    case(Rule::Limit, "a choice's name of 101", |bench| {
        completed(bench, json!([{"name": "x".repeat(101), "value": "x"}]), "0.name").boxed()
    }),
    case(Rule::Limit, "a choice's value of 101", |bench| {
        completed(bench, json!([{"name": "x", "value": "x".repeat(101)}]), "0.value").boxed()
    }),
    case(Rule::Empty, "a choice without a name", |bench| {
        completed(bench, json!([{"name": "", "value": "x"}]), "0.name").boxed()
    }),
    case(Rule::Limit, "a form's title of 46", |bench| {
        let input = json!({"type": 4, "custom_id": "i", "style": 1, "label": "l"});
        let row = json!({"type": 1, "components": [input]});
        let data = json!({"title": "x".repeat(46), "custom_id": "form", "components": [row]});
        answered(bench, json!({"type": 9, "data": data}), (400, 50035)).boxed()
    }),
    case(Rule::Limit, "a label of 46 in a form", |bench| {
        answered(bench, form(json!([row("i", &"x".repeat(46))])), (400, 50035)).boxed()
    }),
    case(Rule::Limit, "two texts in a row of a form", |bench| {
        let mut both = row("i", "l");
        both["components"] = json!([both["components"][0], row("j", "l")["components"][0]]);
        answered(bench, form(json!([both])), (400, 50035)).boxed()
    }),
    case(Rule::Empty, "a text of a form without a label", |bench| {
        let bare = json!({"type": 1, "components": [{"type": 4, "custom_id": "i", "style": 1}]});
        answered(bench, form(json!([bare])), (400, 50035)).boxed()
    }),
    case(Rule::Limit, "a text that is to be longer than any", |bench| {
        let mut long = row("i", "l");
        long["components"][0]["max_length"] = json!(4001);
        answered(bench, form(json!([long])), (400, 50035)).boxed()
    }),
    case(Rule::Duplicate, "a form with the same field twice", |bench| {
        answered(bench, form(json!([row("i", "l"), row("i", "m")])), (400, 50035)).boxed()
    }),
    case(Rule::Component, "a button in a form", |bench| {
        let button = json!({"type": 2, "style": 1, "label": "l", "custom_id": "b"});
        answered(bench, form(json!([button])), (400, 50035)).boxed()
    }),
    case(Rule::UnknownKey, "a text of a form with a key of its own", |bench| {
        let mut odd = row("i", "l");
        odd["components"][0]["hint"] = json!("x");
        answered(bench, form(json!([odd])), (204, 0)).boxed()
    }),
    case(Rule::CallbackType, "a form for a form", |bench| {
        filled_in(bench, form(json!([row("i", "l")]))).boxed()
    }),
    case(Rule::CallbackType, "an edit for a form after a command", |bench| {
        filled_in(bench, json!({"type": 7, "data": text("x")})).boxed()
    }),
    case(Rule::CallbackType, "a form for a completion", |bench| {
        async move {
            let asked = bench.token(bench.fake.autocomplete(ALICE, OPS, "why", "name", "we")?)?;
            let answer = bench.answer(&asked, &form(json!([row("i", "l")]))).await?;
            ensure!(answer.code() == (400, 50035), "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Early, "an edit before Retry-After is over", |bench| {
        async move {
            let asked = bench.ask()?;
            ensure!(bench.answer(&asked, &json!({"type": 5})).await?.status == 204);
            bench.fake.rate_limit(Route::EditOriginal, Duration::from_secs(1), 1);
            for expected in [429, 429] {
                ensure!(
                    bench.client.call("PATCH", &original(&asked.1), &text("x")).await?.status == expected
                );
            }
            jump(Duration::from_secs(1)).await;
            ensure!(bench.client.call("PATCH", &original(&asked.1), &text("x")).await?.status == 200);
            Ok(())
        }
        .boxed()
    }),
];
