//! An installation's own words: a note beside a cause's page, or a page in its place.
//!
//! ```text
//! oom-killed.note.md      a note in every language: a runbook, whom to call
//! oom-killed.note.zh.md   the same in one
//! oom-killed.en.md        the whole page, with the sections and remedies of the built-in one
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use handlebars::Handlebars;
use thiserror::Error;

use super::{Section, parts_of_text, remedy_parts, sections, variables};
use crate::cause::Cause;
use crate::causes::{catalogue, find};
use crate::config::nearest;
use crate::lang::Lang;

/// A note is no page: at most this many characters.
pub const MAX_NOTE: usize = 1_000;

/// The remedy under which a note is shown; no cause may declare it.
pub const NOTE: &str = "note";

/// Names that every finding has beside its cause's own facts.
const COMMON: [&str; 7] = ["pod", "container", "namespace", "kind", "subject", "blame", "confidence"];

/// Why a file is not a note or page.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OwnPageError {
    /// The name does not say what it is.
    #[error("name it CAUSE.note.md, CAUSE.note.LANG.md or CAUSE.LANG.md, where LANG is en or zh")]
    Name,
    /// No such cause.
    #[error("podwhy knows no cause {0}{hint}", hint = .1.as_ref().map(|n| format!("; did you mean {n}?")).unwrap_or_default())]
    Cause(String, Option<String>),
    /// A note that says nothing, or too much.
    #[error("a note has 1 to {MAX_NOTE} characters, this one has {0}")]
    Note(usize),
    /// The headings differ from the built-in page's.
    #[error("its headings are {0}, and must be {1}")]
    Headings(String, String),
    /// The remedies differ from the cause's.
    #[error("its remedies are {0}, and must be {1}")]
    Remedies(String, String),
    /// It uses what no finding of the cause has.
    #[error("there is no {{{{{0}}}}}; there are: {1}")]
    Variable(String, String),
    /// It is no template.
    #[error("{0}")]
    Template(String),
}

/// Notes and pages that are an installation's own.
#[derive(Debug, Default)]
pub struct OwnPages {
    notes: BTreeMap<(&'static str, &'static str), String>,
    pages: BTreeMap<(&'static str, &'static str), Handlebars<'static>>,
}

static OWN: OnceLock<OwnPages> = OnceLock::new();

/// Uses these from now on. A second call changes nothing: they are set once, at start.
pub fn use_own(pages: OwnPages) {
    let _first_wins = OWN.set(pages);
}

pub(super) fn note(cause: &'static str, lang: Lang) -> Option<&'static str> {
    OWN.get()?.note(cause, lang)
}

pub(super) fn templates(cause: &'static str, lang: Lang) -> Option<&'static Handlebars<'static>> {
    OWN.get()?.pages.get(&(cause, lang.tag()))
}

impl OwnPages {
    /// Takes a file in.
    ///
    /// # Errors
    /// [`OwnPageError`] when it cannot be used; then it is not.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), OwnPageError> {
        let parts: Vec<&str> = name.split('.').collect();
        let (id, note, lang) = match parts.as_slice() {
            [id, "note", "md"] => (*id, true, None),
            [id, "note", lang, "md"] => (*id, true, Some(*lang)),
            [id, lang, "md"] => (*id, false, Some(*lang)),
            _ => return Err(OwnPageError::Name),
        };
        let langs: Vec<Lang> =
            Lang::ALL.into_iter().filter(|known| lang.is_none_or(|l| l == known.tag())).collect();
        if langs.is_empty() {
            return Err(OwnPageError::Name);
        }
        let cause = find(id).ok_or_else(|| {
            let near = nearest(id, catalogue().map(|cause| cause.id)).map(|near| near.to_string());
            OwnPageError::Cause(id.to_string(), near)
        })?;
        for known in langs {
            if note {
                let length = text.trim().chars().count();
                if length == 0 || length > MAX_NOTE {
                    return Err(OwnPageError::Note(length));
                }
                // the one for a language is nearer than the one for all
                let place = (cause.id, known.tag());
                if lang.is_some() || !self.notes.contains_key(&place) {
                    self.notes.insert(place, text.trim().to_string());
                }
            } else {
                self.pages.insert((cause.id, known.tag()), checked(cause, known, text)?);
            }
        }
        Ok(())
    }

    /// The note about a cause.
    pub fn note(&self, cause: &'static str, lang: Lang) -> Option<&str> {
        self.notes.get(&(cause, lang.tag())).map(String::as_str)
    }

    /// Whether there is a page of one's own.
    pub fn has_page(&self, cause: &'static str, lang: Lang) -> bool {
        self.pages.contains_key(&(cause, lang.tag()))
    }
}

