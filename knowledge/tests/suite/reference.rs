//! The reference pages are generated from the catalogue and kept current by this test.
//!
//! `UPDATE_EXPECT=1 cargo test -p podwhy-knowledge reference` rewrites them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use podwhy_knowledge::cause::Cause;
use podwhy_knowledge::causes::catalogue;
use podwhy_knowledge::text::{Section, general_page, page};
use podwhy_knowledge::{Lang, diagnose};

use crate::load::{Case, cases, entries, name_of};

fn folder(lang: Lang) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reference").join(lang.tag())
}

const NOTE: &str = "<!-- Generated from the cause's folder; do not edit. UPDATE_EXPECT=1 cargo test -p podwhy-knowledge reference -->";

fn reference(cause: &Cause, case: &Case, lang: Lang) -> String {
    let found = diagnose(&case.snapshot());
    let own = found.findings.iter().find(|f| f.cause == cause.id);
    let finding = own.unwrap_or(found.top());
    let shown = page(finding, lang).unwrap();
    let (in_short, how_to_be_sure) = general_page(cause, lang);
    let stage = cause.stage.map_or("-", |stage| stage.as_str());
    let confidence = finding.confidence.map_or("-", |c| c.as_str());
    let mut out = format!("{NOTE}\n\n# {}\n\n{in_short}\n\n", cause.id);
    let labels = match lang {
        Lang::En => ["Stage", "Since", "Hides", "Example", "verdict", "evidence"],
        Lang::Zh => ["阶段", "自版本", "掩盖", "示例", "结论", "证据"],
    };
    writeln!(out, "- {}: {stage}", labels[0]).unwrap();
    writeln!(out, "- {}: {}", labels[1], cause.since).unwrap();
    if !cause.hides.is_empty() {
        let links: Vec<String> = cause.hides.iter().map(|id| format!("[{id}]({id}.md)")).collect();
        writeln!(out, "- {}: {}", labels[2], links.join(", ")).unwrap();
    }
    writeln!(out, "\n## {}\n\n{how_to_be_sure}", Section::HowToBeSure.heading(lang)).unwrap();
    writeln!(out, "\n## {}: {}\n", labels[3], case.target).unwrap();
    writeln!(out, "**{}** ({confidence}): {}\n\n{}", labels[4], shown.summary, shown.explanation).unwrap();
    writeln!(out, "\n**{}**\n", labels[5]).unwrap();
    for evidence in &finding.evidence {
        let text = evidence.text.replace('\n', "\n  > ");
        writeln!(out, "- {} · {}\n  > {text}", evidence.source.as_str(), evidence.object).unwrap();
    }
    if !shown.remedies.is_empty() {
        writeln!(out, "\n## {}", Section::WhatToDo.heading(lang)).unwrap();
    }
    for remedy in &shown.remedies {
        writeln!(out, "\n**{}** ({}): {}", remedy.id, remedy.risk.as_str(), remedy.title).unwrap();
        if let Some(command) = &remedy.command {
            writeln!(out, "\n```sh\n{command}\n```").unwrap();
        }
    }
    writeln!(out, "\n## {}\n\n{}", Section::Risk.heading(lang), shown.risk).unwrap();
    writeln!(out, "\n## {}\n", Section::References.heading(lang)).unwrap();
    for reference in &shown.references {
        writeln!(out, "- <{reference}>").unwrap();
    }
    out
}

fn index(lang: Lang) -> String {
    let title = lang.pick("Causes podwhy knows", "podwhy 已知的原因");
    let mut out =
        format!("{NOTE}\n\n# {title}\n\n| id | {} |\n|---|---|\n", lang.pick("what happened", "发生了什么"));
    for cause in catalogue() {
        writeln!(out, "| [{0}]({0}.md) | {1} |", cause.id, general_page(cause, lang).0).unwrap();
    }
    out
}

#[test]
fn reference_pages_are_current() {
    let update = std::env::var("UPDATE_EXPECT").is_ok_and(|v| v == "1");
    let cases = cases();
    let mut stale = Vec::new();
    for lang in Lang::ALL {
        let mut pages = vec![("README.md".to_string(), index(lang))];
        for cause in catalogue() {
            let case = cases.iter().find(|c| c.cause == cause.id && c.shown.ends_with("typical.yaml"));
            let case = case.unwrap_or_else(|| panic!("{} has no typical.yaml", cause.id));
            pages.push((format!("{}.md", cause.id), reference(cause, case, lang)));
        }
        let folder = folder(lang);
        if update {
            std::fs::create_dir_all(&folder).unwrap();
            for old in entries(&folder) {
                std::fs::remove_file(old).unwrap();
            }
            pages.iter().for_each(|(name, text)| std::fs::write(folder.join(name), text).unwrap());
        }
        let there: Vec<String> = entries(&folder).iter().map(|p| name_of(p)).collect();
        stale.extend(there.iter().filter(|name| !pages.iter().any(|(known, _)| known == *name)).cloned());
        for (name, text) in &pages {
            if std::fs::read_to_string(folder.join(name)).unwrap_or_default() != *text {
                stale.push(format!("{lang}/{name}"));
            }
        }
    }
    assert!(
        stale.is_empty(),
        "not current: {stale:?}; run UPDATE_EXPECT=1 cargo test -p podwhy-knowledge reference"
    );
}
