//! An answer as Slack and as Discord show it: of the playground's pod that runs out of memory, rendered by the two
//! adapters, and drawn by the pages beside this file.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use podwhy_flow::ask::command::command;
use podwhy_flow::ask::desk::answer_from;
use podwhy_flow::chat::{Audience, Content, Reply};
use podwhy_knowledge::causes::find;
use podwhy_knowledge::{Lang, World};
use podwhy_tests::browser::{Browser, Window};
use podwhy_tests::recordings::repository;
use serde_json::{Value, json};

/// Whose page draws it, the language, and the file below the folder of the adapters.
const PICTURES: [(App, Lang, &str); 3] = [
    (App::Slack, Lang::En, "slack/screenshots/answer.png"),
    (App::Slack, Lang::Zh, "slack/screenshots/answer-zh.png"),
    (App::Discord, Lang::En, "discord/screenshots/answer.png"),
];

/// What is asked; its pod is in the cause's own case.
const LINE: &str = "why prod:catalogue/ranker-75f9d6c8b4-h6kqs";
/// The newest time in that case: the pictures are the same whenever they are taken.
const NOW: &str = "2026-05-04T09:20:10Z";

#[derive(Clone, Copy, Debug)]
enum App {
    Slack,
    Discord,
}

/// Takes them all.
///
/// # Errors
/// When the answer cannot be made, a page cannot draw a part of it, or the browser fails.
pub async fn take_all(adapters: &Path) -> anyhow::Result<()> {
    let world = Arc::new(world()?);
    let browser = Browser::start(Window::DESK).await?;
    for (app, lang, name) in PICTURES {
        let file = adapters.join(name);
        take(&browser, app, &reply(&world, lang)?, &file).await.with_context(|| name.to_string())?;
        println!("{}", file.display());
    }
    browser.close().await
}

/// The cluster of the case, as it is read live: what is not there does not exist.
fn world() -> anyhow::Result<World> {
    let case = find("oom-killed").context("the cause is not in the catalogue")?.case;
    let (_about, objects) = case.split_once("\n---\n").context("the case has no objects")?;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("objects.yaml"), objects)?;
    let dump = json!({"taken_at": NOW, "cluster": "prod", "complete": true});
    std::fs::write(folder.path().join("podwhy-dump.json"), dump.to_string())?;
    let dump = podwhy_files::read(folder.path(), &podwhy_files::Options::default())?;
    ensure!(dump.warnings.is_empty(), "{:?}", dump.warnings);
    Ok(dump.world)
}

fn reply(world: &Arc<World>, lang: Lang) -> anyhow::Result<Reply> {
    let answer = answer_from(world, &command(LINE)?, lang)?;
    let content = Content::Answer(answer);
    Ok(Reply { lang, audience: Audience::Channel, content, line: Some(LINE.to_string()), fix: false })
}

async fn take(browser: &Browser, app: App, reply: &Reply, file: &Path) -> anyhow::Result<()> {
    let (page, message) = match app {
        App::Slack => ("slack.html", slack(reply)),
        App::Discord => ("discord.html", discord(reply)),
    };
    let now = NOW.parse::<Timestamp>()?.as_millisecond();
    let lang = reply.lang.to_string();
    let picture = json!({"lang": lang, "now": now, "channel": "ops", "person": "mina", "line": LINE, "message": message});
    let page = repository().join("tests/screenshots").join(page);
    let client = &browser.client;
    client.goto(&format!("file://{}", page.display())).await?;
    // handed over as a value: nothing in the message is read as HTML or as a script
    let size = client.execute("return show(arguments[0])", vec![picture]).await?;
    let side =
        |name: &str| size[name].as_u64().and_then(|side| u32::try_from(side).ok()).context("the page's size");
    client.set_window_size(side("width")?, side("height")?).await?;
    std::fs::write(file, client.screenshot().await?)?;
    Ok(())
}

fn slack(reply: &Reply) -> Value {
    let message = podwhy_slack::render::message(reply, podwhy_slack::render::State::Answer);
    json!({"text": message.text, "blocks": message.blocks})
}

fn discord(reply: &Reply) -> Value {
    let message = podwhy_discord::render::message(reply, podwhy_discord::render::State::Answer);
    json!({"content": message.content, "embeds": message.embeds, "components": message.components})
}
