//! An installation's own notes and pages, read from a folder once, at start.

use std::path::Path;

use podwhy_flow::error::UserError;
use podwhy_knowledge::text::{OwnPages, use_own};

/// A page has a few thousand characters; what is larger is no page.
const MAX_BYTES: u64 = 64 * 1024;

/// Reads the folder and uses what is in it from now on.
///
/// # Errors
/// [`UserError`] that names every file that cannot be used, and why.
pub(crate) fn use_folder(folder: &Path) -> Result<(), UserError> {
    use_own(read(folder)?);
    Ok(())
}

fn read(folder: &Path) -> Result<OwnPages, UserError> {
    let unreadable = |error: std::io::Error| {
        UserError::Input(format!("pages: {} cannot be read: {error}", folder.display()))
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        // a mounted ConfigMap keeps its versions in folders that begin with a dot
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    let mut own = OwnPages::default();
    let mut problems = Vec::new();
    for name in names {
        if let Err(problem) = take(&mut own, folder, &name) {
            problems.push(format!("\n  {name}: {problem}"));
        }
    }
    if problems.is_empty() {
        return Ok(own);
    }
    Err(UserError::Input(format!(
        "pages: {} cannot be used as it is:{}",
        folder.display(),
        problems.concat()
    )))
}

fn take(own: &mut OwnPages, folder: &Path, name: &str) -> Result<(), String> {
    let path = folder.join(name);
    let about = std::fs::metadata(&path).map_err(|error| error.to_string())?;
    if about.len() > MAX_BYTES {
        return Err(format!("it has {} bytes, more than {MAX_BYTES}", about.len()));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    own.add(name, &text).map_err(|problem| problem.to_string())
}

#[cfg(test)]
mod tests {
    use podwhy_knowledge::Lang;

    use super::*;

    #[test]
    fn every_file_that_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        std::fs::create_dir(folder.path().join("..2026_11_25")).unwrap();
        write("oom-killed.note.md", "Runbook: https://runbooks.example/oom");
        assert_eq!(
            read(folder.path()).unwrap().note("oom-killed", Lang::Zh),
            Some("Runbook: https://runbooks.example/oom")
        );
        write("oom-kiled.note.md", "x");
        write("app-exited.en.md", "# In short\nx\n");
        let told = read(folder.path()).unwrap_err().to_string();
        assert!(
            told.contains("oom-kiled.note.md: podwhy knows no cause oom-kiled; did you mean oom-killed?"),
            "{told}"
        );
        assert!(told.contains("app-exited.en.md: its headings are In short, and must be"), "{told}");
        let none = read(&folder.path().join("none")).unwrap_err().to_string();
        assert!(none.starts_with("pages: ") && none.contains("cannot be read"), "{none}");
    }
}
