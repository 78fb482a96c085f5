//! Which lines of a log tell why its program ended, or does not become ready.
//!
//! Only the last lines are looked at closely, and of those above only where an error of the language's runtime begins:
//! the time it takes grows with the text's length and with nothing else.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::MAX_LINES;
use super::class::{Class, class_of};
use super::course::settle;
use super::line::{self, Severity, is_place, within};
use super::quote::{could_be_a_key, cut_around, quote, tail_of};
use super::sum::{has_words, is_about_caches, is_consequence, sums_up};
use crate::redact::redact;

/// At most this many bytes of a log's end are read.
const MAX_BYTES: usize = 64 * 1024;

/// At most this many of the last lines are weighed, and as many beginnings of an error above them.
const MAX_WEIGHED: usize = 40;

/// At most this many of the last lines are read.
const MAX_READ: usize = 2000;

/// At most this many of the last lines are looked at for it.
const MAX_NEAR: usize = 100;

/// Where the runtimes of Go, Rust, Java, Python, Node, .NET, Ruby and PHP begin to tell why they give up.
static BEGINNINGS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u)panic: |fatal error: |panicked at|Exception in thread|Caused by: |Traceback \(most|Unhandled exception|UnhandledPromise|Uncaught |PHP Fatal|APPLICATION FAILED",
    )
    .ok()
});

/// A line of an access log, as nginx, Apache, uvicorn and gunicorn write it.
static ACCESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?-u)"(GET|POST|PUT|DELETE|HEAD|PATCH|OPTIONS) [^" ]+( HTTP/\d(\.\d)?)?"? \d{3}\b"#).ok()
});

/// Where an exception of .NET begins to tell what is behind it. Not one of [`BEGINNINGS`]: the regex would stop at the
/// ` --- ` that stands in every line of Spring's log.
const BEHIND: &str = " ---> ";

/// What a log says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What it speaks of, where its words tell.
    pub class: Option<Class>,
    /// The line that tells most, as its program wrote it but for the wrapping of JSON: not redacted.
    pub line: String,
    /// The most telling lines, in their order, redacted.
    pub excerpt: String,
    /// The last lines as they stand, redacted.
    pub tail: String,
    /// Whether nothing else in the log could be why: no graver line after it that says something else, and its writer
    /// did not call it a mere warning.
    pub sure: bool,
}

impl Reading {
    /// The line that tells most, fit to be shown, of at most this many characters.
    pub fn shown_line(&self, max: usize) -> String {
        if could_be_a_key(&self.line) {
            return crate::redact::REDACTED.to_string();
        }
        cut_around(redact(&self.line).trim(), max)
    }
}

/// A line, and how much it tells.
pub(super) struct Weighed {
    /// Its place among the lines.
    pub(super) at: usize,
    pub(super) score: i32,
    pub(super) severity: Severity,
    pub(super) class: Option<Class>,
    pub(super) text: String,
    /// Got over, or came of the end: see [`settle`].
    pub(super) over: bool,
}

impl Weighed {
    /// What it tells of a cause, which a mere warning may know as well.
    fn knows(&self) -> i32 {
        self.score + if self.severity == Severity::Warning { MERE } else { 0 }
    }
}

/// By so much a warning tells less of the end than what is said without a level.
const MERE: i32 = 3;

