//! Sentences that speak of a cause: a pattern, a sample it must match, and whose words they are.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use regex::{Regex, RegexBuilder};

/// One way in which someone writes that a cause is at work.
#[derive(Clone, Copy, Debug)]
pub struct Wording {
    /// A regular expression, matched without regard to case. Groups named `name`, `namespace`, `key` and `image` are
    /// taken for what they say.
    pub pattern: &'static str,
    /// A sentence it matches, as it was written.
    pub sample: &'static str,
    /// Whose sentence: component and version.
    pub from: &'static str,
    /// Whether the sentence alone makes the cause likely; otherwise it is merely possible.
    pub telling: bool,
    /// The kind of the object that the group `name` names, where that is who is to blame.
    pub kind: Option<&'static str>,
}

impl Wording {
    /// A sentence that hardly means anything else.
    pub const fn telling(pattern: &'static str, sample: &'static str, from: &'static str) -> Wording {
        Wording { pattern, sample, from, telling: true, kind: None }
    }

    /// A sentence that other causes produce as well.
    pub const fn hint(pattern: &'static str, sample: &'static str, from: &'static str) -> Wording {
        Wording { pattern, sample, from, telling: false, kind: None }
    }

    /// The group `name` (with `namespace`, if the pattern has it) names an object of this kind, which is to blame.
    pub const fn blames(self, kind: &'static str) -> Wording {
        Wording { kind: Some(kind), ..self }
    }

    /// Whether the text says it.
    pub fn matches(&self, text: &str) -> bool {
        compiled(self.pattern).is_some_and(|regex| regex.is_match(text))
    }

    /// What a named group of the pattern captured.
    pub fn capture<'t>(&self, text: &'t str, group: &str) -> Option<&'t str> {
        let captures = compiled(self.pattern)?.captures(text)?;
        captures.name(group).map(|found| found.as_str())
    }
}

/// The first of these wordings that the text matches.
pub fn first_match<'w>(wordings: &'w [Wording], text: &str) -> Option<&'w Wording> {
    wordings.iter().find(|wording| wording.matches(text))
}

/// Every pattern of the catalogue, each compiled when it is first needed: most never are.
static COMPILED: LazyLock<HashMap<&'static str, OnceLock<Option<Regex>>>> = LazyLock::new(|| {
    let wordings = crate::causes::catalogue().flat_map(|cause| cause.wordings);
    let classes = crate::schedule::message::CLASSES.iter().map(|class| &class.wording);
    wordings.chain(classes).map(|wording| (wording.pattern, OnceLock::new())).collect()
});

/// The compiled pattern; `None` only for a pattern that is no regex, which a test of the catalogue refuses.
fn compiled(pattern: &'static str) -> Option<&'static Regex> {
    let compile = || RegexBuilder::new(pattern).case_insensitive(true).build().ok();
    COMPILED.get(pattern)?.get_or_init(compile).as_ref()
}
