//! An init container whose command waits for a Service that nobody stands behind. Such loops mostly print no reason.

use super::Facts;
use crate::cause::Match;
use crate::container::{ContainerKind, ContainerView};
use crate::dependency::{Dependency, Standing, look_up};
use crate::finding::{Blame, Confidence};
use crate::logs::names::Host;
use crate::service::services;
use crate::snapshot::{Snapshot, Surrounding, carries};

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

/// Whose value is a user, a database or a password, and no host.
const OTHERS: [&str; 12] = [
    "-U",
    "-u",
    "-d",
    "-n",
    "-p",
    "--user",
    "--username",
    "--db",
    "--dbname",
    "--database",
    "--name",
    "--schema",
];

/// Before a host in an address, and in the files by which bash opens a connection.
const BEFORE_HOSTS: [&str; 3] = ["://", "/dev/tcp/", "/dev/udp/"];

/// A mark that no command holds.
const MARK: char = '\u{1}';

/// Words of the command that are names of other Services of the namespace, or written as a Service's whole name.
fn hosts(s: &Snapshot, command: &str) -> Vec<Host> {
    let own = |service: &Surrounding| {
        let selector = service.selector();
        !selector.is_empty() && s.pod().is_some_and(|pod| carries(pod, &selector))
    };
    let known: Vec<String> = services(&s.world, s.namespace())
        .filter(|service| !own(service))
        .map(|service| service.name)
        .collect();
    let marked = BEFORE_HOSTS
        .iter()
        .fold(command.to_string(), |text, before| text.replace(before, &format!(" {MARK}")));
    let words: Vec<&str> = marked
        .split(|c: char| c.is_whitespace() || "\"'`;|&<>()=,".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let before = |at: usize| at.checked_sub(1).map_or("", |at| words[at]);
    let hosts = words.iter().enumerate().filter(|(at, _)| !OTHERS.contains(&before(*at)));
    hosts.filter_map(|(_, word)| host(s, &known, word)).collect()
}

fn host(s: &Snapshot, known: &[String], word: &str) -> Option<Host> {
    let word = match word.strip_prefix(MARK) {
        Some(address) => {
            let address = address.split_once('/').map_or(address, |(host, _)| host);
            address.rsplit_once('@').map_or(address, |(_, host)| host)
        }
        // the path of a script or a file
        None if word.contains('/') => return None,
        None => word,
    };
    let (name, port) = word.split_once(':').unwrap_or((word, ""));
    let name = name.trim_end_matches('.');
    let mut labels = name.split('.');
    let (first, second) = (labels.next().unwrap_or_default(), labels.next());
    let own =
        known.iter().any(|service| service == first) && second.is_none_or(|second| second == s.namespace());
    let whole = name.ends_with(".svc") || name.contains(".svc.");
    // a variable stands for something the shell knows
    (!name.contains('$') && (own || whole)).then(|| Host { name: name.to_string(), port: port.parse().ok() })
}

fn matched(
    s: &Snapshot,
    container: &ContainerView<'_>,
    command: &str,
    dependency: &Dependency,
) -> Option<Match> {
    let owner = s.top_owner();
    let mut facts = Facts {
        waits: true,
        init: true,
        target: Some(dependency.shown()),
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        owner_is_pod: owner.kind == "Pod",
        ..Facts::default()
    };
    let (blame, proof) = match &dependency.standing {
        Standing::Service(service) if service.has_nobody() && service.external_name.is_none() => {
            facts.stands_behind(service);
            (Blame::namespaced("Service", &service.namespace, &service.name), service.proof.clone())
        }
        Standing::NoService(missing) if missing.known_absent => (owner, vec![facts.lacks(missing)]),
        _ => return None,
    };
    let spec = s.from_spec(&format!("{}.command", container.spec_path()), command);
    let found = Match::new(Confidence::Likely, blame, facts).in_container(container.name);
    Some(found.because(spec).because_all(proof))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::world::World;

    fn names(command: &str) -> Vec<String> {
        let mut world = World::default();
        let service = |name: &str, selector| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": {"selector": selector}});
        world.add(service("orders", json!({"app": "orders"}))).unwrap();
        world.add(service("api", json!({"app": "api"}))).unwrap();
        world.add(service("pg", json!({"app": "pg"}))).unwrap();
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "o", "namespace": "shop", "labels": {"app": "orders"}}, "spec": {"containers": []}});
        world.add(pod).unwrap();
        world.finish(None);
        let snapshot = Snapshot::of_pod(&Arc::new(world), "shop", "o").unwrap();
        hosts(&snapshot, command).into_iter().map(|host| host.name).collect()
    }

    #[test]
    fn a_word_of_a_command_is_a_host_only_where_one_stands() {
        for (command, wanted) in [
            ("until nc -z pg 5432; do sleep 2; done", vec!["pg"]),
            ("until nslookup pg.shop.svc.cluster.local; do sleep 2; done", vec!["pg.shop.svc.cluster.local"]),
            ("until wget -qO- http://user@api:8080/healthz; do sleep 2; done", vec!["api"]),
            ("while ! </dev/tcp/pg/5432; do sleep 1; done", vec!["pg"]),
            // the pod's own Service, a user, a database, a file and a folder
            ("until psql -h pg.example.com -U api -d pg; do sleep 2; done", vec![]),
            ("while ! node api.js --check; do sleep 1; done", vec![]),
            ("/api/wait.sh orders", vec![]),
        ] {
            assert_eq!(names(command), wanted, "{command}");
        }
    }
}
