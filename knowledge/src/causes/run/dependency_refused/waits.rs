//! An init container whose command waits for a Service that nobody stands behind. Such loops mostly print no reason.

use super::Facts;
use crate::cause::Match;
use crate::container::{ContainerKind, ContainerView};
use crate::dependency::{Dependency, Standing, look_up};
use crate::evidence::object_name;
use crate::finding::{Blame, Confidence, Evidence, Source};
use crate::logs::names::Host;
use crate::service::services;
use crate::snapshot::Snapshot;

/// A Service that is made together with the pod is there within this, in seconds.
const SOON_SECONDS: i64 = 60;

/// The wait that holds the pod back, if the command says for what.
pub(super) fn waiting(s: &Snapshot) -> Option<Match> {
    let waits = |c: &&ContainerView<'_>| {
        let long = c.running_since().is_some_and(|since| s.taken_at().seconds_since(since) > SOON_SECONDS);
        c.kind == ContainerKind::Init && long
    };
    let containers = s.containers();
    let container = containers.iter().find(waits)?;
    let command = command(container);
    let loops = ["until ", "while ", "wait"].iter().any(|word| command.contains(word));
    let hosts = hosts(s, &command).into_iter().filter(|_| loops);
    hosts
        .map(|host| look_up(s, container, &host))
        .find_map(|dependency| matched(s, container, &command, &dependency))
}

fn command(container: &ContainerView<'_>) -> String {
    let spec = container.spec;
    let parts = spec.into_iter().flat_map(|spec| spec.command.iter().chain(&spec.args)).flatten();
    parts.map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Words of the command that are names of Services of the namespace, or written as a Service's whole name.
fn hosts(s: &Snapshot, command: &str) -> Vec<Host> {
    let known: Vec<String> = services(&s.world, s.namespace()).map(|service| service.name).collect();
    let words = command.split(|c: char| c.is_whitespace() || "\"'`;|&<>()=,/@".contains(c));
    let host = |word: &str| {
        let (name, port) = word.split_once(':').unwrap_or((word, ""));
        let name = name.trim_end_matches('.');
        let first = name.split('.').next().unwrap_or_default();
        let own = known.iter().any(|service| service == name)
            || (name.contains('.') && known.iter().any(|k| k == first));
        let whole = name.ends_with(".svc") || name.contains(".svc.");
        // a variable stands for something the shell knows
        (!name.contains('$') && (own || whole))
            .then(|| Host { name: name.to_string(), port: port.parse().ok() })
    };
    words.filter_map(host).collect()
}

fn matched(
    s: &Snapshot,
    container: &ContainerView<'_>,
    command: &str,
    dependency: &Dependency,
) -> Option<Match> {
    let owner = s.top_owner();
    let facts = Facts {
        waits: true,
        init: true,
        target: Some(dependency.shown()),
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        owner_is_pod: owner.kind == "Pod",
        ..Facts::default()
    };
    let (facts, blame, proof) = match &dependency.standing {
        Standing::Service(service) if service.has_nobody() && service.external_name.is_none() => {
            let facts = Facts {
                service: Some(format!("{}/{}", service.namespace, service.name)),
                service_name: Some(service.name.clone()),
                service_namespace: Some(service.namespace.clone()),
                nobody: true,
                ready: service.endpoints.map(|(ready, _)| ready),
                all: service.endpoints.map(|(_, all)| all),
                selects_none: service.endpoints.is_some_and(|(_, all)| all == 0)
                    && service.selector.is_some(),
                selector: service.selector.clone(),
                ..facts
            };
            (facts, Blame::namespaced("Service", &service.namespace, &service.name), service.proof.clone())
        }
        Standing::NoService(missing) if missing.known_absent => {
            let object = object_name("Service", &missing.namespace, &missing.name);
            let facts = Facts {
                missing: Some(format!("{}/{}", missing.namespace, missing.name)),
                nearest: missing.nearest.clone(),
                ..facts
            };
            (facts, owner, vec![Evidence::new(Source::Object, object, None, "not there")])
        }
        _ => return None,
    };
    let spec =
        s.from_spec(&format!("{}.command", container.spec_path()), &crate::evidence::cut(command, 160));
    let found = Match::new(Confidence::Likely, blame, facts).in_container(container.name);
    Some(found.because(spec).because_all(proof))
}
