//! The last lines of containers that ended: of one that came back, the previous run's.

use futures::StreamExt;
use futures::stream;
use podwhy_flow::ask::collect::Collected;
use podwhy_knowledge::world::ContainerLog;
use serde_json::Value;

use super::text;
use crate::connect::LiveCluster;
use crate::paths;
use crate::request::Fail;

/// At most this many logs for one question, the previous run and the current one of a container counted apart.
const MAX_LOGS: usize = 50;

/// At most this many bytes of a log are kept, the last.
const MAX_BYTES: usize = 64 * 1024;

/// At most this many at once: each is served by a kubelet.
const AT_ONCE: usize = 16;

/// One log to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogWanted {
    namespace: String,
    pod: String,
    container: String,
    previous: bool,
}

/// The logs that tell something: one representative for each (owner, container, how it ended).
pub(crate) fn wanted(pods: &[&Value]) -> Vec<LogWanted> {
    let mut seen: Vec<String> = Vec::new();
    let mut wanted = Vec::new();
    for pod in pods {
        let owner = text(pod, "/metadata/ownerReferences/0/name");
        for list in ["/status/initContainerStatuses", "/status/containerStatuses"] {
            for status in pod.pointer(list).and_then(Value::as_array).into_iter().flatten() {
                let Some(previous) = which(status) else { continue };
                let end = status.pointer("/state/terminated").or(status.pointer("/lastState/terminated"));
                let reason = end
                    .map(|end| format!("{} {}", text(end, "/reason"), end["exitCode"]))
                    .unwrap_or_default();
                let own = if owner.is_empty() { text(pod, "/metadata/name") } else { owner };
                let like =
                    format!("{}/{own}/{}/{reason}", text(pod, "/metadata/namespace"), text(status, "/name"));
                if seen.contains(&like) || wanted.len() >= MAX_LOGS {
                    continue;
                }
                seen.push(like);
                wanted.push(LogWanted {
                    namespace: text(pod, "/metadata/namespace").to_string(),
                    pod: text(pod, "/metadata/name").to_string(),
                    container: text(status, "/name").to_string(),
                    previous,
                });
            }
        }
    }
    wanted
}

/// Whether the run that ended badly is the previous one; `None` when none did.
fn which(status: &Value) -> Option<bool> {
    let failed = |end: &Value| end.get("exitCode").and_then(Value::as_i64) != Some(0);
    if let Some(end) = status.pointer("/state/terminated") {
        return failed(end).then_some(false);
    }
    let running = status.pointer("/state/running").is_some();
    let Some(end) = status.pointer("/lastState/terminated") else {
        // one that runs and is not ready may say what it waits for
        let ready = status.get("ready").and_then(Value::as_bool).unwrap_or(false);
        return (running && !ready).then_some(false);
    };
    // the kubelet keeps no log of a container that never started
    (failed(end) && end.get("startedAt").is_some_and(|at| !at.is_null())).then_some(true)
}

impl LiveCluster {
    pub(crate) async fn logs(&self, wanted: Vec<LogWanted>) -> Collected {
        let read = stream::iter(wanted).map(|log| async move { (self.log(&log).await, log) });
        let answers: Vec<_> = read.buffered(AT_ONCE).collect().await;
        let mut found = Collected::default();
        for (answer, log) in answers {
            match answer {
                Ok(text) if !text.trim().is_empty() => {
                    let key = (log.namespace, log.pod, log.container);
                    let entry: &mut ContainerLog = found.logs.entry(key).or_default();
                    let slot = if log.previous { &mut entry.previous } else { &mut entry.current };
                    *slot = Some(tail(&text).into());
                }
                // there is nothing to read, which is no gap
                Ok(_) | Err(Fail::NotFound) => {}
                Err(fail) => self.note(&mut found, "Log", &log.namespace, &log.pod, &fail),
            }
        }
        found
    }

    /// A log; where the previous run's is gone already, the current one's.
    async fn log(&self, log: &LogWanted) -> Result<String, Fail> {
        let path = |previous| paths::log(&log.namespace, &log.pod, &log.container, previous);
        match self.requests.text(&path(log.previous)).await {
            // 400 "previous terminated container … not found"
            Err(Fail::Bad(_) | Fail::NotFound) if log.previous => Ok(String::new()),
            answer => answer,
        }
    }
}

fn tail(text: &str) -> &str {
    let from = text.len().saturating_sub(MAX_BYTES);
    let from = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    &text[from..]
}
