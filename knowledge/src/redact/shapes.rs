//! Credentials that are told by their shape alone.

use std::sync::LazyLock;

use regex::Regex;

use super::REDACTED;

pub(super) const SHAPES: &[&str] = &[
    // PEM blocks, also when a log cut either end off
    r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----.*?(-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|\z)",
    r"([A-Za-z0-9+/=]{16,}\s+)*[A-Za-z0-9+/=]*\s*-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----",
    r"([A-Za-z0-9+/]{60,}={0,2}\s*\n){2,}[A-Za-z0-9+/]*={0,2}",
    // JSON web tokens
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)?",
    // AWS, Google, Azure storage
    r"\b(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
    r"\bAIza[A-Za-z0-9_-]{35}",
    r"\bya29\.[A-Za-z0-9_-]{10,}",
    // Slack, GitHub, GitLab, Discord, Stripe, npm, OpenAI-like, SendGrid, Vault, DigitalOcean, age
    r"\bx(ox[abeoprs]|app)-[A-Za-z0-9.-]{8,}",
    r"https://hooks\.slack\.com/[A-Za-z0-9/_-]+",
    r"\b(gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})",
    r"\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    r"https://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\S+",
    r"\b[rs]k_(live|test)_[A-Za-z0-9]{10,}",
    r"\b(npm_[A-Za-z0-9]{30,}|sk-[A-Za-z0-9_-]{20,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})",
    r"\b(hv[sbr]\.[A-Za-z0-9_-]{20,}|do[opr]_v1_[a-f0-9]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{20,})",
];

static COMPILED: LazyLock<Vec<Regex>> =
    LazyLock::new(|| SHAPES.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect());

/// What every rule of this module and of [`named`](super::named) needs in some form: most texts hold none of it and
/// need no further look. A test keeps it in step.
static MAYBE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)pass|pwd|token|secret|credential|key|bearer|basic|auth|sig|PRIVATE|eyJ|AKIA|ASIA|ABIA|ACCA|AIza|ya29|xox|xapp|slack|gh[oprsu]_|github|glpat|discord|[rs]k_|npm_|sk-|SG\.|hv[sbr]\.|do[opr]_v1|@|-u |--user|[MNO][a-z0-9_-]{23}|[a-z0-9+/]{60}",
    )
    .ok()
});

pub(super) fn maybe(text: &str) -> bool {
    MAYBE.as_ref().is_none_or(|maybe| maybe.is_match(text))
}

pub(super) fn redact(text: &str) -> String {
    let mut out = text.to_string();
    for shape in COMPILED.iter() {
        if shape.is_match(&out) {
            out = shape.replace_all(&out, REDACTED).into_owned();
        }
    }
    out
}

static COLOURS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("\u{1b}\\[[0-9;]{0,16}m").ok());

/// Programs colour their logs; that is no attack and only makes them hard to read.
pub(super) fn without_colours(text: &str) -> String {
    if !text.contains('\u{1b}') {
        return text.to_string();
    }
    COLOURS.as_ref().map_or_else(|| text.to_string(), |re| re.replace_all(text, "").into_owned())
}
