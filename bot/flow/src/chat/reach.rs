//! As far as one question may reach: the channel's list, and where each person's own rights decide, these too.

use std::collections::BTreeSet;

use futures::future::join_all;
use podwhy_knowledge::Lang;

use super::desk::{Chat, ChatCluster};
use super::policy::{Grant, Refusal};
use super::scope::hides_logs;
use crate::ask::within::{Visible, Within};
use crate::ports::{KubernetesUser, Permissions, Right};
use crate::words;

/// At most this many namespaces are asked about for one person.
const NAMESPACES: usize = 200;

impl<C: ChatCluster> Chat<C> {
    /// As far as a question about a namespace, or about all, may reach. A right that could not be asked for is no answer
    /// about pods: it is told.
    pub(super) async fn within(
        &self,
        cluster: &C,
        grant: &Grant,
        namespace: Option<&str>,
        lang: Lang,
    ) -> Result<Within, Refusal> {
        let listed = grant.visible(cluster.name());
        let hidden = match namespace {
            Some(namespace) => hides_logs(&self.policy.no_logs, cluster.name(), namespace),
            // a triage reads logs of many namespaces: one that hides them hides all
            None => self.policy.no_logs.iter().any(|area| area.cluster == cluster.name()),
        };
        let Some(user) = &grant.user else { return Ok(Within { visible: listed, logs: !hidden }) };
        let visible = match namespace {
            // the channel's list first: a person's own rights do not widen it
            Some(namespace)
                if listed.shows(namespace)
                    && may(cluster, user, Right::Pods, Some(namespace), lang).await? =>
            {
                Visible::Only(BTreeSet::from([namespace.to_string()]))
            }
            Some(_) => Visible::Only(BTreeSet::new()),
            None if listed == Visible::All && may(cluster, user, Right::Pods, None, lang).await? => {
                Visible::All
            }
            None => {
                let names: Vec<String> = match listed {
                    Visible::All => cluster.names(None).await,
                    Visible::Only(listed) => listed.into_iter().collect(),
                };
                if names.len() > NAMESPACES {
                    return Err(Refusal::because(words::TOO_MANY_NAMESPACES.of(lang)));
                }
                let asked = names.iter().map(|name| async move {
                    let may = may(cluster, user, Right::Pods, Some(name), lang).await?;
                    Ok(may.then(|| name.clone()))
                });
                let readable: Result<Vec<Option<String>>, Refusal> =
                    join_all(asked).await.into_iter().collect();
                Visible::Only(readable?.into_iter().flatten().collect())
            }
        };
        let logs = !hidden && may(cluster, user, Right::Logs, namespace, lang).await?;
        Ok(Within { visible, logs })
    }
}

/// Whether a person may, by the cluster's word.
pub(super) async fn may<C: Permissions>(
    cluster: &C,
    user: &KubernetesUser,
    right: Right,
    namespace: Option<&str>,
    lang: Lang,
) -> Result<bool, Refusal> {
    let answer = cluster.may(user, right, namespace).await;
    answer.map_err(|error| Refusal::because(format!("{} {error}", words::RIGHTS_UNKNOWN.of(lang))))
}
