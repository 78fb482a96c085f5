//! How an offer, and what came of it, stands in a channel: a record that the keeper posts and keeps current, like every other message.

use jiff::Timestamp;
use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::clean_name;

use super::record::{Phase, Remediation, Result as Of};
use super::words;
use crate::incident::Button;
use crate::incident::bulletin::{Bulletin, Stands};
use crate::incident::name::ACTION;
use crate::incident::policy::Spot;
use crate::incident::record::{Blamed, Incident, Phase as Open, Post, RootCause, Thread};
use crate::incident::wanted::PARENT;

/// At most so many targets that were not changed are told one by one.
const MOST_FAILED: usize = 5;

/// What is shown of it now.
pub fn bulletin(one: &Remediation, lang: Lang, in_thread: bool) -> Bulletin {
    Bulletin {
        lang: lang.tag().to_string(),
        stands: stands(one),
        title: words::title(&one.spec, lang),
        summary: words::stands(one, lang),
        lines: lines(one, lang),
        buttons: buttons(one).into_iter().map(|button| button.as_str().to_string()).collect(),
        in_thread,
    }
}

fn stands(one: &Remediation) -> Stands {
    match one.status.phase {
        Phase::Approved | Phase::Executing | Phase::Verifying => Stands::Doing,
        Phase::Succeeded => Stands::Well,
        Phase::Failed | Phase::Partial | Phase::Unclear => Stands::Failing,
        Phase::Offered | Phase::Declined | Phase::Expired | Phase::Superseded => Stands::Unclear,
    }
}

fn buttons(one: &Remediation) -> Vec<Button> {
    let approve = if one.spec.floor.typed_name { Button::ApproveTyped } else { Button::Approve };
    let attest = one.spec.plan.remedy.needs_dead_node().then_some(Button::Attest);
    let all = [Some(approve), attest, Some(Button::Decline)];
    if one.status.phase == Phase::Offered { all.into_iter().flatten().collect() } else { Vec::new() }
}

fn lines(one: &Remediation, lang: Lang) -> Vec<String> {
    let (spec, status) = (&one.spec, &one.status);
    let mut lines = vec![words::reason(spec, lang)];
    if spec.plan.targets.len() > 1 {
        lines.push(words::targets(spec, lang));
    }
    if let Some(revision) = &spec.plan.revision {
        lines.extend(words::revision(revision, lang));
    }
    if let Some(orphaned) = &spec.plan.finalizer {
        lines.extend(words::orphaned(orphaned, lang));
    }
    if !status.phase.is_over() {
        let proof = if status.checklist.is_empty() { &spec.plan.checklist } else { &status.checklist };
        lines.extend(proof.iter().map(|line| clean_name(line.of(lang))));
        lines.extend(spec.plan.warnings.iter().map(|warning| words::warning(warning, lang)));
    }
    if let Some(asked) = &spec.asked_by {
        lines.push(format!("{} {}", lang.pick("Asked for by", "提出者："), clean_name(asked)));
    }
    if !status.approvals.is_empty() && status.phase != Phase::Offered {
        lines.push(format!("{} {}", lang.pick("Agreed:", "同意者："), words::people(one)));
    }
    let failed = status.outcomes.iter().filter(|outcome| outcome.result != Of::Done);
    let failed =
        failed.filter_map(|outcome| Some((spec.plan.targets.get(outcome.target as usize)?, outcome)));
    lines.extend(
        failed.take(MOST_FAILED).map(|(target, outcome)| words::not_done(target, &outcome.why, lang)),
    );
    lines
}

/// Where it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The channel.
    pub to: Spot,
    /// In whose thread: the app's id of its first message.
    pub thread: Option<String>,
    /// In which language.
    pub lang: Lang,
}

/// The record of one that was just offered. Its name is the Remediation's: by it the buttons know which.
pub fn record(one: &Remediation, shown: &Shown, now: Timestamp) -> Incident {
    let blame = Blamed { kind: "Remediation".to_string(), namespace: None, name: one.name.clone() };
    let root_cause =
        RootCause { cluster: one.spec.root_cause.cluster.clone(), cause: ACTION.to_string(), blame };
    let mut record = Incident::opened(root_cause, 1, now);
    record.name.clone_from(&one.name);
    let to = &shown.to;
    record.status.phase = Open::Resolved;
    record.status.resolved_at = Some(now);
    record.status.threads.push(Thread::new(to, None, now));
    if let Some(message) = &shown.thread {
        // what stands there is somebody else's, and stays as it is
        record.status.posts.push(Post { message: Some(message.clone()), ..Post::new(PARENT, to) });
    }
    let bulletin = bulletin(one, shown.lang, shown.thread.is_some());
    record.status.summary.clone_from(&bulletin.summary);
    record.status.bulletin = Some(bulletin);
    record
}

/// The record as it has to be by now; `None` where it is.
pub fn told(record: &Incident, one: &Remediation) -> Option<Incident> {
    let shown = record.status.bulletin.as_ref()?;
    let lang = shown.lang.parse().unwrap_or(Lang::En);
    let now = bulletin(one, lang, shown.in_thread);
    if now == *shown {
        return None;
    }
    let mut after = record.clone();
    after.status.summary.clone_from(&now.summary);
    after.status.bulletin = Some(now);
    Some(after)
}
