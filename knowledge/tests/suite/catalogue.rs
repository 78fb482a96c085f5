//! Rules about the catalogue itself: what is not checked drifts.

use std::collections::{BTreeMap, BTreeSet};

use podwhy_knowledge::causes::{catalogue, find};
use podwhy_knowledge::gap::GapReason;
use podwhy_knowledge::text::{NOTE, Section, data_of, parts_of, remedy_parts, sections, variables};
use podwhy_knowledge::wording::first_match;
use podwhy_knowledge::{Lang, diagnose, interpret, page};
use regex::Regex;

use crate::load::{cases, causes_folder, entries, name_of};

#[test]
fn every_folder_is_a_cause_and_every_cause_a_folder() {
    let mut folders = BTreeSet::new();
    for stage in entries(&causes_folder()).into_iter().filter(|p| p.is_dir()) {
        for cause in entries(&stage).into_iter().filter(|p| p.is_dir()) {
            let id = name_of(&cause).replace('_', "-");
            let known = find(&id).unwrap_or_else(|| {
                panic!("add `pub mod {0};` and `&{0}::CAUSE,` to {1}.rs", name_of(&cause), name_of(&stage))
            });
            let expected = known.stage.map_or("status", |stage| stage.as_str());
            assert_eq!(name_of(&stage), expected, "{id} stands in the folder of another stage");
            folders.insert(id);
        }
    }
    let listed: BTreeSet<String> = catalogue().map(|cause| cause.id.to_string()).collect();
    assert_eq!(folders, listed);
    assert_eq!(listed.len(), catalogue().count(), "an id is listed twice");
}

#[test]
fn ids_name_the_failure_and_not_the_fix() {
    let form = Regex::new("^[a-z]+(-[a-z0-9]+)*$").unwrap();
    let fix = Regex::new("^(fix|use|add|set|remove|delete|restart|check|increase|raise|avoid)-").unwrap();
    for cause in catalogue() {
        assert!(form.is_match(cause.id) && !fix.is_match(cause.id), "{}", cause.id);
    }
}

#[test]
fn inhibition_names_causes_and_has_no_cycle() {
    for cause in catalogue() {
        for hidden in cause.hides {
            assert!(find(hidden).is_some(), "{} hides {hidden}, which is no cause", cause.id);
            assert!(
                !reaches(hidden, cause.id, &mut BTreeSet::new()),
                "{} and {hidden} hide each other",
                cause.id
            );
        }
    }
}

fn reaches(from: &'static str, to: &str, seen: &mut BTreeSet<&'static str>) -> bool {
    from == to
        || (seen.insert(from)
            && find(from).is_some_and(|cause| cause.hides.iter().any(|next| reaches(next, to, seen))))
}

#[test]
fn pages_have_the_same_sections_and_remedies_in_every_language() {
    for cause in catalogue() {
        for lang in Lang::ALL {
            let headings: Vec<&str> = cause
                .template(lang)
                .lines()
                .filter_map(|line| line.strip_prefix("# "))
                .map(str::trim)
                .collect();
            let expected: Vec<&str> = Section::ALL.iter().map(|s| s.heading(lang)).collect();
            assert_eq!(headings, expected, "{} in {lang}", cause.id);
            let sections = sections(cause.template(lang), lang);
            let section =
                |s: Section| sections.get(&s).map(|text| text.trim().to_string()).unwrap_or_default();
            for needed in [
                Section::InShort,
                Section::Summary,
                Section::Explanation,
                Section::HowToBeSure,
                Section::Risk,
            ] {
                assert!(
                    !section(needed).is_empty(),
                    "{} in {lang}: {} is empty",
                    cause.id,
                    needed.heading(lang)
                );
            }
            assert!(
                cause.remedies.iter().all(|r| r.id != NOTE),
                "{}: a note is the installation's",
                cause.id
            );
            let declared: BTreeSet<&str> = cause.remedies.iter().map(|r| r.id).collect();
            assert_eq!(declared.len(), cause.remedies.len(), "{}: a remedy is declared twice", cause.id);
            let written = remedy_parts(&section(Section::WhatToDo));
            assert_eq!(declared, written.keys().map(String::as_str).collect(), "{} in {lang}", cause.id);
            assert!(
                section(Section::References).contains("- https://"),
                "{} in {lang}: no reference",
                cause.id
            );
        }
    }
}

#[test]
fn chinese_pages_are_chinese() {
    for cause in catalogue() {
        let han = |text: &str| text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
        let found = sections(cause.zh, Lang::Zh);
        for section in
            [Section::InShort, Section::Summary, Section::Explanation, Section::HowToBeSure, Section::Risk]
        {
            let text = found.get(&section).cloned().unwrap_or_default();
            assert!(han(&text) >= 1, "{}: {} is not translated", cause.id, section.heading(Lang::Zh));
        }
        assert_ne!(cause.en, cause.zh, "{}", cause.id);
    }
}

