//! The containers are ready and the pod is not: a condition that someone else sets is not True.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Stage};
use crate::probes::START_SECONDS;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `readiness-gate-pending`
pub const CAUSE: Cause = Cause {
    id: "readiness-gate-pending",
    stage: Some(Stage::Probe),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[RemedyKind::words("find-controller")],
    wordings: &[
        Wording::telling(
            r#"pod readiness gate "[^"]*" (does not exist|is not)|readiness gates? .*(not|does not)"#,
            r#"the status of pod readiness gate "target-health.elbv2.k8s.aws/k8s-shop" is not "True", but False"#,
            "kubelet 1.14–1.37",
        ),
        Wording::telling(
            r"ReadinessGatesNotReady|LoadBalancerNegNotReady",
            "Ready  False  ReadinessGatesNotReady",
            "kubelet 1.14–1.37, GKE",
        ),
        Wording::hint(
            r"target-health\.(elbv2\.k8s\.aws|alb\.ingress\.k8s\.aws)/|cloud\.google\.com/load-balancer-neg-ready",
            "cloud.google.com/load-balancer-neg-ready=False",
            "AWS Load Balancer Controller, GKE",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// The start of a gate's name, and the controller that sets it.
const CONTROLLERS: &[(&str, &str, bool)] = &[
    ("target-health.elbv2.k8s.aws/", "AWS Load Balancer Controller", true),
    ("target-health.alb.ingress.k8s.aws/", "AWS ALB Ingress Controller 1.x", true),
    ("cloud.google.com/load-balancer-neg-ready", "GKE NEG controller", true),
    ("service.readiness.alibabacloud.com/", "Alibaba Cloud cloud-controller-manager", true),
    ("readiness.alibabacloud.com", "Alibaba Cloud cloud-controller-manager", true),
    ("cloud.tencent.com/load-balancer-backendgroup-ready", "Tencent TKE service controller", true),
    ("InPlaceUpdateReady", "OpenKruise (in-place update)", false),
    ("KruisePodReady", "OpenKruise", false),
    ("apps.kruise.io/", "OpenKruise", false),
];

#[derive(Serialize)]
struct Facts {
    gate: String,
    by: Option<String>,
    load_balancer: bool,
    /// The condition's status; `None` when no one wrote it.
    value: Option<String>,
    told: Option<String>,
    since: Option<String>,
    others: Option<String>,
    /// The TargetGroupBinding of an AWS gate.
    binding: Option<String>,
    neg: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(spec) = s.spec() else { return Vec::new() };
    let ready = |name: &str| s.condition(name).is_some_and(|c| c.status == "True");
    if s.ended_as_a_whole() || s.phase() == "Failed" || !ready("ContainersReady") || ready("Ready") {
        return Vec::new();
    }
    let gates = spec.readiness_gates.iter().flatten().map(|gate| gate.condition_type.as_str());
    let closed: Vec<&str> = gates.filter(|gate| !ready(gate)).collect();
    let Some((&gate, others)) = closed.split_first() else { return Vec::new() };
    // a load balancer needs a moment to take a new pod in
    let ready_since = s.condition("ContainersReady").and_then(|c| c.at);
    let fresh = ready_since
        .is_some_and(|at| s.world.knows_the_age_of(at) && s.taken_at().seconds_since(at) < START_SECONDS);
    if fresh {
        return Vec::new();
    }
    let condition = s.condition(gate);
    let known = CONTROLLERS.iter().find(|(start, ..)| gate.starts_with(start));
    let told = condition.map(|c| [c.reason, c.message].join(" ").trim().to_string());
    let binding = gate.strip_prefix("target-health.elbv2.k8s.aws/").map(str::to_string);
    let since = condition.and_then(|c| c.at).or(ready_since);
    let facts = Facts {
        by: known.map(|(_, by, _)| (*by).to_string()),
        load_balancer: known.is_some_and(|(.., balancer)| *balancer),
        value: condition.map(|c| c.status.to_string()),
        told: told.filter(|text| !text.is_empty()),
        since: since.map(|at| s.taken_at().age(at)),
        others: (!others.is_empty()).then(|| others.join(", ")),
        neg: gate.starts_with("cloud.google.com/"),
        binding: binding.clone(),
        gate: gate.to_string(),
    };
    let exists = |name: &String| s.other("TargetGroupBinding", s.namespace(), name).is_some();
    let blame = match binding.filter(exists) {
        Some(name) => Blame::namespaced("TargetGroupBinding", s.namespace(), &name),
        None => s.top_owner(),
    };
    let found = Match::new(Confidence::Certain, blame, facts)
        .because_all(s.from_condition(gate))
        .because(s.from_spec("spec.readinessGates", gate))
        .because_all(s.from_condition("Ready"))
        .because_all(s.from_condition("ContainersReady"));
    vec![found]
}
