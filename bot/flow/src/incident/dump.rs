//! What an incident's diagnosis sees, as a file for the one who says that it is wrong.
//!
//! It is read anew, as `why` would read it for that person in that channel: within the routes of the channel, their own rights
//! where these decide, and without logs where none may be shown. What the incident kept of objects that are gone is in it, too.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use podwhy_knowledge::redact::{clean_name, redact};
use podwhy_knowledge::{Kind, Lang, Target};
use serde_json::Value;
use tokio::time::timeout;
use tracing::{debug, warn};

use super::bounds::Bounds;
use super::policy::{Policy, Spot};
use super::record::{Incident, Member};
use crate::ask::collect::Collected;
use crate::ask::conceal::Foreign;
use crate::ask::within::{Visible, Within};
use crate::chat::Asker;
use crate::chat::policy::{Area, Policy as Chats, ReadAs};
use crate::ports::{
    ClusterError, ClusterRead, DumpWrite, IncidentDumps, IncidentReach, Permissions, Right, TextFile,
};

/// The most of a dump, in bytes. Discord takes 10 MiB (<https://docs.discord.com/developers/reference#uploading-files>), Slack more;
/// nobody reads as much.
const MOST: usize = 1024 * 1024;

/// Reads them.
#[derive(Debug)]
pub struct Dumps<C> {
    /// The clusters.
    pub clusters: Vec<Arc<C>>,
    /// Which channel is told what.
    pub policy: Arc<Policy>,
    /// Who is who, and where no log is shown.
    pub chats: Arc<Chats>,
    /// Writes what was read.
    pub write: Arc<dyn DumpWrite>,
    /// One dump takes no longer; a read that fails was tried twice by the cluster's adapter.
    pub patience: Duration,
}

/// The command that makes a dump of the first of what fails, with the rights of who says it; `None` where it can make none.
pub fn command(incident: &Incident) -> Option<String> {
    let target = incident.status.members.iter().find_map(|member| target(None, member))?;
    Some(format!("podwhy dump {target} -o {}", incident.name))
}

/// `None` for what cannot be asked about, as an alert or a cluster.
fn target(cluster: Option<&str>, member: &Member) -> Option<Target> {
    let namespace = Some(member.namespace.clone()).filter(|namespace| !namespace.is_empty());
    let kind = Some(Kind::from_camel(&member.kind)?);
    let cluster = cluster.filter(|cluster| !cluster.is_empty()).map(str::to_string);
    Some(Target { cluster, namespace, kind, name: member.name.clone() })
}

impl<C: ClusterRead + Permissions + std::fmt::Debug> IncidentDumps for Dumps<C> {
    fn dump<'a>(&'a self, incident: &'a Incident, asker: &'a Asker) -> BoxFuture<'a, Option<TextFile>> {
        Box::pin(async move {
            let read = timeout(self.patience, self.read(incident, asker)).await.unwrap_or_else(|_| {
                warn!(incident = incident.name, "a dump took too long");
                None
            });
            let text = read.filter(|text| !text.is_empty())?;
            Some(TextFile { name: format!("podwhy-{}.yaml", incident.name), text })
        })
    }
}

impl<C: ClusterRead + Permissions + std::fmt::Debug> IncidentReach for Dumps<C> {
    fn reach<'a>(
        &'a self,
        incident: &'a Incident,
        asker: &'a Asker,
    ) -> BoxFuture<'a, Option<(Target, Within)>> {
        Box::pin(async move {
            let reached = timeout(self.patience, self.reached(incident, asker)).await.ok().flatten()?;
            Some((reached.target, reached.within))
        })
    }
}

/// What of an incident may be read.
struct Reached<'a, C> {
    cluster: &'a C,
    target: Target,
    within: Within,
}

impl<C: ClusterRead + Permissions + std::fmt::Debug> Dumps<C> {
    async fn read(&self, incident: &Incident, asker: &Asker) -> Option<String> {
        let Reached { cluster, target, within } = self.reached(incident, asker).await?;
        let mut text = self.now(cluster, &target, &within).await.unwrap_or_default();
        kept(&mut text, incident, &within);
        Some(text)
    }

