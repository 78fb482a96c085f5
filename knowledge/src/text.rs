//! Pages: a cause's words, rendered with a finding's data.
//!
//! A page is Markdown with fixed sections. It is cut into sections *before* anything is rendered, so that no text
//! from the cluster can pretend to be a heading. Values are put in as they are; each adapter escapes for its platform.

mod alternative;
mod count;
mod own;
mod variables;

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderError, no_escape};
use serde_json::{Map, Value};
use thiserror::Error;

use self::alternative::as_first;
use crate::cause::Cause;
use crate::causes::{catalogue, find};
use crate::finding::Finding;
use crate::lang::Lang;
use crate::moment::AT_LEAST;
use crate::redact::redact_value;
use crate::remedy::Risk;

pub use count::counted;
pub use own::{MAX_NOTE, NOTE, OwnPageError, OwnPages, use_own};
pub use variables::variables;

/// A section of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// The cause in one sentence, without names.
    InShort,
    /// The verdict on this finding, with the names in it.
    Summary,
    /// What it means.
    Explanation,
    /// What to look at when only a message is known.
    HowToBeSure,
    /// The remedies, one heading each.
    WhatToDo,
    /// What the remedies may break.
    Risk,
    /// Documents.
    References,
}

impl Section {
    /// Every section, in the order pages hold them.
    pub const ALL: [Section; 7] = [
        Section::InShort,
        Section::Summary,
        Section::Explanation,
        Section::HowToBeSure,
        Section::WhatToDo,
        Section::Risk,
        Section::References,
    ];

    /// The section's heading.
    pub fn heading(self, lang: Lang) -> &'static str {
        match self {
            Section::InShort => lang.pick("In short", "一句话"),
            Section::Summary => lang.pick("Summary", "摘要"),
            Section::Explanation => lang.pick("What it means", "含义"),
            Section::HowToBeSure => lang.pick("How to be sure", "如何确认"),
            Section::WhatToDo => lang.pick("What to do", "怎么办"),
            Section::Risk => lang.pick("Risk", "风险"),
            Section::References => lang.pick("References", "参考"),
        }
    }
}

/// A remedy in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemedyText {
    /// As declared by the cause.
    pub id: &'static str,
    /// The floor.
    pub risk: Risk,
    /// What to do.
    pub title: String,
    /// What to paste, if there is something.
    pub command: Option<String>,
}

/// A finding in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The cause in one sentence, without names.
    pub in_short: String,
    /// One line with the names in it.
    pub summary: String,
    /// What it means.
    pub explanation: String,
    /// What to look at when only a message is known.
    pub how_to_be_sure: String,
    /// What to do; remedies that do not apply to the finding are left out.
    pub remedies: Vec<RemedyText>,
    /// What the remedies may break.
    pub risk: String,
    /// Documents.
    pub references: Vec<String>,
}

/// Why a page could not be rendered: a fault in podwhy, which the tests over every case are there to prevent.
#[derive(Debug, Error)]
pub enum PageError {
    /// No such cause.
    #[error("no cause is called {0:?}")]
    UnknownCause(String),
    /// The page uses something the finding's data does not have.
    #[error("the page of {cause} could not be rendered: {source}")]
    Render {
        /// The cause.
        cause: &'static str,
        /// What was wrong.
        source: Box<RenderError>,
    },
}

/// Renders a finding's page.
///
/// # Errors
/// [`PageError`] when the cause is unknown or its template uses data the finding lacks.
pub fn page(finding: &Finding, lang: Lang) -> Result<Page, PageError> {
    let cause = find(finding.cause).ok_or_else(|| PageError::UnknownCause(finding.cause.to_string()))?;
    let mut data = data_of(finding);
    // the data, not the page: a page's own `--docker-password=PASSWORD` is no credential
    redact_value(&mut data);
    localise(&mut data, lang);
    if lang == Lang::Zh {
        translate_bounds(&mut data);
    }
    let context = Context::from(data);
    // what an installation wrote may not fit every finding: then the built-in page does
    let own = own::templates(cause.id, lang).and_then(|own| rendered(cause, own, &context, lang).ok());
    let mut page = match own {
        Some(page) => page,
        None => rendered(cause, templates(cause, lang), &context, lang)?,
    };
    if let Some(note) = own::note(cause.id, lang) {
        let title = one_line(note);
        page.remedies.insert(0, RemedyText { id: NOTE, risk: Risk::Words, title, command: None });
    }
    Ok(page)
}

