//! Tables that a test writes and the repository keeps.

use std::path::Path;

const NOTE: &str = "<!-- Generated; do not edit. UPDATE_EXPECT=1 cargo test -p podwhy-knowledge -->";

/// Compares with what is kept, or with `UPDATE_EXPECT=1` writes it. Returns what to do when it is not current.
pub fn keep(name: &str, title: &str, text: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("reference/measured");
    let path = folder.join(name);
    let page = format!("{NOTE}\n\n# {title}\n\n{text}");
    if std::env::var("UPDATE_EXPECT").is_ok_and(|v| v == "1") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, &page).unwrap();
        return None;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    (kept != page)
        .then(|| format!("{name} is not current; run UPDATE_EXPECT=1 cargo test -p podwhy-knowledge"))
}
