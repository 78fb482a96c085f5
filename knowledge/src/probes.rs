//! What the three probes have in common: how they ask, how long they wait, and how they say that it went wrong.

mod mesh;

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::{ContainerPort, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use regex::Regex;
use serde::Serialize;

use crate::container::ContainerView;
use crate::event::Event;
use crate::snapshot::{Snapshot, lived};

/// How a probe failed, from the kubelet's own words and the pod's spec: what a page explains by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Saying {
    /// The last thing the kubelet said, without its `Readiness probe failed:`; `None` when no event is left.
    pub words: Option<String>,
    /// Nothing listens where it asked.
    pub refused: bool,
    /// Its packets do not arrive.
    pub no_route: bool,
    /// No answer within its timeout.
    pub timed_out: bool,
    /// The HTTP status it was answered with.
    pub status: Option<String>,
    /// The connection was opened, then closed.
    pub closed: bool,
    /// Its command is not in the image.
    pub no_command: bool,
    /// It speaks HTTP to a TLS port or the other way round, or does not trust the certificate's chain.
    pub tls: bool,
    /// The program does not offer the gRPC health service.
    pub grpc: bool,
    /// The program offers it, and says that it is not serving.
    pub not_serving: bool,
    /// No connection for gRPC came about, which ends like a timeout whatever was in its way.
    pub unconnected: bool,
    /// A service mesh has rewritten the probe: its proxy asks the program, and answers in its place.
    pub mesh: bool,
    /// The proxy's own word that it got no answer.
    pub no_answer: bool,
    /// What the proxy asks: `GET :8080/ready`, where its own settings say so.
    pub behind: Option<String>,
    /// Its command ended with a failure of its own.
    pub command_failed: bool,
    /// The probe names a port, and no port of the container has that name: it can never succeed.
    pub unknown_port: Option<String>,
    /// The probe's port number is none of the container's declared ports; declaring is optional, so this is a hint.
    pub undeclared_port: Option<String>,
    /// The ports the container declares.
    pub declared_ports: Option<String>,
    /// Seconds it waits for an answer.
    pub timeout: i32,
    /// Where the API server's proxy asks the same page, for an HTTP probe.
    pub raw_path: Option<String>,
    /// The command of an exec probe.
    pub exec: Vec<String>,
}

/// A pattern, and the flag it raises.
type Class = (&'static str, Flag);

/// Raises it.
type Flag = fn(&mut Saying);

/// Words of Go's net/http, of the runtimes' exec and of gRPC, from kubelet 1.5 to 1.37.
const CLASSES: &[Class] = &[
    (
        r"executable file not found|no such file or directory: unknown|OCI runtime exec.*no such file|exec format error|permission denied: unknown|\b(ba|da|a)?sh: (line )?(\d+: )?\S+: (command )?not found",
        |s| s.no_command = true,
    ),
    (
        r"malformed HTTP response|server gave HTTP response to HTTPS|tls: |x509: |HTTP/1\.x transport connection broken",
        |s| s.tls = true,
    ),
    (r"no route to host|network is unreachable|dial tcp \S+ i/o timeout", |s| s.no_route = true),
    // the kubelet waits for the connection: refused, in another protocol or slow, it says the same
    (r"failed to connect service", |s| s.unconnected = true),
    (r"timed? ?out|deadline exceeded|Client\.Timeout|within \d|TLS handshake timeout", |s| {
        s.timed_out = true
    }),
    (r"connection refused|actively refused", |s| s.refused = true),
    (r"connection reset|\bEOF\b|broken pipe|server closed", |s| s.closed = true),
    (r"NOT_SERVING|service unhealthy", |s| s.not_serving = true),
    (r"UNIMPLEMENTED|unknown service|does not implement the grpc health", |s| s.grpc = true),
];

/// What a command prints is about whatever it asked; of an exec probe only these are the kubelet's and the runtimes' own words.
const OF_EXEC: &[Class] = &[
    (CLASSES[0].0, CLASSES[0].1),
    (r"timeout: failed to connect service", |s| s.unconnected = true),
    (
        r#"^(rpc error: code = \w+ desc = )?(command error: )?(command timed out|command ".*" timed out|failed to exec in container: timeout|context deadline exceeded$|deadline exceeded$)"#,
        |s| s.timed_out = true,
    ),
];

fn compile(classes: &[Class]) -> Vec<(Regex, Flag)> {
    let compile = |(pattern, flag): &Class| Some((Regex::new(&format!("(?i){pattern}")).ok()?, *flag));
    classes.iter().filter_map(compile).collect()
}

static COMPILED: LazyLock<Vec<(Regex, Flag)>> = LazyLock::new(|| compile(CLASSES));
static COMPILED_EXEC: LazyLock<Vec<(Regex, Flag)>> = LazyLock::new(|| compile(OF_EXEC));

static STATUS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)probe failed with statuscode: ?(\d{3})").ok());