fn rendered(
    cause: &'static Cause,
    templates: &Handlebars<'static>,
    context: &Context,
    lang: Lang,
) -> Result<Page, PageError> {
    let render = |part: &str| -> Result<String, PageError> {
        let text = templates
            .render_with_context(&template_name(cause.id, lang, part), context)
            .map_err(|source| PageError::Render { cause: cause.id, source: Box::new(source) })?;
        Ok(text.trim().to_string())
    };
    let set = |text: String| if lang == Lang::Zh { set_chinese(&text) } else { text };
    let mut remedies = Vec::new();
    for kind in cause.remedies {
        let title = set(one_line(&render(&format!("remedy/{}/title", kind.id))?));
        if title.is_empty() {
            continue;
        }
        let title = if remedies.is_empty() { as_first(title, lang) } else { title };
        let command = render(&format!("remedy/{}/command", kind.id))?;
        let command = (!command.is_empty()).then_some(command);
        remedies.push(RemedyText { id: kind.id, risk: kind.risk, title, command });
    }
    let section = |section: Section| render(section.heading(Lang::En));
    Ok(Page {
        in_short: set(one_line(&section(Section::InShort)?)),
        summary: set(one_line(&section(Section::Summary)?)),
        explanation: set(unwrap_lines(&section(Section::Explanation)?)),
        how_to_be_sure: set(unwrap_lines(&section(Section::HowToBeSure)?)),
        remedies,
        risk: set(unwrap_lines(&section(Section::Risk)?)),
        references: section(Section::References)?
            .lines()
            .filter_map(|line| line.trim().strip_prefix("- ").map(str::to_string))
            .collect(),
    })
}

/// The parts of a cause that need no finding: the sentence, how to be sure, the references.
pub fn general_page(cause: &Cause, lang: Lang) -> (String, String) {
    let sections = sections(cause.template(lang), lang);
    let part = |section: Section| sections.get(&section).map(|text| unwrap_lines(text)).unwrap_or_default();
    let set = |text: String| if lang == Lang::Zh { set_chinese(&text) } else { text };
    // of nothing in particular: each block is shown as it stands without facts
    let sure = |text: String| {
        Handlebars::new().render_template(&text, &Value::Object(Map::new())).unwrap_or_default()
    };
    (set(one_line(&part(Section::InShort))), set(sure(part(Section::HowToBeSure)).trim().to_string()))
}

/// Facts that are sentences stand in both languages, as `{"en": …, "zh": …}`: a page is shown its own.
fn localise(data: &mut Value, lang: Lang) {
    match data {
        Value::Object(fields) => {
            let own = fields.get(lang.pick("en", "zh")).filter(|text| text.is_string());
            let both = fields.len() == 2 && fields.contains_key("en") && fields.contains_key("zh");
            match own.filter(|_| both).cloned() {
                Some(text) => *data = text,
                None => fields.values_mut().for_each(|value| localise(value, lang)),
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|value| localise(value, lang)),
        _ => {}
    }
}

/// Lower bounds of durations are made by code, in English.
fn translate_bounds(data: &mut Value) {
    match data {
        Value::Object(map) => map.values_mut().for_each(translate_bounds),
        Value::Array(items) => items.iter_mut().for_each(translate_bounds),
        Value::String(text) => {
            if let Some(rest) = text.strip_prefix(AT_LEAST) {
                *text = format!("{AT_LEAST_ZH}{rest}");
            }
        }
        _ => {}
    }
}

/// What the templates see: the cause's own facts and the names every finding has.
pub fn data_of(finding: &Finding) -> Value {
    let mut data = match &finding.facts {
        Value::Object(map) => map.clone(),
        _ => Map::new(),
    };
    let text = |value: &Option<String>| Value::String(value.clone().unwrap_or_default());
    data.insert("pod".to_string(), text(&finding.pod));
    data.insert("container".to_string(), text(&finding.container));
    data.insert("blame".to_string(), Value::String(finding.blame.to_string()));
    data.insert("confidence".to_string(), finding.confidence.map_or(Value::Null, |c| c.as_str().into()));
    Value::Object(data)
}

/// Cuts a page into its sections.
pub fn sections(page: &str, lang: Lang) -> BTreeMap<Section, String> {
    let mut found = BTreeMap::new();
    let mut current = None;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("# ") {
            current = Section::ALL.into_iter().find(|s| s.heading(lang) == heading.trim());
            continue;
        }
        if let Some(section) = current {
            let text: &mut String = found.entry(section).or_default();
            text.push_str(line);
            text.push('\n');
        }
    }
    found
}

