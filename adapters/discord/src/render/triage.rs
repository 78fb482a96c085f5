//! The answer to `triage`: one paragraph for each root cause, the largest harm first.

use podwhy_flow::answer::{GroupAnswer, TriageAnswer};
use podwhy_flow::words;

use super::markdown::{bold, date};
use super::page::{Page, lines};
use super::why::{face, gaps};
use podwhy_flow::show::text::units;

/// The room of all groups, and the most of each.
const GROUPS: usize = 3_600;
const SHOWN: usize = 10;
const CAUSE: usize = 60;
const NAME: usize = 110;
const SUMMARY: usize = 250;
const PODS: usize = 3;

/// The whole answer, below its title.
pub(crate) fn triage(page: &mut Page, triage: &TriageAnswer) {
    let taken = format!("{} {}", words::AS_OF.of(page.lang), date(&triage.taken_at));
    page.part("", &taken);
    page.share(GROUPS);
    let items: Vec<String> = triage.groups.iter().take(SHOWN).map(|one| group(page, one)).collect();
    let kept = page.room.fill(items, |item| units(item) + 2);
    let left_out = triage.groups.len() - kept.len();
    page.room.missing(left_out > 0);
    let mut parts = kept;
    parts.extend(page.more(left_out));
    page.part("", &parts.join("\n\n"));
    gaps(page, &triage.gaps);
}

/// `🔴 prod-eu · 3 failing, 1 expected not to run, 20 well`
pub(crate) fn counts(page: &mut Page, cluster: &str, triage: &TriageAnswer) -> String {
    let counts = words::counts(triage, page.lang);
    let face = face(verdict(triage)).0;
    match page.line(cluster, NAME) {
        cluster if cluster.is_empty() => format!("{face} {counts}"),
        cluster => format!("{face} {cluster} · {counts}"),
    }
}

/// Well is only what was seen to be.
pub(crate) fn verdict(triage: &TriageAnswer) -> &'static str {
    let counts = [triage.failing, triage.expected, triage.healthy];
    let seen = counts.iter().any(|count| *count > 0) || triage.gaps.is_empty();
    match (triage.failing, seen) {
        (0, true) => "healthy",
        (0, false) => "unknown",
        _ => "failing",
    }
}

/// `12 × oom-killed · likely · Deployment shop/cart`, what happened, and the first pods.
fn group(page: &mut Page, group: &GroupAnswer) -> String {
    let title = group_line(page, group);
    let summary = page.marked(&group.summary, SUMMARY);
    let (names, all): (Vec<String>, usize) = if group.pods.is_empty() {
        let first = group.workloads.iter().take(PODS);
        (first.map(|workload| page.code(&workload.shown(), NAME)).collect(), group.workloads.len())
    } else {
        let first = group.pods.iter().take(PODS);
        (
            first.map(|pod| page.code(&format!("{}/{}", pod.namespace, pod.name), NAME)).collect(),
            group.pods.len(),
        )
    };
    // they are counted: nobody misses the names of all
    let more = page.more(all - names.len());
    lines(&[title, summary, names.into_iter().chain(more).collect::<Vec<_>>().join(", ")])
}

/// `12 × oom-killed · likely · Deployment shop/cart`
pub(crate) fn group_line(page: &mut Page, group: &GroupAnswer) -> String {
    let mut parts =
        vec![format!("{} {}", bold(&format!("{} ×", group.count)), page.code(&group.cause, CAUSE))];
    if let Some(confidence) = &group.confidence {
        parts.push(page.line(words::confidence(confidence, page.lang), CAUSE));
    }
    parts.push(bold(&page.line(&group.blame.shown(), NAME)));
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}
