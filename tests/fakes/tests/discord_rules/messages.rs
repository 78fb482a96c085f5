//! Messages that are too long, too empty, or that ping.

use anyhow::ensure;
use futures::FutureExt;
use podwhy_fakes::discord::Rule;
use serde_json::{Value, json};

use super::client::{Bench, OPS, text};
use super::{Case, case};

/// A message that is taken as it is.
fn good() -> Value {
    json!({
        "content": "web-0", "allowed_mentions": {"parse": []},
        "embeds": [{"title": "t", "description": "d", "footer": {"text": "f"}, "author": {"name": "a"},
            "fields": [{"name": "n", "value": "v", "inline": true}]}],
        "components": [{"type": 1, "components": [
            {"type": 2, "style": 1, "label": "Ask again", "custom_id": "ask"},
            {"type": 2, "style": 5, "label": "Docs", "url": "https://example.com"},
        ]}],
    })
}

/// The good message, made bad, is refused at this path.
async fn refused(bench: Bench, path: &str, change: fn(&mut Value)) -> anyhow::Result<()> {
    ensure!(bench.post(&good()).await?.status == 200);
    let mut body = good();
    change(&mut body);
    let answer = bench.post(&body).await?;
    ensure!(answer.code() == (400, 50035), "{answer:?}");
    ensure!(answer.body["message"] == "Invalid Form Body", "{answer:?}");
    let at = path.split('.').fold(&answer.body["errors"], |tree, key| &tree[key]);
    ensure!(at["_errors"][0]["code"].is_string(), "not at {path}: {}", answer.body);
    ensure!(bench.fake.messages(OPS).len() == 1, "it was taken all the same");
    Ok(())
}

/// The good message, made bad, is taken, as Discord would: the rule is one of ours.
async fn taken(bench: Bench, change: fn(&mut Value)) -> anyhow::Result<()> {
    let mut body = good();
    change(&mut body);
    let answer = bench.post(&body).await?;
    ensure!(answer.status == 200, "{answer:?}");
    Ok(())
}

macro_rules! refused {
    ($rule:ident, $what:expr, $path:expr, $change:expr) => {
        case(Rule::$rule, $what, |bench| refused(bench, $path, $change).boxed())
    };
}

macro_rules! taken {
    ($rule:ident, $what:expr, $change:expr) => {
        case(Rule::$rule, $what, |bench| taken(bench, $change).boxed())
    };
}

fn long(count: usize) -> Value {
    json!("x".repeat(count))
}

fn many(count: usize, one: &Value) -> Value {
    std::iter::repeat_n(one.clone(), count).collect()
}

fn buttons(count: usize) -> Value {
    (0..count).map(|n| json!({"type": 2, "style": 1, "label": "b", "custom_id": format!("b{n}")})).collect()
}

