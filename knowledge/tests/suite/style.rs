//! Words of every case, not of the reviewed ones alone: how they are set, and that commands say where they are run.

use podwhy_knowledge::causes::catalogue;
use podwhy_knowledge::text::general_page;
use podwhy_knowledge::{Finding, Lang, Page, diagnose, page};

use crate::load::cases;

/// What is started on a node and nowhere else.
const ON_A_NODE: [&str; 24] = [
    "systemctl",
    "journalctl",
    "crictl",
    "ctr",
    "df",
    "du",
    "ps",
    "dmesg",
    "uptime",
    "iostat",
    "findmnt",
    "showmount",
    "sed",
    "cp",
    "uname",
    "containerd",
    "crio",
    "getent",
    "cat",
    "ls",
    "modprobe",
    "install",
    "docker",
    "grep",
];

fn every_page() -> Vec<(String, Finding, Lang, Page)> {
    let mut pages = Vec::new();
    for case in cases() {
        for finding in diagnose(&case.snapshot()).findings {
            for lang in Lang::ALL {
                let shown = page(&finding, lang).unwrap();
                pages.push((
                    format!("{} {} {lang}", case.shown, finding.cause),
                    finding.clone(),
                    lang,
                    shown,
                ));
            }
        }
    }
    pages
}

#[test]
fn the_first_step_is_no_alternative_to_anything() {
    for (shown, _, _, page) in every_page() {
        let first = page.remedies.first().map_or("", |remedy| remedy.title.as_str());
        assert!(!first.starts_with("Or ") && !first.starts_with('或'), "{shown}: {first}");
    }
}

#[test]
fn a_command_for_a_node_says_so() {
    let mut silent = std::collections::BTreeSet::new();
    for (_, finding, lang, page) in every_page() {
        for remedy in page.remedies {
            let command = remedy.command.unwrap_or_default();
            let says = command.lines().any(|line| {
                let comment = line.split_once('#').map_or("", |(_, comment)| comment.trim());
                ["on ", "from ", "where ", "在", "从"].iter().any(|word| comment.starts_with(word))
            });
            let local = |line: &str| {
                let mut words =
                    line.split_whitespace().filter(|word| !["sudo", "time", "timeout", "10"].contains(word));
                words.next().is_some_and(|word| ON_A_NODE.contains(&word))
            };
            if !says && command.lines().any(local) {
                silent.insert(format!("{} {lang} {}", finding.cause, remedy.id));
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn words_are_well_set() {
    let mut bad = std::collections::BTreeMap::new();
    for (_, finding, lang, page) in every_page() {
        let mut parts =
            vec![("summary".to_string(), page.summary), ("explanation".to_string(), page.explanation)];
        parts.push(("risk".to_string(), page.risk));
        parts.push(("how".to_string(), page.how_to_be_sure));
        parts.extend(page.remedies.into_iter().map(|remedy| (remedy.id.to_string(), remedy.title)));
        for (part, text) in parts {
            for fault in faults(&text, lang, part == "summary", finding.cause == "app-exited") {
                bad.entry(format!("{} {lang} {part}: {fault}", finding.cause)).or_insert(text.clone());
            }
        }
    }
    assert!(bad.is_empty(), "{}: {bad:#?}", bad.len());
}

/// `explain` and the reference say it: nothing is known there of a pod, and no name may be missing in the sentence.
#[test]
fn how_to_be_sure_needs_no_pod() {
    let mut bad = Vec::new();
    for cause in catalogue() {
        for lang in Lang::ALL {
            let (in_short, sure) = general_page(cause, lang);
            let end = sure.chars().last();
            let stop = [Some('.'), Some('?'), Some('。'), Some('？'), Some('`')].contains(&end);
            let gap = ["{{", "  ", " .", " ,", "（）", "：。", ": ."].iter().any(|gap| sure.contains(gap));
            if in_short.contains("{{") || !stop || gap || !faults(&sure, lang, false, false).is_empty() {
                bad.push(format!("{} {lang}: {sure}", cause.id));
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// `quotes_last`: the sentence ends with somebody else's words, which are left as they are.
fn faults(text: &str, lang: Lang, summary: bool, quotes_last: bool) -> Vec<String> {
    let wide = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let latin = |c: char| c.is_ascii_alphanumeric();
    let mut faults = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let around =
        |at: usize| chars[at.saturating_sub(8)..(at + 9).min(chars.len())].iter().collect::<String>();
    for (at, pair) in chars.windows(2).enumerate() {
        let (a, b) = (pair[0], pair[1]);
        let glued = lang == Lang::Zh && ((wide(a) && latin(b)) || (latin(a) && wide(b)));
        let half = lang == Lang::Zh && wide(a) && ",;:?!(".contains(b);
        let twice = "，。；：、".contains(a) && "，。；：、".contains(b);
        let double = summary && a == ' ' && b == ' ';
        if glued || half || twice || double {
            faults.push(format!("[{}]", around(at)));
        }
    }
    let end = text.chars().last();
    let stop = [Some('.'), Some('?'), Some('。'), Some('？'), Some('!'), Some('…')];
    if summary && !quotes_last && !stop.contains(&end) {
        faults.push(format!("ends with {end:?}"));
    }
    faults
}

#[test]
fn what_the_kubelet_waits_for_stands_in_the_summary_of_unknown() {
    let case = cases().into_iter().find(|c| c.shown == "status/unknown/cases/configuration.yaml").unwrap();
    let found = diagnose(&case.snapshot());
    for lang in Lang::ALL {
        let summary = page(found.top(), lang).unwrap().summary;
        assert!(summary.contains("missing value for \"SHELF\""), "{summary}");
    }
}
