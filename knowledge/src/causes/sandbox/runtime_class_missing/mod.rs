//! The RuntimeClass does not exist, or the node's runtime has no handler of that name.

use serde::Serialize;
use serde_json::Value;

use crate::cause::{Cause, Match};
use crate::config::nearest;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::sandbox::{NodeWords, Trouble, failure};
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `runtime-class-missing`
pub const CAUSE: Cause = Cause {
    id: "runtime-class-missing",
    stage: Some(Stage::Sandbox),
    since: "0.1.0",
    hides: &["container-runtime-timeout", "pod-object-invalid", "sandbox-network-failed", "security-policy-denied"],
    expected: false,
    remedies: &[
        RemedyKind::words("fix-name"),
        RemedyKind::words("create-class"),
        RemedyKind::words("configure-handler"),
    ],
    wordings: &[
        Wording::telling(
            r#"RuntimeClass \\*"(?P<name>[^"\\]+)\\*" not found"#,
            r#"Error creating: pods "web-5d9489d6cc-" is forbidden: pod rejected: RuntimeClass "gvisor" not found"#,
            "API server 1.16–1.37",
        )
        .blames("RuntimeClass"),
        Wording::telling(
            r#"runtimeclass(es)?\.node\.k8s\.io \\*"(?P<name>[^"\\]+)\\*" not found"#,
            r#"failed to get RuntimeClass gvisor: runtimeclasses.node.k8s.io "gvisor" not found"#,
            "kubelet 1.12–1.37",
        )
        .blames("RuntimeClass"),
        Wording::telling(
            r#"no runtime for \\*"(?P<name>[^"\\]+)\\*" is configured"#,
            r#"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "kata" is configured"#,
            "containerd 1.2–2.x",
        ),
        Wording::telling(
            r#"(failed to find|unknown|could not find) runtime handler \\*"?(?P<name>[^\s"\\]+)"#,
            r#"failed to find runtime handler kata from runtime list map[runc:0xc000c42500]"#,
            "CRI-O 1.12–1.37",
        ),
        Wording::telling(
            r#"RuntimeHandler \\*"(?P<name>[^"\\]+)\\*" not supported"#,
            r#"Failed to create pod sandbox: rpc error: code = Unknown desc = RuntimeHandler "gvisor" not supported"#,
            "kubelet 1.12–1.23 with dockershim, cri-dockerd",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// The wordings from here on are a runtime's: the class is there, its handler is not.
const HANDLER: usize = 2;

#[derive(Serialize)]
struct Facts {
    class: String,
    /// The handler the node lacks; null when the class itself is missing.
    handler: Option<String>,
    node: Option<String>,
    runtime: String,
    docker: bool,
    containerd1: bool,
    containerd2: bool,
    crio: bool,
    nearest: Option<String>,
    classes: Vec<String>,
    owner: String,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.workload().is_some() {
        return never_made(s).into_iter().collect();
    }
    let Some(failure) = failure(s, Trouble::RuntimeClass) else { return Vec::new() };
    let words = failure.words;
    let Some((index, named)) =
        CAUSE.wordings.iter().enumerate().find_map(|(i, w)| Some((i, w.capture(words, "name")?)))
    else {
        return Vec::new();
    };
    let class = s.spec().and_then(|spec| spec.runtime_class_name.clone());
    let node = NodeWords::of(s);
    let found = if index < HANDLER {
        if s.other("RuntimeClass", "", named).is_some() {
            return Vec::new();
        }
        Match::new(failure.confidence(s), Blame::global("RuntimeClass", named), facts(s, named, None, &node))
    } else {
        let class = class.clone().unwrap_or_else(|| named.to_string());
        let facts = facts(s, &class, Some(named), &node);
        Match::new(failure.confidence(s), Blame::global("Node", &node.node), facts)
    };
    let asked = class.map(|class| s.from_spec("spec.runtimeClassName", &class));
    vec![found.because_all(failure.evidence(s)).because_all(asked)]
}

/// Since 1.16 the API server refuses pods of a class that does not exist: their controller says so, and there is no
/// pod. <https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#runtimeclass>
fn never_made(s: &Snapshot) -> Option<Match> {
    let workload = s.workload()?;
    if workload.complete {
        return None;
    }
    let class = workload.template.as_ref().and_then(|template| template.runtime_class_name.clone());
    let told = |text: &str| {
        CAUSE.wordings[..HANDLER].iter().find_map(|w| Some(w.capture(text, "name")?.to_string()))
    };
    let condition = workload
        .condition("ReplicaFailure")
        .filter(|c| c.status == "True")
        .and_then(|c| Some((told(&c.message)?, c)));
    // in a rollout the old pods are as many as are wanted: only the condition tells of the new ones
    let enough = workload.desired.is_some_and(|desired| workload.current >= desired);
    if enough && condition.is_none() {
        return None;
    }
    let made = s.events.iter().filter(|e| e.reason == "SuccessfulCreate").filter_map(|e| e.at).max();
    let event = s
        .events
        .iter()
        .rev()
        .filter(|e| e.warning && made.is_none_or(|made| e.at.is_none_or(|at| at >= made)))
        .find_map(|e| Some((told(&e.message)?, e)));
    let name = condition.as_ref().map(|(n, _)| n).or(event.as_ref().map(|(n, _)| n))?.clone();
    // mended since: the controller has not tried again
    let renamed = workload.template.is_some() && class.as_ref() != Some(&name);
    let mended = renamed || s.other("RuntimeClass", "", &name).is_some();
    if mended {
        return None;
    }
    let facts = facts(s, &name, None, &NodeWords::default());
    let from_condition = condition.map(|(_, c)| {
        let text = format!("ReplicaFailure={} {}: {}", c.status, c.reason, c.message);
        Evidence::new(Source::Condition, s.object(), c.at, text)
    });
    let asked = class.map(|class| s.from_spec("spec.template.spec.runtimeClassName", &class));
    Some(
        Match::new(Confidence::Certain, Blame::global("RuntimeClass", &name), facts)
            .because_all(event.map(|(_, e)| Evidence::event(e)))
            .because_all(from_condition)
            .because_all(asked),
    )
}

fn facts(s: &Snapshot, class: &str, handler: Option<&str>, node: &NodeWords) -> Facts {
    let classes: Vec<String> =
        s.others("RuntimeClass", "").map(|(name, _): (&str, &Value)| name.to_string()).collect();
    let owner = s.top_owner();
    Facts {
        class: class.to_string(),
        handler: handler.map(str::to_string),
        node: Some(node.node.clone()).filter(|name| !name.is_empty()),
        runtime: node.runtime.clone(),
        docker: node.may_run("docker"),
        containerd1: node.may_run("containerd") && node.runtime_major().is_none_or(|major| major < 2),
        containerd2: node.may_run("containerd") && node.runtime_major().is_none_or(|major| major >= 2),
        crio: node.may_run("cri-o"),
        nearest: nearest(class, classes.iter().map(String::as_str)).filter(|_| handler.is_none()),
        classes,
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    }
}