    async fn reached(&self, incident: &Incident, asker: &Asker) -> Option<Reached<'_, C>> {
        let name = &incident.status.root_cause.cluster;
        let cluster = self.clusters.iter().find(|cluster| cluster.name() == name)?;
        let bounds = self.bounds(asker);
        let visible = bounds.visible(name);
        let shows = |member: &&Member| member.namespace.is_empty() || visible.shows(&member.namespace);
        let (member, target) = incident
            .status
            .members
            .iter()
            .filter(shows)
            .find_map(|member| Some((member, target(Some(name), member)?)))?;
        let within = self.within(cluster, &bounds, member, asker).await;
        let within = within.inspect_err(|error| debug!(%error, "rights could not be asked")).ok()??;
        Some(Reached { cluster: cluster.as_ref(), target, within })
    }

    /// What is there now; `None` where it is gone.
    async fn now(&self, cluster: &C, target: &Target, within: &Within) -> Option<String> {
        let read = cluster.subject(target).await;
        let mut read =
            read.inspect_err(|error| debug!(%error, "no dump: the cluster did not answer")).ok()?;
        let is_it =
            |object: &Value| object.pointer("/metadata/name").is_some_and(|name| *name == target.name);
        if !read.objects.iter().any(is_it) {
            return None;
        }
        let foreign = Foreign::of(&read.clone().into_world(), &within.visible);
        limit(&mut read, within);
        let mut text = self.write.text(&read, MOST)?;
        foreign.conceal(&mut text, Lang::En);
        Some(text)
    }

    /// Of the routes to the channel; of no route, nothing.
    fn bounds(&self, asker: &Asker) -> Bounds {
        let spot = asker.channel.clone().map(|channel| Spot { platform: asker.platform, channel });
        let own: Vec<_> =
            self.policy.routes.iter().filter(|route| Some(&route.to) == spot.as_ref()).collect();
        let areas: Vec<Area> = own.iter().flat_map(|route| route.areas.iter().cloned()).collect();
        let nowhere = Area { cluster: String::new(), namespace: Some(String::new()) };
        let areas = if own.is_empty() { vec![nowhere] } else { areas };
        Bounds { areas, no_logs: self.chats.no_logs.clone(), lang: Lang::En, ..Bounds::default() }
    }

    /// `None` for what this person may not read.
    async fn within(
        &self,
        cluster: &C,
        bounds: &Bounds,
        member: &Member,
        asker: &Asker,
    ) -> Result<Option<Within>, ClusterError> {
        let within = bounds.within(cluster.name(), &member.namespace);
        if self.chats.read_as == ReadAs::Channel {
            return Ok(Some(within));
        }
        let Some(user) = self.chats.user(asker) else { return Ok(None) };
        let namespace = Some(member.namespace.as_str()).filter(|namespace| !namespace.is_empty());
        let kind = Kind::from_camel(&member.kind).filter(|kind| *kind != Kind::Pod && !kind.is_workload());
        let own = match kind {
            Some(kind) => cluster.may(&user, Right::Of(kind), namespace).await?,
            None => true,
        };
        if !own || !cluster.may(&user, Right::Pods, namespace).await? {
            return Ok(None);
        }
        let logs = within.logs && cluster.may(&user, Right::Logs, namespace).await?;
        let visible = match namespace {
            Some(namespace) => Visible::Only(BTreeSet::from([namespace.to_string()])),
            None => within.visible,
        };
        Ok(Some(Within { visible, logs }))
    }
}

/// Only what may be named.
fn limit(read: &mut Collected, within: &Within) {
    within.limit(read);
    let own = |namespace: &str| namespace.is_empty() || within.visible.shows(namespace);
    read.objects.retain(|object| {
        own(object.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default())
            || object.pointer("/involvedObject/kind").is_some_and(|kind| kind == "Node")
    });
    read.briefs.retain(|brief| own(&brief.namespace));
    read.logs.retain(|(namespace, ..), _| own(namespace));
    read.absent.retain(|(_, namespace, _)| own(namespace));
    read.unread.retain(|(_, namespace, _), _| own(namespace));
}

/// What the incident kept of what may be gone, as comments; an excerpt's object is written `Pod shop/cart-0`.
fn kept(text: &mut String, incident: &Incident, within: &Within) {
    let namespace = |object: &str| object.split_once(' ')?.1.split_once('/').map(|(own, _)| own.to_string());
    for kept in &incident.status.kept {
        let shown = namespace(&kept.object).is_none_or(|own| within.visible.shows(&own));
        if !shown || (!within.logs && kept.source.starts_with("log")) {
            continue;
        }
        let (object, source) = (clean_name(&kept.object), clean_name(&kept.source));
        // writing to a String does not fail
        let _written = writeln!(text, "# kept of {object}, {source}, as it was at {}", kept.seen_at);
        for line in redact(&kept.text).lines() {
            let _written = writeln!(text, "#   {line}");
        }
    }
}

#[cfg(test)]
mod tests;
