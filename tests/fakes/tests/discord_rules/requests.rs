//! Calls that no body can mend, and commands.

use std::time::Duration;

use anyhow::ensure;
use futures::FutureExt;
use podwhy_fakes::discord::{Route, Rule};
use serde_json::{Value, json};

use super::client::{ALERTS, APPLICATION, Bench, OPS, jump, text};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case(Rule::Token, "a wrong token", |mut bench| {
        async move {
            bench.client.token = "wrong".to_string();
            let answer = bench.post(&text("hello")).await?;
            ensure!(
                answer.status == 401 && answer.body == json!({"message": "401: Unauthorized", "code": 0})
            );
            Ok(())
        }
        .boxed()
    }),
    case(Rule::UserAgent, "no user agent", |mut bench| {
        async move {
            bench.client.agent = None;
            ensure!(bench.post(&text("hello")).await?.status == 200);
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Route, "a route that is none", |bench| {
        async move {
            ensure!(bench.client.get("/channels/101/everything").await?.code() == (404, 0));
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Body, "a text that says it is a text", |bench| {
        async move {
            let request = bench.client.request("POST", &format!("/channels/{OPS}/messages"))?;
            let answer = bench.client.send(request.header("content-type", "text/plain").body("{}")).await?;
            ensure!(answer.code() == (400, 50109), "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Body, "a file under another name than files[n]", |bench| {
        async move {
            let path = format!("/channels/{OPS}/messages");
            let answer = bench.client.upload("POST", &path, &text("log"), "file").await?;
            ensure!(answer.code() == (400, 50109), "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Body, "commands that are no list", |bench| {
        async move {
            let answer = bench
                .client
                .call("PUT", &format!("/applications/{APPLICATION}/commands"), &json!({}))
                .await?;
            ensure!(answer.code() == (400, 50035), "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Attachment, "a file that was not sent", |bench| {
        async move {
            let mut body = text("log");
            body["attachments"] = json!([{"id": "7", "filename": "log.txt"}]);
            let path = format!("/channels/{OPS}/messages");
            let answer = bench.client.upload("POST", &path, &body, "files[0]").await?;
            ensure!(answer.code() == (400, 50035), "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
    case(Rule::ForeignMessage, "an edit of what somebody else wrote", |bench| {
        async move {
            let id = bench.fake.post(ALERTS, OPS, "web-0 is down", Vec::new())?;
            let path = format!("/channels/{OPS}/messages/{id}");
            let answer = bench.client.call("PATCH", &path, &text("mine")).await?;
            ensure!(answer.code() == (403, 50005), "{answer:?}");
            ensure!(bench.fake.messages(OPS).iter().all(|m| m.said.content == "web-0 is down"));
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Early, "the same again at once", |bench| {
        async move {
            bench.fake.rate_limit(Route::CreateMessage, Duration::from_millis(1500), 1);
            let answer = bench.post(&text("hello")).await?;
            ensure!(answer.status == 429 && answer.header("retry-after") == "2", "{answer:?}");
            let wait = answer.body["retry_after"].as_f64();
            ensure!(wait == Some(1.5) && answer.body["global"] == false, "{answer:?}");
            ensure!(bench.post(&text("hello")).await?.status == 429);
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Early, "something else of the bucket before its time", |bench| {
        async move {
            bench.fake.rate_limit(Route::CreateMessage, Duration::from_secs(3), 1);
            ensure!(bench.post(&text("one")).await?.status == 429);
            jump(Duration::from_millis(1500)).await;
            ensure!(bench.post(&text("two")).await?.status == 429);
            jump(Duration::from_millis(1500)).await;
            ensure!(bench.post(&text("three")).await?.status == 200);
            Ok(())
        }
        .boxed()
    }),
    case(Rule::Command, "a name in capitals", |bench| {
        refused(bench, "name", |c| c["name"] = json!("Pod")).boxed()
    }),
    case(Rule::Command, "a required option behind one that is not", |bench| {
        refused(bench, "options.0.options.1", |c| {
            c["options"][0]["options"].as_array_mut().into_iter().for_each(|list| list.reverse());
        })
        .boxed()
    }),
    case(Rule::Command, "choices and autocomplete", |bench| {
        refused(bench, "options.0.options.0", |c| {
            c["options"][0]["options"][0]["choices"] = json!([{"name": "a", "value": "a"}]);
        })
        .boxed()
    }),
    case(Rule::Command, "an option twice", |bench| {
        refused(bench, "options.0.options.1", |c| c["options"][0]["options"][1]["name"] = json!("name"))
            .boxed()
    }),
    case(Rule::Command, "an option beside a subcommand", |bench| {
        refused(bench, "options", |c| c["options"][1]["type"] = json!(3)).boxed()
    }),
    case(Rule::Command, "a description of a command for messages", |bench| {
        refused(bench, "description", |c| *c = json!({"name": "Why", "type": 3, "description": "why"}))
            .boxed()
    }),
    case(Rule::Limit, "a description of 101 characters", |bench| {
        refused(bench, "description", |c| c["description"] = json!("d".repeat(101))).boxed()
    }),
    case(Rule::Limit, "26 choices", |bench| {
        refused(bench, "options.0.options.0.choices", |c| {
            let option = &mut c["options"][0]["options"][0];
            option["autocomplete"] = json!(false);
            let choice = |n: usize| json!({"name": n.to_string(), "value": n.to_string()});
            option["choices"] = (0..26).map(choice).collect();
        })
        .boxed()
    }),
    case(Rule::Limit, "a command of more than 8000 characters", |bench| {
        refused(bench, "", |c| {
            let option =
                |n: usize| json!({"type": 3, "name": format!("o{n}"), "description": "d".repeat(100)});
            let subcommand = |n: usize| {
                let options: Vec<Value> = (0..25).map(option).collect();
                json!({"type": 1, "name": format!("s{n}"), "description": "d", "options": options})
            };
            c["options"] = (0..4).map(subcommand).collect();
        })
        .boxed()
    }),
    case(Rule::Empty, "a command without a description", |bench| {
        refused(bench, "description", |c| c["description"] = json!("")).boxed()
    }),
    case(Rule::UnknownKey, "a command with a key of its own", |bench| {
        async move {
            let command = json!({"name": "x", "description": "y", "descriptions": "z"});
            let answer =
                bench.client.call("POST", &format!("/applications/{APPLICATION}/commands"), &command).await?;
            ensure!(answer.status == 201, "{answer:?}");
            Ok(())
        }
        .boxed()
    }),
];

/// The good command, made bad, is refused at this path.
async fn refused(bench: Bench, path: &str, change: fn(&mut Value)) -> anyhow::Result<()> {
    let mut command = super::client::commands()[0].clone();
    change(&mut command);
    let answer =
        bench.client.call("POST", &format!("/applications/{APPLICATION}/commands"), &command).await?;
    ensure!(answer.code() == (400, 50035), "{answer:?}");
    let at =
        path.split('.').filter(|key| !key.is_empty()).fold(&answer.body["errors"], |tree, key| &tree[key]);
    ensure!(at["_errors"][0]["code"].is_string(), "not at {path}: {}", answer.body);
    Ok(())
}
