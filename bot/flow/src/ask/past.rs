//! A question about what is gone, answered from what was last seen of it; and one line about what stood before a pod of the
//! same name.

pub mod successor;
mod words;

use jiff::SignedDuration;
use podwhy_knowledge::causes::find;
use podwhy_knowledge::redact::{clean_name, redact};
use podwhy_knowledge::resolve::ResolveError;
use podwhy_knowledge::text::general_page;
use podwhy_knowledge::{Kind, Lang, Target};

use self::successor::{Successor, successor};
use super::diagnose::{Diagnosed, read};
use super::intake::Request;
use super::makers::makers;
use super::within::Within;
use crate::answer::{BlameAnswer, EvidenceAnswer, FindingAnswer, TargetAnswer, WhyAnswer};
use crate::error::UserError;
use crate::ports::{ClusterRead, Past, Remembered, Sought, Standing};

/// The verdict of what is gone.
pub const GONE: &str = "gone";

/// What failed longer ago under a name says nothing about the pod that has it now.
const RECENT: SignedDuration = SignedDuration::from_hours(1);

/// So many workloads a name speaks of are asked.
const LIKELY: usize = 2;

/// What stands where something is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// This pod.
    Pod(Successor),
    /// Its workload, without another pod.
    NoPod(String),
    /// Not even its workload.
    NoOwner(String),
    /// Its workload could not be read.
    Unread(String),
    /// It belonged to nothing that is known.
    Unknown,
}

/// What is told of a target that is not found; `None` where nothing is remembered of it.
pub(super) async fn gone<C: ClusterRead>(
    past: &dyn Past,
    cluster: &C,
    target: &Target,
    within: &Within,
    lang: Lang,
) -> Option<WhyAnswer> {
    if target.kind.is_some_and(|kind| kind != Kind::Pod && !kind.is_workload()) {
        return None;
    }
    let namespace = target.namespace.as_deref().unwrap_or_else(|| cluster.default_namespace());
    if !within.visible.shows(namespace) {
        return None;
    }
    let (name, kind) = (target.name.as_str(), target.kind);
    let sought = Sought { cluster: cluster.name(), namespace, kind, name, before: None, within, lang };
    let known = past.last(&sought)?;
    let stands = stands(cluster, &known, namespace, within, lang).await;
    let typed = format!("{}{namespace}", crate::words::cluster_prefix(cluster.name()));
    let notices = [Some(words::gone(&clean_name(name), &known, lang)), words::stands(&stands, &typed, lang)];
    let of_workload = known.owner.as_ref().filter(|owner| !known.is_exact && owner.name == name);
    let of_name = of_workload.map_or(Kind::Pod.camel(), |owner| owner.kind.as_str()).to_string();
    let finding = finding(known, within, lang);
    Some(WhyAnswer {
        target: Some(TargetAnswer {
            cluster: cluster.name().to_string(),
            kind: kind.map_or(of_name, |kind| kind.camel().to_string()),
            namespace: clean_name(namespace),
            name: clean_name(name),
        }),
        verdict: GONE.to_string(),
        verdict_text: finding.summary.clone(),
        notices: notices.into_iter().flatten().collect(),
        findings: vec![finding],
        gaps: Vec::new(),
        changes: Vec::new(),
    })
}

/// Of a pod that stands, what became of the one that had its name before; `None` where that did not fail a short while ago, or
/// failed as this one does.
pub(super) fn before(past: &dyn Past, diagnosed: &Diagnosed, within: &Within, lang: Lang) -> Option<String> {
    let snapshot = &diagnosed.snapshot;
    if snapshot.kind() != Kind::Pod || !within.visible.shows(snapshot.namespace()) {
        return None;
    }
    let (namespace, name) = (snapshot.namespace(), snapshot.name());
    let pod = snapshot.world.pods.get(&(namespace.to_string(), name.to_string()))?;
    let metadata = &pod.pod.metadata;
    let before = Standing {
        uid: metadata.uid.as_deref().unwrap_or_default(),
        made: metadata.creation_timestamp.as_ref().map(|at| at.0),
    };
    let cluster = snapshot.world.cluster.as_str();
    let kind = Some(Kind::Pod);
    let sought = Sought { cluster, namespace, kind, name, before: Some(before), within, lang };
    let known = past.last(&sought).filter(|known| known.is_exact && known.age <= RECENT)?;
    let is_same = diagnosed.diagnosis.findings.iter().any(|finding| finding.cause == known.cause);
    (!is_same).then(|| words::before(&known, &summary(&known, within, lang), lang))
}