fn checked(cause: &Cause, lang: Lang, text: &str) -> Result<Handlebars<'static>, OwnPageError> {
    let listed = |names: &[&str]| names.join(", ");
    let headings: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# ")).map(str::trim).collect();
    let wanted: Vec<&str> = Section::ALL.iter().map(|section| section.heading(lang)).collect();
    if headings != wanted {
        return Err(OwnPageError::Headings(listed(&headings), listed(&wanted)));
    }
    let written = remedy_parts(sections(text, lang).get(&Section::WhatToDo).map_or("", String::as_str));
    let declared: BTreeSet<&str> = cause.remedies.iter().map(|remedy| remedy.id).collect();
    let own: BTreeSet<&str> = written.keys().map(String::as_str).collect();
    if own != declared {
        let listed = |names: &BTreeSet<&str>| names.iter().copied().collect::<Vec<_>>().join(", ");
        return Err(OwnPageError::Remedies(listed(&own), listed(&declared)));
    }
    let known = known_variables(cause, lang);
    let mut templates = super::empty();
    for (name, part) in parts_of_text(cause, text, lang) {
        let used = variables(&part).map_err(|error| OwnPageError::Template(error.to_string()))?;
        if let Some(unknown) = used.iter().find(|name| !known.contains(*name)) {
            let there = known.iter().map(String::as_str).collect::<Vec<_>>();
            return Err(OwnPageError::Variable(unknown.clone(), listed(&there)));
        }
        templates
            .register_template_string(&name, part)
            .map_err(|error| OwnPageError::Template(error.to_string()))?;
    }
    Ok(templates)
}

fn known_variables(cause: &Cause, lang: Lang) -> BTreeSet<String> {
    let parts = parts_of_text(cause, cause.template(lang), lang);
    let used = parts.iter().filter_map(|(_, part)| variables(part).ok()).flatten();
    used.chain(COMMON.map(str::to_string)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_for_every_language_unless_it_says_which() {
        let mut own = OwnPages::default();
        own.add("oom-killed.note.zh.md", "找支付组").unwrap();
        own.add("oom-killed.note.md", "Call payments: https://runbooks.example/oom\n").unwrap();
        assert_eq!(own.note("oom-killed", Lang::En), Some("Call payments: https://runbooks.example/oom"));
        assert_eq!(own.note("oom-killed", Lang::Zh), Some("找支付组"));
        assert_eq!(own.note("app-exited", Lang::En), None);
    }

    #[test]
    fn the_built_in_pages_could_be_ones_own() {
        let mut own = OwnPages::default();
        for cause in catalogue() {
            for lang in Lang::ALL {
                own.add(&format!("{}.{}.md", cause.id, lang.tag()), cause.template(lang)).unwrap();
                assert!(own.has_page(cause.id, lang));
            }
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_name() {
        let mut own = OwnPages::default();
        let page = find("oom-killed").unwrap().en;
        for (name, text, told) in [
            (
                "notes.txt",
                "x".to_string(),
                "name it CAUSE.note.md, CAUSE.note.LANG.md or CAUSE.LANG.md, where LANG is en or zh",
            ),
            (
                "oom-killed.fr.md",
                page.to_string(),
                "name it CAUSE.note.md, CAUSE.note.LANG.md or CAUSE.LANG.md, where LANG is en or zh",
            ),
            (
                "oom-kiled.note.md",
                "x".to_string(),
                "podwhy knows no cause oom-kiled; did you mean oom-killed?",
            ),
            ("oom-killed.note.md", " ".to_string(), "a note has 1 to 1000 characters, this one has 0"),
            ("oom-killed.en.md", page.replace("{{pod}}", "{{podd}}"), "there is no {{podd}}"),
            ("oom-killed.en.md", page.replace("# Risk", "# Risks"), "its headings are In short"),
            ("oom-killed.en.md", page.replace("## measure", "## guess"), "its remedies are guess"),
            ("oom-killed.en.md", page.replace("{{/if}}", ""), ""),
        ] {
            let error = own.add(name, &text).unwrap_err().to_string();
            assert!(error.starts_with(told), "{name}: {error}");
        }
        assert!(!own.has_page("oom-killed", Lang::En));
    }
}
