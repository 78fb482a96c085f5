//! `interpret(&str)`: which causes a pasted event, status or log line can mean.
//!
//! A text alone proves nothing, so nothing here is more than `likely`.

mod bare;
mod parts;
mod pulls;
mod whole;

use serde_json::json;

use self::parts::{About, Part};
use self::whole::Whole;
use crate::cause::Cause;
use crate::causes::image::node_disk_full_for_images::fills_before_sandbox;
use crate::causes::{catalogue, find};
use crate::diagnose::rank;
use crate::finding::{Blame, Confidence, Diagnosis, Evidence, Finding, Source, Stage, Verdict};
use crate::pull::said::is_of_runtime;
use crate::redact::clean;
use crate::schedule::message::{self, Class, Said};
use crate::wording::Wording;

/// At most this many bytes of a pasted text are read.
pub const MAX_TEXT: usize = 256 * 1024;

/// The causes the text can mean, most likely first; `unknown` when it speaks of none. Several lines are read one by
/// one and together.
pub fn interpret(text: &str) -> Diagnosis {
    let text = clean(&text[..floor_char_boundary(text, MAX_TEXT)]);
    let parts = parts::parts(&text);
    let whole = Whole::of(&text);
    let mut findings = scheduling(&parts);
    for cause in catalogue() {
        if let Some(finding) = reading(cause, &parts, &whole)
            && !findings.iter().any(|f| f.cause == cause.id)
        {
            findings.push(finding);
        }
    }
    let mut findings = ranked(findings, &whole);
    for cause in bare::candidates(&text).iter().filter_map(|id| find(id)) {
        if !findings.iter().any(|f| f.cause == cause.id) {
            findings.push(finding(cause, Some(Confidence::Possible), &text));
        }
    }
    if findings.is_empty() {
        findings.extend(find("unknown").map(|cause| finding(cause, None, &text)));
    }
    let top = findings.first();
    let verdict = match top {
        Some(f) if f.expected => Verdict::Expected,
        Some(f) if f.cause != "unknown" => Verdict::Failing,
        _ => Verdict::Unknown,
    };
    Diagnosis { verdict, findings, gaps: Vec::new(), changes: Vec::new() }
}

/// Ranked; what is merely possible hides nothing.
fn ranked(findings: Vec<Finding>, whole: &Whole) -> Vec<Finding> {
    let (likely, possible): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|f| f.confidence >= Some(Confidence::Likely));
    let likely = rank(likely);
    let hidden = |f: &Finding| {
        likely.iter().any(|deeper| find(deeper.cause).is_some_and(|cause| cause.hides.contains(&f.cause)))
    };
    let mut possible: Vec<Finding> = possible.into_iter().filter(|f| !hidden(f)).collect();
    // an address within the cluster is a registry's only if nothing else fits
    possible.sort_by_key(|f| (f.expected, whole.inside && f.stage == Some(Stage::Image), f.stage));
    likely.into_iter().chain(possible).collect()
}

