//! Credentials behind something that says so: a name, a flag, a header, the user part of a URL.
//!
//! In prose such a word is followed by the reason of an error (`failed to fetch token: unexpected status`), and those
//! sentences are what a diagnosis quotes. So behind a colon, where a sentence may go on, a value must look like a
//! credential or stand alone; behind `=` or as a flag's argument it is always taken.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::REDACTED;

/// Words that name a credential wherever a name holds them.
const NAMES: &str = r"passw(?:or)?d|passphrase|pwd|token|secret|credentials?|api[_-]?key|access[_-]?key|private[_-]?key|secret[_-]?key|account[_-]?key|encryption[_-]?key|signing[_-]?key|[_.-]key";

/// Words that do so only where a value is sure to follow.
const SHORT_NAMES: &str = r"pass|auth|sig|signature|key";

/// `$NAMES` with what may stand before and after: `DB_PASSWORD`, `tokenProd`, `api_token_1`.
fn with(pattern: &str) -> Option<Regex> {
    let pattern = pattern.replace("$NAMES", NAMES).replace("$SHORT", SHORT_NAMES);
    Regex::new(&pattern).ok()
}

/// A quoted value, also one within a quoted text, or a bare one.
const QUOTED: &str = r#"\\?"(?:[^"\\]|\\[^"]|\\"[^\s,}\]:])*\\?"|'[^']*'"#;

