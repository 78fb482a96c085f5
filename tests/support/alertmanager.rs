//! A real Alertmanager that sends what it is told to the bot.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::ensure;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::control_plane::eventually;
use crate::http::send;

/// Debian's name of it, and its own.
const NAMES: [&str; 2] = ["prometheus-alertmanager", "alertmanager"];

const PATIENCE: Duration = Duration::from_secs(30);

/// It ends when this is dropped.
pub struct Alertmanager {
    process: Child,
    address: SocketAddr,
    _folder: TempDir,
}

/// Where the bot is, and what it wants to see.
#[derive(Clone, Copy, Debug)]
pub struct Receiver<'r> {
    /// Where it listens, or will.
    pub bot: SocketAddr,
    /// The bearer token.
    pub token: &'r str,
    /// At most so many alerts in one message; 0 for any number.
    pub max_alerts: u32,
}

/// An Alertmanager, or `None` after a line on standard error that says what was left out.
///
/// # Panics
/// When it does not start, and with `REQUIRE_ALERTMANAGER=1` also when there is none here.
#[expect(clippy::panic, reason = "only tests call it, and what is required must not be left out")]
pub async fn alertmanager_or_say(test: &str, receiver: Receiver<'_>) -> Option<Alertmanager> {
    let there = |name: &&&str| {
        let version =
            Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    };
    if let Some(name) = NAMES.iter().find(there) {
        return match Alertmanager::start(name, receiver).await {
            Ok(started) => Some(started),
            Err(error) => panic!("{test}: {error:#}"),
        };
    }
    let missing = "no Alertmanager here: install prometheus-alertmanager";
    if std::env::var("REQUIRE_ALERTMANAGER").is_ok_and(|value| value == "1") {
        panic!("{test}: {missing}");
    }
    // past the harness, which shows nothing that a passing test prints
    drop(writeln!(std::io::stderr(), "left out: {test}: {missing}"));
    None
}

/// A loopback address that nobody listens on.
///
/// # Errors
/// When the system has none.
pub fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

impl Alertmanager {
    async fn start(name: &str, receiver: Receiver<'_>) -> anyhow::Result<Alertmanager> {
        let folder = tempfile::tempdir()?;
        let (config, address) = (folder.path().join("alertmanager.yml"), free_address()?);
        std::fs::write(&config, configuration(receiver)?)?;
        let process = Command::new(name)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", folder.path().display()))
            .arg(format!("--web.listen-address={address}"))
            // no cluster: nothing but this test's traffic
            .arg("--cluster.listen-address=")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let own = Alertmanager { process, address, _folder: folder };
        eventually("Alertmanager is ready", PATIENCE, async || {
            let ready = send(address, "GET", "/-/ready", &[], b"").await;
            Ok(ready.ok().filter(|answer| answer.status == 200).map(drop))
        })
        .await?;
        Ok(own)
    }

    /// Tells it of alerts as Prometheus does: [`alert`]s.
    ///
    /// # Errors
    /// When it does not take them.
    pub async fn tell(&self, alerts: &[Value]) -> anyhow::Result<()> {
        let body = serde_json::to_vec(alerts)?;
        let headers = [("content-type", "application/json")];
        let answer = send(self.address, "POST", "/api/v2/alerts", &headers, &body).await?;
        ensure!(answer.status == 200, "Alertmanager says {} {}", answer.status, answer.body);
        Ok(())
    }

    /// Of its own metrics: how often a message to the bot failed. What it tries again counts once more.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn failed(&self) -> anyhow::Result<u64> {
        let answer = send(self.address, "GET", "/metrics", &[], b"").await?;
        let of_webhook = |line: &&str| {
            line.starts_with("alertmanager_notification_requests_failed_total{integration=\"webhook\"")
        };
        let line = answer.body.lines().find(of_webhook).unwrap_or_default();
        Ok(line.rsplit(' ').next().and_then(|count| count.parse().ok()).unwrap_or_default())
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        // it may have ended by itself
        let _gone = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// An alert with these labels; `over` says that it is.
pub fn alert(labels: &Value, summary: &str, over: bool) -> Value {
    let now = jiff::Timestamp::now();
    let started = now - jiff::SignedDuration::from_mins(10);
    let mut alert = json!({"labels": labels, "annotations": {"summary": summary}, "startsAt": started,
        "generatorURL": "https://prometheus.example.com/graph"});
    if over {
        alert["endsAt"] = json!(now);
    }
    alert
}

fn configuration(receiver: Receiver<'_>) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "route: {{receiver: podwhy, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}"
    )?;
    writeln!(text, "receivers:\n- name: podwhy\n  webhook_configs:")?;
    writeln!(text, "  - url: http://{}/alertmanager", receiver.bot)?;
    writeln!(text, "    max_alerts: {}", receiver.max_alerts)?;
    writeln!(text, "    send_resolved: true")?;
    writeln!(text, "    http_config: {{authorization: {{credentials: {}}}}}", receiver.token)?;
    Ok(text)
}
