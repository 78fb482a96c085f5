//! Which lines of a log tell why its program ended, or does not become ready.
//!
//! Only the last lines are looked at closely, and of those above only where an error of the language's runtime begins:
//! the time it takes grows with the text's length and with nothing else.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::MAX_LINES;
use super::class::{Class, class_of};
use super::line::{self, Severity, is_place, within};
use crate::redact::redact;

/// At most this many bytes of a log's end are read.
const MAX_BYTES: usize = 64 * 1024;

/// At most this many of the last lines are weighed, and as many beginnings of an error above them.
const MAX_WEIGHED: usize = 40;

/// At most this many of the last lines are read.
const MAX_READ: usize = 2000;

/// At most this many of the last lines are looked at for it.
const MAX_NEAR: usize = 100;

/// At most this many characters of a line are quoted.
const MAX_QUOTED: usize = 240;

/// At most this many characters are quoted in all, so that evidence is never cut in the middle.
const MAX_EXCERPT: usize = 580;

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

/// Words of a program that sums up: why, it said before.
const SUMMING_UP: &[&str] = &[
    "giving up",
    "gave up",
    "exhausted",
    "attempts",
    "retries",
    "connect",
    "unreachable",
    "not available",
    "exiting",
    "shutting down",
    "shutdown",
    "aborting",
    "to start",
    "startup",
    "run failed",
    "to register",
    "exited unexpectedly",
    "terminat",
    "stopping",
    "stopped",
    "initiali",
    "bootstrap",
    "caches",
    "exit code",
    "exit status",
    "fatal error, ",
    "cannot continue",
    "unable to continue",
];

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
        crate::evidence::cut(redact(&self.line).trim(), max)
    }
}

struct Weighed {
    /// Its place among the lines.
    at: usize,
    score: i32,
    severity: Severity,
    class: Option<Class>,
    text: String,
}

/// Reads a log; `None` when there is nothing in it.
pub fn read(log: &str) -> Option<Reading> {
    let mut start = log.len().saturating_sub(MAX_BYTES);
    while !log.is_char_boundary(start) {
        start += 1;
    }
    let lines: Vec<&str> = log[start..].lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let lines = &lines[lines.len().saturating_sub(MAX_READ)..];
    let tail = tail_of(lines);
    let weighed: Vec<Weighed> = worth_weighing(lines).into_iter().map(|at| weigh(lines, at)).collect();
    // what a server notes of its callers, such as a status, says nothing where something says that it is an error
    let loud = weighed.iter().any(|w| w.severity >= Severity::Error);
    let heard = weighed.iter().filter(|w| !loud || w.severity > Severity::Calm);
    let best = heard.max_by_key(|w| (w.score, w.at)).filter(|w| w.score > 2);
    let Some(best) = best else {
        let spoken = (0..lines.len()).rev().find(|at| !is_place(lines, *at));
        let last = lines.get(spoken.unwrap_or(lines.len().checked_sub(1)?))?;
        let text = line::read(last).text.into_owned();
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
    let class = class_of(&read.text).filter(|_| !noted);
    let score = severity as i32 + 2 * class.map_or(i32::from(severity >= Severity::Error), Class::weight);
    // an announcement says nothing by itself
    let empty = read.text.starts_with("Traceback (most") || read.text.starts_with("APPLICATION FAILED");
    let score = if empty { 3 } else { score };
    Weighed { at, score, severity, class, text: read.text.into_owned() }
}

/// Whether the line above, or the frame around it, says that now comes why it ends.
fn is_announced(lines: &[&str], at: usize) -> bool {
    let line = lines[at];
    let trimmed = line.trim_start();
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
    if best.class.is_some_and(|class| class.weight() > 2) {
        return best;
    }
    let sums_up = best.class.is_none() && is_summing_up(&best.text);
    let least = if sums_up { 6 } else { 8 };
    let before = weighed.iter().rev().filter(|w| w.at <= best.at && best.at - w.at < 60);
    // an exception that names its kind only is explained by nothing else
    let open = best.class.is_none();
    before
        .filter(|w| !(best.severity == Severity::Fatal && adds_its_own(&best.text, &w.text)))
        .filter(|w| open && w.score >= least && w.class.is_some_and(|class| class.weight() > 2))
        .max_by_key(|w| (w.score, w.at))
        .unwrap_or(best)
}

fn is_summing_up(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SUMMING_UP.iter().any(|words| text.contains(words))
}

fn is_sure(telling: &Weighed, weighed: &[Weighed]) -> bool {
    let mut after = weighed.iter().filter(|w| w.at > telling.at);
    if telling.severity < Severity::None {
        // a warning that is the last word, or that someone sums up
        return telling.severity == Severity::Warning
            && after.all(|w| w.class == telling.class || is_summing_up(&w.text));
    }
    let grave = telling.severity.max(Severity::Error);
    let says_else = |w: &Weighed| {
        // a wait that ran out, or a lease that was lost, is what comes of it
        let aftermath = matches!(w.class, Some(Class::Timeout | Class::LostLease));
        let broke_off = w.class.is_none_or(|class| class.weight() == 2)
            && is_summing_up(&w.text)
            && !(w.severity == Severity::Fatal && adds_its_own(&w.text, &telling.text));
        w.severity >= grave && w.class != telling.class && !aftermath && !broke_off
    };
    !after.any(says_else)
}

/// Whether a line that sums up ends with a reason that is another than the one told: `run failed: ledger out of balance`.
fn adds_its_own(text: &str, told: &str) -> bool {
    let Some((_, reason)) = text.rsplit_once(": ") else { return false };
    let long = reason.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count() >= 3;
    long && !is_summing_up(reason) && !told.contains(reason.trim_end_matches('.'))
}

/// Words by which one exception tells of the one behind it.
const CHAINED: [&str; 4] = ["Caused by: ", "---> ", "the direct cause of", "During handling of the above"];

/// Whether the program gave up for something else before: an exception nobody caught, and what is told has nothing to do with it, such as
/// what could not be sent off at its end.
fn is_after_another(lines: &[&str], telling: &Weighed, weighed: &[Weighed]) -> bool {
    let before = weighed.iter().rev().filter(|w| w.at < telling.at && w.severity == Severity::Fatal);
    let mut other = before.filter(|w| w.class != telling.class && is_announced(lines, w.at));
    other.next().is_some_and(|other| {
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

/// These lines, redacted and then cut; of too many, those nearest to the telling one stay.
fn quote(lines: &[&str], chosen: &BTreeSet<usize>, telling: usize) -> String {
    let mut quoted: Vec<(usize, String)> =
        chosen.iter().map(|at| (*at, crate::evidence::cut(&redacted(lines, *at), MAX_QUOTED))).collect();
    let length =
        |quoted: &[(usize, String)]| quoted.iter().map(|(_, line)| line.chars().count() + 1).sum::<usize>();
    while quoted.len() > 1 && length(&quoted) > MAX_EXCERPT {
        let farthest =
            quoted.iter().enumerate().max_by_key(|(_, (at, _))| at.abs_diff(telling)).map(|(place, _)| place);
        quoted.remove(farthest.unwrap_or(0));
    }
    quoted.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}

fn tail_of(lines: &[&str]) -> String {
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
fn could_be_a_key(line: &str) -> bool {
    let line = line.trim();
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    line.contains("PRIVATE KEY") || line.len() >= 24 && line.bytes().all(base64)
}
