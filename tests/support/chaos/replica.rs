//! A process of the bot.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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
        if name == "STOP" { self.stands_still() } else { Ok(()) }
    }

    /// A signal is taken up a moment after it is sent: until then a thread may still write what it is to be kept from.
    fn stands_still(&self) -> anyhow::Result<()> {
        let threads = format!("/proc/{}/task", self.process.id());
        let until = Instant::now() + STILL;
        while !all_stopped(&threads) {
            ensure!(Instant::now() < until, "it does not stop");
            std::thread::yield_now();
        }
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

/// How long a process that was stopped may take to stand still.
const STILL: Duration = Duration::from_secs(10);

/// Whether each thread is stopped, by proc(5); where there is none, nobody knows better.
fn all_stopped(threads: &str) -> bool {
    let Ok(threads) = std::fs::read_dir(threads) else { return true };
    threads.flatten().all(|thread| {
        // one that has ended in between is no more
        let Ok(stat) = std::fs::read_to_string(thread.path().join("stat")) else { return true };
        stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['T', 't', 'Z', 'X']))
    })
}
