//! One line of a log: how grave its writer says it is, and what it says.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};
use serde_json::{Map, Value};

/// How grave a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// Debug or information, or words that take the sting out of it.
    Calm = 0,
    /// A warning.
    Warning = 1,
    /// It does not say.
    None = 2,
    /// An error.
    Error = 3,
    /// The end: fatal, a panic, an exception nobody caught.
    Fatal = 5,
}

/// A line that was read.
pub(super) struct Line<'t> {
    pub(super) severity: Severity,
    /// Its message, without the wrapping of JSON.
    pub(super) text: Cow<'t, str>,
}

/// Longer lines are read only so far: a reason stands at the beginning.
const MAX_LINE: usize = 2048;

static LEVEL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    ascii(
        r#"\b(?:fatal|panic|panicked|critical|crit|emerg|severe|unhandled|uncaught|caused by|exception in thread|err|error|failed|failure|cannot|could not|exception|[a-z]+(?:error|exception)|warn|warning|info|notice|debug|trace|information|dbug)\b|致命|严重|错误|异常|警告"#,
    )
});

/// What comes after is no reason to end, unless the line says before that it is the end.
static HARMLESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    ascii(
        r"using default|falling back|fall back|ignor(ed|ing)|skipp(ed|ing)|not required|optional|deprecat|disabl(ed|ing)",
    )
});

/// Words that say what is so, and not what was done about something: `user is disabled`.
static STATES: LazyLock<Option<Regex>> =
    LazyLock::new(|| ascii(r"\b(is|are|was|were|been|not|account) (disabled|optional|ignored|skipped)"));

/// Who only passes on that another ended, or says where more can be read.
static PASSES_ON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    ascii(
        r"^npm (err!|error)|ELIFECYCLE|failed with exit code|exited with code|command failed|^make(\[\d+\])?: |^\(Background on this error|(^|[:\]\)] )for more (details|information|help)\b",
    )
});

/// What npm says by itself.
static NPMS_OWN: LazyLock<Option<Regex>> = LazyLock::new(|| ascii(r"^npm (err!|error) Missing script"));

pub(super) fn ascii(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).case_insensitive(true).unicode(false).build().ok()
}

pub(super) fn is(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    regex.as_ref().is_some_and(|regex| regex.is_match(text.as_bytes()))
}

/// The text within `max` bytes.
pub(super) fn within(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

/// Reads a line.
pub(super) fn read(line: &str) -> Line<'_> {
    let trimmed = line.trim();
    if trimmed.starts_with('{')
        && trimmed.ends_with('}')
        && let Ok(Value::Object(fields)) = serde_json::from_str(trimmed)
        && let Some(read) = from_json(&fields)
    {
        return read;
    }
    let text = within(trimmed, MAX_LINE);
    Line { severity: weigh_words(text, || severity_of(text)), text: Cow::Borrowed(text) }
}

/// How grave a text is, by its words and the level its writer gave it.
fn weigh_words(text: &str, level: impl FnOnce() -> Severity) -> Severity {
    if text.starts_with("npm ") && is(&NPMS_OWN, text) {
        return Severity::Fatal;
    }
    if is(&PASSES_ON, text) {
        return Severity::Calm;
    }
    let level = level();
    let harmless = HARMLESS.as_ref().and_then(|regex| regex.find(text.as_bytes()));
    let Some(harmless) = harmless.filter(|_| !is(&STATES, text)) else { return level };
    let said_before = || {
        let word = LEVEL.as_ref().and_then(|regex| regex.find(text.as_bytes()));
        word.is_none_or(|word| word.start() < harmless.start())
    };
    if level == Severity::Fatal && said_before() { level } else { Severity::Calm }
}