/// Cuts the remedies' section into id → (title, command).
pub fn remedy_parts(section: &str) -> BTreeMap<String, (String, String)> {
    let mut parts: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut id = None;
    let mut in_code = false;
    for line in section.lines() {
        if let Some(heading) = line.strip_prefix("## ").filter(|_| !in_code) {
            id = Some(heading.trim().to_string());
            continue;
        }
        let Some(id) = &id else { continue };
        let (title, command) = parts.entry(id.clone()).or_default();
        if line.starts_with("```") {
            in_code = !in_code;
            continue;
        }
        let text = if in_code { command } else { title };
        text.push_str(line);
        text.push('\n');
    }
    parts
}

/// One page in one language, compiled when it is first shown: a command shows one or two of them.
static TEMPLATES: LazyLock<Vec<OnceLock<Handlebars<'static>>>> =
    LazyLock::new(|| catalogue().flat_map(|_| Lang::ALL).map(|_| OnceLock::new()).collect());

fn templates(cause: &Cause, lang: Lang) -> &'static Handlebars<'static> {
    let place = catalogue().position(|known| known.id == cause.id).unwrap_or_default();
    let language = Lang::ALL.iter().position(|known| *known == lang).unwrap_or_default();
    TEMPLATES[place * Lang::ALL.len() + language].get_or_init(|| compile(cause, lang))
}

fn compile(cause: &Cause, lang: Lang) -> Handlebars<'static> {
    let mut templates = empty();
    for (name, text) in parts_of_page(cause, lang) {
        // a template that does not compile is refused by a test of the catalogue
        let _compiled = templates.register_template_string(&name, text);
    }
    templates
}

/// Every named template of a cause.
pub fn parts_of(cause: &Cause) -> Vec<(String, String)> {
    Lang::ALL.into_iter().flat_map(|lang| parts_of_page(cause, lang)).collect()
}

fn empty() -> Handlebars<'static> {
    let mut templates = Handlebars::new();
    templates.set_strict_mode(true);
    templates.register_escape_fn(no_escape);
    templates.register_helper("sh", Box::new(shell_quoted));
    templates.register_helper("count", Box::new(count::helper));
    templates
}

fn parts_of_page(cause: &Cause, lang: Lang) -> Vec<(String, String)> {
    parts_of_text(cause, cause.template(lang), lang)
}

fn parts_of_text(cause: &Cause, page: &str, lang: Lang) -> Vec<(String, String)> {
    let mut parts = Vec::new();
    let sections = sections(page, lang);
    let text = |section: Section| sections.get(&section).cloned().unwrap_or_default();
    for section in Section::ALL {
        parts.push((template_name(cause.id, lang, section.heading(Lang::En)), text(section)));
    }
    let mut remedies = remedy_parts(&text(Section::WhatToDo));
    for kind in cause.remedies {
        let (title, command) = remedies.remove(kind.id).unwrap_or_default();
        parts.push((template_name(cause.id, lang, &format!("remedy/{}/title", kind.id)), title));
        parts.push((template_name(cause.id, lang, &format!("remedy/{}/command", kind.id)), command));
    }
    parts
}

