//! A cluster that does not answer, as an incident has it.

use jiff::Timestamp;
use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::clean_name;

use super::name::CLUSTER_UNREACHABLE;
use super::record::{Blamed, Member, RootCause};
use super::words::moment;

/// No namespace has this name: a cluster that does not answer is a member that no look of namespaces makes well.
pub(super) const NOWHERE: &str = "*";

/// Its kind, as of what is at fault and of what fails.
pub(super) const CLUSTER: &str = "Cluster";

/// Its root cause.
pub(super) fn root_cause(cluster: &str) -> RootCause {
    let blame = Blamed { kind: CLUSTER.to_string(), namespace: None, name: cluster.to_string() };
    RootCause { cluster: cluster.to_string(), cause: CLUSTER_UNREACHABLE.to_string(), blame }
}

/// What fails: it.
pub(super) fn member(cluster: &str) -> Member {
    Member { kind: CLUSTER.to_string(), namespace: NOWHERE.to_string(), name: cluster.to_string() }
}

/// Of a cluster that answers again.
pub(super) fn again(cluster: &str, at: Timestamp, lang: Lang) -> String {
    let (cluster, at) = (clean_name(cluster), moment(at));
    match lang {
        Lang::En => format!("Cluster {cluster} answers again since {at}."),
        Lang::Zh => format!("集群 {cluster} 自 {at} 起恢复应答。"),
    }
}

/// Of a cluster that was silent while nothing could be stored, and answers again.
pub(super) fn answered(cluster: &str, since: Timestamp, until: Timestamp, lang: Lang) -> String {
    let (cluster, since, until) = (clean_name(cluster), moment(since), moment(until));
    match lang {
        Lang::En => format!(
            "Cluster {cluster} did not answer from {since} to {until} and does again: Alertmanager sends again what it kept."
        ),
        Lang::Zh => format!(
            "集群 {cluster} 自 {since} 至 {until} 无应答，现已恢复应答：Alertmanager 会重新发送其保留的告警。"
        ),
    }
}