/// Asks the workload it belonged to; where that is not known, those its name speaks of.
async fn stands<C: ClusterRead>(
    cluster: &C,
    known: &Remembered,
    namespace: &str,
    within: &Within,
    lang: Lang,
) -> Stands {
    if let Some(owner) = &known.owner {
        return match Kind::from_camel(&owner.kind) {
            Some(kind) => of_owner(cluster, kind, owner, &known.name, within, lang).await,
            None => Stands::Unknown,
        };
    }
    for (kind, name) in makers(&known.name).into_iter().take(LIKELY) {
        let owner =
            BlameAnswer { kind: kind.camel().to_string(), namespace: Some(namespace.to_string()), name };
        let stands = of_owner(cluster, kind, &owner, &known.name, within, lang).await;
        // that the other is not there says nothing: it was a guess
        if !matches!(stands, Stands::NoOwner(_)) {
            return stands;
        }
    }
    Stands::Unknown
}

async fn of_owner<C: ClusterRead>(
    cluster: &C,
    kind: Kind,
    owner: &BlameAnswer,
    gone: &str,
    within: &Within,
    lang: Lang,
) -> Stands {
    let target = Target {
        cluster: None,
        namespace: owner.namespace.clone(),
        kind: Some(kind),
        name: owner.name.clone(),
    };
    match read(cluster, &Request { target, lang }, within).await {
        Ok(snapshot) => match successor(&snapshot.world, snapshot.namespace(), gone, Some(owner)) {
            Some(next) => Stands::Pod(Successor { name: clean_name(&next.name), ..next }),
            None => Stands::NoPod(owner.shown()),
        },
        Err(UserError::Resolve(ResolveError::NotFound { .. })) => Stands::NoOwner(owner.shown()),
        Err(error) => Stands::Unread(redact(&error.told(lang))),
    }
}

fn finding(known: Remembered, within: &Within, lang: Lang) -> FindingAnswer {
    let summary = summary(&known, within, lang);
    let stage = find(&known.cause).and_then(|cause| cause.stage).map(|stage| stage.as_str().to_string());
    let evidence = known.evidence.into_iter();
    FindingAnswer {
        stage: stage.filter(|_| known.confidence.is_some()),
        cause: known.cause,
        confidence: known.confidence,
        pod: Some(known.name),
        container: None,
        blame: known.blame,
        summary,
        explanation: String::new(),
        evidence: if within.logs { evidence.collect() } else { evidence.filter_map(without_logs).collect() },
        remedies: Vec::new(),
    }
}

/// The line that was kept, else the cause's own: what names the pod may quote its log.
fn summary(known: &Remembered, within: &Within, lang: Lang) -> String {
    let kept = known.summary.clone().filter(|kept| within.logs && !kept.is_empty());
    let general = || find(&known.cause).map(|cause| general_page(cause, lang).0);
    kept.or_else(general).unwrap_or_else(|| known.cause.clone())
}

/// Without lines of a log, and without a container's last words, which may be some.
fn without_logs(mut evidence: EvidenceAnswer) -> Option<EvidenceAnswer> {
    if evidence.source == "log" {
        return None;
    }
    // as `Snapshot::from_end` writes it
    if let Some(end) = evidence.text.find(".terminated reason=")
        && let Some(words) = evidence.text[end..].find(": ")
    {
        evidence.text.truncate(end + words);
    }
    Some(evidence)
}

#[cfg(test)]
mod tests;