fn floor_char_boundary(text: &str, max: usize) -> usize {
    (0..=max.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The strongest wording of a cause that a line, or the text as a whole, matches.
fn reading(cause: &'static Cause, parts: &[Part<'_>], whole: &Whole) -> Option<Finding> {
    let mut best: Option<(&Wording, &str)> = None;
    let own: Vec<_> = parts.iter().filter(|part| !is_of_another(cause, &part.about, whole)).collect();
    for part in &own {
        let part = part.text.as_ref();
        for wording in cause.wordings.iter().filter(|w| w.matches(part)) {
            if best.is_none_or(|(known, _)| wording.telling && !known.telling) {
                best = Some((wording, part));
            }
        }
    }
    let (wording, part) = best?;
    // the sandbox's own image is not one the pod names, and a runtime that does not answer says nothing of one
    let disk = cause.id == "node-disk-full-for-images" && fills_before_sandbox(part);
    if cause.stage == Some(Stage::Image) && !disk && (speaks_of_sandbox(part) || is_of_runtime(part)) {
        return None;
    }
    // a workload that may not be changed in this way makes pods as before
    let doubtful = cause.id == "pod-object-invalid" && part.contains("field is immutable");
    let confidence = if wording.telling && !doubtful { Confidence::Likely } else { Confidence::Possible };
    let mut found = finding(cause, Some(confidence), part);
    found.blame = blame(cause, wording, part)
        .or_else(|| own.iter().find_map(|part| blame(cause, wording, &part.text)))
        .unwrap_or(found.blame);
    Some(found)
}

/// Whether what surrounds the words says that they mean something else.
fn is_of_another(cause: &Cause, about: &About, whole: &Whole) -> bool {
    if about.webhook {
        let of = if whole.deletion { "deletion-blocked-by-webhook" } else { "admission-webhook-denied" };
        return cause.id != of;
    }
    // what a probe or a hook prints may speak of anything
    if about.probe && cause.stage != Some(Stage::Probe) {
        return true;
    }
    if about.hook && !matches!(cause.id, "post-start-hook-failing" | "pre-stop-hanging" | "app-exited") {
        return true;
    }
    // the authorizer of nodes knows no object that does not exist; a pull secret is no secret a container names
    let by_its_object = about.node_authorizer && cause.id == "rbac-forbidden"
        || about.pull_secret && cause.id == "secret-missing"
        || about.scheduler && matches!(cause.id, "node-lost" | "rejected-by-kubelet")
        || about.update && cause.id == "pod-object-invalid"
        || whole.completed && cause.id == "app-exited"
        || about.short_name && cause.id == "image-corrupt-on-node";
    if by_its_object {
        return true;
    }
    match cause.stage {
        Some(Stage::Image) => about.service_name || about.api_server,
        Some(Stage::Terminate) => about.pull || whole.layers,
        Some(Stage::Volume) => about.pull || about.unmount,
        Some(Stage::Sandbox) => about.teardown && cause.id != "container-runtime-timeout",
        _ => false,
    }
}

/// Whether a text is about making the pod's sandbox rather than one of its containers.
fn speaks_of_sandbox(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["pod sandbox", "sandbox image", "podsandbox", "infra container", "/pause:"]
        .iter()
        .any(|part| text.contains(part))
}

/// A scheduler's message names several reasons; unless there is but one, none is more than possible.
fn scheduling(parts: &[Part<'_>]) -> Vec<Finding> {
    // of a sentence that was wrapped, its first line is only the beginning
    let read = |parse: fn(&str) -> Option<Said>| {
        let found = parts.iter().filter_map(|part| parse(&part.text).map(|said| (part.text.as_ref(), said)));
        let told = |said: &Said| (said.counts.len() + said.control_plane.min(1), !said.unnamed_taint);
        found.reduce(|best, next| if told(&next.1) > told(&best.1) { next } else { best })
    };
    let Some((line, said)) = read(message::parse).or_else(|| read(message::parse_fragment)) else {
        let beside = read(message::parse_scale_up);
        return beside.map_or(Vec::new(), |(line, said)| {
            said.by_telling().iter().filter_map(|class| possible(class, line)).collect()
        });
    };
    let mut classes = said.by_telling();
    // the first schedulers counted a node under each of its reasons: a selector that most nodes fail may leave the pod
    // none of those that lack room; taints they have for the control plane
    if line.contains("predicates") {
        classes.sort_by_key(|class| std::cmp::Reverse(said.count(class)));
        if classes.first() == Some(&Class::NodeSelector) && classes.len() > 1 {
            return classes.iter().filter_map(|class| possible(class, line)).collect();
        }
    }
    let narrowed: Vec<_> = classes.iter().filter(|class| !class.is_background()).collect();
    let chosen: Vec<_> = if narrowed.is_empty() { classes.iter().collect() } else { narrowed };
    let unclear = says_either_affinity(line);
    chosen
        .iter()
        .enumerate()
        .filter_map(|(index, class)| {
            let cause = find(class.cause_id())?;
            // a node that is not ready yet is tainted, and what makes it ready has to tolerate that
            let started = ["/not-ready", "/uninitialized", "/network-unavailable"];
            let either = matches!(class, Class::NotReady)
                && line.contains("taint")
                && started.iter().any(|taint| line.contains(taint));
            let sure =
                index == 0 && chosen.len() == 1 && (said.is_plain() || !class.is_background()) && !either;
            let affinity = unclear && matches!(class, Class::PodAffinity);
            let sure = sure && !affinity;
            let confidence = if sure { Confidence::Likely } else { Confidence::Possible };
            let taint = find(Class::Taint.cause_id()).filter(|_| either && !chosen.contains(&&Class::Taint));
            let anti = find(Class::PodAntiAffinity.cause_id()).filter(|_| affinity);
            let found = [anti, Some(cause), taint].into_iter().flatten();
            Some(found.map(|cause| finding(cause, Some(confidence), line)).collect::<Vec<_>>())
        })
        .flatten()
        .collect()
}

fn possible(class: &Class, line: &str) -> Option<Finding> {
    find(class.cause_id()).map(|cause| finding(cause, Some(Confidence::Possible), line))
}

/// Schedulers before 1.23 had one sentence for both kinds, and not all of them said which it was.
fn says_either_affinity(line: &str) -> bool {
    let rest = line.replace("pod affinity/anti-affinity", "");
    rest.len() < line.len() && !rest.contains("affinity rules")
}

fn finding(cause: &'static Cause, confidence: Option<Confidence>, part: &str) -> Finding {
    Finding {
        cause: cause.id,
        stage: cause.stage,
        confidence,
        pod: None,
        container: None,
        // an empty name: the text does not say which
        blame: Blame::global("Pod", ""),
        evidence: vec![message(part)],
        facts: json!({}),
        expected: cause.expected,
    }
}

fn message(part: &str) -> Evidence {
    let mut evidence = Evidence::new(Source::Message, "pasted text", None, part.trim());
    evidence.finish();
    evidence
}

/// The object the text itself names.
fn blame(cause: &Cause, wording: &Wording, text: &str) -> Option<Blame> {
    let named = |group: &str| wording.capture(text, group).map(str::to_string);
    if let (Some(kind), Some(name)) = (wording.kind, named("name")) {
        return Some(Blame { kind: kind.to_string(), namespace: named("namespace"), name });
    }
    match cause.id {
        // the sentence itself says of which kind
        "config-key-missing" => {
            let secret = named("object").is_some_and(|object| object.eq_ignore_ascii_case("secret"));
            let kind = if secret { "Secret" } else { "ConfigMap" };
            let name = named("name")?;
            Some(Blame { kind: kind.to_string(), namespace: named("namespace"), name })
        }
        other => pulls::blame(other, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_is_read_by_what_failed_first() {
        let listed = |why: &str| {
            format!(
                r#"[failed to set up sandbox container "5f" network for pod "w": networkPlugin cni failed to set up pod "w_shop" network: {why}, failed to clean up sandbox container "5f" network for pod "w": networkPlugin cni failed to teardown pod "w_shop" network: x]"#
            )
        };
        for (text, cause) in [
            (listed("stat /var/lib/calico/nodename: no such file or directory"), "cni-not-ready"),
            (listed("add cmd: failed to assign an IP address to container"), "pod-ip-exhausted"),
            (listed("dial tcp 10.1.0.5:2379: connect: connection refused"), "sandbox-network-failed"),
            (
                "Failed to create pod sandbox: mkdir /var/lib/docker/containers/1: no space left on device"
                    .to_string(),
                "node-disk-full-for-images",
            ),
            (
                "Failed to create pod sandbox: fork/exec /proc/self/exe: no space left on device".to_string(),
                "unknown",
            ),
        ] {
            assert_eq!(interpret(&text).findings[0].cause, cause, "{text}");
        }
    }
}
