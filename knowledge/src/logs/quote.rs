//! Lines of a log as evidence: redacted first, then cut around the words that say what they are about.

use std::collections::BTreeSet;

use super::MAX_LINES;
use super::class::place_of;
use super::line;
use crate::redact::redact;

/// At most this many characters of a line are quoted.
const MAX_QUOTED: usize = 240;

/// At most this many characters are quoted in all, so that evidence is never cut in the middle.
const MAX_EXCERPT: usize = 580;

/// The text within this many characters: of a long one its beginning, and the words that say what it is about.
pub(super) fn cut_around(text: &str, max: usize) -> String {
    let length = text.chars().count();
    let Some(words) = place_of(text).filter(|_| length > max) else {
        return crate::evidence::cut(text, max);
    };
    let end = text[..words.end].chars().count();
    if end <= max {
        return crate::evidence::cut(text, max);
    }
    let head = max / 3;
    let start = text[..words.start].chars().count();
    // what stands just before names the file, the host or the field
    let from = start.saturating_sub(max / 4).min(length - (max - head)).max(head);
    let taken = |from: usize, count: usize| text.chars().skip(from).take(count).collect::<String>();
    crate::evidence::cut(&format!("{} … {}", taken(0, head), taken(from, length)), max)
}

/// These lines, redacted and then cut; of too many, those nearest to the telling one stay.
pub(super) fn quote(lines: &[&str], chosen: &BTreeSet<usize>, telling: usize) -> String {
    let mut quoted: Vec<(usize, String)> =
        chosen.iter().map(|at| (*at, cut_around(&redacted(lines, *at), MAX_QUOTED))).collect();
    let length =
        |quoted: &[(usize, String)]| quoted.iter().map(|(_, line)| line.chars().count() + 1).sum::<usize>();
    while quoted.len() > 1 && length(&quoted) > MAX_EXCERPT {
        let farthest =
            quoted.iter().enumerate().max_by_key(|(_, (at, _))| at.abs_diff(telling)).map(|(place, _)| place);
        quoted.remove(farthest.unwrap_or(0));
    }
    quoted.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}

pub(super) fn tail_of(lines: &[&str]) -> String {
    let last = lines.len().saturating_sub(MAX_LINES)..lines.len();
    last.map(|at| redacted(lines, at)).collect::<Vec<_>>().join("\n")
}

/// How many lines above may say that a line is a credential.
const ABOVE: usize = 3;

/// One line, redacted with what stands above it: a name may stand on the line before its value. The body of a key may
/// be longer than that, so a line that could be part of one is not shown at all.
fn redacted(lines: &[&str], at: usize) -> String {
    let line = lines[at];
    if could_be_a_key(line) {
        return crate::redact::REDACTED.to_string();
    }
    if line.len() > MAX_QUOTED && line.trim_start().starts_with('{') {
        // the fields around the message would fill the excerpt
        return redact(&line::read(line).text);
    }
    let from = at.saturating_sub(ABOVE);
    let text = redact(&lines[from..=at].join("\n"));
    let redacted: Vec<&str> = text.lines().collect();
    let kept = redacted.len() == at - from + 1;
    match redacted.last() {
        Some(last) if kept => last.to_string(),
        // a block of several lines went: what is left of this one cannot be told
        _ => redact(line),
    }
}

/// A line of nothing but base64.
pub(super) fn could_be_a_key(line: &str) -> bool {
    let line = line.trim();
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    line.contains("PRIVATE KEY") || line.len() >= 24 && line.bytes().all(base64)
}
