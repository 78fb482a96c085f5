//! Which path a program could not write, and where a volume would help it.

use std::sync::LazyLock;

use regex::Regex;

use crate::container::ContainerView;

/// The path next to the words of the error, or behind the call that failed, the surest first.
const SENTENCES: &[&str] = &[
    r#"['"](/[^'"\s]+)['"]?:? (?:failed )?\(?(?:30: )?read-only file ?system"#,
    r#"(/[^'"\s:,()]+)['"]?:? (?:failed )?\(?(?:30: )?read-only file ?system"#,
    r#"read-only file ?system:? \(?(?:os error 30\)?)?:? ?['"]?(/[^'"\s:,()]+)"#,
    r#"(?:open|mkdir|unlink|rename|create|creating|write|touch|rmdir|symlink|chmod|chown)\(?\)?:? ['"]?(/[^'"\s:,()]+)"#,
    r#"['"](/[^'"\s]+)['"]"#,
];

static COMPILED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    SENTENCES.iter().filter_map(|sentence| Regex::new(&format!("(?i){sentence}")).ok()).collect()
});

pub(super) fn path_in(line: &str) -> Option<String> {
    let found = COMPILED.iter().find_map(|regex| regex.captures(line))?;
    let path = found.get(1)?.as_str().trim_end_matches(['.', '/']);
    (path.len() > 1 && path.len() <= 200).then(|| path.to_string())
}

/// Places that are for writing as a whole: what a program makes there has neighbours.
const WRITTEN: &[&str] = &["/tmp", "/run", "/var"];

/// The directory to mount: the one that was to be made, or the one the file was to stand in. Never the root.
pub(super) fn directory_for(line: &str, path: &str) -> Option<String> {
    let parent = path.rsplit_once('/').map(|(parent, _)| parent)?;
    let whole = WRITTEN.iter().any(|place| parent.starts_with(place)) && parent != "/var";
    let makes_directory = line.to_ascii_lowercase().contains("mkdir") || line.contains("directory");
    if WRITTEN.contains(&path) {
        return Some(path.to_string());
    }
    let chosen = if makes_directory && !whole { path } else { parent };
    (chosen.len() > 1 && chosen != "/var").then(|| chosen.to_string())
}

/// Whether a volume of the container is mounted there.
pub(super) fn is_mounted(container: &ContainerView<'_>, path: &str) -> bool {
    let mounts = container.spec.into_iter().flat_map(|spec| spec.volume_mounts.iter().flatten());
    mounts
        .into_iter()
        .map(|mount| mount.mount_path.trim_end_matches('/'))
        .any(|mount| path == mount || path.strip_prefix(mount).is_some_and(|rest| rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_and_its_directory_are_found() {
        for (line, path, mount) in [
            (
                "nginx: [emerg] mkdir() \"/var/cache/nginx/client_temp\" failed (30: Read-only file system)",
                "/var/cache/nginx/client_temp",
                "/var/cache/nginx",
            ),
            ("OSError: [Errno 30] Read-only file system: '/app/cache/x.db'", "/app/cache/x.db", "/app/cache"),
            ("mkdir /app/logs: read-only file system", "/app/logs", "/app/logs"),
            (
                "Error: EROFS: read-only file system, open '/app/data/state.json'",
                "/app/data/state.json",
                "/app/data",
            ),
            (
                "java.nio.file.FileSystemException: /tmp/tomcat.8080.1: Read-only file system",
                "/tmp/tomcat.8080.1",
                "/tmp",
            ),
            ("/entrypoint.sh: line 3: /run/app.pid: Read-only file system", "/run/app.pid", "/run"),
            ("mkdir: cannot create directory '/data': Read-only file system", "/data", "/data"),
            ("open() \"/run/nginx.pid\" failed (30: Read-only file system)", "/run/nginx.pid", "/run"),
        ] {
            assert_eq!(path_in(line).as_deref(), Some(path), "{line}");
            assert_eq!(directory_for(line, path).as_deref(), Some(mount), "{line}");
        }
        assert_eq!(path_in("Read-only file system"), None);
    }
}