struct Rule {
    regex: Option<Regex>,
    replace: fn(&Captures<'_>, &str) -> String,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    vec![
        // Authorization: Bearer x
        Rule {
            regex: with(
                r#"(?i)\b((?:proxy-)?authorization\\?["']?\s*[:=]\s*\\?["']?(?:bearer|basic|token|digest|apikey|negotiate|aws4-\S+)\s+)([^"'\n]+)"#,
            ),
            replace: always,
        },
        Rule {
            regex: with(r#"(?i)\b((?:proxy-)?authorization\\?["']?\s*[:=]\s*\\?["']?)([^\s"',;]+)()"#),
            replace: if_it_looks_so,
        },
        Rule { regex: with(r"(?i)\b((?:bearer|basic)\s+)([A-Za-z0-9._~+/=-]{6,})"), replace: if_it_looks_so },
        Rule { regex: with(r#"(?i)(\b[a-z][a-z0-9+.-]*://)([^\s"'<>]+)@([^\s"'<>]*)"#), replace: user_part },
        Rule { regex: with(r"(?i)\b([A-Za-z0-9._-]+:)(\S+)(@(?:tcp|udp|unix)\()"), replace: always },
        Rule { regex: with(r"(?i)((?:^|\s)(?:-u|--user)[ =][^\s:]+:)([^\s:]+)"), replace: always },
        // --token x, ["--password", "x"]
        Rule {
            regex: with(
                r#"(?im)((?:^|[\s"'\[,=(])--?(?:[A-Za-z0-9._-]*(?:$NAMES)|key|pass)["']?(?:\s*,\s*|\s+(?:-\s+)?)["']?)([^\s"',\]]+)"#,
            ),
            replace: flag_argument,
        },
        // password=x
        Rule {
            regex: with(&format!(
                r#"(?i)((?:[a-z0-9_.-]*(?:$NAMES)|\b(?:[a-z0-9.]+[_.-])*(?:$SHORT))(?:[_-][a-z0-9_]+|\d+)?\\?["']?\s*(?:=>|:=|=)\s*)({QUOTED}|[^\s,;&"'}}\])]+)"#
            )),
            replace: assigned,
        },
        // password: x, "password": "x"
        Rule {
            regex: with(&format!(
                r#"(?im)((?:[a-z0-9_.-]*(?:$NAMES)|\b(?:[a-z0-9.]+[_.-])*(?:$SHORT))(?:[_-][a-z0-9_]+|\d+)?\\?["']?\s*:\s*(?:[|>]-?\s*\n\s*)?)({QUOTED}|[^\s,;&"'}}\])]+)([^\n]*)"#
            )),
            replace: after_colon,
        },
    ]
});

pub(super) fn redact(text: &str) -> String {
    let mut out = text.to_string();
    for rule in RULES.iter() {
        let Some(regex) = rule.regex.as_ref().filter(|regex| regex.is_match(&out)) else {
            continue;
        };
        let before = out.clone();
        out = regex.replace_all(&before, |c: &Captures<'_>| redacted_once(rule, c, &before)).into_owned();
    }
    out
}

fn redacted_once(rule: &Rule, captures: &Captures<'_>, text: &str) -> String {
    if value_of(captures).trim_start_matches(['"', '\'', '\\']).starts_with("[redacted") {
        // what follows on the line may hold another
        let (whole, rest) = (&captures[0], tail_of(captures));
        return format!("{}{}", &whole[..whole.len() - rest.len()], redact_rest(rest));
    }
    (rule.replace)(captures, text)
}

fn value_of<'c>(captures: &'c Captures<'_>) -> &'c str {
    captures.get(2).map_or("", |m| m.as_str())
}

fn tail_of<'c>(captures: &'c Captures<'_>) -> &'c str {
    captures.get(3).map_or("", |m| m.as_str())
}

fn always(captures: &Captures<'_>, _: &str) -> String {
    format!("{}{REDACTED}{}", &captures[1], tail_of(captures))
}

fn if_it_looks_so(captures: &Captures<'_>, text: &str) -> String {
    if looks_like_one(value_of(captures)) { always(captures, text) } else { captures[0].to_string() }
}

/// `user:password@`, or a token alone before the `@`. A port, and a digest behind the `@`, are neither.
fn user_part(captures: &Captures<'_>, _: &str) -> String {
    let user = value_of(captures);
    let whole = captures[0].to_string();
    if tail_of(captures).starts_with("sha256:") || tail_of(captures).starts_with("sha512:") {
        return whole;
    }
    match user.split_once(':') {
        Some((name, password)) => {
            let digits = password.trim_start_matches(|c: char| c.is_ascii_digit());
            let port = digits.len() < password.len() && digits.starts_with('/');
            if port || name.contains('/') {
                return whole;
            }
            format!("{}{name}:{REDACTED}@{}", &captures[1], tail_of(captures))
        }
        None if !user.contains('/') && looks_like_one(user) => {
            format!("{}{REDACTED}@{}", &captures[1], tail_of(captures))
        }
        None => whole,
    }
}

/// Words that follow the name of a flag in prose.
const PROSE: &[&str] =
    &["is", "was", "are", "not", "must", "flag", "flags", "or", "and", "to", "for", "option", "in", "has"];

fn flag_argument(captures: &Captures<'_>, text: &str) -> String {
    let value = value_of(captures);
    let another_flag = value.starts_with('-') && !looks_like_one(value.trim_start_matches('-'));
    if another_flag || value.starts_with("--") || PROSE.contains(&value) {
        captures[0].to_string()
    } else {
        always(captures, text)
    }
}

fn assigned(captures: &Captures<'_>, text: &str) -> String {
    let name = captures[1].trim_end_matches([' ', '=', ':', '>', '"', '\'', '\\']).to_ascii_lowercase();
    // a taint is written key=value:effect, and `key=` alone names nothing secret unless its value does
    let value = value_of(captures);
    if name == "key" && (value.contains(":No") || value.contains(":Prefer") || !looks_like_one(value)) {
        let start = captures.get(0).map_or(0, |m| m.start());
        let queried = text[..start].ends_with(['?', '&']);
        if !queried {
            return captures[0].to_string();
        }
    }
    always(captures, text)
}

fn after_colon(captures: &Captures<'_>, text: &str) -> String {
    let (value, rest) = (value_of(captures), tail_of(captures));
    let short = with_short_name(&captures[1]);
    let quoted = value.starts_with(['"', '\'', '\\']);
    let start = captures.get(0).map_or(0, |m| m.start());
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let before =
        text[line_start..start].trim_start_matches(|c: char| c.is_whitespace() || "-{,\"'\\[".contains(c));
    let at_key = before.is_empty() || text[..start].ends_with(['{', ',', '"', '\'']);
    let sentence = ["not found", "is forbidden", "already exists", "not registered"]
        .iter()
        .any(|words| rest.trim_start().starts_with(words));
    let alone = rest.trim().is_empty()
        || rest.trim_start().starts_with([',', '}', ']', ';'])
        || rest.starts_with(['"', '\'']);
    let take = if quoted {
        // "auth": "x" is a login, `auth: "x"` in a sentence is not
        !sentence && (!short || captures[1].contains(['"', '\'']))
    } else {
        let password = captures[1].to_ascii_lowercase().contains("pass");
        let mixed = value.len() >= 8 && value.chars().skip(1).any(|c| c.is_ascii_uppercase());
        (looks_like_one(value) || password && mixed) && !short
            || at_key && alone && !short && !value.ends_with(':')
    };
    let rest = redact_rest(rest);
    if take { format!("{}{REDACTED}{rest}", &captures[1]) } else { format!("{}{value}{rest}", &captures[1]) }
}

/// The rest of a line was swallowed to see how it goes on: it is looked at by itself.
fn redact_rest(rest: &str) -> String {
    if rest.trim().is_empty() { rest.to_string() } else { redact(rest) }
}

fn with_short_name(head: &str) -> bool {
    let name = head.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
    let last = name.rsplit(['_', '.', '-']).next().unwrap_or_default();
    matches!(last, "pass" | "auth" | "sig" | "signature") || name == "key"
}

/// Whether a bare word looks like a credential rather than a word of a sentence.
fn looks_like_one(word: &str) -> bool {
    let word = word.trim_matches(['"', '\'', '\\', '.', ':', ',']);
    let letters = word.chars().any(|c| c.is_ascii_alphabetic());
    let digits = word.chars().any(|c| c.is_ascii_digit());
    let inner_upper = word.chars().skip(1).any(|c| c.is_ascii_uppercase());
    let lower = word.chars().any(|c| c.is_ascii_lowercase());
    let symbols = word.chars().any(|c| "+/=!@#$%^&*~".contains(c));
    let length = word.chars().count();
    (length >= 6 && letters && digits)
        || (length >= 8 && inner_upper && lower && !is_camel_case(word))
        || (length >= 6 && symbols && !word.contains("://"))
        || (length >= 20 && !word.contains(['-', '_', '/']))
}

/// `InvalidToken`: a word of Kubernetes or of a program, not a key.
fn is_camel_case(word: &str) -> bool {
    let mut run = 0;
    for c in word.chars() {
        match c {
            'A'..='Z' => {
                if run == 1 {
                    return false;
                }
                run = 1;
            }
            'a'..='z' => run += 1,
            _ => return false,
        }
    }
    run > 1 && word.starts_with(|c: char| c.is_ascii_uppercase())
}
