//! The manifests in the static pods' folder, read as the kubelet reads them: every file that is no folder and whose
//! name does not start with a dot, whatever it ends with, so a backup copy counts too.
//!
//! <https://github.com/kubernetes/kubernetes/blob/v1.31.0/pkg/kubelet/config/file.go>

use std::fs::File;
use std::io::ErrorKind;

use jiff::Timestamp;
use podwhy_api::report::{ManifestImage, StaticManifest};
use podwhy_knowledge::redact::redact;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::host::bounded;
use super::{Host, Seen, first_line};

/// More than any node has.
const MOST_FILES: usize = 100;
/// The kubelet takes ten times as much; the largest real ones have some ten kilobytes.
const MOST_BYTES: u64 = 1024 * 1024;

/// Every manifest in the folder, in the kubelet's order. A folder that is not there holds none.
pub fn manifests(host: &Host, folder: &str) -> Seen<Vec<StaticManifest>> {
    let mut seen = Seen::<Vec<StaticManifest>>::default();
    let (names, more) = match host.names(folder, MOST_FILES) {
        Ok(names) => names,
        // a kubelet may be given one file in the place of a folder
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            seen.found.extend(manifest(host, folder));
            return seen;
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return seen,
        Err(error) => {
            seen.lacks("static pods", format!("{folder}: {error}"));
            return seen;
        }
    };
    if more {
        seen.lacks("static pods", format!("{folder}: more than {MOST_FILES} files, the rest is not read"));
    }
    let names = names.iter().filter(|name| !name.starts_with('.'));
    let folder = folder.trim_end_matches('/');
    seen.found = names.filter_map(|name| manifest(host, &format!("{folder}/{name}"))).collect();
    seen
}

/// One manifest; none where there is a folder. A link that leads nowhere is a manifest that cannot be read.
fn manifest(host: &Host, path: &str) -> Option<StaticManifest> {
    let file = match host.open(path) {
        Ok(file) => file,
        // a folder is refused as no regular file, and so is a pipe: the kubelet passes over both
        Err(error) if error.kind() == ErrorKind::InvalidInput => return None,
        Err(error) => {
            let unread = error.to_string();
            return Some(StaticManifest { path: path.to_string(), unread, ..StaticManifest::default() });
        }
    };
    let mut found =
        StaticManifest { path: path.to_string(), changed_at: changed(&file), ..StaticManifest::default() };
    match bounded(&file, MOST_BYTES) {
        Ok(bytes) => {
            found.sha256 = hex(&Sha256::digest(&bytes));
            match parsed(&bytes) {
                Ok(pod) => pod.fill(&mut found),
                Err(why) => found.unread = why,
            }
        }
        Err(error) => found.unread = error.to_string(),
    }
    Some(found)
}

fn changed(file: &File) -> Option<Timestamp> {
    Timestamp::try_from(file.metadata().ok()?.modified().ok()?).ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Pod {
    kind: String,
    metadata: Metadata,
    spec: Spec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    namespace: Option<String>,
    name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    containers: Option<Vec<Container>>,
    init_containers: Option<Vec<Container>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Container {
    name: Option<String>,
    image: Option<String>,
}

/// Of several documents the kubelet reads the first.
fn parsed(bytes: &[u8]) -> Result<Pod, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_string())?;
    let pods: Vec<Pod> =
        serde_saphyr::from_multiple(first_document(text)).map_err(|error| first_line(&error))?;
    let pod = pods.into_iter().next().ok_or("it is empty")?;
    match pod.kind.as_str() {
        "Pod" => Ok(pod),
        "" => Err("it names no kind".to_string()),
        other => Err(format!("it is a {}, not a Pod", redact(other))),
    }
}

/// What stands before a second `---`: a fault after it is none to the kubelet.
fn first_document(text: &str) -> &str {
    let mut start = 0;
    let mut content = false;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" && content {
            return text.get(..start).unwrap_or(text);
        }
        content |= !matches!(line.trim(), "" | "---") && !line.starts_with(['#', '%']);
        start += line.len();
    }
    text
}

impl Pod {
    fn fill(self, found: &mut StaticManifest) {
        found.namespace = self.metadata.namespace.unwrap_or_default();
        found.name = self.metadata.name.unwrap_or_default();
        let all = [self.spec.containers, self.spec.init_containers];
        found.images = all
            .into_iter()
            .flatten()
            .flatten()
            .map(|one| ManifestImage {
                container: one.name.unwrap_or_default(),
                image: one.image.unwrap_or_default(),
            })
            .collect();
    }
}

#[cfg(test)]
mod tests;
