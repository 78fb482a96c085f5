//! Another party of the network turned the program away: nobody listened, or it did not accept who asked.

mod mesh;
mod waits;

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::{ContainerKind, ContainerView, containers};
use crate::dependency::{Dependency, Missing, ServiceState, Standing, look_up};
use crate::evidence::object_name;
use crate::finding::{Blame, Evidence, Source, Stage};
use crate::logs::names::hosts_in;
use crate::logs::{Class, Voice, class_of, voices};
use crate::references::config_references;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `dependency-refused`
pub const CAUSE: Cause = Cause {
    id: "dependency-refused",
    stage: Some(Stage::Run),
    since: "0.1.0",
    hides: &["app-exited"],
    expected: false,
    remedies: &[
        RemedyKind::words("look-at-service"),
        RemedyKind::words("look-at-neighbour"),
        RemedyKind::words("start-proxy-first"),
        RemedyKind::words("correct-address"),
        RemedyKind::words("correct-credentials"),
    ],
    wordings: &[
        Wording::telling(
            r"connect ECONNREFUSED|\[Errno 111\] Connection refused|Error 111 connecting to|\(os error 111\)|ConnectException: Connection refused|SocketException \(111\)",
            "Error: connect ECONNREFUSED 10.0.0.77:6379",
            "Node.js, Python, Rust, Java, .NET",
        ),
        Wording::telling(
            r"Connection to \S+ refused\. Check that the hostname|Can't connect to (MySQL|MariaDB) server|Is the server running on|NoBrokersAvailable|Unable to connect to any of the specified MySQL hosts",
            "org.postgresql.util.PSQLException: Connection to orders-db:5432 refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.",
            "PostgreSQL, MySQL, Kafka",
        ),
        Wording::telling(
            r"password authentication failed for user|Access denied for user '|Login failed for user|\bWRONGPASS\b|NOAUTH Authentication required|no pg_hba\.conf entry|ACCESS_REFUSED|Mongo\w*(Error|Exception)[^\n]*Authentication failed|SaslAuthenticationException",
            r#"FATAL: password authentication failed for user "orders""#,
            "PostgreSQL, MySQL, SQL Server, Redis, RabbitMQ, MongoDB, Kafka",
        ),
        Wording::hint(
            r"connection refused|actively refused",
            "dial tcp 10.96.0.12:5432: connect: connection refused",
            "Go, libc",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Default, Serialize)]
struct Facts {
    /// `orders-db:5432`; null where the log does not say it.
    target: Option<String>,
    variable: Option<String>,
    /// It answered, and did not accept who asked.
    auth: bool,
    /// `shop/orders-db`
    service: Option<String>,
    service_name: Option<String>,
    service_namespace: Option<String>,
    ready: Option<usize>,
    all: Option<usize>,
    nobody: bool,
    selector: Option<String>,
    selects_none: bool,
    /// The Service offers other ports only: these.
    other_ports: Option<String>,
    external_name: Option<String>,
    /// `shop/postgress`, which is no Service.
    missing: Option<String>,
    nearest: Option<String>,
    itself: bool,
    /// The container of this pod that declares the port.
    neighbour: Option<String>,
    /// It had run for long when the program asked.
    neighbour_ran: bool,
    /// The container that carries the pod's traffic, and did not yet when the program asked.
    proxy: Option<String>,
    istio: bool,
    linkerd: bool,
    /// The pod that has the address.
    peer: Option<String>,
    /// Secrets this container reads.
    secrets: Option<String>,
    init: bool,
    /// Its command waits for it; no log says so.
    waits: bool,
    running: bool,
    exit_code: Option<i32>,
    line: String,
    owner: String,
    owner_is_pod: bool,
}

impl Facts {
    /// Who stands behind the Service.
    fn stands_behind(&mut self, service: &ServiceState) {
        self.service = Some(format!("{}/{}", service.namespace, service.name));
        self.service_name = Some(service.name.clone());
        self.service_namespace = Some(service.namespace.clone());
        self.nobody = service.has_nobody() && service.external_name.is_none();
        self.ready = service.endpoints.map(|(ready, _)| ready);
        self.all = service.endpoints.map(|(_, all)| all);
        self.selector = service.selector.clone();
        self.selects_none = self.nobody && self.all == Some(0) && service.selector.is_some();
        self.external_name = service.external_name.clone();
    }

    /// A Service that is not there, and the proof of it.
    fn lacks(&mut self, missing: &Missing) -> Evidence {
        self.missing = Some(format!("{}/{}", missing.namespace, missing.name));
        self.nearest = missing.nearest.clone();
        let object = object_name("Service", &missing.namespace, &missing.name);
        Evidence::new(Source::Object, object, None, "not there")
    }
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let speaks = |voice: &&Voice<'_>| voice.is_about(Class::Refused) || voice.is_about(Class::Auth);
    let told: Vec<Match> = voices(s).iter().filter(speaks).filter_map(|voice| matched(s, voice)).collect();
    if told.is_empty() { waits::waiting(s).into_iter().collect() } else { told }
}

fn matched(s: &Snapshot, voice: &Voice<'_>) -> Option<Match> {
    let auth = voice.is_about(Class::Auth);
    // what sums up may not say the address any more
    let speaks = |line: &&str| class_of(line) == voice.reading.class;
    let mut hosts = hosts_in(&voice.reading.line);
    hosts.extend(voice.reading.excerpt.lines().filter(speaks).flat_map(hosts_in));
    let dependency = hosts.first().map(|host| look_up(s, &voice.container, host));
    // a refusal by nobody in particular is only how the program ended
    if auth && dependency.is_none() && !names_a_database(&voice.reading.line) {
        return None;
    }
    let owner = s.top_owner();
    let mut facts = Facts {
        auth,
        target: dependency.as_ref().map(Dependency::shown),
        variable: dependency.as_ref().and_then(|d| d.variable.clone()),
        init: voice.container.kind == ContainerKind::Init,
        running: voice.end.is_none(),
        exit_code: voice.end.map(|end| end.exit_code),
        line: voice.reading.shown_line(160),
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        owner_is_pod: owner.kind == "Pod",
        secrets: if auth { secrets(s, voice) } else { None },
        ..Facts::default()
    };
    let mut blame = owner;
    let mut proof = Vec::new();
    if let Some(dependency) = &dependency {
        proof = standing(s, voice, dependency, &mut facts, &mut blame);
    }
    let spec = facts.variable.as_ref().map(|held| s.from_spec(&voice.container.spec_path(), held));
    let found = Match::new(voice.confidence, blame, facts).in_container(voice.container.name);
    Some(voice.because(s, found).because_all(spec).because_all(proof))
}

/// Sentences that only databases and brokers say.
fn names_a_database(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let words = [
        "for user",
        "wrongpass",
        "noauth",
        "pg_hba",
        "sasl",
        "access_refused",
        "ora-",
        "mongo",
        "sql",
        "redis",
        "amqp",
        "kafka",
        "database",
    ];
    words.iter().any(|word| line.contains(word))
}

/// Notes what stands behind the host, says who is to blame, and gives the proof of it.
fn standing(
    s: &Snapshot,
    voice: &Voice<'_>,
    dependency: &Dependency,
    facts: &mut Facts,
    blame: &mut Blame,
) -> Vec<Evidence> {
    match &dependency.standing {
        Standing::Service(service) => {
            facts.stands_behind(service);
            let offered = || service.ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
            facts.other_ports =
                dependency.host.port.filter(|port| service.lacks_port(*port)).map(|_| offered());
            // whoever names a port that is not there, or the wrong password, is the one to edit
            let serves = facts.ready.is_some_and(|ready| ready > 0) && facts.other_ports.is_none();
            let proxy = mesh::late_proxy(s, voice).filter(|_| serves && !facts.auth);
            facts.istio = proxy == Some(mesh::ISTIO);
            facts.linkerd = proxy == Some(mesh::LINKERD);
            facts.proxy = proxy.map(str::to_string);
            if !facts.auth && facts.other_ports.is_none() && facts.proxy.is_none() {
                *blame = Blame::namespaced("Service", &service.namespace, &service.name);
            }
            service.proof.clone()
        }
        Standing::NoService(missing) if missing.known_absent => {
            vec![facts.lacks(missing)]
        }
        Standing::Pod { namespace, name, ready } => {
            facts.peer = Some(format!("{namespace}/{name}"));
            if !facts.auth {
                *blame = Blame::namespaced("Pod", namespace, name);
            }
            let state = if *ready { "Ready=True" } else { "Ready is not True" };
            vec![Evidence::new(Source::Object, object_name("Pod", namespace, name), None, state)]
        }
        Standing::Itself => {
            facts.itself = true;
            let neighbour = dependency.host.port.and_then(|port| declaring(s, voice, port));
            facts.neighbour_ran = neighbour.is_some_and(|other| ran_before(&other, voice));
            facts.neighbour = neighbour.map(|other| other.name.to_string());
            Vec::new()
        }
        Standing::NoService(_) | Standing::Unknown => Vec::new(),
    }
}

/// Another container of the pod that declares this port.
fn declaring<'s>(s: &'s Snapshot, voice: &Voice<'_>, port: u16) -> Option<ContainerView<'s>> {
    let declares = |c: &ContainerView<'_>| {
        c.spec.is_some_and(|spec| spec.ports.iter().flatten().any(|p| p.container_port == i32::from(port)))
    };
    containers(s.pod()?).into_iter().find(|c| c.name != voice.container.name && declares(c))
}

/// A program that has run for this many seconds has mostly opened its ports.
const STARTED_SECONDS: i64 = 60;

/// Whether a container had run for long when the program began its last run.
fn ran_before(other: &ContainerView<'_>, voice: &Voice<'_>) -> bool {
    let began = voice.end.and_then(|end| end.started_at.as_ref()).map(|at| at.0);
    let since = other.running_since();
    since.zip(began).is_some_and(|(since, began)| began.as_second() - since.as_second() >= STARTED_SECONDS)
}

/// The Secrets the container takes its environment from, and those mounted into the pod.
fn secrets(s: &Snapshot, voice: &Voice<'_>) -> Option<String> {
    let mut names: Vec<String> = config_references(s)
        .into_iter()
        .filter(|r| {
            r.kind == "Secret" && r.container.as_deref().is_none_or(|name| name == voice.container.name)
        })
        .map(|r| r.name)
        .filter(|name| !name.contains("-token-"))
        .collect();
    names.sort();
    names.dedup();
    names.truncate(4);
    (!names.is_empty()).then(|| names.join(", "))
}
