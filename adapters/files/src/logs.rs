//! Container logs in a dump: a file of their own, or between the markers `kubectl cluster-info dump` writes.

use std::sync::Arc;

use podwhy_knowledge::World;

/// The last lines that are kept of a log.
const MAX_LINES: usize = 200;

/// The last bytes that are kept of a log.
const MAX_BYTES: usize = 64 * 1024;

/// A container's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container; `None` where the file holds all of the pod's, between markers.
    pub container: Option<String>,
    /// Of the previous run.
    pub previous: bool,
    /// The text.
    pub text: String,
}

/// Puts a log into the world, its last lines only.
pub fn store(world: &mut World, log: Log) {
    let Some(container) = log.container.clone() else {
        let (rest, inner) = split_inline(&log.text);
        // without markers it is the log of the pod's only container
        if inner.is_empty() && !rest.trim().is_empty() {
            let key = (log.namespace.clone(), log.pod.clone());
            let only = world.pods.get(&key).and_then(|object| {
                let containers = &object.pod.spec.as_ref()?.containers;
                (containers.len() == 1).then(|| containers[0].name.clone())
            });
            if let Some(name) = only {
                store(world, Log { container: Some(name), text: rest.into_owned(), ..log });
            }
            return;
        }
        for log in inner {
            store(world, log);
        }
        return;
    };
    let entry = world.logs.entry((log.namespace, log.pod, container)).or_default();
    let text: Arc<str> = tail(&log.text).into();
    if log.previous {
        entry.previous = Some(text);
    } else {
        entry.current = Some(text);
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let kept = lines[lines.len().saturating_sub(MAX_LINES)..].join("\n");
    let from = kept.len().saturating_sub(MAX_BYTES);
    let from = (from..=kept.len()).find(|at| kept.is_char_boundary(*at)).unwrap_or(kept.len());
    kept[from..].to_string()
}

/// Takes the logs out of a `cluster-info dump` that was written to one stream: what is left are objects.
///
/// `==== START logs for container app of pod shop/cart-0 ====` … `==== END logs for …`
pub fn split_inline(text: &str) -> (std::borrow::Cow<'_, str>, Vec<Log>) {
    if !text.contains("==== START logs for container ") {
        return (text.into(), Vec::new());
    }
    let mut rest = String::with_capacity(text.len());
    let mut logs = Vec::new();
    let mut open: Option<Log> = None;
    for line in text.lines() {
        if let Some(log) = start_of(line) {
            logs.extend(open.replace(log));
        } else if line.starts_with("==== END logs for container ") {
            logs.extend(open.take());
        } else {
            let target = open.as_mut().map_or(&mut rest, |log| &mut log.text);
            target.push_str(line);
            target.push('\n');
        }
    }
    logs.extend(open);
    (rest.into(), logs)
}

fn start_of(line: &str) -> Option<Log> {
    let rest = line.strip_prefix("==== START logs for container ")?.strip_suffix(" ====")?;
    let (container, pod) = rest.split_once(" of pod ")?;
    let (namespace, pod) = pod.split_once('/')?;
    Some(Log {
        namespace: namespace.to_string(),
        pod: pod.to_string(),
        container: Some(container.to_string()),
        previous: false,
        text: String::new(),
    })
}
