//! The course a log tells of: what was got over, what came of the end, and what a server notes of those who call it. An error in these
//! is no reason to end.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::class::Class;
use super::line::{Severity, ascii, is};
use super::reading::{Weighed, is_announced};
use super::sum::sums_up;

/// What was got over, or came of the end, weighs less than an error without a class.
const OVER: i32 = 4;

/// What is told behind `Exception ignored in` stands within so many lines.
const IGNORED_LINES: usize = 40;

/// It works now, or goes on without.
static GOT_OVER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    ascii(
        r"\b(re)?connected\b|connection (re-?)?(established|restored|recovered)|(\b(is|are|now|back) |^)(up|ready|reachable|available|healthy|online)\b|successful|\bsucceeded\b|\brecovered\b|\brestored\b|\bcontinuing\b|\bproceeding\b|\bstarted\b|listening (on|at)|\bserving\b|已连接|连接成功|启动成功|已恢复",
    )
});

/// Words that turn it round.
static NOT_YET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    ascii(r"\b(not|never|no|cannot|without|until|wait|waiting|once|if|when|unless|could|should|must)\b|n't\b")
});

/// Somebody asked it to end.
static ASKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    ascii(
        r"\b(received|got|caught|signal)\b[^a-z]{0,3}\b(signal[^a-z]{0,3})?(sig)?(term|int|terminated)\b|received (a )?(termination|shutdown) ",
    )
});

/// It clears up.
static CLEARS_UP: LazyLock<Option<Regex>> =
    LazyLock::new(|| ascii(r"shutting down|shut down|graceful|\b(closing|stopping|draining|flushing)\b"));

/// What PostgreSQL and RabbitMQ note of a client they did not let in.
static NOTES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    ascii(
        r#"\[\d+\].* (FATAL|ERROR):  (password authentication failed|no pg_hba\.conf|role "|database "[^"]*" does not exist|(relation|column|function|schema) )|<0\.\d+\.\d+> .*(login refused|authentication failed)"#,
    )
});

/// The server itself speaks like this, its clients' drivers do not.
static SERVER: LazyLock<Option<Regex>> =
    LazyLock::new(|| ascii(r"\[\d+\].* (LOG|PANIC|HINT|DETAIL):  |<0\.\d+\.\d+> "));

/// Marks what is over, so that it weighs less and is never sure. Returns the place of the last line that says that something works.
pub(super) fn settle(lines: &[&str], weighed: &mut [Weighed]) -> Option<usize> {
    // most logs speak of nobody else, and nothing in them is over
    if !weighed.iter().any(|w| w.class.is_some_and(may_be_over)) {
        return None;
    }
    let is_note = |w: &Weighed| {
        w.class.is_some_and(|class| matches!(class, Class::Auth | Class::Database)) && is(&NOTES, &w.text)
    };
    let server = weighed.iter().any(is_note) && weighed.iter().any(|w| is(&SERVER, &w.text));
    let calm = |w: &&Weighed| w.severity < Severity::Error && w.class.is_none();
    let works = |w: &&Weighed| calm(w) && is(&GOT_OVER, &w.text) && !is(&NOT_YET, &w.text);
    let got_over = weighed.iter().filter(works).map(|w| w.at).next_back();
    let asked = weighed.iter().find(|w| calm(w) && is(&ASKED, &w.text)).map(|w| w.at);
    let own = |w: &Weighed| w.severity >= Severity::Error && !sums_up(&w.text, "");
    let first_own = weighed.iter().find(|w| own(w)).map_or(usize::MAX, |w| w.at);
    let clears_up =
        weighed.iter().find(|w| w.at > first_own && calm(w) && is(&CLEARS_UP, &w.text)).map(|w| w.at);
    for w in weighed.iter_mut() {
        let outer = w.class.is_some_and(Class::is_about_a_dependency);
        let later = got_over.is_some_and(|at| at > w.at) && w.class.is_some_and(can_be_got_over);
        let after = |marker: Option<usize>| marker.is_some_and(|at| at < w.at);
        let aftermath = outer && (after(asked) || after(clears_up));
        let ends = w.severity == Severity::Fatal && is_announced(lines, w.at);
        let note = server && is_note(w);
        if note {
            (w.severity, w.class) = (Severity::Calm, None);
        }
        if note || is_ignored(lines, w.at) || (later || aftermath) && !ends {
            w.over = true;
            w.score = w.score.min(if note { 0 } else { OVER });
        }
    }
    got_over
}

fn can_be_got_over(class: Class) -> bool {
    class.is_about_a_dependency() || class == Class::Rbac
}

fn may_be_over(class: Class) -> bool {
    can_be_got_over(class) || class == Class::Database
}

/// Python tells so of what went wrong while it took objects apart at its end.
fn is_ignored(lines: &[&str], at: usize) -> bool {
    let from = at.saturating_sub(IGNORED_LINES);
    let begins = lines[from..at].iter().rposition(|line| line.starts_with("Exception ignored in"));
    // frames and the head of the traceback, up to the line itself
    begins.is_some_and(|begins| {
        lines[from + begins + 1..at]
            .iter()
            .all(|line| line.starts_with([' ', '\t']) || line.starts_with("Traceback (most"))
    })
}
