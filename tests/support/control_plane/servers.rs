//! The running servers: started one by one, each waited for, all killed when dropped.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, anyhow};
use kube::Client;
use tokio::time::{sleep, timeout};

use super::guardian::Guardian;

/// How much of a server's output an error shows.
const TAIL: usize = 20;

/// Between two looks at a server that is starting.
const PAUSE: Duration = Duration::from_millis(50);

/// What a server is started as.
pub(super) struct Start<'a> {
    pub(super) name: &'static str,
    pub(super) program: &'a Path,
    pub(super) arguments: Vec<String>,
    /// Speaks to it once it listens.
    pub(super) client: Client,
    /// It is ready when all of these answer 200.
    pub(super) paths: &'a [&'a str],
}

/// The servers of one control plane, in the order they were started.
pub(super) struct Servers {
    running: Vec<Server>,
    guardian: Option<Guardian>,
    folder: PathBuf,
    patience: Duration,
}

impl Servers {
    /// None yet; their output will go into the folder, and each may take that long to be ready.
    pub(super) fn new(folder: &Path, patience: Duration) -> Self {
        let (guardian, folder) = (Guardian::new(folder).ok(), folder.to_path_buf());
        Self { running: Vec::new(), guardian, folder, patience }
    }

    /// Starts one and waits until it is ready.
    pub(super) async fn start(&mut self, start: Start<'_>) -> anyhow::Result<()> {
        let mut server = Server::spawn(start.name, start.program, &start.arguments, &self.folder)?;
        if let Some(guardian) = &mut self.guardian {
            guardian.watch(server.child.id())?;
        }
        let ready = server.ready(&start.client, start.paths);
        let outcome = timeout(self.patience, ready)
            .await
            .unwrap_or_else(|_| Err(anyhow!("{} is not ready after {:?}", start.name, self.patience)));
        // the error's last lines are read while the folder is still there
        outcome.map_err(|error| anyhow!("{error}{}", server.tail()))?;
        self.running.push(server);
        Ok(())
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // the latest first: none is left to complain that another is gone
        while self.running.pop().is_some() {}
    }
}

/// One server process.
struct Server {
    name: &'static str,
    child: Child,
    /// Where its output goes; None when the caller sees it.
    log: Option<PathBuf>,
}

impl Server {
    fn spawn(
        name: &'static str,
        program: &Path,
        arguments: &[String],
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let attached =
            std::env::var("KUBEBUILDER_ATTACH_CONTROL_PLANE_OUTPUT").is_ok_and(|value| value == "true");
        let log = (!attached).then(|| folder.join(format!("{name}.log")));
        let (stdout, stderr) = match &log {
            Some(path) => {
                let file = File::create(path)?;
                (Stdio::from(file.try_clone()?), Stdio::from(file))
            }
            None => (Stdio::from(io::stderr()), Stdio::inherit()),
        };
        let child = Command::new(program)
            .args(arguments)
            // a configuration of the person's who runs the tests is none of the servers'
            .env("HOME", folder)
            .env_remove("KUBECONFIG")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        Ok(Self { name, child, log })
    }

    /// Waits for good answers, as long as the process lives.
    async fn ready(&mut self, client: &Client, paths: &[&str]) -> anyhow::Result<()> {
        for path in paths {
            while let Err(reason) = answers(client, path).await {
                if let Some(status) = self.child.try_wait()? {
                    return Err(anyhow!("{} ended ({status}): {reason}", self.name));
                }
                sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    fn tail(&self) -> String {
        let Some(path) = &self.log else { return String::new() };
        let text = fs::read(path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let shown = lines[lines.len().saturating_sub(TAIL)..].join("\n  ");
        format!("; its last output:\n  {shown}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // both fail only when it has ended already
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn answers(client: &Client, path: &str) -> anyhow::Result<()> {
    let request = http::Request::get(path).body(Vec::new())?;
    client.request_text(request).await?;
    Ok(())
}
