//! One line to show: redacted, then cut around what it is shown for. Its start says who speaks, its end names the pod.

use podwhy_api::report::MOST_EXCERPT;
use podwhy_knowledge::redact::{clean_name, redact};

use super::patterns::Compiled;

const HEAD: usize = 100;
const TAIL: usize = 110;
/// What matters goes on after the words it is found by.
const AFTER: usize = 120;

/// An excerpt of at most [`MOST_EXCERPT`] characters.
pub fn of(text: &str, pattern: &Compiled) -> String {
    let text = clean_name(&redact(text).replace('\n', " "));
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= MOST_EXCERPT {
        return text;
    }
    let focus = pattern.focus(&text);
    let index = |byte: usize| text.get(..byte).map_or(0, |before| before.chars().count());
    let (start, end) = focus.map_or((0, 0), |focus| (index(focus.start), index(focus.end)));
    let tail = chars.len() - TAIL;
    let middle = MOST_EXCERPT - HEAD - TAIL - 3;
    let part = |from: usize, to: usize| chars.get(from..to).unwrap_or_default().iter().collect::<String>();
    if end.max(start + AFTER) <= HEAD + middle || start >= tail {
        return format!("{}…{}", part(0, HEAD + middle), part(tail, chars.len()));
    }
    let to = (start + middle).min(tail);
    format!("{}…{}…{}", part(0, HEAD.min(start)), part(start, to), part(tail, chars.len()))
}
