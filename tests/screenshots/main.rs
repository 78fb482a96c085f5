//! `tests/screenshots/take`: the console on its playground, and an answer in Slack and in Discord, as pictures.

mod chat;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use fantoccini::{Client, Locator};
use podwhy::config::{Inputs, load};
use podwhy::{ConsoleOptions, Options};
use podwhy_tests::browser::{Browser, Window};

/// One picture of the console: its name, its window, its language, what is asked.
const PICTURES: [(&str, Window, &str, &str); 3] = [
    ("console.png", Window::DESK, "en", "why catalogue/deploy/ranker"),
    ("console-dark.png", Window { dark: true, ..Window::DESK }, "en", "triage"),
    ("console-phone-zh.png", Window::PHONE, "zh", "why mail/deploy/outbox"),
];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let adapters = PathBuf::from(std::env::args().nth(1).context("usage: screenshots ADAPTERS")?);
    chat::take_all(&adapters).await?;
    let folder = adapters.join("console/screenshots");
    for (name, window, lang, line) in PICTURES {
        take(&folder.join(name), window, lang, line).await.with_context(|| name.to_string())?;
        println!("{}", folder.join(name).display());
    }
    Ok(())
}

async fn take(file: &Path, window: Window, lang: &str, line: &str) -> anyhow::Result<()> {
    let settings = load(&Inputs::default().with_flag("--lang", "lang", Some(lang.to_string())))?.settings;
    let console = ConsoleOptions { playground: true, ..ConsoleOptions::default() };
    let running = podwhy::start(Options::console(settings, console)).await?;
    let browser = Browser::start(window).await?;
    let page = &browser.client;
    page.goto(running.url().unwrap_or_default()).await?;
    wait(page, "[data-ask*='catalogue/ranker']").await?;
    let input = page.find(Locator::Css("#question")).await?;
    input.send_keys(line).await?;
    input.send_keys("\u{e007}").await?;
    wait(page, ".card").await?;
    std::fs::write(file, page.screenshot().await?)?;
    browser.close().await
}

/// Until it is there, seen or not: on a phone the list is behind a button.
async fn wait(page: &Client, css: &str) -> anyhow::Result<()> {
    page.wait().at_most(Duration::from_secs(20)).for_element(Locator::Css(css)).await?;
    Ok(())
}
