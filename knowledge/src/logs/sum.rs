//! Lines that only sum up: that a program ends, or what it could not do. The reason is another line.

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
    "exit normally",
    "failed to boot",
    "unable to determine dialect",
    "creating bean",
];

/// How a sentence begins that says what could not be done, which is what came of the reason.
const CONSEQUENCES: [&str; 14] = [
    "could not",
    "couldn't",
    "cannot",
    "can't",
    "failed to",
    "fail to",
    "unable to",
    "error while",
    "error during",
    "error creating",
    // nor is advice the reason
    "please",
    "try ",
    "check ",
    "see ",
];

fn is_summing_up(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SUMMING_UP.iter().any(|words| text.contains(words))
}

/// What a controller says whose caches did not fill.
pub(super) fn is_about_caches(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("cache") || text.contains("waiting for the condition") || text.contains("to sync")
}

/// Whether a clause says what could not be done, behind a level or an exception's name.
pub(super) fn is_consequence(text: &str) -> bool {
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
    let clauses = || text.split([',', ';', ':', '(', ')']).flat_map(|clause| clause.split(". "));
    is_summing_up(text) && !behind && !clauses().any(|clause| has_words(clause, 4) && own(clause))
}

/// Whether the text has this many words, names of levels and loggers not counted.
pub(super) fn has_words(text: &str, least: usize) -> bool {
    let is_word = |word: &&str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        let number = !word.is_empty() && word.len() < 7 && word.bytes().all(|byte| byte.is_ascii_digit());
        number
            || word.chars().count() > 1
                && word.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'')
                && word.chars().any(|c| !c.is_ascii_uppercase())
    };
    // a script without spaces counts by its letters
    let foreign = text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).count();
    text.split([' ', '\t', '=', '"']).filter(is_word).count() >= least || foreign >= 2 * least
}