fn template_name(cause: &str, lang: Lang, part: &str) -> String {
    format!("{cause}/{lang}/{part}")
}

/// `{{sh x}}`: the value as one word of a shell command. A name from a dump may hold anything.
fn shell_quoted(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper.param(0).map(|param| param.value().render_plain()).unwrap_or_default();
    out.write(&quote(&value))?;
    Ok(())
}

trait RenderPlain {
    fn render_plain(&self) -> String;
}

impl RenderPlain for Value {
    fn render_plain(&self) -> String {
        match self {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }
}

/// The text as one word of a POSIX shell.
pub fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%_+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_string()
    } else {
        format!("'{}'", text.replace('\'', r"'\''").replace(['\n', '\r'], " "))
    }
}

fn one_line(text: &str) -> String {
    unwrap_lines(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// [`AT_LEAST`] in Chinese.
const AT_LEAST_ZH: &str = "至少 ";

/// A template writes a space beside each value and each end of a line; Chinese has none beside its own punctuation
/// (which brings its own room), nor between two of its words, which a bound put before a duration makes of them.
fn set_chinese(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != ' ' {
            out.push(c);
            continue;
        }
        let (before, after) = (out.chars().last(), rest.as_str());
        let beside = before.is_some_and(is_wide_punctuation)
            || (before != Some('-') && after.starts_with(is_wide_punctuation))
            || (before.is_some_and(is_wide) && after.starts_with(AT_LEAST_ZH));
        if !beside {
            out.push(c);
        }
    }
    out
}

fn is_wide_punctuation(c: char) -> bool {
    "，。、；：？！（）《》“”".contains(c)
}

fn is_wide(c: char) -> bool {
    c as u32 >= 0x2e80
}

/// Joins the lines of each paragraph: pages are wrapped for their writers. List items stay apart, and between two
/// Chinese characters no space is put.
fn unwrap_lines(text: &str) -> String {
    let mut out = String::new();
    let mut fresh = true;
    for line in text.lines().map(str::trim_end) {
        if line.trim().is_empty() {
            if !out.is_empty() && !out.ends_with("\n\n") {
                out.push_str(if out.ends_with('\n') { "\n" } else { "\n\n" });
            }
            fresh = true;
        } else if line.trim_start().starts_with("- ") {
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(line);
            fresh = false;
        } else {
            let wide = |c: Option<char>| c.is_some_and(is_wide);
            let trimmed = line.trim_start();
            let both_wide = wide(out.chars().last()) && wide(trimmed.chars().next());
            if !fresh && !both_wide {
                out.push(' ');
            }
            out.push_str(trimmed);
            fresh = false;
        }
    }
    out.trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_words_cannot_break_out() {
        assert_eq!(quote("shop/cart-0"), "shop/cart-0");
        assert_eq!(quote("a b"), "'a b'");
        assert_eq!(quote("a'; rm -rf /; '"), r"'a'\''; rm -rf /; '\'''");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("$(x)"), "'$(x)'");
    }

    #[test]
    fn paragraphs_are_joined_and_lists_are_not() {
        assert_eq!(unwrap_lines("one\ntwo\n\nthree\n- a\n- b\n"), "one two\n\nthree\n- a\n- b");
        assert_eq!(unwrap_lines("内存\n上限"), "内存上限");
        assert_eq!(one_line("内存\n上限\nkubelet  限速"), "内存上限 kubelet 限速");
    }

    #[test]
    fn chinese_has_no_stray_spaces() {
        assert_eq!(
            set_chinese("容器 a 于 至少 3m18s 前退出，已 至少 1m"),
            "容器 a 于至少 3m18s 前退出，已至少 1m"
        );
        assert_eq!(set_chinese("写入之前， kubelet 只启动"), "写入之前，kubelet 只启动");
        assert_eq!(set_chinese("- （无）\n- a b"), "- （无）\n- a b");
        assert_eq!(set_chinese("Lease 至少 3s"), "Lease 至少 3s");
    }
}
