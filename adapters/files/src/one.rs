//! What was read of a cluster → one text, which [`read`](crate::read) reads: a List of the objects, and the logs as comments.

use podwhy_flow::ask::collect::Collected;
use podwhy_flow::ports::DumpWrite;
use podwhy_knowledge::redact::{redact, redact_object};
use serde_json::{Value, json};

use crate::write::brief;

/// Of each log, at most these many of its last lines.
const LINES: usize = 400;

/// The room for what is said at the end of what was left out.
const SAID: usize = 200;

/// Writes a dump as one text.
#[derive(Clone, Copy, Debug, Default)]
pub struct OneFile;

impl DumpWrite for OneFile {
    fn text(&self, collected: &Collected, most: usize) -> Option<String> {
        let mut text = head(collected);
        let mut room = most.saturating_sub(text.len() + SAID);
        let all: Vec<Value> =
            collected.objects.iter().cloned().chain(collected.briefs.iter().map(brief)).collect();
        let (mut kept, mut left_out) = (Vec::new(), 0);
        for mut object in all {
            redact_object(&mut object);
            // an item of a list is indented, so that what it takes is known only once it is written
            let size = serde_saphyr::to_string(&json!({"items": [object]})).ok()?.len();
            if size > room {
                left_out += 1;
                continue;
            }
            room -= size;
            kept.push(object);
        }
        let list = json!({"apiVersion": "v1", "kind": "List", "items": kept});
        text.push_str(&serde_saphyr::to_string(&list).ok()?);
        for ((namespace, pod, container), log) in &collected.logs {
            for (lines, run) in [(&log.current, ""), (&log.previous, ", of the run before")] {
                let Some(lines) = lines else { continue };
                let log = of_log(&format!("log of {namespace}/{pod} {container}{run}"), lines);
                if log.len() > room {
                    left_out += 1;
                    continue;
                }
                room -= log.len();
                text.push_str(&log);
            }
        }
        if left_out > 0 {
            text.push_str(&format!(
                "# cut: {left_out} objects and logs were left out, as they did not fit\n"
            ));
        }
        Some(text)
    }
}

fn head(collected: &Collected) -> String {
    let at = collected.taken_at;
    let cluster = one_line(&collected.cluster);
    let cluster = if cluster.is_empty() { cluster } else { format!(" of cluster {cluster}") };
    let unread: String = collected
        .unread
        .iter()
        .map(|((kind, namespace, name), why)| {
            format!("# not read: {}: {}\n", one_line(&format!("{kind} {namespace}/{name}")), why.as_str())
        })
        .collect();
    format!(
        "# podwhy read this{cluster} at {at}. Values of Secrets and ConfigMaps are left out, and what looks like a\n\
         # credential; read it before you pass it on. To ask it: podwhy why NAMESPACE/NAME --from THIS-FILE --at {at}\n{unread}"
    )
}

/// The end of a log, each line a comment.
fn of_log(title: &str, lines: &str) -> String {
    let lines: Vec<String> = redact(lines).lines().map(str::to_string).collect();
    let cut = lines.len().saturating_sub(LINES);
    let earlier = if cut > 0 { format!(" ({cut} earlier lines are left out)") } else { String::new() };
    let mut log = format!("# {}{earlier}\n", one_line(title));
    for line in &lines[cut..] {
        log.push_str("#   ");
        log.push_str(line);
        log.push('\n');
    }
    log
}

fn one_line(text: &str) -> String {
    podwhy_knowledge::redact::clean_name(&redact(text))
}

#[cfg(test)]
mod tests {
    use podwhy_knowledge::world::ContainerLog;

    use super::*;

    fn collected() -> Collected {
        let mut collected = Collected {
            cluster: "prod".to_string(),
            taken_at: "2026-11-26T12:00:00Z".parse().unwrap(),
            ..Collected::default()
        };
        collected.push(json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"namespace": "shop", "name": "cart-0", "uid": "u"},
            "spec": {"containers": [{"name": "app", "image": "app:1",
                "env": [{"name": "TOKEN", "value": "hunter2hunter2"}]}]}}));
        collected.push(
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "shop", "name": "s"},
            "data": {"key": "aHVudGVyMmh1bnRlcjI="}}),
        );
        let log = ContainerLog {
            current: Some("listening\npassword=hunter2hunter2\n".into()),
            previous: Some((0..500).map(|n| format!("line {n}\n")).collect::<String>().into()),
        };
        collected.logs.insert(("shop".into(), "cart-0".into(), "app".into()), log);
        collected
    }

    #[test]
    fn one_file_is_a_dump_with_nothing_secret_in_it() {
        let text = OneFile.text(&collected(), 1024 * 1024).unwrap();
        for secret in ["hunter2", "aHVudGVy"] {
            assert!(!text.contains(secret), "{text}");
        }
        for wanted in [
            "# podwhy read this of cluster prod at 2026-11-26T12:00:00Z",
            "#   listening",
            "line 499",
            "(100 earlier",
        ] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dump.yaml");
        std::fs::write(&file, &text).unwrap();
        let dump = crate::read(&file, &crate::Options::default()).unwrap();
        assert_eq!((dump.warnings.len(), dump.world.pods.len()), (0, 1));
    }

    #[test]
    fn what_does_not_fit_is_left_out_whole_and_said() {
        for most in [0, 300, 1_000, 2_000, 5_000] {
            let text = OneFile.text(&collected(), most).unwrap();
            assert!(text.len() <= most.max(900), "{most}: {}", text.len());
            assert!(text.contains("# cut: "), "{text}");
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("dump.yaml");
            std::fs::write(&file, &text).unwrap();
            let read = crate::read(&file, &crate::Options::default());
            let is_empty = matches!(read, Err(crate::ReadError::Empty { .. }));
            assert_eq!(is_empty, !text.contains("cart-0\n"), "{read:?} of {text}");
        }
    }
}