/// Reads a log; `None` when there is nothing in it.
pub fn read(log: &str) -> Option<Reading> {
    let mut start = log.len().saturating_sub(MAX_BYTES);
    while !log.is_char_boundary(start) {
        start += 1;
    }
    let lines: Vec<&str> = log[start..].lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let lines = &lines[lines.len().saturating_sub(MAX_READ)..];
    let tail = tail_of(lines);
    let mut weighed: Vec<Weighed> = worth_weighing(lines).into_iter().map(|at| weigh(lines, at)).collect();
    let got_over = settle(lines, &mut weighed);
    // what a server notes of its callers, such as a status, says nothing where something says that it is an error
    let loud = weighed.iter().any(|w| w.severity >= Severity::Error);
    let heard = weighed.iter().filter(|w| !loud || w.severity > Severity::Calm);
    let best = heard.max_by_key(|w| (w.score, w.at)).filter(|w| w.score > 2);
    let spoken = (0..lines.len()).rev().find(|at| !is_place(lines, *at));
    let spoken = spoken.or(lines.len().checked_sub(1))?;
    // of a program without levels, the last sentence tells more than what it got over before
    let last = best.filter(|w| w.over).and_then(|_| weighed.iter().find(|w| w.at == spoken));
    let last =
        last.filter(|w| w.severity == Severity::None && got_over < Some(w.at) && has_words(&w.text, 4));
    let Some(best) = best.filter(|_| last.is_none()) else {
        let text = line::read(lines[spoken]).text.into_owned();
        let from = lines.len().saturating_sub(MAX_LINES);
        return Some(Reading {
            class: None,
            sure: false,
            line: text,
            excerpt: quote(lines, &(from..lines.len()).collect(), lines.len() - 1),
            tail,
        });
    };
    let telling = reason_for(best, &weighed);
    // after an exception nobody caught, only the program's parts say how they end
    let ended = weighed.iter().rev().find(|w| w.at < telling.at && ends_the_program(lines[w.at]));
    let other = ended.filter(|_| is_after_another(lines, telling, &weighed));
    let telling = other.unwrap_or(telling);
    let chosen = choose(lines, &weighed, best, telling);
    let excerpt = quote(lines, &chosen, telling.at);
    Some(Reading {
        class: telling.class,
        line: telling.text.clone(),
        excerpt,
        tail,
        sure: is_sure(telling, &weighed) && !is_after_another(lines, telling, &weighed),
    })
}

/// The places of the last lines that are not mere places in the code, and of the beginnings of errors above them. Of
/// lines that say the same again, the last is enough.
fn worth_weighing(lines: &[&str]) -> BTreeSet<usize> {
    let mut said = BTreeSet::new();
    let near = lines.len().saturating_sub(MAX_NEAR);
    let mut places: BTreeSet<usize> = (near..lines.len())
        .rev()
        .filter(|at| !is_place(lines, *at) && said.insert(sense_of(lines[*at])))
        .take(MAX_WEIGHED)
        .collect();
    let last = places.first().copied().unwrap_or(lines.len());
    let begins = |at: &usize| {
        let line = within(lines[*at], 300);
        line.contains(BEHIND) || BEGINNINGS.as_ref().is_some_and(|regex| regex.is_match(line.as_bytes()))
    };
    let above: Vec<usize> =
        (0..lines.len()).rev().filter(|at| *at < last && begins(at)).take(MAX_WEIGHED / 2).collect();
    for at in above {
        places.insert(at);
        // Python and Rust say why below the place
        places.extend(
            (at + 1..last).take(60).find(|next| lines[*next].starts_with(|c: char| !c.is_whitespace())),
        );
    }
    places
}

/// A hash of the words without digits in them: times, counts and ids differ from line to line.
fn sense_of(line: &str) -> u64 {
    let mut all: u64 = 0xcbf2_9ce4_8422_2325;
    let (mut word, mut counts) = (0_u64, true);
    for byte in within(line, 400).bytes().chain([b' ']) {
        if byte.is_ascii_alphanumeric() {
            counts &= !byte.is_ascii_digit();
            word = (word ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        } else {
            if counts && word != 0 {
                all = (all ^ word).wrapping_mul(0x0100_0000_01b3);
            }
            (word, counts) = (0, true);
        }
    }
    all
}

fn weigh(lines: &[&str], at: usize) -> Weighed {
    let read = line::read(lines[at]);
    let mut severity = read.severity;
    if severity >= Severity::None && is_announced(lines, at) {
        severity = Severity::Fatal;
    }
    // what a server notes of a caller is about that caller
    let noted = ACCESS.as_ref().is_some_and(|regex| regex.is_match(read.text.as_bytes()));
    if noted {
        severity = Severity::Calm;
    }
    let mut class = class_of(&read.text).filter(|_| !noted);
    let thrown = at.checked_sub(1).is_some_and(|above| is_thrown(lines, above));
    if thrown {
        class = class.or(Some(Class::Panic));
    }
    let killed = read.text.contains("line ")
        && KILLED.as_ref().is_some_and(|regex| regex.is_match(read.text.as_bytes()));
    // who breaks off has no level to say it with
    if killed {
        severity = Severity::Fatal;
    }
    if class == Some(Class::Panic) && severity == Severity::None {
        severity = Severity::Fatal;
    }
    let mut score = severity as i32 + 2 * class.map_or(i32::from(severity >= Severity::Error), Class::weight);
    match severity {
        Severity::Warning => score -= MERE,
        // the end, and a reason of its own: no class tells more
        Severity::Fatal if class.is_none() => {
            let own = has_words(&read.text, 3) && !sums_up(&read.text, "");
            score += if own || killed { 2 } else { 0 };
        }
        _ => {}
    }
    // an announcement says nothing by itself
    let empty = read.text.starts_with("Traceback (most")
        || read.text.starts_with("APPLICATION FAILED")
        || is_thrown(lines, at);
    let score = if empty { 3 } else { score };
    Weighed { at, score, severity, class, text: read.text.into_owned(), over: false }
}

/// What a shell says of a program that a signal ended: `line 22:  9 Killed  python3 train.py`.
static KILLED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u)line \d+: +\d+ (Killed|Terminated|Bus error|Illegal instruction)\b").ok()
});

