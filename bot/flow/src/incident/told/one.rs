//! One alert.

use std::sync::Arc;

use podwhy_knowledge::job::is_forgiven;
use podwhy_knowledge::redact::{clean_name, redact};
use podwhy_knowledge::resolve::ResolveError;
use podwhy_knowledge::{Kind, Snapshot, Target, Verdict, page};
use tokio::time::{Instant, timeout_at};

use super::super::alert::Alert;
use super::super::annotations::annotate;
use super::super::due::Crossed;
use super::super::found::Found;
use super::super::look::{Scope, Sighted};
use super::super::looks::{Sight, sight_of, sights};
use super::Teller;
use crate::UserError;
use crate::ask::conceal::Foreign;
use crate::ask::diagnose::{Diagnosed, ask};
use crate::ask::intake::Request;
use crate::ask::makers::makers;
use crate::ports::ClusterRead;
use crate::words::Words;

impl<C: ClusterRead> Teller<C> {
    /// What is found about one.
    pub(super) async fn find(&self, alert: &Alert, deadline: Instant) -> Found {
        let Some(about) = alert.about.as_ref().filter(|_| alert.firing) else { return Found::NoObject };
        let Some(cluster) = self.cluster(&alert.cluster) else {
            let name = clean_name(&alert.cluster);
            return Found::Unread(NO_CLUSTER.of(self.bounds.lang).replace("NAME", &name));
        };
        let namespace = about.namespace.as_deref().unwrap_or_else(|| cluster.default_namespace());
        let namespaced = about.kind.is_none_or(Kind::is_namespaced);
        let scope = if namespaced { Scope::Namespaces([namespace.to_string()].into()) } else { Scope::All };
        // no route leads anywhere from there
        if self.bounds.cut(&alert.cluster, scope.clone()) != scope {
            return Found::NoObject;
        }
        let found = timeout_at(deadline, self.ask(cluster, about, namespace)).await;
        found.unwrap_or_else(|_elapsed| Found::Unread(self.late()))
    }

    async fn ask(&self, cluster: &Arc<C>, about: &Target, namespace: &str) -> Found {
        match self.diagnose(cluster, about, namespace).await {
            Ok(diagnosed) => self.found(cluster, &diagnosed).await,
            Err(UserError::Resolve(ResolveError::NotFound { .. })) => {
                self.gone(cluster, about, namespace).await
            }
            Err(UserError::Unreadable(error)) => Found::Unread(redact(&error.to_string())),
            // it names nothing that could be one
            Err(_) => Found::NoObject,
        }
    }

    async fn diagnose(
        &self,
        cluster: &Arc<C>,
        about: &Target,
        namespace: &str,
    ) -> Result<Diagnosed, UserError> {
        let namespaced = about.kind.is_none_or(Kind::is_namespaced);
        // an alert's labels may name another cluster in their own words
        let target = Target {
            cluster: None,
            namespace: Some(namespace.to_string()).filter(|_| namespaced),
            ..about.clone()
        };
        let within = self.bounds.within(cluster.name(), namespace);
        ask(cluster.as_ref(), &Request { target, lang: self.bounds.lang }, &within).await
    }

    /// A pod that was replaced since: the workload that made it tells how its successors are.
    async fn gone(&self, cluster: &Arc<C>, about: &Target, namespace: &str) -> Found {
        let lang = self.bounds.lang;
        let name = format!("{}/{}", clean_name(namespace), clean_name(&about.name));
        let mut checked = vec![GONE.of(lang).replace("NAME", &name)];
        let is_pod = about.kind.is_none_or(|kind| kind == Kind::Pod);
        let makers = if is_pod { makers(&about.name) } else { Vec::new() };
        for (kind, name) in makers {
            let maker = Target { kind: Some(kind), name, ..about.clone() };
            match self.diagnose(cluster, &maker, namespace).await {
                Ok(diagnosed) => {
                    return match self.found(cluster, &diagnosed).await {
                        Found::Healthy { checked: more } => {
                            checked.extend(more);
                            Found::Healthy { checked }
                        }
                        other => other,
                    };
                }
                Err(UserError::Unreadable(error)) => return Found::Unread(redact(&error.to_string())),
                Err(_) => {}
            }
        }
        checked.extend(is_pod.then(|| NOBODY.of(lang).to_string()));
        Found::Healthy { checked }
    }

    async fn found(&self, cluster: &Arc<C>, diagnosed: &Diagnosed) -> Found {
        let (snapshot, diagnosis) = (&diagnosed.snapshot, &diagnosed.diagnosis);
        let fails = matches!(diagnosis.verdict, Verdict::Failing | Verdict::Unknown);
        if !fails || is_forgiven(snapshot) {
            return Found::Healthy { checked: self.checked(cluster, diagnosed) };
        }
        let mut sighted = match self.among(cluster, snapshot).await {
            Some(sighted) => Sighted { is_due: true, ..sighted },
            None => sight_of(cluster.name(), snapshot, diagnosis, &self.bounds),
        };
        let at = snapshot.world.taken_at.at;
        annotate(cluster.as_ref(), &snapshot.world, &self.bounds, [&mut sighted], at).await;
        Found::Cause(sighted)
    }

    /// The group of what was read that the subject is in: the same as a look would see it in.
    async fn among(&self, cluster: &Arc<C>, snapshot: &Snapshot) -> Option<Sighted> {
        let (kind, namespace) = (snapshot.kind(), snapshot.namespace());
        let is_grouped = kind == Kind::Pod || kind.is_workload();
        let scope = match kind {
            Kind::Node => Scope::All,
            _ if is_grouped => Scope::Namespaces([namespace.to_string()].into()),
            _ => return None,
        };
        let nothing = Crossed::default();
        let all = sights(cluster.name(), &snapshot.world, &scope, &nothing, &self.bounds).await.ok()?;
        self.ring.keep(all.remains);
        let is_it = |kind: &str, of: &str, name: &str| {
            kind == snapshot.kind().camel() && of == namespace && name == snapshot.name()
        };
        let holds = |sight: &&Sight| {
            let members = &sight.sighted.members;
            let workloads = &sight.workloads;
            members.iter().any(|member| is_it(&member.kind, &member.namespace, &member.name))
                || workloads.iter().any(|blame| {
                    is_it(&blame.kind, blame.namespace.as_deref().unwrap_or_default(), &blame.name)
                })
        };
        all.sights.iter().find(holds).map(|sight| sight.sighted.clone())
    }

    /// What was looked at, and how it is.
    fn checked(&self, cluster: &Arc<C>, diagnosed: &Diagnosed) -> Vec<String> {
        let (snapshot, lang) = (&diagnosed.snapshot, self.bounds.lang);
        let foreign = Foreign::of(&snapshot.world, &self.bounds.visible(cluster.name()));
        let finding = diagnosed.diagnosis.top();
        let summary = page(finding, lang).map(|page| page.summary).ok();
        let evidence = finding.evidence.iter().map(|e| format!("{}: {}", e.object, e.text));
        let mut lines: Vec<String> = summary.into_iter().chain(evidence).take(MOST_CHECKED).collect();
        lines.iter_mut().for_each(|line| foreign.conceal(line, lang));
        lines
    }
}

/// No more lines are worth a thread.
const MOST_CHECKED: usize = 8;

const NO_CLUSTER: Words =
    Words("no cluster of podwhy's is named NAME", "podwhy 的配置中没有名为 NAME 的集群");
const GONE: Words = Words("NAME does not exist any more", "NAME 已不存在");
const NOBODY: Words = Words("no workload is known that would have made it", "没有找到会创建它的工作负载");
