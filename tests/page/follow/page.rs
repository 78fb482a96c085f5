//! A page's fenced code blocks, in their order, as what a reader does with them.

/// What a reader does with one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Writes a file, whole.
    Write { path: String, text: String },
    /// Changes a file as a diff without line numbers says.
    Edit { path: String, hunks: Vec<Hunk> },
    /// Runs it in a shell, from the repository's root.
    Run(String),
}

/// What stands in a file, once, and what shall stand in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    pub before: String,
    pub after: String,
}

/// Every block of the page. Panics at one that a reader would not know what to do with.
pub fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lead = "";
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some((fence, kind)) = fence(line) else {
            lead = if line.trim().is_empty() { lead } else { line };
            continue;
        };
        let mut text = String::new();
        loop {
            let line = lines.next().unwrap_or_else(|| panic!("a block after {lead:?} has no end"));
            if line == fence {
                break;
            }
            text.push_str(line);
            text.push('\n');
        }
        let path = lead.strip_prefix('`').and_then(|rest| rest.strip_suffix("`:"));
        steps.push(match (path, kind) {
            (Some(path), "diff") => Step::Edit { path: path.to_string(), hunks: hunks(&text) },
            (Some(path), _) => Step::Write { path: path.to_string(), text },
            (None, "sh") => Step::Run(text),
            (None, _) => panic!("a block of {kind:?} after {lead:?} is neither a file nor a command"),
        });
        lead = "";
    }
    steps
}

/// The marks that end the block which this line opens, and the block's kind.
fn fence(line: &str) -> Option<(&str, &str)> {
    let kind = line.trim_start_matches('`');
    let marks = &line[..line.len() - kind.len()];
    (marks.len() >= 3).then_some((marks, kind.trim()))
}

fn hunks(diff: &str) -> Vec<Hunk> {
    let parts = diff.split("@@\n").filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let side = |other: char| -> String {
                let lines = part.lines().filter(|line| !line.starts_with(other));
                lines.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect()
            };
            Hunk { before: side('+'), after: side('-') }
        })
        .collect()
}

/// The text after the hunk. Panics where the page no longer fits.
pub fn apply(text: &str, hunk: &Hunk) -> String {
    assert_eq!(text.matches(&hunk.before).count(), 1, "this stands there once:\n{}", hunk.before);
    text.replace(&hunk.before, &hunk.after)
}

#[test]
fn blocks_are_files_edits_and_commands() {
    let page = "Words.\n\n`a/b.md`:\n\n````md\n```sh\nls\n```\n````\n\n`a/c.rs`:\n\n```diff\n@@\n+one\n two\n@@\n-three\n+four\n```\n\nThen:\n\n```sh\nls a\n```\n";
    let hunk = |before: &str, after: &str| Hunk { before: before.into(), after: after.into() };
    let file = Step::Write { path: "a/b.md".into(), text: "```sh\nls\n```\n".into() };
    let hunks = vec![hunk("two\n", "one\ntwo\n"), hunk("three\n", "four\n")];
    let edit = Step::Edit { path: "a/c.rs".into(), hunks: hunks.clone() };
    assert_eq!(steps(page), [file, edit, Step::Run("ls a\n".into())]);
    assert_eq!(apply("zero\ntwo\n", &hunks[0]), "zero\none\ntwo\n");
}

#[test]
#[should_panic = "neither a file nor a command"]
fn a_block_of_no_use_is_refused() {
    steps("Words.\n\n```yaml\na: b\n```\n");
}
