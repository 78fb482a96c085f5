//! A ResourceQuota of the namespace is used up, or asks for amounts the pods do not state.

mod cluster;
mod said;
mod scope;
mod usage;

use serde::Serialize;
use serde_json::Value;

use crate::cause::{Cause, Match};
use crate::evidence::object_name;
use crate::finding::{Blame, Evidence, Source, Stage};
use crate::quantity::Milli;
use crate::refused::{Class, Refusal, of_class};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

use said::Said;
use usage::User;

/// `resource-quota-exceeded`
pub const CAUSE: Cause = Cause {
    id: "resource-quota-exceeded",
    stage: Some(Stage::Admit),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[RemedyKind::words("see-usage"), RemedyKind::words("change-workload"), RemedyKind::words("raise-quota")],
    wordings: &[
        Wording::telling(
            r"(exceeded|failed) quota: (?P<name>[^,:\s]+)",
            r#"pods "many-1" is forbidden: exceeded quota: team, requested: pods=1, used: pods=2, limited: pods=2"#,
            "API server 1.2–1.37",
        )
        .blames("ResourceQuota"),
        Wording::telling(
            r"is limited by quota, must make explicit request|is forbidden: limited to \d+ \w+|without exceeding quota|unknown for quota: (?P<name>[^,\s]+)",
            r#"Pod "nginx-" is forbidden: cpu is limited by quota, must make explicit request."#,
            "API server 1.0–1.37",
        ),
        Wording::telling(
            r"insufficient quota to (match these scopes|consume)",
            "Error creating: insufficient quota to match these scopes: [{PriorityClass In [system-node-critical system-cluster-critical]}]",
            "API server 1.11–1.37",
        ),
        Wording::hint(
            r"resource quota evaluation timed out",
            "Error creating: Internal error occurred: resource quota evaluation timed out",
            "API server 1.4–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// One resource that does not fit.
#[derive(Clone, Debug, Serialize)]
struct Row {
    resource: String,
    asked: String,
    used: String,
    hard: String,
    /// What is missing for one more pod.
    missing: String,
}

#[derive(Serialize)]
struct Facts {
    workload: String,
    maker: String,
    have: i64,
    want: i64,
    quota: String,
    /// It is one of OpenShift's, over several namespaces.
    wide: bool,
    rows: Vec<Row>,
    first: Option<Row>,
    /// Amounts that must be stated: `limits.cpu, limits.memory`.
    unstated: Option<String>,
    /// The scopes no quota covers.
    scopes: Option<String>,
    /// The quota has no status: its controller does not run.
    no_status: bool,
    users: Vec<User>,
    top: Option<User>,
    /// A LimitRange with defaults states them for every pod.
    owner: String,
    /// A Job: its template cannot be changed.
    fixed: bool,
    of_pods: bool,
}

/// `limits.cpu for: cart; limits.memory for: cart` as `limits.cpu, limits.memory (cart)`.
fn short(unstated: &str) -> String {
    let parts: Vec<(&str, &str)> =
        unstated.split("; ").filter_map(|part| part.split_once(" for: ")).collect();
    let whole = parts.len() == unstated.split("; ").count();
    match parts.first() {
        Some((_, who)) if whole && parts.iter().all(|(_, other)| other == who) => {
            format!("{} ({who})", parts.iter().map(|(what, _)| *what).collect::<Vec<_>>().join(", "))
        }
        _ => unstated.to_string(),
    }
}

fn detect(s: &Snapshot) -> Vec<Match> {
    of_class(s, Class::Quota).iter().map(|refusal| matched(s, refusal)).collect()
}

fn matched(s: &Snapshot, refusal: &Refusal) -> Match {
    let said = said::read(&refusal.message);
    let rows: Vec<Row> = said.rows.iter().map(row).collect();
    let owner = s.top_owner();
    let object = s.other("ResourceQuota", s.namespace(), &said.quota);
    let wide = cluster::is_cluster_wide(s, &said.quota);
    let users = match said.rows.first() {
        Some(first) if wide.is_some() => cluster::users(s, &said.quota, &first.resource),
        Some(first) => usage::users(s, object.map(AsRef::as_ref), &first.resource),
        None => Vec::new(),
    };
    let facts = Facts {
        workload: format!("{} {}", s.kind().camel(), s.name()),
        maker: refusal.maker.clone(),
        have: refusal.have,
        want: refusal.want,
        quota: said.quota.clone(),
        wide: wide.is_some(),
        first: rows.first().cloned(),
        rows,
        no_status: said.no_status,
        unstated: said.unstated.as_deref().map(short),
        scopes: said.scopes.clone(),
        top: users.first().cloned(),
        users,
        fixed: owner.kind == "Job",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        of_pods: refusal.message.contains("pods \"") || refusal.message.contains("Pod \""),
    };
    // a quota that asks for amounts is as it should be: the template lacks them
    let templates_fault = said.unstated.is_some() || said.scopes.is_some() || said.quota.is_empty();
    let blame = match wide {
        _ if templates_fault => owner,
        Some(_) => Blame::global("ClusterResourceQuota", &said.quota),
        None => Blame::namespaced("ResourceQuota", s.namespace(), &said.quota),
    };
    let confidence = wide.map_or(refusal.confidence, |sure| sure.min(refusal.confidence));
    let mut found = Match::new(confidence, blame, facts);
    found = found.because_all(refusal.evidence.iter().take(1).cloned());
    if wide.is_some() {
        let rows = said.rows.iter();
        found = found.because_all(rows.filter_map(|r| cluster::status_of(s, &said.quota, &r.resource)));
    }
    if let Some(object) = object {
        found = found.because_all(said.rows.iter().filter_map(|r| status_of(s, &said, object, &r.resource)));
    }
    found.because_all(refusal.evidence.iter().skip(1).cloned())
}

fn row(said: &said::Asked) -> Row {
    let amount = |text: &str| Milli::parse(text).unwrap_or_default();
    let free = amount(&said.hard).saturating_sub(amount(&said.used));
    let plain = said.resource.trim_start_matches("requests.").trim_start_matches("limits.");
    Row {
        resource: said.resource.clone(),
        asked: said.asked.clone(),
        used: said.used.clone(),
        hard: said.hard.clone(),
        missing: amount(&said.asked).saturating_sub(free).show(plain),
    }
}

/// What the quota itself says of a resource now.
fn status_of(s: &Snapshot, said: &Said, object: &Value, resource: &str) -> Option<Evidence> {
    let read = |place: &str| object.pointer("/status")?.get(place)?.get(resource)?.as_str();
    let (used, hard) = (read("used")?, read("hard")?);
    let name = object_name("ResourceQuota", s.namespace(), &said.quota);
    Some(Evidence::new(Source::Object, name, None, format!("status {resource}: used {used} of {hard}")))
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn what_is_not_stated_is_told_once_for_each_container() {
        assert_eq!(
            short("limits.cpu for: cart; limits.memory for: cart"),
            "limits.cpu, limits.memory (cart)"
        );
        assert_eq!(
            short("limits.cpu for: cart; limits.memory for: web"),
            "limits.cpu for: cart; limits.memory for: web"
        );
        assert_eq!(short("limits.cpu,limits.memory"), "limits.cpu,limits.memory");
    }
}
