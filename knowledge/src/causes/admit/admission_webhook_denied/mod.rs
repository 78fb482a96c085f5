//! An admission webhook or policy refused the pods, or could not be asked and fails closed.

mod hook;
mod said;

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::evidence::{cut, object_name};
use crate::finding::{Blame, Evidence, Source, Stage};
use crate::redact::redact;
use crate::refused::{Class, Refusal, of_class};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

use hook::{Hook, ServiceState};
use said::{Said, Trouble};

/// `admission-webhook-denied`
pub const CAUSE: Cause = Cause {
    id: "admission-webhook-denied",
    stage: Some(Stage::Admit),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("look"),
        RemedyKind::words("repair-webhook"),
        RemedyKind::words("satisfy-policy"),
        RemedyKind::words("fail-open"),
    ],
    wordings: &[
        Wording::telling(
            r#"admission webhook "(?P<name>[^"]*)" denied"#,
            r#"Error creating: admission webhook "check.policy.example.com" denied the request: images must come from images.example.com"#,
            "API server 1.9–1.37",
        ),
        Wording::telling(
            r#"failed calling (?:admission )?webhook "(?P<name>[^"]*)""#,
            r#"Error creating: Internal error occurred: failed calling webhook "mpod.kb.io": Post "https://hooks.ops.svc:443/mutate?timeout=10s": no endpoints available for service "hooks""#,
            "API server 1.9–1.37",
        ),
        Wording::telling(
            r"(Validating|Mutating)AdmissionPolicy '(?P<name>[^']+)'",
            r#"pods "web-1" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'no-latest' denied request: images must not use the latest tag"#,
            "API server 1.26–1.37",
        )
        .blames("ValidatingAdmissionPolicy"),
        Wording::telling(
            r"image policy webhook (backend )?(denied|error)",
            r#"Error creating: pods "web-1" is forbidden: image policy webhook backend denied one or more images: tags must be digests"#,
            "API server 1.4–1.37",
        ),
        Wording::hint(
            r"Error creating: [^\n]*(request did not complete within (the )?requested timeout|request timed out)",
            "Error creating: Timeout: request did not complete within requested timeout - context deadline exceeded",
            "API server 1.12–1.37",
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
    /// The webhook's or policy's own name.
    hook: String,
    /// `ValidatingWebhookConfiguration policy`, if read.
    configuration: Option<String>,
    config_kind: String,
    config_name: String,
    /// A policy written in CEL rather than a webhook.
    policy: bool,
    binding: Option<String>,
    denied: bool,
    failed: bool,
    message: String,
    /// What went wrong when it was called; all false when it denied.
    service_missing: bool,
    no_endpoints: bool,
    timeout: bool,
    refused_connection: bool,
    untrusted: bool,
    expired: bool,
    wrong_name: bool,
    no_such_host: bool,
    answer: bool,
    service: Option<String>,
    service_namespace: String,
    service_name: String,
    selector: String,
    /// Of the pods behind the Service, as far as they were read.
    total: usize,
    ready: usize,
    url: Option<String>,
    owner: String,
    /// A Job: its template cannot be changed.
    fixed: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    of_class(s, Class::Webhook).iter().map(|refusal| matched(s, refusal)).collect()
}

fn matched(s: &Snapshot, refusal: &Refusal) -> Match {
    let said = said::read(&refusal.message);
    let hook = hook::find(s, &said);
    let service = said.service.clone().or_else(|| hook.as_ref().and_then(|hook| hook.service.clone()));
    let state = service.as_ref().map(|(namespace, name)| hook::state(s, namespace, name));
    let owner = s.top_owner();
    let blame = blame(&said, hook.as_ref(), service.as_ref(), &owner);
    let facts = facts(s, refusal, &said, hook.as_ref(), service.as_ref(), state.as_ref(), &owner);
    let mut found = Match::new(refusal.confidence, blame, facts);
    found = found.because_all(refusal.evidence.iter().take(1).cloned());
    found = found.because_all(hook.map(|hook| hook.evidence));
    if said.failed
        && let (Some((namespace, name)), Some(state)) = (&service, &state)
        && let Some(text) = state.text()
    {
        found =
            found.because(Evidence::new(Source::Object, object_name("Service", namespace, name), None, text));
    }
    found.because_all(refusal.evidence.iter().skip(1).cloned())
}

/// Who is to change: the template where a rule was broken, the webhook where it does not answer.
fn blame(said: &Said, hook: Option<&Hook>, service: Option<&(String, String)>, owner: &Blame) -> Blame {
    if !said.failed {
        return owner.clone();
    }
    match (hook, service) {
        (Some(hook), _) => Blame::global(&hook.kind, &hook.name),
        (None, Some((namespace, name))) => Blame::namespaced("Service", namespace, name),
        _ => owner.clone(),
    }
}

fn facts(
    s: &Snapshot,
    refusal: &Refusal,
    said: &Said,
    hook: Option<&Hook>,
    service: Option<&(String, String)>,
    state: Option<&ServiceState>,
    owner: &Blame,
) -> Facts {
    let is = |trouble: Trouble| said.failed && said.trouble == Some(trouble);
    let guessed = if said.policy { "validatingadmissionpolicy" } else { "validatingwebhookconfiguration" };
    Facts {
        workload: format!("{} {}", s.kind().camel(), s.name()),
        maker: refusal.maker.clone(),
        have: refusal.have,
        want: refusal.want,
        hook: said.name.clone(),
        configuration: hook.map(|hook| format!("{} {}", hook.kind, hook.name)),
        config_kind: hook.map_or(guessed.to_string(), |hook| hook.kind.to_lowercase()),
        config_name: hook.map(|hook| hook.name.clone()).unwrap_or_default(),
        policy: said.policy,
        binding: said.binding.clone(),
        denied: !said.failed,
        failed: said.failed,
        message: cut(&redact(&said.message), 90),
        service_missing: is(Trouble::NoService),
        no_endpoints: is(Trouble::NoEndpoints),
        timeout: is(Trouble::Timeout),
        refused_connection: is(Trouble::Refused),
        untrusted: is(Trouble::Untrusted),
        expired: is(Trouble::Expired),
        wrong_name: is(Trouble::WrongName),
        no_such_host: is(Trouble::NoHost),
        answer: is(Trouble::Answer),
        service: service.map(|(namespace, name)| format!("{namespace}/{name}")),
        service_namespace: service.map(|(namespace, _)| namespace.clone()).unwrap_or_default(),
        service_name: service.map(|(_, name)| name.clone()).unwrap_or_default(),
        selector: state.map(|state| state.selector.clone()).unwrap_or_default(),
        total: state.map_or(0, |state| state.pods),
        ready: state.map_or(0, |state| state.ready),
        url: said.url.clone(),
        fixed: owner.kind == "Job",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    }
}
