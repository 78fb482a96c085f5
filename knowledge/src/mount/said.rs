//! What the words about a volume say of the reason, without what they name.

use std::sync::LazyLock;

use regex::Regex;

use crate::sandbox::unnamed;

/// A volume, a server's share, a pod, and a folder of the kubelet's, in which the volume's name stands again: each may hold
/// any word.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\bvolume \\*"[^"]*"|(?:^|\s)//[^\s:,]+|[\w.\-\]]+:/[^\s:,]+|\bpods? [\w.\-]+/[\w.\-]+|/var/lib/kubelet/[^\s:,]*"#,
    )
    .ok()
});

/// The words without names: first what a driver said itself, then the whole.
pub fn without_names(words: &str) -> [String; 2] {
    let cut = |text: &str| match NAMED.as_ref() {
        Some(named) => unnamed(&named.replace_all(text, " ")),
        None => text.to_string(),
    };
    let own = words.rsplit_once("desc = ").map_or(words, |(_, own)| own);
    [cut(own), cut(words)]
}
