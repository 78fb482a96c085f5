//! Pod Security admission, a PodSecurityPolicy or OpenShift's constraints forbid what the pods ask for.

mod fields;

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;
use serde_json::Value;

use crate::cause::{Cause, Match};
use crate::evidence::cut;
use crate::finding::{Blame, Evidence, Source, Stage};
use crate::redact::redact;
use crate::refused::{Class, Refusal, of_class};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

use fields::Field;

/// `security-policy-denied`
pub const CAUSE: Cause = Cause {
    id: "security-policy-denied",
    stage: Some(Stage::Admit),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[RemedyKind::words("set-fields"), RemedyKind::words("change-policy")],
    wordings: &[
        Wording::telling(
            r#"violates PodSecurity "[^"]*""#,
            r#"Error creating: pods "web-1" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)"#,
            "API server 1.22–1.37",
        ),
        Wording::telling(
            r"PodSecurityPolicy: unable to|unable to validate against any (pod security policy|security context constraint)",
            r#"Error creating: pods "web-1" is forbidden: PodSecurityPolicy: unable to admit pod: [spec.containers[0].securityContext.privileged: Invalid value: true: Privileged containers are not allowed]"#,
            "API server 1.3–1.24, OpenShift",
        ),
        Wording::telling(
            r"no providers available to validate pod",
            r#"Error creating: pods "kube-proxy-" is forbidden: no providers available to validate pod request"#,
            "API server 1.8–1.24",
        ),
        Wording::telling(
            r"is forbidden: (pod\.Spec\.)?SecurityContext\.\w+ is forbidden",
            r#"Error creating: pods "web-1" is forbidden: SecurityContext.RunAsUser is forbidden"#,
            "API server 1.2–1.29 with SecurityContextDeny",
        ),
        Wording::hint(
            r#"would violate PodSecurity "[^"]*""#,
            r#"Warning: would violate PodSecurity "restricted:latest": runAsNonRoot != true"#,
            "API server 1.22–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    workload: String,
    maker: String,
    have: i64,
    want: i64,
    /// `restricted`, of Pod Security admission.
    level: Option<String>,
    version: Option<String>,
    /// What the namespace's own label says now.
    label: Option<String>,
    /// Neither label nor words agree: the cluster's default, or it was changed since.
    label_differs: bool,
    scc: bool,
    /// The old admission plugin SecurityContextDeny, which knows no policies.
    plugin: bool,
    /// No policy may be used at all.
    no_policy: bool,
    account: String,
    fields: Vec<Field>,
    /// The first of them, whole.
    names: String,
    /// How many others there are.
    more: usize,
    owner: String,
    /// A Job: its template cannot be changed.
    fixed: bool,
    sentence: String,
}

/// A verdict is one line; the page lists them all.
const MAX_NAMES: usize = 3;

static LEVEL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"violates PodSecurity "(?P<level>[^":]+)(?::(?P<version>[^"]+))?": ?"#).ok()
});

fn detect(s: &Snapshot) -> Vec<Match> {
    of_class(s, Class::Policy).iter().map(|refusal| matched(s, refusal)).collect()
}

fn matched(s: &Snapshot, refusal: &Refusal) -> Match {
    let message = refusal.message.as_str();
    let found = LEVEL.as_ref().and_then(|re| re.captures(message));
    let of = |name: &str| found.as_ref().and_then(|f| f.name(name)).map(|m| m.as_str().to_string());
    let (level, version) = (of("level"), of("version"));
    let rest = found.as_ref().and_then(|f| f.get(0)).and_then(|m| message.get(m.end()..));
    let fields = match rest {
        Some(rest) => fields::of_pod_security(rest),
        None => fields::of_policies(message),
    };
    let (label, label_evidence) = label(s);
    let owner = s.top_owner();
    let account = refusal.template.as_ref().and_then(|t| t.service_account_name.clone());
    let account = account.unwrap_or_else(|| "default".to_string());
    let no_policy = message.contains("no providers available");
    let names: Vec<&str> = fields.iter().map(|field| field.what.as_str()).collect();
    let shown = names.len().min(if names.len() > MAX_NAMES { MAX_NAMES - 1 } else { MAX_NAMES });
    let facts = Facts {
        workload: format!("{} {}", s.kind().camel(), s.name()),
        maker: refusal.maker.clone(),
        have: refusal.have,
        want: refusal.want,
        label_differs: level.is_some() && label.is_some() && level != label,
        scc: message.contains("security context constraint"),
        plugin: level.is_none() && message.contains("SecurityContext."),
        level,
        version,
        label,
        no_policy,
        names: names[..shown].join(", "),
        more: names.len() - shown,
        fields,
        fixed: owner.kind == "Job",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        sentence: cut(&redact(message), 90),
        account: account.clone(),
    };
    // with no policy at all it is not the pods that are wrong: their account may use none
    let blame = if no_policy { Blame::namespaced("ServiceAccount", s.namespace(), &account) } else { owner };
    let mut found = Match::new(refusal.confidence, blame, facts);
    found = found.because_all(refusal.evidence.iter().take(1).cloned()).because_all(label_evidence);
    found.because_all(refusal.evidence.iter().skip(1).cloned())
}

/// The level the namespace enforces.
/// <https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces>
fn label(s: &Snapshot) -> (Option<String>, Option<Evidence>) {
    const LABEL: &str = "pod-security.kubernetes.io/enforce";
    let level = s
        .other("Namespace", "", s.namespace())
        .and_then(|namespace| namespace.pointer("/metadata/labels")?.get(LABEL))
        .and_then(Value::as_str)
        .map(str::to_string);
    let evidence = level.as_ref().map(|level| {
        let object = format!("Namespace {}", s.namespace());
        Evidence::new(Source::Object, object, None, format!("metadata.labels[{LABEL}]: {level}"))
    });
    (level, evidence)
}
