//! The answer to `triage`: one block for each root cause, the largest harm first.

use podwhy_flow::answer::{GroupAnswer, TriageAnswer};
use podwhy_flow::words;
use serde_json::Value;

use super::page::Page;
use super::rich::{Line, block, section, size};
use super::why::{face, gaps};

/// The room of all groups, and the most of each.
const GROUPS: usize = 5_000;
const GROUP_NAMES: usize = 150;
const SUMMARY: usize = 300;
const PODS: usize = 3;

/// The whole answer, at most so many groups of it.
pub(crate) fn triage(page: &mut Page, cluster: &str, triage: &TriageAnswer, most: usize) {
    let opening = counts(page, cluster, triage).words(" · ").words(words::AS_OF.of(page.lang)).words(" ");
    page.part(section(opening.date(&triage.taken_at)));
    page.share(GROUPS);
    let items: Vec<Vec<Value>> = triage.groups.iter().take(most).map(|one| group(page, one)).collect();
    let kept = page.room.fill(items, |item| size(item));
    let left_out = triage.groups.len() - kept.len();
    page.room.missing(left_out > 0);
    // each group is a block of its own, which a phone folds by itself
    page.blocks.extend(kept.into_iter().filter_map(block));
    page.part(page.more(left_out));
    gaps(page, &triage.gaps);
}

/// `🔴 prod-eu · 3 failing, 1 expected not to run, 20 well`
pub(crate) fn counts(page: &mut Page, cluster: &str, triage: &TriageAnswer) -> Line {
    let mut line = Line::new().emoji(face(verdict(triage)).0).words(" ");
    if !cluster.is_empty() {
        let cluster = page.line(cluster, GROUP_NAMES);
        line = line.bold(&cluster).words(" · ");
    }
    line.bold(&words::counts(triage, page.lang))
}

/// Well is only what was seen to be.
pub(crate) fn verdict(triage: &TriageAnswer) -> &'static str {
    let seen = [triage.failing, triage.expected, triage.healthy].iter().any(|count| *count > 0)
        || triage.gaps.is_empty();
    match (triage.failing, seen) {
        (0, true) => "healthy",
        (0, false) => "unknown",
        _ => "failing",
    }
}

/// `12 × oom-killed · likely · Deployment shop/cart`, what happened, and the first pods.
fn group(page: &mut Page, group: &GroupAnswer) -> Vec<Value> {
    let summary = page.line(&group.summary, SUMMARY);
    let mut elements = section(group_line(page, group));
    elements.extend(section(Line::new().marked(&summary, false)));
    let named = |name: String, page: &mut Page| page.line(&name, GROUP_NAMES);
    let (names, all): (Vec<String>, usize) = if group.pods.is_empty() {
        let first = group.workloads.iter().take(PODS);
        (first.map(|workload| named(workload.shown(), page)).collect(), group.workloads.len())
    } else {
        let first = group.pods.iter().take(PODS);
        (first.map(|pod| named(format!("{}/{}", pod.namespace, pod.name), page)).collect(), group.pods.len())
    };
    let mut line = Line::new();
    for (number, name) in names.iter().enumerate() {
        line = line.words(if number > 0 { ", " } else { "" }).code(name);
    }
    if all > names.len() {
        // they are counted: nobody misses the names of all
        line = line.words(", ").words(&words::more(all - names.len(), page.lang));
    }
    elements.extend(section(line));
    elements
}

/// `12 × oom-killed · likely · Deployment shop/cart`
pub(crate) fn group_line(page: &mut Page, group: &GroupAnswer) -> Line {
    let cause = page.line(&group.cause, GROUP_NAMES);
    let blame = page.line(&group.blame.shown(), GROUP_NAMES);
    let mut line = Line::new().bold(&format!("{} × ", group.count)).code(&cause);
    if let Some(confidence) = &group.confidence {
        line = line.words(" · ").words(&page.line(words::confidence(confidence, page.lang), GROUP_NAMES));
    }
    if blame.is_empty() { line } else { line.words(" · ").bold(&blame) }
}
