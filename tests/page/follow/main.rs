//! `knowledge/README.md` says how to add a cause. Here it is done, with nothing that does not stand on the page: its files
//! are written, its edits made and its commands run, in the page's order, in a copy of the repository.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must stop")]

mod copy;
mod page;

use copy::{Copy, repository};
use page::{Step, apply, steps};

/// The cause that the page adds, by the folder of its rule.
struct Added {
    folder: String,
    id: String,
    cases: Vec<(String, String)>,
}

impl Added {
    fn by(steps: &[Step]) -> Added {
        let files: Vec<(&str, &str)> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Write { path, text } => Some((path.as_str(), text.as_str())),
                _ => None,
            })
            .collect();
        let rules: Vec<&str> = files.iter().filter_map(|(path, _)| path.strip_suffix("/mod.rs")).collect();
        let [folder] = rules[..] else { panic!("the page adds one cause, not {rules:?}") };
        let id = folder.rsplit('/').next().unwrap().replace('_', "-");
        let place = format!("{folder}/cases/");
        let case =
            |(path, text): &(&str, &str)| Some((path.strip_prefix(&place)?.to_string(), text.to_string()));
        Added { id, cases: files.iter().filter_map(case).collect(), folder: folder.to_string() }
    }
}

#[test]
fn the_page_works_as_it_is_written() {
    let steps = steps(&std::fs::read_to_string(repository().join("knowledge/README.md")).unwrap());
    let added = Added::by(&steps);
    let copy = Copy::make();
    assert!(
        !copy.root.join(&added.folder).exists(),
        "the page's cause is in the catalogue: it needs another"
    );
    let mut said = String::new();
    for step in &steps {
        match step {
            Step::Write { path, text } => copy.write(path, text),
            Step::Edit { path, hunks } => {
                copy.write(path, &hunks.iter().fold(copy.read(path), |t, h| apply(&t, h)))
            }
            Step::Run(script) => {
                let (well, output) = copy.run(script);
                assert!(well, "this failed:\n{script}\n{output}");
                println!("$ {script}{output}");
                said = output;
            }
        }
    }
    // what the page ends with is the whole suite, and nothing was left out of it
    assert!(said.contains("test cases::every_case_is_answered_rightly ... ok"), "{said}");
    let mut results = said.lines().filter(|line| line.starts_with("test result:"));
    assert!(results.all(|line| line.contains(" 0 filtered out")), "{said}");
    is_in_the_reference(&copy, &added);
    is_found_for_its_cases_alone(&copy, &added);
}

fn is_in_the_reference(copy: &Copy, added: &Added) {
    for lang in ["en", "zh"] {
        let page = copy.read(&format!("knowledge/reference/{lang}/{}.md", added.id));
        assert!(page.contains(&format!("\n# {}\n", added.id)), "{page}");
        let index = copy.read(&format!("knowledge/reference/{lang}/README.md"));
        assert!(
            index.contains(&format!("| [{0}]({0}.md) |", added.id)),
            "{lang}: {} is not listed",
            added.id
        );
    }
}

/// Each of the page's cases once more, expecting what no case is answered: the suite says what it got instead.
fn is_found_for_its_cases_alone(copy: &Copy, added: &Added) {
    const NOBODY: &str = "nobody";
    for (name, text) in &added.cases {
        let (before, rest) = text.split_once("\n  cause: ").unwrap();
        let (_, after) = rest.split_once('\n').unwrap();
        let control = format!("{before}\n  cause: {NOBODY}\n{after}");
        copy.write(&format!("{}/cases/control_{name}", added.folder), &control);
    }
    let (well, output) = copy.run("cargo test -p podwhy-knowledge every_case_is_answered_rightly");
    assert!(!well, "no case is answered {NOBODY}:\n{output}");
    let got_it = format!("got (\"{}\"", added.id);
    let (mut found, mut missed) = (0, 0);
    for (name, _) in &added.cases {
        let shown = format!("/cases/control_{name}: expected ");
        let line =
            output.lines().find(|line| line.contains(&shown)).unwrap_or_else(|| panic!("{name}: {output}"));
        let near_miss = name.starts_with("near_miss");
        assert_eq!(line.contains(&got_it), !near_miss, "{line}");
        *if near_miss { &mut missed } else { &mut found } += 1;
    }
    assert!(found > 0 && missed > 0, "the page has {found} cases and {missed} near misses");
}
