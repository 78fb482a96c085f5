//! A process of the bot.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::control_plane::eventually;
use crate::http::send;

/// It is killed when this is dropped.
pub struct Replica {
    process: Child,
    /// Where it serves.
    pub address: SocketAddr,
}

impl Replica {
    /// What it logs is appended to the file, if there is one.
    ///
    /// # Errors
    /// When it does not start, or the file cannot be written.
    pub fn start(mut command: Command, address: SocketAddr, log: Option<&Path>) -> anyhow::Result<Replica> {
        let open = |path| File::options().create(true).append(true).open(path);
        let log = log.map(open).transpose().context("opening the bot's log")?;
        command.stdout(Stdio::null()).stderr(log.map_or_else(Stdio::null, Stdio::from));
        Ok(Replica { process: command.spawn().context("starting the bot")?, address })
    }

    /// SIGKILL: nothing of it is finished.
    ///
    /// # Errors
    /// When it is gone already.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// SIGSTOP, or SIGCONT.
    ///
    /// # Errors
    /// When it is gone.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let signal = format!("-{name}");
        let done = Command::new("kill").args([&signal, &self.process.id().to_string()]).status()?;
        ensure!(done.success(), "{name} could not be sent");
        Ok(())
    }

    /// Waits until it serves.
    ///
    /// # Errors
    /// When it does not by then.
    pub async fn is_up(&self, patience: Duration) -> anyhow::Result<()> {
        eventually("the bot is up", patience, async || {
            let answer = send(self.address, "GET", "/metrics", &[], b"").await;
            Ok(answer.is_ok_and(|answer| answer.status == 200).then_some(()))
        })
        .await
    }

    /// Whether it runs, and says of itself that it leads.
    pub async fn leads(&self) -> bool {
        let answer = send(self.address, "GET", "/metrics", &[], b"").await;
        answer.is_ok_and(|answer| answer.body.lines().any(|line| line == "podwhy_leader 1"))
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // it may have been killed
        let _gone = self.process.kill();
        let _ended = self.process.wait();
    }
}
