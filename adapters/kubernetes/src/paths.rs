//! Where the API server keeps things.

use std::borrow::Cow;

use podwhy_knowledge::Kind;

/// A page of a list.
pub(crate) const PAGE: usize = 500;

/// The group's part of a kind's path and its plural.
fn place(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Pod => ("/api/v1", "pods"),
        Kind::Deployment => ("/apis/apps/v1", "deployments"),
        Kind::ReplicaSet => ("/apis/apps/v1", "replicasets"),
        Kind::StatefulSet => ("/apis/apps/v1", "statefulsets"),
        Kind::DaemonSet => ("/apis/apps/v1", "daemonsets"),
        Kind::Job => ("/apis/batch/v1", "jobs"),
        // 1.20 has CronJobs in v1beta1 only: there they are a gap
        Kind::CronJob => ("/apis/batch/v1", "cronjobs"),
        Kind::Service => ("/api/v1", "services"),
        Kind::PersistentVolumeClaim => ("/api/v1", "persistentvolumeclaims"),
        Kind::Node => ("/api/v1", "nodes"),
        Kind::Namespace => ("/api/v1", "namespaces"),
    }
}

/// `services`: the resource of a kind.
pub(crate) fn plural(kind: Kind) -> &'static str {
    place(kind).1
}

/// The list of a kind in a namespace.
pub(crate) fn list(kind: Kind, namespace: &str) -> String {
    let (group, plural) = place(kind);
    if kind.is_namespaced() && !namespace.is_empty() {
        format!("{group}/namespaces/{}/{plural}", escape(namespace))
    } else {
        format!("{group}/{plural}")
    }
}

/// A list's page: the first without a token, any other with the one the page before it came with.
pub(crate) fn page<'p>(path: &'p str, token: &str) -> Cow<'p, str> {
    if token.is_empty() {
        return Cow::Borrowed(path);
    }
    Cow::Owned(format!("{path}&continue={}", escape(token)))
}

/// One object.
pub(crate) fn one(kind: Kind, namespace: &str, name: &str) -> String {
    format!("{}/{}", list(kind, namespace), escape(name))
}

/// A namespaced object of the core group that is no [`Kind`].
pub(crate) fn core(plural: &str, namespace: &str, name: &str) -> String {
    format!("/api/v1/namespaces/{}/{plural}/{}", escape(namespace), escape(name))
}

/// The events about one object.
pub(crate) fn events_about(namespace: &str, name: &str) -> String {
    let selector = format!("involvedObject.name={name},involvedObject.namespace={namespace}");
    format!(
        "/api/v1/namespaces/{}/events?limit={PAGE}&fieldSelector={}",
        escape(namespace),
        escape(&selector)
    )
}

/// The events of a namespace that a field selector picks.
pub(crate) fn events(namespace: &str, selector: &str) -> String {
    let selector =
        if selector.is_empty() { String::new() } else { format!("&fieldSelector={}", escape(selector)) };
    format!("/api/v1/namespaces/{}/events?limit={PAGE}{selector}", escape(namespace))
}

/// A node's heartbeat.
pub(crate) fn lease(node: &str) -> String {
    format!("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{}", escape(node))
}

/// What a node's agent reports.
pub(crate) fn report(namespace: &str, node: &str) -> String {
    format!("{}/{}", agents(namespace, podwhy_api::REPORTS), escape(node))
}

/// What agents read and write, in their namespace: tickets, or reports.
pub(crate) fn agents(namespace: &str, plural: &str) -> String {
    format!("/apis/{}/{}/namespaces/{}/{plural}", podwhy_api::GROUP, podwhy_api::VERSION, escape(namespace))
}

/// A container's log: the last lines.
pub(crate) fn log(namespace: &str, pod: &str, container: &str, previous: bool) -> String {
    last_lines(namespace, pod, container, previous, 200)
}

/// The same, of so many lines.
pub(crate) fn last_lines(
    namespace: &str,
    pod: &str,
    container: &str,
    previous: bool,
    lines: usize,
) -> String {
    let path = core("pods", namespace, pod);
    let previous = if previous { "&previous=true" } else { "" };
    format!("{path}/log?container={}&tailLines={lines}&limitBytes=4194304{previous}", escape(container))
}

/// Percent-encoded, for a path's part or a query's value. Names hold nothing that needs it; selectors do.
pub(crate) fn escape(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) { out.push(char::from(byte)) } else { out.push_str(&format!("%{byte:02X}")) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_servers() {
        assert_eq!(one(Kind::Pod, "shop", "cart-0"), "/api/v1/namespaces/shop/pods/cart-0");
        assert_eq!(list(Kind::Deployment, ""), "/apis/apps/v1/deployments");
        assert_eq!(one(Kind::Node, "ignored", "n1"), "/api/v1/nodes/n1");
        assert_eq!(
            events_about("shop", "cart-0"),
            "/api/v1/namespaces/shop/events?limit=500&fieldSelector=involvedObject.name%3Dcart-0%2CinvolvedObject.namespace%3Dshop"
        );
        assert_eq!(escape("a/../b?x"), "a%2F..%2Fb%3Fx");
    }
}
