//! A program could not resolve a name: one that no Service has, or one the cluster's DNS did not answer for.

mod server;

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::ContainerKind;
use crate::dependency::{Missing, Standing, look_up};
use crate::evidence::object_name;
use crate::finding::{Blame, Evidence, Source, Stage};
use crate::logs::names::hosts_in;
use crate::logs::{Class, Voice, class_of, voices};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

use server::Server;

/// `dns-lookup-failed`
pub const CAUSE: Cause = Cause {
    id: "dns-lookup-failed",
    stage: Some(Stage::Run),
    since: "0.1.0",
    hides: &["app-exited"],
    expected: false,
    remedies: &[
        RemedyKind::words("correct-name"),
        RemedyKind::words("set-dns-policy"),
        RemedyKind::words("ask-dns"),
        RemedyKind::words("look-at-coredns"),
    ],
    wordings: &[
        Wording::telling(
            r"getaddrinfo (ENOTFOUND|EAI_AGAIN)|\bquery[A-Z]\w* (ENOTFOUND|ESERVFAIL)",
            "Error: getaddrinfo ENOTFOUND postgress.shop.svc.cluster.local",
            "Node.js",
        ),
        Wording::telling(
            r"UnknownHostException|UnresolvedAddressException|No resolvable bootstrap urls",
            "Caused by: java.net.UnknownHostException: orders-db: Name or service not known",
            "Java",
        ),
        Wording::telling(
            r"could not translate host name|gaierror|NameResolutionError|failed to lookup address information|unknown mysql server host|could not resolve host:|php_network_getaddresses",
            r#"could not translate host name "orders-db" to address: Name or service not known"#,
            "libpq, Python, Rust, MySQL, curl, PHP",
        ),
        Wording::telling(
            r#"host not found in upstream|\[emerg\].* could not be resolved"#,
            r#"nginx: [emerg] host not found in upstream "backend" in /etc/nginx/conf.d/default.conf:12"#,
            "nginx",
        ),
        Wording::hint(
            r"lookup \S+( on \S+)?: (no such host|server misbehaving|Temporary failure|.*i/o timeout)|Name or service not known|Temporary failure in name resolution|Name does not resolve",
            "dial tcp: lookup postgres.data.svc.cluster.local on 10.0.0.10:53: no such host",
            "Go, glibc, musl",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Default, Serialize)]
struct Facts {
    /// The name asked for; null where the log does not say it.
    host: Option<String>,
    /// `DB_HOST=postgress`
    variable: Option<String>,
    /// `shop/postgres`, where there is a Service of the name.
    service: Option<String>,
    /// The pod that is named, where the name is one pod's behind a headless Service.
    member: Option<String>,
    /// `shop/postgress`, where there is none.
    missing: Option<String>,
    /// Its namespace does not exist.
    missing_namespace: Option<String>,
    /// Not read rather than not there.
    unread: bool,
    nearest: Option<String>,
    other_namespace: Option<String>,
    outside: bool,
    /// What the Service is another name for.
    external_name: Option<String>,
    /// The DNS did not answer, rather than that there is no such name.
    unanswered: bool,
    dns_ready: Option<usize>,
    dns_all: Option<usize>,
    dns_down: bool,
    dns_workload: Option<String>,
    /// The pod asks its node's resolver, which knows no Services.
    bypasses: Option<&'static str>,
    /// The policy under which it would ask the cluster's.
    policy_wanted: Option<&'static str>,
    /// A NetworkPolicy that limits what the pod may reach.
    policy: Option<String>,
    init: bool,
    running: bool,
    exit_code: Option<i32>,
    line: String,
    owner: String,
    owner_is_pod: bool,
    node: String,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    voices(s).iter().filter(|voice| voice.is_about(Class::Dns)).map(|voice| matched(s, voice)).collect()
}

fn matched(s: &Snapshot, voice: &Voice<'_>) -> Match {
    // what sums up may not say the name any more
    let mut hosts = hosts_in(&voice.reading.line);
    hosts.extend(
        voice.reading.excerpt.lines().filter(|line| class_of(line) == Some(Class::Dns)).flat_map(hosts_in),
    );
    let dependency =
        hosts.iter().find(|host| !host.is_address()).map(|host| look_up(s, &voice.container, host));
    let server = server::of(s);
    let owner = s.top_owner();
    let mut facts = Facts {
        host: dependency.as_ref().map(|d| d.host.name.clone()),
        variable: dependency.as_ref().and_then(|d| d.variable.clone()),
        unanswered: is_unanswered(&voice.reading.line),
        init: voice.container.kind == ContainerKind::Init,
        running: voice.end.is_none(),
        exit_code: voice.end.map(|end| end.exit_code),
        line: voice.reading.shown_line(160),
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        owner_is_pod: owner.kind == "Pod",
        node: s.node_name().unwrap_or_default().to_string(),
        policy: server::egress_policy(s),
        ..Facts::default()
    };
    let mut proof = Vec::new();
    match dependency.as_ref().map(|d| &d.standing) {
        Some(Standing::Service(service)) => {
            facts.service = Some(format!("{}/{}", service.namespace, service.name));
            let first = facts.host.as_deref().and_then(|host| host.split('.').next());
            facts.member =
                first.filter(|first| *first != service.name && !first.starts_with('_')).map(str::to_string);
            facts.external_name = service.external_name.clone();
            proof.extend(service.proof.clone());
        }
        Some(Standing::NoService(missing)) => proof.extend(told_missing(missing, &mut facts)),
        Some(_) => facts.outside = true,
        None => {}
    }
    let in_cluster = facts.service.is_some() || facts.missing.is_some();
    facts.bypasses = server::bypassed(s).filter(|_| in_cluster);
    facts.policy_wanted = facts
        .bypasses
        .map(|how| if how.starts_with("hostNetwork") { "ClusterFirstWithHostNet" } else { "ClusterFirst" });
    let blame = blame(&facts, server.as_ref(), owner);
    if let Some(server) = server {
        facts.dns_ready = Some(server.ready);
        facts.dns_all = Some(server.all);
        facts.dns_down = server.ready == 0;
        facts.dns_workload = Some(server.shown());
        proof.push(server.proof);
    }
    let policy = facts.bypasses.map(|how| s.from_spec("spec", how));
    let spec = facts.variable.as_ref().map(|held| s.from_spec(&voice.container.spec_path(), held));
    let found = Match::new(voice.confidence, blame, facts).in_container(voice.container.name);
    voice.because(s, found).because_all(spec).because_all(policy).because_all(proof)
}

/// Nobody answered: the name may well be right.
fn is_unanswered(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    [
        "eai_again",
        "temporary failure",
        "server misbehaving",
        "i/o timeout",
        "timed out",
        "servfail",
        "try again",
        "refused",
    ]
    .iter()
    .any(|words| line.contains(words))
}

fn told_missing(missing: &Missing, facts: &mut Facts) -> Option<Evidence> {
    facts.missing = Some(format!("{}/{}", missing.namespace, missing.name));
    facts.missing_namespace = (missing.namespace_exists == Some(false)).then(|| missing.namespace.clone());
    facts.unread = !missing.known_absent;
    facts.nearest = missing.nearest.clone();
    facts.other_namespace = missing.elsewhere.clone();
    let said = match (&missing.nearest, facts.missing_namespace.is_some()) {
        _ if !missing.known_absent => return None,
        (_, true) => format!("the namespace {} is not there", missing.namespace),
        (Some(nearest), _) => format!("not there; the nearest name in the namespace is {nearest}"),
        (None, _) => "not there".to_string(),
    };
    Some(Evidence::new(Source::Object, object_name("Service", &missing.namespace, &missing.name), None, said))
}

/// A DNS that is down is at fault for whatever is asked of it; else whoever wrote the name.
fn blame(facts: &Facts, server: Option<&Server>, owner: Blame) -> Blame {
    let wrong_name = facts.missing.is_some() && !facts.unread;
    match server {
        Some(server) if server.ready == 0 && (facts.unanswered || !wrong_name) => server.workload.clone(),
        _ => owner,
    }
}