/// The first word that tells, near the beginning: what follows may be quoted.
fn severity_of(text: &str) -> Severity {
    if let Some(severity) = klog(text) {
        return severity;
    }
    let text = within(text, 400);
    let Some(found) = LEVEL.as_ref().and_then(|regex| regex.find(text.as_bytes())) else {
        return Severity::None;
    };
    let word = found.as_bytes().to_ascii_lowercase();
    let starts = |words: &[&str]| words.iter().any(|known| word.starts_with(known.as_bytes()));
    if starts(&[
        "fatal",
        "panic",
        "crit",
        "emerg",
        "severe",
        "unhandled",
        "uncaught",
        "caused by",
        "exception in",
        "致命",
        "严重",
    ]) {
        Severity::Fatal
    } else if starts(&["warn", "警告"]) {
        Severity::Warning
    } else if starts(&["info", "notice", "debug", "trace", "dbug"]) {
        Severity::Calm
    } else {
        Severity::Error
    }
}

/// `E0101 12:00:00.000000       1 reflector.go:138] …`, and glog's with the year before.
fn klog(text: &str) -> Option<Severity> {
    let (first, rest) = text.as_bytes().split_first()?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !matches!(digits, 4 | 8) || rest.get(digits) != Some(&b' ') {
        return None;
    }
    match first {
        b'F' => Some(Severity::Fatal),
        b'E' => Some(Severity::Error),
        b'W' => Some(Severity::Warning),
        b'I' => Some(Severity::Calm),
        _ => None,
    }
}

/// Names of fields in zap, zerolog, logrus, bunyan, pino, slog, Serilog, Logback's encoders and the Elastic schema.
const LEVELS: &[&str] = &[
    "level",
    "severity",
    "lvl",
    "log.level",
    "levelname",
    "@l",
    "LogLevel",
    "loglevel",
    "log_level",
    "Level",
    "s",
];
const MESSAGES: &[&str] =
    &["msg", "message", "@m", "@mt", "Message", "short_message", "event", "log", "text", "RenderedMessage"];
const ERRORS: &[&str] = &[
    "error",
    "err",
    "error.message",
    "errorVerbose",
    "exception",
    "Exception",
    "@x",
    "exc_info",
    "error.stack_trace",
    "stack_trace",
    "reason",
    "cause",
    "details",
    "attr",
];

fn from_json(fields: &Map<String, Value>) -> Option<Line<'static>> {
    let message = MESSAGES.iter().find_map(|key| text_of(fields.get(*key)?));
    let error = ERRORS.iter().find_map(|key| text_of(fields.get(*key)?));
    let text = match (message, error) {
        (Some(message), Some(error)) if !message.contains(&error) => format!("{message}: {error}"),
        (Some(message), _) => message,
        (None, Some(error)) => error,
        (None, None) => return None,
    };
    let text = within(text.trim(), MAX_LINE).to_string();
    let level = LEVELS.iter().find_map(|key| fields.get(*key)).or_else(|| fields.get("log")?.get("level"));
    let level = || match level {
        // bunyan and pino count in tens
        Some(Value::Number(number)) => match number.as_i64().unwrap_or(0) {
            60.. => Severity::Fatal,
            50..60 => Severity::Error,
            40..50 => Severity::Warning,
            10..40 => Severity::Calm,
            _ => Severity::None,
        },
        // MongoDB's letters
        Some(Value::String(word)) if word.len() == 1 => match word.as_str() {
            "F" => Severity::Fatal,
            "E" => Severity::Error,
            "W" => Severity::Warning,
            _ => Severity::Calm,
        },
        Some(Value::String(word)) => severity_of(word),
        _ => severity_of(&text),
    };
    Some(Line { severity: weigh_words(&text, level), text: text.into() })
}

/// Of a message of several lines, so many after the first may hold the reason.
const MORE_LINES: usize = 3;

/// A text, or the message of an error that was written as an object; of several lines, the first and its cause, or the next ones.
fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.as_str(),
        Value::Object(fields) => {
            let inner = ["error", "message"].iter().find_map(|key| fields.get(*key)?.as_object());
            let inner = inner.unwrap_or(fields);
            let words = ["message", "msg", "Message", "errmsg", "error", "kind"];
            words.iter().find_map(|key| inner.get(*key)?.as_str())?
        }
        _ => return None,
    };
    let mut lines =
        text.lines().filter(|line| !is_frame(line)).map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next()?;
    let rest: Vec<&str> = lines.collect();
    let cause = rest.iter().rfind(|line| line.starts_with("Caused by:"));
    let more = cause.map_or(&rest[..rest.len().min(MORE_LINES)], std::slice::from_ref);
    Some(std::iter::once(first).chain(more.iter().copied()).collect::<Vec<_>>().join("; "))
}