/// Whether C++ tells of an exception nobody caught here, and what it says on the next line.
fn is_thrown(lines: &[&str], at: usize) -> bool {
    lines[at].contains("terminate called after")
        && lines.get(at + 1).is_some_and(|next| next.trim_start().starts_with("what():"))
}

/// Node's last word after an error nobody caught, so many lines after it at most.
const NODES_END_LINES: usize = 60;

/// Whether Node shows the error of this line and ends with it.
fn is_nodes_end(lines: &[&str], at: usize) -> bool {
    let kind = lines[at].split([':', ' ']).next().unwrap_or_default();
    if !kind.ends_with("Error") {
        return false;
    }
    let inner = |line: &&&str| line.starts_with([' ', '\t', '}']);
    let after = &lines[at + 1..lines.len().min(at + NODES_END_LINES)];
    let shown = after.iter().take_while(inner).count();
    after.get(shown).is_some_and(|line| line.starts_with("Node.js v"))
}

/// `/app/main.rb:5:in 'fetch': key not found (KeyError)`, as Ruby ends.
static RUBYS_END: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)^\S+\.rb:\d+:in [`'].+': .+ \([A-Z][A-Za-z:]+\)$").ok());

/// Whether the line above, or the frame around it, says that now comes why it ends.
pub(super) fn is_announced(lines: &[&str], at: usize) -> bool {
    let line = lines[at];
    let trimmed = line.trim_start();
    let rubys = || RUBYS_END.as_ref().is_some_and(|regex| regex.is_match(line.as_bytes()));
    if is_nodes_end(lines, at) || line.contains(".rb:") && rubys() {
        return true;
    }
    let announcing = ["Caused by: ", "---> ", "panic: ", "Unhandled exception", "Exception in thread "];
    if announcing.iter().any(|word| trimmed.starts_with(word)) {
        return true;
    }
    let Some(above) = at.checked_sub(1).map(|above| lines[above]) else { return false };
    if above.contains("panicked at ") && above.ends_with(':')
        || matches!(above.trim(), "Description:" | "Reason:")
    {
        return true;
    }
    // the first line that is not indented, after the frames of a traceback
    let frames = lines[..at].iter().rev().take_while(|above| above.starts_with([' ', '\t'])).count();
    let head = at.checked_sub(frames + 1).map(|head| lines[head]);
    !line.starts_with([' ', '\t'])
        && frames > 0
        && frames < 200
        && head.is_some_and(|head| head.starts_with("Traceback (most"))
}

/// The line that says why: the best one, or one before it that the best one sums up.
fn reason_for<'w>(best: &'w Weighed, weighed: &'w [Weighed]) -> &'w Weighed {
    let says_why = |w: &Weighed| w.class.is_some_and(|class| class.weight() > 2);
    let refused = |w: &&Weighed| matches!(w.class, Some(Class::Rbac | Class::MissingKind));
    if best.class == Some(Class::Timeout) && is_about_caches(&best.text) {
        // caches never fill with what may not be listed, or is not there
        return weighed.iter().rev().filter(|w| w.at < best.at && !w.over).find(refused).unwrap_or(best);
    }
    if says_why(best) {
        return best;
    }
    let before = || weighed.iter().rev().filter(|w| w.at < best.at && best.at - w.at < 60 && !w.over);
    if !sums_up(&best.text, "") {
        // it broke off for what the line just before says
        let close = before().next().filter(|w| best.at - w.at <= 2 && w.severity >= Severity::Error);
        let broke_off = best.class == Some(Class::Panic) && is_consequence(&best.text);
        return close.filter(|w| broke_off && says_why(w)).unwrap_or(best);
    }
    let told = before().filter(|w| w.knows() >= 6 && says_why(w)).max_by_key(|w| (w.knows(), w.at));
    let errors = || before().filter(|w| w.severity >= Severity::Error);
    let open =
        || errors().find(|w| !sums_up(&w.text, "")).or_else(|| errors().find(|w| has_words(&w.text, 6)));
    told.or_else(|| open().filter(|_| best.class.is_none())).unwrap_or(best)
}

fn is_sure(telling: &Weighed, weighed: &[Weighed]) -> bool {
    let mut after = weighed.iter().filter(|w| w.at > telling.at);
    if telling.over {
        return false;
    }
    if telling.severity < Severity::None {
        // a warning that is the last word, or that someone sums up
        return telling.severity == Severity::Warning
            && after.all(|w| w.class == telling.class || sums_up(&w.text, &telling.text));
    }
    let grave = telling.severity.max(Severity::Error);
    let says_else = |w: &Weighed| {
        // a wait that ran out, or a lease that was lost, is what comes of it
        let never_filled =
            matches!(telling.class, Some(Class::Rbac | Class::MissingKind)) && is_about_caches(&w.text);
        let aftermath = w.over || never_filled || matches!(w.class, Some(Class::Timeout | Class::LostLease));
        let broke_off = w.class.is_none_or(|class| class.weight() == 2) && sums_up(&w.text, &telling.text);
        w.severity >= grave && w.class != telling.class && !aftermath && !broke_off
    };
    !after.any(says_else)
}

/// Words by which one exception tells of the one behind it.
const CHAINED: [&str; 4] = ["Caused by: ", "---> ", "the direct cause of", "During handling of the above"];

/// Whether the program gave up for something else before: an exception nobody caught, and what is told has nothing to do with it, such as
/// what could not be sent off at its end.
fn is_after_another(lines: &[&str], telling: &Weighed, weighed: &[Weighed]) -> bool {
    let before = weighed.iter().rev().filter(|w| w.at < telling.at && w.severity == Severity::Fatal);
    let mut other = before.filter(|w| w.class != telling.class && is_announced(lines, w.at));
    // the client of Kubernetes for Python prints the server's words behind the exception's name
    if telling.text.starts_with("HTTP response body: ") {
        return false;
    }
    other.next().is_some_and(|other| {
        // what an error object holds is its own
        let held = |line: &&str| line.starts_with([' ', '\t', '}']);
        if lines[other.at + 1..=telling.at].iter().all(held) {
            return false;
        }
        // another exception has a chain of its own
        let begins = (other.at + 1..telling.at).find(|at| lines[*at].contains("Traceback (most"));
        let between = &lines[other.at..=begins.unwrap_or(telling.at)];
        !between.iter().any(|line| CHAINED.iter().any(|words| line.contains(words)))
    })
}

/// What the runtimes of Java, Go and .NET write when the program itself is over.
fn ends_the_program(line: &str) -> bool {
    let trimmed = line.trim_start();
    ["Exception in thread \"main\"", "panic: ", "Unhandled exception. "]
        .iter()
        .any(|word| trimmed.starts_with(word))
}

/// The lines to quote: why, what else is grave, and what stood before.
fn choose(lines: &[&str], weighed: &[Weighed], best: &Weighed, telling: &Weighed) -> BTreeSet<usize> {
    let mut chosen = BTreeSet::from([best.at, telling.at]);
    let mut said = BTreeSet::from([sense_of(lines[best.at]), sense_of(lines[telling.at])]);
    let mut rest: Vec<&Weighed> =
        weighed.iter().filter(|w| w.severity >= Severity::Error || w.score >= 8).collect();
    rest.sort_by_key(|w| std::cmp::Reverse((w.score, w.at)));
    for other in rest {
        if chosen.len() < MAX_LINES / 2 && said.insert(sense_of(lines[other.at])) {
            chosen.insert(other.at);
        }
    }
    // what it did before, and what it still said
    let first = chosen.first().copied().unwrap_or(0);
    let before = (0..first).rev().filter(|at| !is_place(lines, *at)).take(2);
    let after = (best.at + 1..lines.len()).filter(|at| !is_place(lines, *at)).take(1);
    for at in before.chain(after).collect::<Vec<usize>>() {
        if chosen.len() < MAX_LINES && said.insert(sense_of(lines[at])) {
            chosen.insert(at);
        }
    }
    chosen
}
