//! Which lines of a log tell why its program ended, or does not become ready.
//!
//! Only the last lines are looked at closely, and of those above only where an error of the language's runtime begins:
//! the time it takes grows with the text's length and with nothing else.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::MAX_LINES;
use super::class::{Class, class_of, place_of};
use super::course::settle;
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
    "aborted",
    "failed to boot",
    "unable to determine dialect",
];

/// How a sentence begins that says what could not be done, which is what came of the reason.
const CONSEQUENCES: [&str; 9] = [
    "could not",
    "couldn't",
    "cannot",
    "can't",
    "failed to",
    "fail to",
    "unable to",
    "error while",
    "error during",
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
        cut_around(redact(&self.line).trim(), max)
    }
}

/// The text within this many characters: of a long one its beginning, and the words that say what it is about.
fn cut_around(text: &str, max: usize) -> String {
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
    // who breaks off has no level to say it with
    if class == Some(Class::Panic) && severity == Severity::None {
        severity = Severity::Fatal;
    }
    let mut score = severity as i32 + 2 * class.map_or(i32::from(severity >= Severity::Error), Class::weight);
    match severity {
        Severity::Warning => score -= MERE,
        // the end, and a reason of its own: no class tells more
        Severity::Fatal if class.is_none() && !sums_up(&read.text, "") && has_words(&read.text, 3) => {
            score += 2;
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
    if is_nodes_end(lines, at) || RUBYS_END.as_ref().is_some_and(|regex| regex.is_match(line.as_bytes())) {
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
    let open = || before().find(|w| w.severity >= Severity::Error && !sums_up(&w.text, ""));
    told.or_else(|| open().filter(|_| best.class.is_none())).unwrap_or(best)
}

fn is_summing_up(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SUMMING_UP.iter().any(|words| text.contains(words))
}

/// What a controller says whose caches did not fill.
fn is_about_caches(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("cache") || text.contains("waiting for the condition") || text.contains("to sync")
}

/// Whether a clause says what could not be done, behind a level or an exception's name.
fn is_consequence(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.split(": ").any(|part| CONSEQUENCES.iter().any(|words| part.trim_start().starts_with(words)))
}

/// Whether a line only sums up: that it ends, without a reason other than the one told.
/// `run failed: ledger out of balance` has one of its own, and so has `price list is empty, stopping`.
pub(super) fn sums_up(text: &str, told: &str) -> bool {
    let own = |clause: &str| {
        let clause = clause.trim().trim_end_matches('.');
        !is_summing_up(clause) && !is_consequence(clause) && !told.contains(clause)
    };
    let behind = text.rsplit_once(": ").is_some_and(|(_, reason)| has_words(reason, 3) && own(reason));
    let clauses = || text.split([',', ';', ':', '(', ')']);
    is_summing_up(text) && !behind && !clauses().any(|clause| has_words(clause, 4) && own(clause))
}

/// Whether the text has this many words, names of levels and loggers not counted.
fn has_words(text: &str, least: usize) -> bool {
    let is_word = |word: &&str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        word.chars().count() > 1
            && word.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'')
            && word.chars().any(|c| !c.is_ascii_uppercase())
    };
    // a script without spaces counts by its letters
    let foreign = text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).count();
    text.split_whitespace().filter(is_word).count() >= least || foreign >= 2 * least
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
        let aftermath = w.over || matches!(w.class, Some(Class::Timeout | Class::LostLease));
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
