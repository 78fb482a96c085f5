//! What fails for one reason, in words that may be shown, and how much it matters.

use std::sync::Arc;

use podwhy_knowledge::node_state;
use podwhy_knowledge::redact::clean_name;
use podwhy_knowledge::{Blame, Finding, Kind, page};

use super::super::alert::Severity;
use super::super::look::Sighted;
use super::super::record::{Blamed, Member, RootCause};
use super::KEYS;
use super::sights::{Of, is_down, member_of};
use crate::ask::conceal::Foreign;

impl Of {
    /// What fails for one reason, in words that may be shown.
    pub fn sighted(
        &self,
        finding: &Finding,
        blame: &Blame,
        members: Vec<Member>,
        workloads: &[Blame],
        foreign: &Foreign,
    ) -> Sighted {
        let mut blamed = Blamed {
            kind: clean_name(&blame.kind),
            namespace: blame.namespace.as_deref().map(clean_name),
            name: clean_name(&blame.name),
        };
        foreign.conceal(&mut blamed.name, KEYS);
        let mut summary = page(finding, self.lang).map_or_else(
            |fault| {
                tracing::error!(cause = finding.cause, %fault, "a page does not fit its finding");
                finding.cause.to_string()
            },
            |page| page.summary,
        );
        foreign.conceal(&mut summary, self.lang);
        let is_due = |member: &Member| self.due.is_due(member, finding.cause);
        let is_due = members.iter().any(is_due)
            || is_due(&member_of(blame))
            || workloads.iter().any(|workload| is_due(&member_of(workload)));
        Sighted {
            root_cause: RootCause {
                cluster: self.cluster.clone(),
                cause: finding.cause.to_string(),
                blame: blamed,
            },
            confidence: finding.confidence.map(|confidence| confidence.as_str().to_string()),
            summary,
            severity: self.severity(blame, &members, workloads),
            members,
            is_due,
            evidence: Arc::default(),
            annotations: None,
        }
    }

    /// Critical is what takes something down whole: a node that is not ready, or a workload without a pod that is. A Job is
    /// never that: nobody is served by it.
    fn severity(&self, blame: &Blame, members: &[Member], workloads: &[Blame]) -> Severity {
        let node_down =
            |name: &str| self.world.nodes.get(name).is_some_and(|node| is_down(node_state::ready(node)));
        let nodes = members.iter().filter(|member| member.kind == "Node").map(|member| member.name.as_str());
        let blamed = Some(blame.name.as_str()).filter(|_| blame.kind == "Node");
        let workload_down = |workload: &Blame| {
            let kind =
                Kind::from_camel(&workload.kind).filter(|kind| !matches!(kind, Kind::Job | Kind::CronJob));
            let namespace = workload.namespace.clone().unwrap_or_default();
            let read =
                kind.and_then(|kind| self.world.workloads.get(&(kind, namespace, workload.name.clone())));
            read.is_some_and(|read| read.ready == 0 && read.desired.is_some_and(|desired| desired > 0))
        };
        let is_down = nodes.chain(blamed).any(node_down) || workloads.iter().any(workload_down);
        if is_down { Severity::Critical } else { Severity::Warning }
    }
}
