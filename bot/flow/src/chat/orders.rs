//! What is wanted of incidents: by someone who is known, about what they may read.

use std::collections::BTreeMap;

use podwhy_knowledge::{Kind, Lang, Target};

use super::Wanted;
use super::desk::{Chat, ChatCluster};
use super::policy::{Grant, Refusal};
use super::question::{Asker, Question};
use super::reply::Content;
use super::scope::{Known, named};
use crate::ask::command::Command;
use crate::ask::order::{About, Fitting, Order};
use crate::ask::within::Visible;
use crate::incident::reach::Reach;
use crate::incident::words::NOT_A_PERSON;
use crate::ports::Ordered;
use crate::words;

impl<C: ChatCluster> Chat<C> {
    /// Whether there is anyone who could obey it, and whether this person may say it; of all else, yes. Makes no request.
    pub(super) fn hears(&self, wanted: &Wanted, asker: &Asker, lang: Lang) -> Result<(), Refusal> {
        let Wanted::Command(Command::Incident(order)) = wanted else { return Ok(()) };
        if self.orders.is_none() {
            return Err(Refusal::because(words::NO_ORDERS_HERE.of(lang)));
        }
        if order.changes() && self.policy.user(asker).is_none() {
            return Err(Refusal::because(NOT_A_PERSON.of(lang)));
        }
        Ok(())
    }

    pub(super) async fn order(
        &self,
        order: &Order,
        question: &Question,
        grant: &Grant,
        lang: Lang,
    ) -> Result<Content, Refusal> {
        let Some(orders) = &self.orders else {
            return Err(Refusal::because(words::NO_ORDERS_HERE.of(lang)));
        };
        if grant.private && matches!(order, Order::Fix(_)) {
            return Err(Refusal::because(words::OFFERED_TO_ALL.of(lang)));
        }
        let ordered = Ordered {
            order: order.clone(),
            asker: question.asker.clone(),
            thread: question.thread.clone(),
            reach: self.reach(order, grant, lang).await?,
            incident: None,
        };
        orders.obey(ordered).await.map(Content::Told).map_err(Refusal::because)
    }

    /// Of the cluster it names, else of each.
    async fn reach(&self, order: &Order, grant: &Grant, lang: Lang) -> Result<Reach, Refusal> {
        if let Order::Fix(target) = order {
            let cluster = target.cluster.clone().unwrap_or_default();
            let Some(known) = self.desk.of_name(&cluster) else { return Ok(Reach::default()) };
            let within = self.within(known, grant, namespace_of(target), lang).await?;
            return Ok(Reach(BTreeMap::from([(cluster, within.visible)])));
        }
        let fitting = order.about().and_then(|about| match about {
            About::All(fitting) => Some(fitting),
            About::Incident(_) => None,
        });
        let cluster = fitting.and_then(Fitting::cluster);
        let namespace = fitting.and_then(|fitting| fitting.target.as_ref()).and_then(namespace_of);
        let mut reach = BTreeMap::new();
        for name in grant.clusters().into_iter().filter(|own| cluster.is_none_or(|named| named == *own)) {
            let Some(known) = self.desk.of_name(name) else { continue };
            let within = match self.within(known, grant, namespace, lang).await {
                Err(refusal) if cluster.is_some() => return Err(refusal),
                within => within,
            };
            // one that cannot be asked for rights takes nothing from the others
            reach.insert(name.to_string(), within.map_or(Visible::Only([].into()), |within| within.visible));
        }
        Ok(Reach(reach))
    }
}

fn namespace_of(target: &Target) -> Option<&str> {
    match target.kind {
        Some(Kind::Namespace) => Some(&target.name),
        _ => target.namespace.as_deref(),
    }
}

impl Grant {
    /// With its cluster named, and for a mute the namespace, where only one is listed.
    pub(super) fn place_order(&self, order: Order, known: &impl Known, lang: Lang) -> Result<Order, Refusal> {
        if let Order::Fix(target) = order {
            return Ok(Order::Fix(self.target(target, known, lang)?));
        }
        let Some(About::All(fitting)) = order.about().cloned() else { return Ok(order) };
        if let Some(target) = fitting.target {
            let target = Some(self.target(target, known, lang)?);
            return Ok(order.of(About::All(Fitting { target, ..fitting })));
        }
        let cluster = match &fitting.cluster {
            Some(own) => self.named_cluster(own, lang)?,
            None => self
                .cluster
                .clone()
                .or_else(|| self.only_cluster())
                .ok_or_else(|| Refusal::because(words::which_cluster(&self.clusters(), lang)))?,
        };
        let target = match self.visible(&cluster) {
            Visible::Only(listed) if matches!(order, Order::Mute(..)) => {
                let listed: Vec<String> = listed.into_iter().collect();
                let [only] = listed.as_slice() else {
                    return Err(Refusal::because(words::mute_of_which(&listed, lang)));
                };
                let kind = Some(Kind::Namespace);
                Some(Target { cluster: named(&cluster), namespace: None, kind, name: only.clone() })
            }
            _ => None,
        };
        let cluster = named(&cluster).filter(|_| target.is_none());
        Ok(order.of(About::All(Fitting { cluster, target, ..fitting })))
    }
}
