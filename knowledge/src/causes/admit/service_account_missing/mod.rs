//! The pods are to run as a ServiceAccount that does not exist, so they are never made.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::evidence::object_name;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::launch;
use crate::refused::{Class, Refusal, of_class};
use crate::remedy::RemedyKind;
use crate::sandbox::lacks_sandbox;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `service-account-missing`
pub const CAUSE: Cause = Cause {
    id: "service-account-missing",
    stage: Some(Stage::Admit),
    since: "0.1.0",
    hides: &["volume-mount-failed"],
    expected: false,
    remedies: &[RemedyKind::words("create"), RemedyKind::words("fix-name")],
    wordings: &[
        Wording::telling(
            r#"error looking up service account (?P<namespace>[^/\s]+)/(?P<name>[^:\s]+)"#,
            r#"Error creating: pods "robot-1-" is forbidden: error looking up service account shop/robot: serviceaccount "robot" not found"#,
            "API server 1.9–1.37",
        )
        .blames("ServiceAccount"),
        Wording::telling(
            r"service account (?P<namespace>[^/:\s]+)[/:](?P<name>\S+) was not found, retry after",
            r#"pods "robot-1" is forbidden: service account shop/robot was not found, retry after the service account is created"#,
            "API server 1.1–1.37",
        )
        .blames("ServiceAccount"),
        Wording::telling(
            r#"no API token found for service account "?(?P<name>[^",\s]+)"#,
            r#"pods "web-1" is forbidden: no API token found for service account "default", retry after the token is automatically created and added to the service account"#,
            "API server 1.1–1.23",
        )
        .blames("ServiceAccount"),
        Wording::telling(
            r#"failed to fetch token: serviceaccounts? "(?P<name>[^"]+)" not found"#,
            r#"MountVolume.SetUp failed for volume "kube-api-access-x" : failed to fetch token: serviceaccounts "robot" not found"#,
            "kubelet 1.20–1.37",
        )
        .blames("ServiceAccount"),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Default, Serialize)]
struct Facts {
    /// The pod exists: its account was deleted since.
    made: bool,
    workload: String,
    maker: String,
    have: i64,
    want: i64,
    account: String,
    /// The account exists and lacks its token (before 1.24).
    token: bool,
    /// It is there by now.
    exists: bool,
    is_default: bool,
    nearest: Option<String>,
    owner: String,
    /// A Job: its template cannot be changed.
    fixed: bool,
    owner_is_cron_job: bool,
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/plugin/pkg/admission/serviceaccount/admission.go>
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)service ?accounts? (?:"?(?:[^"/\s]+)/)?"?(?P<name>[a-z0-9][a-z0-9.-]*[a-z0-9]|[a-z0-9])"?"#,
    )
    .ok()
});

fn detect(s: &Snapshot) -> Vec<Match> {
    let refused = of_class(s, Class::Account);
    let found: Vec<Match> = refused.iter().filter_map(|refusal| matched(s, refusal)).collect();
    if found.is_empty() { of_pod(s).into_iter().collect() } else { found }
}

/// The pod was made, and its account went away before its kubelet asked for the token.
fn of_pod(s: &Snapshot) -> Option<Match> {
    let account = s.spec()?.service_account_name.clone().filter(|_| lacks_sandbox(s))?;
    let said = format!("failed to fetch token: serviceaccounts \"{account}\" not found");
    let event = s.events.iter().rev().find(|e| e.reason == "FailedMount" && e.message.contains(&said))?;
    let exists = s.world.service_accounts.contains_key(&(s.namespace().to_string(), account.clone()));
    if exists || !launch::before_images(s, event) {
        return None;
    }
    let owner = s.top_owner();
    let facts = Facts {
        workload: format!("{} {}", s.kind().camel(), s.name()),
        is_default: account == "default",
        made: true,
        fixed: owner.kind == "Job" || owner.kind == "Pod",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        owner_is_cron_job: owner.kind == "CronJob",
        account: account.clone(),
        ..Facts::default()
    };
    let blame = Blame::namespaced("ServiceAccount", s.namespace(), &account);
    let found = Match::new(Confidence::Certain, blame, facts)
        .because(Evidence::event(event))
        .because(s.from_spec("spec.serviceAccountName", &account));
    Some(found)
}

fn matched(s: &Snapshot, refusal: &Refusal) -> Option<Match> {
    let named = || Some(NAME.as_ref()?.captures(&refusal.message)?.name("name")?.as_str().to_string());
    let asked = refusal.template.as_ref().and_then(|t| t.service_account_name.clone());
    let account = named().or(asked)?;
    let token = refusal.message.contains("API token");
    let key = (s.namespace().to_string(), account.clone());
    let exists = s.world.service_accounts.contains_key(&key);
    let accounts = s.world.service_accounts.keys().filter(|(namespace, _)| namespace == s.namespace());
    let mut near: Vec<(f64, &str)> = accounts
        .map(|(_, name)| (strsim::jaro_winkler(name, &account), name.as_str()))
        .filter(|(score, name)| *score >= 0.85 && *name != account)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let nearest = near.first().map(|(_, name)| name.to_string());
    let owner = s.top_owner();
    // made since: the controller has not tried again yet
    let confidence = if exists && !token { Confidence::Likely } else { refusal.confidence };
    let object = object_name("ServiceAccount", s.namespace(), &account);
    let absent = s.is_absent("ServiceAccount", s.namespace(), &account);
    let looked_up = (exists || absent).then(|| {
        let text = if exists { "exists now" } else { "not found" };
        Evidence::new(Source::Object, object, None, text)
    });
    let facts = Facts {
        workload: format!("{} {}", s.kind().camel(), s.name()),
        maker: refusal.maker.clone(),
        have: refusal.have,
        want: refusal.want,
        made: false,
        token,
        exists,
        is_default: account == "default",
        nearest,
        fixed: owner.kind == "Job",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        owner_is_cron_job: owner.kind == "CronJob",
        account: account.clone(),
    };
    let blame = Blame::namespaced("ServiceAccount", s.namespace(), &account);
    Some(Match::new(confidence, blame, facts).because_all(refusal.evidence.clone()).because_all(looked_up))
}