/// Whether the line at this place is only a place in the code, the code that stands there, or the frame around an error.
pub(super) fn is_place(lines: &[&str], at: usize) -> bool {
    let code = || at.checked_sub(1).is_some_and(|above| lines[above].trim_start().starts_with("File \""));
    is_frame(lines[at]) || lines[at].starts_with([' ', '\t']) && code() || is_property(lines, at)
}

/// Names of properties that may hold the reason.
const TELLING: [&str; 7] = ["cause", "message", "sqlmessage", "reason", "detail", "error", "errors"];

/// `  severity: 'FATAL',` of an error that Node shows with all it holds.
fn is_property(lines: &[&str], at: usize) -> bool {
    let line = lines[at];
    let inside = at.checked_sub(1).is_some_and(|above| lines[above].ends_with(['{', ',', '[']));
    let Some((name, _)) = line.trim_start().split_once(": ") else { return false };
    let name = name.trim_matches(['[', ']', '\'']);
    let is_name = !name.is_empty() && !name.contains([' ', '"', '=']);
    inside && line.starts_with("  ") && is_name && !TELLING.contains(&name.to_ascii_lowercase().as_str())
}

fn is_frame(line: &str) -> bool {
    let trimmed = line.trim();
    let indented = line.starts_with([' ', '\t']);
    let starts = |words: &[&str]| words.iter().any(|word| trimmed.starts_with(word));
    !trimmed.bytes().any(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80)
        || indented
            && starts(&[
                "at ", "/", "File \"", "... ", "from /", "--- End", "^", "~", "in ", "errno:", "syscall:",
            ])
        || starts(&[
            "goroutine ",
            "[signal ",
            "Aborted (core dumped)",
            "node:internal/",
            "triggerUncaughtException",
            "Traceback (most",
            "During handling of",
            "The above exception",
            "created by ",
            "note: run with",
            "note: Some details",
            "stack backtrace",
            "exit status ",
        ])
        || is_ruby_frame(trimmed)
        || is_go_call(trimmed)
        || is_shown_code(trimmed)
        || is_numbered(trimmed)
}

/// `/usr/lib/ruby/net/http.rb:700:in 'connect'`
fn is_ruby_frame(trimmed: &str) -> bool {
    trimmed.contains(".rb:")
        && trimmed.contains(":in ")
        && trimmed.ends_with('\'')
        && !trimmed.contains("': ")
}

/// `main.loadRates(...)`, `net/http.(*Server).Serve(0xc000…, {0x7f…})`
fn is_go_call(trimmed: &str) -> bool {
    if !trimmed.ends_with(')') {
        return false;
    }
    let Some((path, arguments)) = trimmed.split_once('(') else { return false };
    path.contains('.')
        && !path.contains([' ', ':', '='])
        && !arguments.contains(['"', ':', '\''])
        && arguments.split(' ').all(|word| word.len() < 40)
        && (arguments.starts_with("...")
            || arguments.starts_with("0x")
            || arguments.starts_with(['{', '*', ')']))
}

/// `  ➜ 829▕         throw new QueryException(`: the code around an error, as Collision shows it.
fn is_shown_code(trimmed: &str) -> bool {
    let rest = trimmed.trim_start_matches(['➜', ' ']).trim_start_matches(|c: char| c.is_ascii_digit());
    rest.starts_with('▕')
}

/// `#0 /app/index.php(12)`, `  12: core::panicking::panic`
fn is_numbered(trimmed: &str) -> bool {
    let rest = trimmed.strip_prefix('#').unwrap_or(trimmed);
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    if after.len() == rest.len() {
        return false;
    }
    trimmed.starts_with('#') && after.starts_with(' ') || after.starts_with(": ") && after.contains("::")
}
