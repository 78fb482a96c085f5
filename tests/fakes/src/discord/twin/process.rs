//! The process that the twin is: lines of JSON in, lines of JSON out.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{oneshot, watch};

use super::Setup;

/// How long node may take to start, and anything to happen.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A REST call that the twin has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// `POST /api/v10/channels/101/messages 200`
    pub call: String,
    /// The files that came with it: name and text. The twin itself does not keep them.
    pub files: Vec<(String, String)>,
}

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Result<Value, String>>>>>;

pub(super) struct Process {
    /// Where it listens on 127.0.0.1.
    pub(super) port: u16,
    pub(super) calls: watch::Receiver<Vec<Answered>>,
    input: tokio::sync::Mutex<(u64, ChildStdin)>,
    waiting: Waiting,
    /// It is killed when this is dropped.
    _child: Child,
}

impl Process {
    pub(super) async fn start(folder: &Path, setup: &Setup) -> anyhow::Result<Process> {
        let mut child = Command::new("node")
            .arg("start.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("node cannot be run")?;
        let (input, output) =
            (child.stdin.take().context("no stdin")?, child.stdout.take().context("no stdout")?);
        let complaints = complaints(child.stderr.take().context("no stderr")?);
        let started = tokio::time::timeout(PATIENCE, greet(input, output, setup)).await;
        let started = started.unwrap_or_else(|_| Err(anyhow!("nothing heard in {PATIENCE:?}")));
        let (input, output, port) = match started {
            Ok(started) => started,
            Err(error) => {
                child.kill().await?;
                bail!("the twin did not start: {error:#}: {}", complaints.await.unwrap_or_default());
            }
        };
        let waiting = Waiting::default();
        let (said, calls) = watch::channel(Vec::new());
        tokio::spawn(listen(output, waiting.clone(), said));
        Ok(Process { port, calls, input: tokio::sync::Mutex::new((0, input)), waiting, _child: child })
    }

    pub(super) async fn ask(&self, deed: &str, with: Value) -> anyhow::Result<Value> {
        let (answer, heard) = oneshot::channel();
        let mut input = self.input.lock().await;
        input.0 += 1;
        let id = input.0;
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, answer);
        let line = json!({"id": id, "do": deed, "with": with}).to_string() + "\n";
        input.1.write_all(line.as_bytes()).await.context("the twin ended")?;
        drop(input);
        let heard = tokio::time::timeout(PATIENCE, heard).await.context("the twin does not answer")?;
        heard.context("the twin ended")?.map_err(|error| anyhow!("{deed}: {error}"))
    }
}

/// Tells it the setup, and hears where it listens.
async fn greet(
    mut input: ChildStdin,
    output: ChildStdout,
    setup: &Setup,
) -> anyhow::Result<(ChildStdin, BufReader<ChildStdout>, u16)> {
    let line = described(setup).to_string() + "\n";
    input.write_all(line.as_bytes()).await.context("it ended at once")?;
    let mut output = BufReader::new(output);
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).await? == 0 {
            bail!("it ended");
        }
        let said = serde_json::from_str::<Value>(&line).unwrap_or_default();
        if let Some(port) = said["port"].as_u64() {
            return Ok((input, output, u16::try_from(port)?));
        }
    }
}

fn described(setup: &Setup) -> Value {
    let guilds = setup.guilds.iter().map(|guild| {
        let channels = guild.channels.iter().map(|c| json!({"id": c.id.to_string(), "name": c.name}));
        json!({"id": guild.id.to_string(), "name": guild.name, "channels": channels.collect::<Vec<_>>()})
    });
    let users = setup.users.iter().map(|u| json!({"id": u.id.to_string(), "name": u.name, "bot": u.bot}));
    json!({
        "token": setup.token, "application": setup.application.to_string(),
        "guilds": guilds.collect::<Vec<_>>(), "users": users.collect::<Vec<_>>(),
    })
}

/// Gives the answers to those who wait. Lines that are none of ours are the twin's own.
async fn listen(output: BufReader<ChildStdout>, waiting: Waiting, said: watch::Sender<Vec<Answered>>) {
    let mut lines = output.lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let line = serde_json::from_str::<Value>(&line).unwrap_or_default();
        if let Some(call) = line["call"].as_str() {
            let files = line["files"].as_array().into_iter().flatten();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
            let files = files.map(|file| (text(&file["name"]), text(&file["text"]))).collect();
            said.send_modify(|calls| calls.push(Answered { call: call.to_string(), files }));
        }
        let Some(id) = line["id"].as_u64() else { continue };
        let waits = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        let answer = match line["error"].as_str() {
            Some(error) => Err(error.to_string()),
            None => Ok(line["ok"].clone()),
        };
        if let Some(waits) = waits {
            // who has given up waiting is told nothing
            waits.send(answer).unwrap_or_default();
        }
    }
    waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// All that it says on stderr, once it has ended.
fn complaints(mut stderr: ChildStderr) -> tokio::task::JoinHandle<String> {
    tokio::spawn(async move {
        let mut bytes = Vec::new();
        stderr.read_to_end(&mut bytes).await.unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
