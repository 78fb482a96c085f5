//! What a bench says of itself: every figure has its commit and machine.

use std::process::{Child, Command};

use anyhow::Context;

use crate::recordings::repository;

/// The commit of this checkout, short.
pub fn commit() -> String {
    let output =
        Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(repository()).output();
    output.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_string()).unwrap_or_default()
}

/// What this machine is: cores and memory.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let (cpu, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cores = cpu.lines().filter(|line| line.starts_with("processor")).count();
    let total = memory
        .lines()
        .find_map(|l| l.strip_prefix("MemTotal:")?.trim().split(' ').next()?.parse::<u64>().ok());
    format!(
        "{cores} cores ({}), {} GiB",
        model.trim_start_matches([' ', '\t', ':']),
        total.unwrap_or(0) / 1024 / 1024
    )
}

/// A process that is measured; it ends with this.
pub struct Process(Child);

impl Process {
    /// Starts it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command) -> anyhow::Result<Process> {
        Ok(Process(command.spawn().context("starting the bot")?))
    }

    /// Of `/proc/PID/status`, in KiB: `VmRSS`, `VmHWM`.
    ///
    /// # Errors
    /// When it has ended, or there is no such field.
    pub fn memory(&self, field: &str) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find(|line| line.starts_with(field)).context("no such field")?;
        Ok(line.split_whitespace().nth(1).context("no number")?.parse()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // it may have ended by itself
        let _gone = self.0.kill();
        let _ended = self.0.wait();
    }
}