static LEAD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^.{0,40}?\b\w+ probe (?:failed|error(?:ed)?(?: and resulted in \w+ state)?|warning)\s*:?\s*",
    )
    .ok()
});

/// What an event said, and what the spec adds to it.
pub fn saying(s: &Snapshot, container: &ContainerView<'_>, probe: &Probe, event: Option<&Event>) -> Saying {
    let mut found = Saying {
        words: event.map(|e| own_words(&e.message)),
        timeout: probe.timeout_seconds.unwrap_or(1),
        declared_ports: declared(container),
        raw_path: raw_path(s, container, probe),
        exec: probe.exec.as_ref().and_then(|exec| exec.command.clone()).unwrap_or_default(),
        ..Saying::default()
    };
    let mesh = mesh::rewritten(probe);
    found.mesh = mesh.is_some();
    found.behind = mesh.and_then(|path| mesh::behind(s, path)).map(|probe| what(&probe));
    match undeclared(s, container, probe).filter(|_| !found.mesh) {
        Some(IntOrString::String(name)) => found.unknown_port = Some(name),
        Some(IntOrString::Int(number)) => found.undeclared_port = Some(number.to_string()),
        None => {}
    }
    let Some(words) = found.words.clone() else { return found };
    if let Some(status) = STATUS.as_ref().and_then(|re| re.captures(&words)) {
        found.status = status.get(1).map(|code| code.as_str().to_string());
        found.no_answer = found.mesh && found.status.as_deref() == Some("500");
        return found;
    }
    let classes = if probe.exec.is_some() { &COMPILED_EXEC } else { &COMPILED };
    match classes.iter().find(|(regex, _)| regex.is_match(&words)) {
        Some((_, flag)) => flag(&mut found),
        None => found.command_failed = probe.exec.is_some(),
    }
    if words.is_empty() {
        found.words = None;
    }
    found
}

/// The proxy takes a port's number only.
/// <https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls>
fn raw_path(s: &Snapshot, container: &ContainerView<'_>, probe: &Probe) -> Option<String> {
    let http = probe.http_get.as_ref()?;
    let number = match &http.port {
        IntOrString::Int(number) => *number,
        IntOrString::String(name) => {
            let ports = container.spec?.ports.as_deref().unwrap_or_default();
            ports.iter().find(|p| p.name.as_deref() == Some(name))?.container_port
        }
    };
    let tls = http.scheme.as_deref().is_some_and(|scheme| scheme.eq_ignore_ascii_case("HTTPS"));
    let scheme = if tls { "https:" } else { "" };
    let path = http.path.as_deref().unwrap_or("/").trim_start_matches('/');
    Some(format!("/api/v1/namespaces/{}/pods/{scheme}{}:{number}/proxy/{path}", s.namespace(), s.name()))
}

