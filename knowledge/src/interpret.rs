//! `interpret(&str)`: which causes a pasted event, status or log line can mean.
//!
//! A text alone proves nothing, so nothing here is more than `likely`.

use serde_json::json;

use crate::cause::Cause;
use crate::causes::{catalogue, find};
use crate::diagnose::rank;
use crate::finding::{Blame, Confidence, Diagnosis, Evidence, Finding, Source, Stage, Verdict};
use crate::image;
use crate::schedule::message;
use crate::wording::Wording;

/// At most this many bytes of a pasted text are read.
pub const MAX_TEXT: usize = 256 * 1024;

/// The causes the text can mean, most likely first; `unknown` when it speaks of none. Several lines are read one by
/// one and together.
pub fn interpret(text: &str) -> Diagnosis {
    let text = &text[..floor_char_boundary(text, MAX_TEXT)];
    let mut findings = scheduling(text);
    for cause in catalogue() {
        if let Some(finding) = reading(cause, text)
            && !findings.iter().any(|f| f.cause == cause.id)
        {
            findings.push(finding);
        }
    }
    let mut findings = rank(findings);
    if findings.is_empty() {
        findings.extend(find("unknown").map(|cause| finding(cause, None, text)));
    }
    let top = findings.first();
    let verdict = match top {
        Some(f) if f.expected => Verdict::Expected,
        Some(f) if f.cause != "unknown" => Verdict::Failing,
        _ => Verdict::Unknown,
    };
    Diagnosis { verdict, findings, gaps: Vec::new() }
}

fn floor_char_boundary(text: &str, max: usize) -> usize {
    (0..=max.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The strongest wording of a cause that a line, or the text as a whole, matches.
fn reading(cause: &'static Cause, text: &str) -> Option<Finding> {
    let mut best: Option<(&Wording, &str)> = None;
    // a message may be wrapped over lines: the whole is tried after its lines
    for part in text.lines().chain([text]) {
        // a webhook's refusal quotes whatever it likes
        if part.contains("admission webhook") {
            continue;
        }
        for wording in cause.wordings.iter().filter(|w| w.matches(part)) {
            if best.is_none_or(|(known, _)| wording.telling && !known.telling) {
                best = Some((wording, part));
            }
        }
    }
    let (wording, part) = best?;
    // the sandbox's own image is not one the pod names
    if cause.stage == Some(Stage::Image) && speaks_of_sandbox(part) {
        return None;
    }
    let confidence = if wording.telling { Confidence::Likely } else { Confidence::Possible };
    let mut found = finding(cause, Some(confidence), part);
    found.blame = blame(cause, wording, part).or_else(|| blame(cause, wording, text)).unwrap_or(found.blame);
    Some(found)
}

/// Whether a text is about making the pod's sandbox rather than one of its containers.
fn speaks_of_sandbox(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["pod sandbox", "sandbox image", "podsandbox", "infra container", "/pause:"]
        .iter()
        .any(|part| text.contains(part))
}

/// A scheduler's message names several reasons; unless there is but one, none is more than possible.
fn scheduling(text: &str) -> Vec<Finding> {
    let Some((line, said)) =
        text.lines().chain([text]).find_map(|line| message::parse(line).map(|said| (line, said)))
    else {
        return Vec::new();
    };
    let classes = said.by_telling();
    let narrowed: Vec<_> = classes.iter().filter(|class| !class.is_background()).collect();
    let chosen: Vec<_> = if narrowed.is_empty() { classes.iter().collect() } else { narrowed };
    chosen
        .iter()
        .enumerate()
        .filter_map(|(index, class)| {
            let cause = find(class.cause_id())?;
            let sure = index == 0 && chosen.len() == 1 && (said.is_plain() || !class.is_background());
            let confidence = if sure { Confidence::Likely } else { Confidence::Possible };
            Some(finding(cause, Some(confidence), line))
        })
        .collect()
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
    match cause.id {
        "image-name-wrong" => image::image_in(text).map(|image| Blame::global("Image", &image)),
        "registry-plain-http" | "registry-untrusted-ca" | "pull-secret-missing" | "pull-denied" => {
            let host =
                image::host_in(text).or_else(|| image::image_in(text).map(|i| image::registry_of(&i)))?;
            Some(Blame::global("Registry", &host))
        }
        "config-map-missing" | "secret-missing" | "config-key-missing" | "pvc-unbound" | "node-lost" => {
            let kind = match cause.id {
                "config-map-missing" => "ConfigMap",
                "secret-missing" => "Secret",
                "pvc-unbound" => "StorageClass",
                "node-lost" => "Node",
                _ if named("object").is_some_and(|o| o.eq_ignore_ascii_case("secret")) => "Secret",
                _ => "ConfigMap",
            };
            let name = named("name")?;
            Some(Blame { kind: kind.to_string(), namespace: named("namespace"), name })
        }
        _ => None,
    }
}
