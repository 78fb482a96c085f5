//! The patterns, each with lines it is for and lines that only look like it.

mod kernel;
mod node;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// Whose lines a pattern is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The kernel's.
    Kernel,
    /// A kubelet's.
    Kubelet,
    /// A kubelet's or a runtime's.
    Unit,
}

/// What a line that matches is worth. The order is that in which a line is chosen to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It names pods and counts for nothing.
    Names,
    /// It counts where nothing better is said.
    Weak,
    /// It tells what happened.
    Tells,
}

/// A pattern, as it is written down.
pub struct Pattern {
    /// The class's word.
    pub class: &'static str,
    /// What is told apart within a class.
    pub part: &'static str,
    /// Whose lines it is for.
    pub from: From,
    /// What a line that matches is worth.
    pub weight: Weight,
    /// What a line has. A group `why` is what to show of a long one.
    pub wanted: &'static str,
    /// What it must not have.
    pub unless: Option<&'static str>,
    /// Lines as kubelets, runtimes and kernels of several versions write them.
    pub samples: &'static [&'static str],
    /// Lines that only look like it.
    pub near: &'static [&'static str],
}

/// A pattern that is ready.
pub(super) struct Compiled {
    pub(super) class: &'static str,
    pub(super) part: &'static str,
    pub(super) from: From,
    pub(super) weight: Weight,
    wanted: Regex,
    unless: Option<Regex>,
}

impl Compiled {
    fn new(pattern: &Pattern) -> Option<Compiled> {
        Some(Compiled {
            class: pattern.class,
            part: pattern.part,
            from: pattern.from,
            weight: pattern.weight,
            wanted: Regex::new(pattern.wanted).ok()?,
            unless: match pattern.unless {
                Some(unless) => Some(Regex::new(unless).ok()?),
                None => None,
            },
        })
    }

    /// Whether a line is of this class.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.wanted.is_match(text) && !self.unless.as_ref().is_some_and(|unless| unless.is_match(text))
    }

    /// What of a line is to be shown in any case.
    pub(super) fn focus(&self, text: &str) -> Option<Range<usize>> {
        let captures = self.wanted.captures(text)?;
        captures.name("why").or_else(|| captures.get(0)).map(|found| found.range())
    }
}

/// All patterns as they are written down. Of those that match, the first counts.
pub fn written() -> impl Iterator<Item = &'static Pattern> {
    kernel::PATTERNS.iter().chain(node::PATTERNS)
}

/// All patterns; a test sees to it that each compiles.
pub(super) static PATTERNS: LazyLock<Vec<Compiled>> =
    LazyLock::new(|| written().filter_map(Compiled::new).collect());
