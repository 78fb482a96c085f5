//! The Kubernetes API refused what the pod's account asked for: no role that is bound to it allows it.

mod denial;

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::logs::{Class, voices};
use crate::redact::redact;
use crate::refused::{Class as Refused, Refusal, of_class};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

use denial::{Denial, Granted, bindings, denial_in, granted};

/// `rbac-forbidden`
pub const CAUSE: Cause = Cause {
    id: "rbac-forbidden",
    stage: Some(Stage::Run),
    since: "0.1.0",
    hides: &["app-exited"],
    expected: false,
    remedies: &[RemedyKind::words("check-access"), RemedyKind::words("grant")],
    wordings: &[
        Wording::telling(
            r#"\bUser \\?"(system:serviceaccount:(?P<namespace>[^:"\\]+):(?P<name>[^"\\]+)|[^"\\]+)\\?" cannot "#,
            r#"secrets is forbidden: User "system:serviceaccount:shop:operator" cannot list resource "secrets" in API group "" at the cluster scope"#,
            "kube-apiserver 1.6–1.37",
        )
        .blames("ServiceAccount"),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    user: String,
    /// The account's name, where the user is a ServiceAccount.
    account: Option<String>,
    account_namespace: Option<String>,
    /// No token was sent.
    anonymous: bool,
    verb: String,
    /// `deployments.apps`, `pods/log`; a path for what is no resource.
    resource: String,
    /// The same without the part, and the part: `kubectl auth can-i` takes them apart.
    whole: String,
    part: Option<String>,
    is_path: bool,
    object: Option<String>,
    /// The namespace it was refused in; null at the cluster scope.
    scope: Option<String>,
    /// The bindings that name the account.
    bound: Option<String>,
    /// None of these roles allows it.
    roles_read: bool,
    /// The binding that allows it now.
    granted: Option<String>,
    bindings_read: bool,
    /// The role a binding names and that is not there.
    missing_role: Option<String>,
    /// `default`: nobody chose an account.
    is_default: bool,
    /// Whose controller may not make its pods, where it is that: `Job nightly`.
    maker: Option<String>,
    /// One of Kubernetes' own controllers, whose role the API server keeps itself.
    built_in: bool,
    /// What the new role is called.
    role: String,
    exit_code: Option<i32>,
    line: String,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let mut found: Vec<Match> = voices(s)
        .iter()
        .filter(|voice| voice.is_about(Class::Rbac))
        .filter_map(|voice| {
            let denial = denial_in(&voice.reading.line)?;
            let exit_code = voice.end.map(|end| end.exit_code);
            let facts = Facts { exit_code, ..facts(s, &denial, &voice.reading.line) };
            let found = matched(s, &denial, voice.confidence, facts);
            Some(voice.because(s, found.in_container(voice.container.name)).because_all(proof(s, &denial)))
        })
        .collect();
    if found.is_empty() {
        found.extend(in_events(s));
    }
    found.extend(of_class(s, Refused::Rbac).iter().filter_map(|refusal| of_maker(s, refusal)));
    found
}

/// Who makes the workload's pods may not: the controller's rights were taken, or a webhook's were never given.
fn of_maker(s: &Snapshot, refusal: &Refusal) -> Option<Match> {
    let denial = denial_in(&refusal.message)?;
    let facts = Facts { maker: Some(refusal.maker.clone()), ..facts(s, &denial, &refusal.message) };
    let found = matched(s, &denial, refusal.confidence, facts);
    Some(found.because_all(refusal.evidence.clone()).because_all(proof(s, &denial)))
}

/// A component that acts for the pod may tell in an event what it may not. Not the node's own account: its refusals
/// follow from what the pod names.
fn in_events(s: &Snapshot) -> Option<Match> {
    let unwell = !s.ended_as_a_whole() && s.condition("Ready").is_some_and(|c| c.status != "True");
    let event =
        s.events.iter().rev().filter(|e| e.warning && unwell && e.at.is_none_or(|at| s.is_recent(at)));
    let (event, denial) = event
        .filter_map(|e| Some((e, denial_in(&e.message)?)))
        .find(|(_, d)| !d.user.starts_with("system:node:"))?;
    let found = matched(s, &denial, Confidence::Likely, facts(s, &denial, &event.message));
    Some(found.because(Evidence::event(event)).because_all(proof(s, &denial)))
}

fn matched(s: &Snapshot, denial: &Denial, confidence: Confidence, facts: Facts) -> Match {
    let blame = match denial.account() {
        Some((namespace, name)) => Blame::namespaced("ServiceAccount", namespace, name),
        None => s.top_owner(),
    };
    Match::new(confidence, blame, facts)
}

fn facts(s: &Snapshot, denial: &Denial, line: &str) -> Facts {
    let account = denial.account();
    let found = account.map(|(namespace, name)| bindings(s, namespace, name)).unwrap_or_default();
    let read = s.world.others.keys().any(|(kind, ..)| kind == "RoleBinding" || kind == "ClusterRoleBinding");
    let who = account.map_or("user", |(_, name)| name);
    let resource = denial.resource();
    let rights = granted(s, denial);
    Facts {
        user: denial.user.clone(),
        account: account.map(|(_, name)| name.to_string()),
        account_namespace: account.map(|(namespace, _)| namespace.to_string()),
        anonymous: denial.user == "system:anonymous",
        verb: denial.verb.clone(),
        is_path: denial.path,
        whole: denial.whole(),
        part: denial.part().map(str::to_string),
        object: denial.object.clone(),
        scope: denial.namespace.clone(),
        bound: (!found.is_empty()).then(|| found.join(", ")),
        roles_read: rights == Granted::No,
        granted: match rights {
            Granted::By(binding) => Some(binding),
            Granted::No | Granted::Unknown => None,
        },
        bindings_read: read,
        missing_role: denial.missing_role.clone(),
        is_default: account.is_some_and(|(_, name)| name == "default"),
        maker: None,
        built_in: account
            .is_some_and(|(namespace, name)| namespace == "kube-system" && name.ends_with("-controller")),
        role: role_name(who, &denial.verb, &resource),
        resource,
        exit_code: None,
        line: crate::evidence::cut(redact(line).trim(), 240),
    }
}

fn role_name(who: &str, verb: &str, resource: &str) -> String {
    let name: String = format!("{who}-{verb}-{resource}")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let name = name.to_ascii_lowercase();
    name.trim_matches('-').chars().take(60).collect()
}

/// The bindings that name the account, or that none of those read does.
fn proof(s: &Snapshot, denial: &Denial) -> Option<Evidence> {
    let (namespace, name) = denial.account()?;
    let found = bindings(s, namespace, name);
    if found.is_empty() {
        return None;
    }
    let object = crate::evidence::object_name("ServiceAccount", namespace, name);
    Some(Evidence::new(Source::Object, object, None, format!("named in {}", found.join(", "))))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::world::World;

    fn found(ready: &str, user: &str) -> Vec<Match> {
        let pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "cart-0", "namespace": "shop", "uid": "u", "creationTimestamp": "2026-06-11T07:30:00Z"},
            "spec": {"nodeName": "n1", "containers": [{"name": "app", "image": "a:1"}]},
            "status": {"phase": "Pending", "qosClass": "BestEffort", "conditions": [{"type": "Ready", "status": ready}]}});
        let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "shop"},
            "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "cart-0", "uid": "u"},
            "reason": "InjectionFailed", "type": "Warning", "lastTimestamp": "2026-06-11T07:31:00Z",
            "message": format!("secrets \"db\" is forbidden: User \"{user}\" cannot get resource \"secrets\" in API group \"\" in the namespace \"shop\"")});
        let mut world = World::default();
        for object in [pod, event] {
            world.add(object).unwrap();
        }
        world.finish(None);
        detect(&Snapshot::of_pod(&Arc::new(world), "shop", "cart-0").unwrap())
    }

    #[test]
    fn an_event_tells_of_a_pod_that_is_not_ready() {
        let told = found("False", "system:serviceaccount:vault:injector");
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].confidence, told[0].blame.to_string()),
            (Confidence::Likely, "ServiceAccount vault/injector".to_string())
        );
        assert!(found("True", "system:serviceaccount:vault:injector").is_empty());
        assert!(found("False", "system:node:n1").is_empty());
    }
}
