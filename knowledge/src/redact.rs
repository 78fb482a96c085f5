//! Nothing that looks like a credential leaves the process, and no control character does either.
//!
//! Detection reads the original text; what people, files and other systems get has been through here.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

/// What stands in place of a credential.
pub const REDACTED: &str = "[redacted]";

/// Shapes that are credentials wherever they stand.
const SHAPES: &[&str] = &[
    // PEM blocks, also when a log cut the end off
    r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----.*?(-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|\z)",
    // JSON web tokens
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)?",
    // AWS, Google, Azure storage
    r"\b(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
    r"\bAIza[A-Za-z0-9_-]{35}",
    r"\bya29\.[A-Za-z0-9_-]{10,}",
    r"(?i)\bAccountKey=[A-Za-z0-9+/=]{20,}",
    // Slack, GitHub, GitLab, Discord, Stripe, npm, OpenAI-like
    r"\bx(ox[abeoprs]|app)-[A-Za-z0-9-]{8,}",
    r"https://hooks\.slack\.com/[A-Za-z0-9/_-]+",
    r"\b(gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})",
    r"\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    r"https://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\S+",
    r"\b[rs]k_(live|test)_[A-Za-z0-9]{10,}",
    r"\b(npm_[A-Za-z0-9]{30,}|sk-[A-Za-z0-9_-]{20,})",
];

/// A credential behind something that says so; group 1 is kept.
const NAMED: &[&str] = &[
    // Authorization: Bearer x
    r"(?i)\b((?:proxy-)?authorization\s*[:=]\s*(?:bearer|basic|token|digest)?\s*)[^\s,;]+",
    r"(?i)\b((?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}",
    // scheme://user:password@host, and user:password@tcp(host)
    r"(?i)\b([a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s@]+(?:@)",
    r"(?i)\b([A-Za-z0-9._-]+:)[^\s:@/]+(?:@)(?:tcp|udp|unix)\(",
    // password=x, api_key: "x", --token x
    r#"(?i)((?:[a-z0-9_.-]*(?:passw(?:or)?d|passwd|passphrase|pwd|token|secret|credentials?|api[_-]?key|access[_-]?key|private[_-]?key|secret[_-]?key|account[_-]?key|encryption[_-]?key|signing[_-]?key|(?:^|[_.-])key))["']?\s*(?:=>|:=|=|:)\s*)("[^"]*"|'[^']*'|[^\s,;&"'}\])]+)"#,
    r#"(?i)((?:^|[\s"'\[,=(])--?[a-z0-9-]*(?:password|passwd|pwd|token|secret|key)["',]*\s+)("[^"]*"|'[^']*'|[^\s-][^\s]*)"#,
    r#"(?i)(\bkey=)("[^"]*"|'[^']*'|[^\s,;&"'}\])]+)"#,
];

/// Kubernetes' and the registries' own sentences in which a word that names a credential is followed by the reason of
/// an error, or by the name of an object. The first group ends at that word.
const SENTENCES: &[&str] = &[
    r"(?i)(\b(?:fetch|get|retriev|request|refresh|obtain|acquir|validat|verify|pars|renew|read|load|decod|resolv)(?:e|ing|ed)?(?: \w+){0,2} (?:token|secret|key|credential|password)s?)(: )",
    r#"(?i)(\b(?:secret|token|key)s?)(: "[^"]*" (?:not found|is forbidden|already exists))"#,
    r"(?i)(\bauthorization)(: authorization failed)",
];

/// Stands between a sentence's word and its colon while the patterns above are applied.
const GUARD: char = '\u{e000}';

static SENTENCES_RE: LazyLock<Vec<Regex>> =
    LazyLock::new(|| SENTENCES.iter().filter_map(|p| Regex::new(p).ok()).collect());

static SHAPES_RE: LazyLock<Vec<Regex>> =
    LazyLock::new(|| SHAPES.iter().filter_map(|p| Regex::new(p).ok()).collect());

static NAMED_RE: LazyLock<Vec<Regex>> =
    LazyLock::new(|| NAMED.iter().filter_map(|p| Regex::new(p).ok()).collect());

/// What every pattern above holds in some form: most texts hold none of it and need no further look. A test keeps it in
/// step with the patterns.
static MAYBE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)passw|passphrase|pwd|token|secret|credential|key|bearer|basic|authoriz|-----BEGIN|eyJ|AKIA|ASIA|ABIA|ACCA|AIza|ya29|xox|xapp|slack|gh[oprsu]_|github|glpat|discord|[rs]k_|npm_|sk-|@|[MNO][a-z0-9_-]{23}",
    )
    .ok()
});

/// The text without credentials and without control characters other than line breaks and tabs.
pub fn redact(text: &str) -> String {
    let mut out = clean(text);
    if MAYBE.as_ref().is_some_and(|maybe| !maybe.is_match(&out)) {
        return out;
    }
    for sentence in SENTENCES_RE.iter() {
        out = sentence.replace_all(&out, format!("${{1}}{GUARD}${{2}}")).into_owned();
    }
    for shape in SHAPES_RE.iter() {
        out = shape.replace_all(&out, REDACTED).into_owned();
    }
    for named in NAMED_RE.iter() {
        out = named.replace_all(&out, |c: &Captures<'_>| keep_first(c)).into_owned();
    }
    out.retain(|c| c != GUARD);
    out
}

fn keep_first(captures: &Captures<'_>) -> String {
    let whole = &captures[0];
    let kept = captures.get(1).map_or("", |m| m.as_str());
    let rest = &whole[kept.len()..];
    if rest.contains(REDACTED) {
        return whole.to_string();
    }
    let tail = if rest.ends_with('@') {
        "@"
    } else if let Some(at) = rest.rfind("@").filter(|_| rest.ends_with('(')) {
        &rest[at..]
    } else {
        ""
    };
    format!("{kept}{REDACTED}{tail}")
}

/// The text with control characters, zero-width characters and direction marks made visible.
pub fn clean(text: &str) -> String {
    let hostile = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | GUARD)
    };
    let text = text.replace("\r\n", "\n");
    text.chars().map(|c| if hostile(c) { '\u{fffd}' } else { c }).collect()
}

/// Redacts every string in a value.
pub fn redact_value(value: &mut Value) {
    match value {
        Value::String(text) => *text = redact(text),
        Value::Array(items) => items.iter_mut().for_each(redact_value),
        Value::Object(map) => map.values_mut().for_each(redact_value),
        _ => {}
    }
}

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