/// The message without its lead, on one line.
fn own_words(message: &str) -> String {
    let rest = LEAD.as_ref().map_or(message.into(), |re| re.replace(message, ""));
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the probe does: `GET :8080/healthz (periodSeconds 10, timeoutSeconds 1, failureThreshold 3)`.
pub fn show(probe: &Probe) -> String {
    format!(
        "{} (periodSeconds {}, timeoutSeconds {}, failureThreshold {})",
        what(probe),
        probe.period_seconds.unwrap_or(10),
        probe.timeout_seconds.unwrap_or(1),
        failures(probe)
    )
}

fn what(probe: &Probe) -> String {
    if let Some(http) = &probe.http_get {
        let tls = http.scheme.as_deref().is_some_and(|scheme| scheme.eq_ignore_ascii_case("HTTPS"));
        let scheme = if tls { "GET https" } else { "GET " };
        format!("{scheme}:{}{}", port(&http.port), http.path.as_deref().unwrap_or("/"))
    } else if let Some(tcp) = &probe.tcp_socket {
        format!("TCP :{}", port(&tcp.port))
    } else if let Some(grpc) = &probe.grpc {
        format!("gRPC :{}", grpc.port)
    } else if let Some(exec) = &probe.exec {
        format!("exec {}", exec.command.as_deref().unwrap_or_default().join(" "))
    } else {
        "no action".to_string()
    }
}

/// Failures in a row before the kubelet acts.
pub fn failures(probe: &Probe) -> i32 {
    probe.failure_threshold.unwrap_or(3)
}

/// Seconds from a container's start to the moment its probe can have failed often enough, at the earliest.
/// <https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes>
pub fn patience(probe: &Probe) -> i32 {
    let repeats = failures(probe).saturating_sub(1);
    probe
        .initial_delay_seconds
        .unwrap_or(0)
        .saturating_add(probe.period_seconds.unwrap_or(10).saturating_mul(repeats))
}

/// Whether the container's last run lived long enough for this probe to have ended it; what is not known may have.
pub fn can_have_ended(container: &ContainerView<'_>, probe: &Probe) -> bool {
    // both times are noted in whole seconds
    let least = i64::from(patience(probe)) - 2;
    container.last_end().and_then(lived).is_none_or(|lived| lived >= least)
}

/// Whether a liveness or startup probe may have ended the last run without a word of it being left: the run lived long
/// enough, and no recent event about the container was read.
pub fn may_have_ended_unheard(s: &Snapshot, container: &ContainerView<'_>) -> bool {
    let Some(spec) = container.spec else { return false };
    let heard = s
        .events
        .iter()
        .any(|e| e.container.as_deref() == Some(container.name) && e.at.is_none_or(|at| s.is_recent(at)));
    let mut probes = spec.liveness_probe.iter().chain(&spec.startup_probe);
    !heard && probes.any(|probe| can_have_ended(container, probe))
}

fn port(port: &IntOrString) -> String {
    match port {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(name) => name.clone(),
    }
}

/// The probe's port, when the container declares ports and it is none of them, or when it is a name no port has. A number that another
/// container of the pod declares is that one's.
fn undeclared(s: &Snapshot, container: &ContainerView<'_>, probe: &Probe) -> Option<IntOrString> {
    let declared = container.spec?.ports.as_deref().unwrap_or_default();
    let grpc = probe.grpc.as_ref().map(|grpc| IntOrString::Int(grpc.port));
    let http = probe.http_get.as_ref().map(|h| h.port.clone());
    let wanted = http.or(probe.tcp_socket.as_ref().map(|t| t.port.clone())).or(grpc)?;
    let has = |p: &ContainerPort| match &wanted {
        IntOrString::Int(number) => p.container_port == *number,
        IntOrString::String(name) => p.name.as_deref() == Some(name),
    };
    match &wanted {
        // a number in quotes is a number to the kubelet
        IntOrString::String(name) if name.parse::<u16>().is_ok() => None,
        IntOrString::Int(_) if declared.is_empty() => None,
        IntOrString::Int(_) => {
            let of_any =
                s.containers().into_iter().filter_map(|c| c.spec?.ports.as_deref()).flatten().any(has);
            (!of_any).then_some(wanted)
        }
        IntOrString::String(_) => (!declared.iter().any(has)).then_some(wanted),
    }
}

fn declared(container: &ContainerView<'_>) -> Option<String> {
    let ports = container.spec?.ports.as_ref().filter(|ports| !ports.is_empty())?;
    let show = |p: &ContainerPort| match &p.name {
        Some(name) => format!("{} ({name})", p.container_port),
        None => p.container_port.to_string(),
    };
    Some(ports.iter().map(show).collect::<Vec<_>>().join(", "))
}

/// The latest event in which this kind of probe (`Readiness`) is said to have failed in the container's current run.
/// One that is older than that run speaks of another.
pub fn failure<'a>(s: &'a Snapshot, container: &ContainerView<'a>, kind: &str) -> Option<&'a Event> {
    // OpenShift's kubelets write `error`, and repeated events may be "(combined from similar events)"
    let lead = [format!("{kind} probe failed"), format!("{kind} probe error")];
    let since = container.running_since();
    let of_this_run = |e: &Event| e.at.is_none() || e.at >= since;
    let about: Vec<&Event> = s.container_events(container.name).map(AsRef::as_ref).collect();
    about
        .into_iter()
        .rev()
        .find(|e| lead.iter().any(|lead| e.message.contains(lead.as_str())) && of_this_run(e))
}

/// A program gets this long to come up, on top of its probe's own delay, before "not yet" is worth a word.
pub const START_SECONDS: i64 = 60;

/// Whether the container's run is so young that not having succeeded yet means nothing.
pub fn is_young(s: &Snapshot, container: &ContainerView<'_>, probe: &Probe) -> bool {
    let delay = i64::from(probe.initial_delay_seconds.unwrap_or(0));
    container.running_since().is_some_and(|since| {
        let runs = s.taken_at().seconds_since(since);
        s.world.knows_the_age_of(since) && runs < START_SECONDS.saturating_add(delay)
    })
}

/// How far apart, in seconds, two times of one kill may be noted.
const SLACK_SECONDS: i64 = 60;

/// Whether the kubelet's word about a kill is of the run that ended last: the end follows within the grace period.
pub fn is_of_last_run(s: &Snapshot, container: &ContainerView<'_>, kill: &Event) -> bool {
    let grace = s.spec().and_then(|spec| spec.termination_grace_period_seconds).unwrap_or(30);
    let finished = container.last_end().and_then(|end| end.finished_at.as_ref()).map(|t| t.0);
    match (kill.at, finished) {
        (Some(at), Some(finished)) => {
            let after = finished.as_second() - at.as_second();
            (-SLACK_SECONDS..=grace.saturating_add(SLACK_SECONDS)).contains(&after)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class_of(words: &str) -> Saying {
        let mut found = Saying::default();
        if let Some((_, flag)) = COMPILED.iter().find(|(regex, _)| regex.is_match(words)) {
            flag(&mut found);
        }
        found
    }

    #[test]
    fn words_of_every_runtime_are_told_apart() {
        assert_eq!(COMPILED.len(), CLASSES.len());
        assert!(class_of("dial tcp 10.1.2.3:8080: connect: connection refused").refused);
        assert!(
            class_of("connectex: No connection could be made because the target machine actively refused it")
                .refused
        );
        assert!(class_of("dial tcp 10.1.2.3:8080: i/o timeout").no_route);
        assert!(class_of("command timed out: \"sh -c x\" timed out after 1s").timed_out);
        assert!(class_of("Get \"http://10.1.2.3/\": context deadline exceeded").timed_out);
        assert!(class_of("Get \"http://10.1.2.3:80/\": EOF").closed);
        assert!(class_of("exec: \"curl\": executable file not found in $PATH: unknown").no_command);
        assert!(class_of("sh: 1: curl: not found").no_command);
        assert!(class_of("malformed HTTP response \"\\x15\"").tls);
        assert!(class_of("service unhealthy (responded with \"NOT_SERVING\")").not_serving);
        assert!(class_of("timeout: failed to connect service \"10.1.2.3:50051\" within 1s").unconnected);
        assert_eq!(class_of("cat: can't open '/ready': No such file or directory"), Saying::default());
    }

    #[test]
    fn what_a_command_prints_is_not_the_kubelets_word() {
        let class_of = |words: &str| {
            let mut found = Saying::default();
            COMPILED_EXEC
                .iter()
                .find(|(regex, _)| regex.is_match(words))
                .inspect(|(_, flag)| flag(&mut found));
            found
        };
        assert_eq!(COMPILED_EXEC.len(), OF_EXEC.len());
        for own in [
            "command timed out: \"sh -c x\" timed out after 1s",
            "command \"sh -c x\" timed out",
            "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
            "rpc error: code = DeadlineExceeded desc = failed to exec in container: timeout 1s exceeded: context deadline exceeded",
        ] {
            assert!(class_of(own).timed_out, "{own}");
        }
        assert!(class_of("exec: \"curl\": executable file not found in $PATH: unknown").no_command);
        for printed in [
            "waiting for the cluster (request params: \"wait_for_status=green&timeout=1s\")",
            "connection to server at \"orders-db\", port 5432 failed: Connection refused",
            "{\"level\":\"warn\",\"error\":\"context deadline exceeded\"} Error: unhealthy cluster",
        ] {
            assert_eq!(class_of(printed), Saying::default(), "{printed}");
        }
    }

    #[test]
    fn the_lead_is_taken_off_in_every_dialect() {
        for lead in [
            "Readiness probe failed: ",
            "Readiness probe errored and resulted in unknown state: ",
            "(combined from similar events): Readiness probe error: ",
        ] {
            assert_eq!(own_words(&format!("{lead}no\n")), "no");
        }
    }
}
