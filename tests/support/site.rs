//! A playground that outlives the bot, as configuration names it, and a clock that a test puts forward.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use podwhy::Running;
use podwhy::chats::ChatOptions;
use podwhy_fakes::slack::FakeSlack;
use podwhy_flow::ports::Clock;
use podwhy_playground::{Options, Playground, Store};

use crate::chat::{Bot, SOON, channel};

/// One cluster, `playground`, and the time the bot is told.
pub struct Site {
    playground: Playground,
    folder: tempfile::TempDir,
    ahead: Arc<AtomicI64>,
}

impl Site {
    /// With the knowledge base's cases, or without anything.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn new(empty: bool) -> anyhow::Result<Site> {
        let playground = Playground::start(Options { empty, ..Options::default() }).await?;
        let site = Site { playground, folder: tempfile::tempdir()?, ahead: Arc::default() };
        std::fs::write(site.kubeconfig(), site.playground.kubeconfig().to_string())?;
        Ok(site)
    }

    fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig.json")
    }

    /// Its objects.
    ///
    /// # Errors
    /// Where there is no such cluster.
    pub fn store(&self) -> anyhow::Result<Arc<Store>> {
        self.playground.store("playground").context("no cluster playground")
    }

    /// From now on the bot's clock is so many minutes ahead.
    pub fn put_forward(&self, minutes: i64) {
        self.ahead.store(minutes, Ordering::Relaxed);
    }

    /// A bot on it in `C0OPS`, that keeps its incidents there; `more` is the rest of the configuration.
    ///
    /// # Errors
    /// As the bot itself.
    pub async fn bot(&self, slack: &FakeSlack, more: &str, options: ChatOptions) -> anyhow::Result<Running> {
        let ahead = Arc::clone(&self.ahead);
        let clock =
            Clock::new(move || Timestamp::now() + SignedDuration::from_mins(ahead.load(Ordering::Relaxed)));
        let more = format!(
            "{}[[clusters]]\nname = \"playground\"\nkubeconfig = \"{}\"\ncontext = \"playground\"\n\
             [incidents]\nnamespace = \"podwhy\"\n{more}",
            channel("slack", "C0OPS"),
            self.kubeconfig().display()
        );
        let options = ChatOptions { clock, ..options };
        let kubeconfig = Some(self.kubeconfig());
        let running = Bot { slack: Some(slack), kubeconfig, more, options, ..Bot::default() }.start().await?;
        slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await?;
        Ok(running)
    }
}
