//! What the words about a sandbox say, without what they name.

use std::sync::LazyLock;

use regex::Regex;

/// What dockershim did after it had failed: it lists its clean-up in the same message, and why that failed as well.
/// <https://github.com/kubernetes/kubernetes/blob/v1.20.0/pkg/kubelet/dockershim/docker_sandbox.go> (`RunPodSandbox`)
const CLEAN_UP: [&str; 2] = [", failed to clean up sandbox container", ", failed to stop sandbox container"];

/// What kept a sandbox from being made, without the clean-up after it.
pub(super) fn making(message: &str) -> &str {
    let end = CLEAN_UP.iter().filter_map(|mark| message.find(mark)).min();
    end.map_or(message, |end| &message[..end])
}

/// A quoted id, name or address after the word for what it is.
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"([\w)\]][ =])\\*"[^"\s\\]*\\*""#).ok());
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"https?://[^\s"]+"#).ok());

/// The words without quoted ids and names and without addresses, which may hold any word or number.
pub fn unnamed(words: &str) -> String {
    let cut = |regex: &LazyLock<Option<Regex>>, text: &str, by: &str| match regex.as_ref() {
        Some(regex) => regex.replace_all(text, by).into_owned(),
        None => text.to_string(),
    };
    cut(&ADDRESS, &cut(&NAME, words, "${1}"), "")
}

static REFUSED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:^|[\s:(\["'\\])(?:unauthorized|unauthenticated|forbidden)(?:$|[\s:,.;)\]"'\\])|(?:status(?: code)?|code|error|http)[\s:=]{1,3}40[13]\b|\b40[13] (?:unauthorized|forbidden)"#,
    )
    .ok()
});

/// Whether a server refused who asked; of words without names.
pub fn is_refused(words: &str) -> bool {
    REFUSED.as_ref().is_some_and(|regex| regex.is_match(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_says_nothing() {
        for (words, refused) in [
            (r#"network for sandbox "3c05403550cf": plugin type="calico" failed (add): Unauthorized"#, true),
            (r#"network for sandbox "3c05403550cf": plugin type="calico" failed (add): deadline"#, false),
            (r#"pod "error-403-page_shop" network: signal: killed"#, false),
            (r#"pod \"forbidden\" network: signal: killed"#, false),
            ("Multus: [shop/unauthorized-page]: error getting pod: Unauthorized", true),
            ("unexpected status code: 403", true),
            ("Get https://10.96.0.1/apis/forbidden: dial tcp: i/o timeout", false),
            (r#"pods "web" is forbidden: User "system:node:a" cannot get"#, true),
        ] {
            assert_eq!(is_refused(&unnamed(words)), refused, "{words}");
        }
    }

    #[test]
    fn the_clean_up_is_cut() {
        let both = r#"[failed to set up sandbox container "a" network for pod "w": x, failed to clean up sandbox container "a" network for pod "w": y, failed to stop sandbox container "a" for pod "w": z]"#;
        assert_eq!(making(both), r#"[failed to set up sandbox container "a" network for pod "w": x"#);
        assert_eq!(making("x"), "x");
    }
}