#[test]
fn pages_use_the_variables_the_data_has() {
    let mut data: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for case in cases() {
        for finding in diagnose(&case.snapshot()).findings {
            let keys = data_of(&finding).as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
            let known = data.entry(finding.cause).or_insert_with(|| keys.clone());
            assert_eq!(*known, keys, "{}: the data's fields differ from case to case", finding.cause);
        }
    }
    for cause in catalogue() {
        let keys = data.get(cause.id).unwrap_or_else(|| panic!("{} is found in no case", cause.id));
        let used = |lang: &str| {
            let mut used = BTreeSet::new();
            for (name, template) in
                parts_of(cause).iter().filter(|(name, _)| name.starts_with(&format!("{}/{lang}/", cause.id)))
            {
                used.extend(variables(template).unwrap_or_else(|e| panic!("{name}: {e}")));
            }
            used
        };
        let (en, zh) = (used("en"), used("zh"));
        assert_eq!(en, zh, "{}: the languages use different variables", cause.id);
        let unknown: Vec<_> = en.difference(keys).collect();
        assert!(unknown.is_empty(), "{}: the page uses {unknown:?}, which the data lacks", cause.id);
    }
}

#[test]
fn every_case_renders_in_every_language() {
    for case in cases() {
        for finding in diagnose(&case.snapshot()).findings {
            for lang in Lang::ALL {
                let page = page(&finding, lang).unwrap_or_else(|e| panic!("{} {lang}: {e}", case.shown));
                assert!(!page.summary.is_empty() && !page.explanation.is_empty(), "{} {lang}", case.shown);
                for text in [&page.summary, &page.explanation] {
                    assert!(!text.contains("{{") && !text.contains("null"), "{} {lang}: {text}", case.shown);
                }
                if finding.cause != "unknown" {
                    let length = page.summary.chars().count();
                    assert!(
                        length <= 300,
                        "{} {lang}: a summary of {length} characters: {}",
                        case.shown,
                        page.summary
                    );
                }
            }
        }
    }
}

#[test]
fn every_cause_has_a_case_and_a_near_miss() {
    for cause in catalogue() {
        let own: Vec<_> = cases().into_iter().filter(|case| case.cause == cause.id).collect();
        assert!(own.iter().any(|case| !case.near_miss), "{} has no case", cause.id);
        let ending = matches!(cause.id, "healthy" | "unknown");
        assert!(ending || own.iter().any(|case| case.near_miss), "{} has no near miss", cause.id);
        assert!(
            own.iter().any(|case| case.shown.ends_with("typical.yaml")),
            "{} has no typical.yaml",
            cause.id
        );
    }
}

#[test]
fn every_wording_matches_its_own_sample_and_no_other_cause_claims_it() {
    let mut wrong = Vec::new();
    for cause in catalogue() {
        for wording in cause.wordings {
            assert!(
                Regex::new(wording.pattern).is_ok(),
                "{}: {} is no regular expression",
                cause.id,
                wording.pattern
            );
            assert!(
                wording.matches(wording.sample),
                "{}: {:?} misses {:?}",
                cause.id,
                wording.pattern,
                wording.sample
            );
            if !wording.telling {
                continue;
            }
            let top = interpret(wording.sample);
            if top.top().cause != cause.id {
                wrong.push(format!("{} is read as {}: {:?}", cause.id, top.top().cause, wording.sample));
            }
            for other in catalogue().filter(|other| other.id != cause.id && !cause.hides.contains(&other.id))
            {
                // of an init container it is said in the words for any container
                if (cause.id, other.id) == ("init-container-failing", "app-exited") {
                    continue;
                }
                let claims = first_match(other.wordings, wording.sample).is_some_and(|w| w.telling);
                if claims {
                    wrong.push(format!("{} also claims {}'s {:?}", other.id, cause.id, wording.sample));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn gaps_name_causes() {
    for case in cases() {
        for gap in diagnose(&case.snapshot()).gaps {
            assert!(!gap.what.is_empty(), "{}", case.shown);
            assert!(
                matches!(gap.why, GapReason::NotInDump | GapReason::Expired),
                "{}: {}",
                case.shown,
                gap.why
            );
            for id in gap.could_hide {
                assert!(
                    find(id).is_some(),
                    "{}: the gap {} could hide {id}, which is no cause",
                    case.shown,
                    gap.what
                );
            }
        }
    }
}
