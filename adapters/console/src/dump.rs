//! Files dropped on the page: a dump, diagnosed like `--from`. They are read once and not kept on disk.

use std::collections::VecDeque;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::{Multipart, Query, State};
use podwhy_flow::ask::command::Command;
use podwhy_flow::ports::{ClusterRead, Dumped};
use podwhy_knowledge::World;
use podwhy_knowledge::redact::redact;
use serde_json::{Value, json};

use crate::asked::{Spoken, from_dump, lang};
use crate::reply::Refused;
use crate::server::App;

/// At most this many bytes of files.
pub(crate) const MAX_BYTES: usize = 64 * 1024 * 1024;

/// At most this many files.
const MAX_FILES: usize = 5_000;

/// What a dump's id begins with, as no cluster's name does.
pub(crate) const PREFIX: &str = "dump-";

/// So many dumps are held; the oldest goes first.
const REMEMBERED: usize = 8;

/// The dumps that can be asked.
#[derive(Debug, Default)]
pub(crate) struct Dumps {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// How many there ever were.
    count: u64,
    worlds: VecDeque<(String, Arc<World>)>,
}

impl Dumps {
    pub(crate) fn find(&self, id: &str) -> Option<Arc<World>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.worlds.iter().find(|(known, _)| known == id).map(|(_, world)| Arc::clone(world))
    }

    fn hold(&self, world: Arc<World>) -> String {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.count += 1;
        let id = format!("{PREFIX}{}", held.count);
        held.worlds.push_back((id.clone(), world));
        if held.worlds.len() > REMEMBERED {
            held.worlds.pop_front();
        }
        id
    }
}

pub(crate) async fn take<C: ClusterRead>(
    State(app): State<Arc<App<C>>>,
    Query(spoken): Query<Spoken>,
    files: Multipart,
) -> Result<Json<Value>, Refused> {
    let folder =
        tempfile::tempdir().map_err(|error| Refused::because(format!("no room for the files: {error}")))?;
    let name = store(files, folder.path()).await?;
    let (reader, path) = (Arc::clone(&app.reader), folder.path().to_path_buf());
    // a large dump is parsed for seconds: other questions are answered meanwhile
    let read = tokio::task::spawn_blocking(move || reader.read(&path)).await;
    let Dumped { world, warnings } =
        read.map_err(|error| Refused::because(format!("the files could not be read: {error}")))??;
    drop(folder);
    let lang = lang(spoken.lang.as_deref(), app.options.lang);
    let world = Arc::new(world);
    let triage = Command::Triage { cluster: None, namespace: None };
    let reply = from_dump(Arc::clone(&world), triage, lang).await?;
    let warnings: Vec<String> = warnings.iter().map(|warning| redact(warning)).collect();
    Ok(Json(json!({"source": app.dumps.hold(world), "name": name, "html": reply.html, "text": reply.text,
        "warnings": warnings})))
}

/// Writes the files below the folder; the name they have in common, or the first file's.
async fn store(mut files: Multipart, folder: &Path) -> Result<String, Refused> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            return too_large();
        }
        Refused::because(format!("the files did not arrive whole: {}", error.body_text()))
    };
    let (mut count, mut bytes, mut name) = (0, 0, String::new());
    while let Some(part) = files.next_field().await.map_err(broken)? {
        let Some(path) = part.file_name().and_then(safe) else { continue };
        let body = part.bytes().await.map_err(broken)?;
        count += 1;
        bytes += body.len();
        if count > MAX_FILES || bytes > MAX_BYTES {
            return Err(too_large());
        }
        if name.is_empty() {
            name = path.iter().next().map(|first| first.to_string_lossy().into_owned()).unwrap_or_default();
        }
        let whole = folder.join(&path);
        let written = whole
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&whole, &body));
        written
            .map_err(|error| Refused::because(format!("{} could not be kept: {error}", path.display())))?;
    }
    if count == 0 {
        return Err(Refused::because("no file arrived; drop a file or a folder of kubectl output"));
    }
    Ok(name)
}

fn too_large() -> Refused {
    let most = MAX_BYTES / 1024 / 1024;
    Refused::because(format!(
        "at most {MAX_FILES} files and {most} MiB can be dropped; for more use: podwhy triage --from PATH"
    ))
}

/// A relative path without a way out of the folder.
fn safe(name: &str) -> Option<PathBuf> {
    let parts = Path::new(name).components();
    let path: PathBuf = parts.filter(|part| matches!(part, Component::Normal(_))).collect();
    (!path.as_os_str().is_empty() && !name.contains('\0')).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_file_stays_in_its_folder() {
        for (name, path) in [
            ("a/b.yaml", Some("a/b.yaml")),
            ("/etc/passwd", Some("etc/passwd")),
            ("../../x", Some("x")),
            ("..", None),
            ("", None),
            ("a\0b", None),
        ] {
            assert_eq!(safe(name), path.map(PathBuf::from), "{name:?}");
        }
    }
}