pub(super) const CASES: &[Case] = &[
    refused!(Limit, "2001 characters", "content", |m| m["content"] = long(2001)),
    refused!(Limit, "2001 letters of two bytes", "content", |m| m["content"] = json!("é".repeat(2001))),
    refused!(Limit, "11 embeds", "embeds", |m| m["embeds"] = many(11, &json!({"title": "t"}))),
    refused!(Limit, "embeds of 6001 characters in all", "embeds", |m| {
        m["embeds"] = json!([{"description": "x".repeat(4000)}, {"description": "x".repeat(2001)}]);
    }),
    refused!(Limit, "a title of 257", "embeds.0.title", |m| m["embeds"][0]["title"] = long(257)),
    refused!(Limit, "a description of 4097", "embeds.0.description", |m| m["embeds"][0]["description"] =
        long(4097)),
    refused!(Limit, "a footer of 2049", "embeds.0.footer.text", |m| m["embeds"][0]["footer"]["text"] =
        long(2049)),
    refused!(Limit, "an author of 257", "embeds.0.author.name", |m| m["embeds"][0]["author"]["name"] =
        long(257)),
    refused!(Limit, "a field's name of 257", "embeds.0.fields.0.name", |m| {
        m["embeds"][0]["fields"][0]["name"] = long(257);
    }),
    refused!(Limit, "a field's value of 1025", "embeds.0.fields.0.value", |m| {
        m["embeds"][0]["fields"][0]["value"] = long(1025);
    }),
    refused!(Limit, "26 fields", "embeds.0.fields", |m| {
        m["embeds"][0]["fields"] = many(26, &json!({"name": "n", "value": "v"}));
    }),
    refused!(Limit, "6 rows", "components", |m| {
        let row = |n: usize| json!({"type": 1, "components": [{"type": 2, "style": 1, "label": "b", "custom_id": n.to_string()}]});
        m["components"] = (0..6).map(row).collect();
    }),
    refused!(Limit, "6 buttons in a row", "components.0.components", |m| {
        m["components"][0]["components"] = buttons(6);
    }),
    refused!(Limit, "a row without buttons", "components.0.components", |m| {
        m["components"][0]["components"] = json!([]);
    }),
    refused!(Limit, "a label of 81", "components.0.components.0.label", |m| {
        m["components"][0]["components"][0]["label"] = long(81);
    }),
    refused!(Limit, "a custom_id of 101", "components.0.components.0.custom_id", |m| {
        m["components"][0]["components"][0]["custom_id"] = long(101);
    }),
    refused!(Limit, "a link of 513", "components.0.components.1.url", |m| {
        m["components"][0]["components"][1]["url"] =
            json!(format!("https://example.com/{}", "x".repeat(493)));
    }),
    refused!(Limit, "a nonce of 26", "nonce", |m| m["nonce"] = long(26)),
    refused!(Empty, "a field without a value", "embeds.0.fields.0.value", |m| {
        m["embeds"][0]["fields"][0]["value"] = json!("");
    }),
    refused!(Empty, "a field of white space", "embeds.0.fields.0.value", |m| {
        m["embeds"][0]["fields"][0]["value"] = json!(" \n ");
    }),
    refused!(Empty, "a field without a name", "embeds.0.fields.0.name", |m| {
        m["embeds"][0]["fields"][0]["name"] = json!("");
    }),
    refused!(Empty, "an embed that says nothing", "embeds.0.description", |m| m["embeds"] =
        json!([{"color": 1}])),
    case(Rule::Empty, "a message that says nothing", |bench| {
        async move {
            let answer = bench.post(&text(" ")).await?;
            ensure!(answer.code() == (400, 50006), "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
    refused!(Duplicate, "a custom_id twice", "components.1.components.0.custom_id", |m| {
        let row = m["components"][0].clone();
        m["components"] = many(2, &row);
    }),
    refused!(Component, "a button without a label", "components.0.components.0", |m| {
        m["components"][0]["components"][0]["label"] = json!("");
    }),
    refused!(Component, "a button without a custom_id", "components.0.components.0", |m| {
        m["components"][0]["components"][0]["custom_id"] = Value::Null;
    }),
    refused!(Component, "a link with a custom_id", "components.0.components.1", |m| {
        m["components"][0]["components"][1]["custom_id"] = json!("x");
    }),
    refused!(Component, "a link to a script", "components.0.components.1.url", |m| {
        m["components"][0]["components"][1]["url"] = json!("javascript:alert(1)");
    }),
    refused!(Component, "a button that is in no row", "components.0.type", |m| m["components"] = buttons(1)),
    refused!(Attachment, "a picture that is no file", "embeds", |m| {
        m["embeds"][0]["image"] = json!({"url": "attachment://graph.png"});
    }),
    refused!(Schema, "a colour that is none", "embeds.0.color", |m| m["embeds"][0]["color"] =
        json!(0x0100_0000)),
    refused!(Schema, "a number for a text", "content", |m| m["content"] = json!(7)),
    taken!(UnknownKey, "a key that is none", |m| m["embed"] = json!({"title": "t"})),
    taken!(UnknownKey, "a key of a field that is none", |m| m["embeds"][0]["fields"][0]["inlined"] =
        json!(true)),
    taken!(UnknownKey, "a key of a button that is none", |m| m["components"][0]["components"][0]["value"] =
        json!("v")),
    taken!(Mentions, "no allowed_mentions", |m| m["allowed_mentions"] = Value::Null),
    taken!(Mentions, "mentions of everyone", |m| m["allowed_mentions"] = json!({"parse": ["everyone"]})),
    taken!(Mentions, "no parse: all are allowed then", |m| m["allowed_mentions"] = json!({})),
    taken!(Mentions, "a mention of somebody", |m| m["allowed_mentions"] =
        json!({"parse": [], "users": ["201"]})),
    taken!(Mentions, "a mention of who is replied to", |m| {
        m["allowed_mentions"] = json!({"parse": [], "replied_user": true});
    }),
    case(Rule::Mentions, "an edit that forgets them", |bench| {
        async move {
            let id = bench.post(&good()).await?.id();
            let path = format!("/channels/{OPS}/messages/{id}");
            ensure!(bench.client.call("PATCH", &path, &json!({"content": "@everyone"})).await?.status == 200);
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Limit, "a thread's name of 101", |bench| {
        async move {
            let id = bench.post(&good()).await?.id();
            let path = format!("/channels/{OPS}/messages/{id}/threads");
            let answer = bench.client.call("POST", &path, &json!({"name": "x".repeat(101)})).await?;
            ensure!(answer.code() == (400, 50035) && answer.body["errors"]["name"].is_object(), "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
];
