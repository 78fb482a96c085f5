//! What people want of incidents, done: see [`crate::ask::order`].

use futures::future::BoxFuture;
use jiff::Timestamp;
use podwhy_knowledge::Lang;
use tracing::warn;

use super::{Incidents, joined};
use crate::act::words::NO_ACTIONS;
use crate::ask::order::{About, Lasts, Order};
use crate::incident::book::Book;
use crate::incident::chosen::Chosen;
use crate::incident::mute::Mute;
use crate::incident::policy::Spot;
use crate::incident::record::Incident;
use crate::incident::words::{self, NO_INCIDENT, NOT_A_PERSON, NOT_NOW};
use crate::incident::{Change, order_words as said};
use crate::ports::{ClusterRead, IncidentOrders, Ordered};

/// What the book does of it.
type Decide = Box<dyn FnMut(&mut Book) -> Vec<Change> + Send>;

/// What is done, and what is said of it.
struct Done {
    decide: Decide,
    told: String,
}

impl<C: ClusterRead + std::fmt::Debug> IncidentOrders for Incidents<C> {
    fn obey(&self, ordered: Ordered) -> BoxFuture<'_, Result<String, String>> {
        Box::pin(self.ordered(ordered))
    }

    fn fixes(&self, cluster: &str, namespace: &str, causes: &[&str]) -> bool {
        let fixes = &self.policy.fixes;
        self.acting.is_some() && causes.iter().any(|cause| fixes.holds(cluster, namespace, cause))
    }
}

impl<C: ClusterRead + std::fmt::Debug> Incidents<C> {
    async fn ordered(&self, ordered: Ordered) -> Result<String, String> {
        let (asker, lang) = (&ordered.asker, self.chats.lang(&ordered.asker));
        if ordered.order.acts() {
            let Some(acting) = &self.acting else { return Err(NO_ACTIONS.of(lang).to_string()) };
            return acting.obey(&ordered, self.chats.user(asker).as_ref(), lang).await;
        }
        let known = self.store.incidents();
        let chosen = Chosen {
            known: &known,
            reach: &ordered.reach,
            spot: asker.channel.clone().map(|channel| Spot { platform: asker.platform, channel }),
            thread: ordered.thread.as_deref(),
            now: self.clock.now(),
        };
        if ordered.order == Order::Mutes {
            return Ok(said::mutes(&chosen.mutes(), &chosen.muted(), chosen.now, lang));
        }
        let user = self.chats.user(asker).ok_or_else(|| NOT_A_PERSON.of(lang).to_string())?;
        let Done { mut decide, told } = match &ordered.order {
            Order::Ack(about) => ack(&chosen, about.as_ref(), &user.name, lang),
            Order::Mute(about, lasts) => mute(&chosen, about, *lasts, &user.name, lang),
            Order::Unmute(about) => self.unmute(&chosen, about, &user.name, lang),
            // a list was answered before, and what is done is another's
            _ => return Ok(String::new()),
        }?;
        match self.write(|book| decide(book)).await {
            Ok(()) => Ok(told),
            Err(error) => {
                warn!(%error, order = %ordered.order, "an order could not be obeyed");
                Err(NOT_NOW.of(lang).to_string())
            }
        }
    }

    fn unmute(&self, chosen: &Chosen<'_>, about: &About, by: &str, lang: Lang) -> Result<Done, String> {
        let (mutes, muted): (Vec<Mute>, Vec<&Incident>) = match about {
            About::Incident(name) => {
                let one = chosen.named(name).ok_or_else(|| NO_INCIDENT.of(lang).to_string())?;
                (Vec::new(), Vec::from_iter(one.status.is_muted(chosen.now).then_some(one)))
            }
            About::All(fitting) => (chosen.mutes_within(fitting), chosen.muted_within(fitting)),
        };
        if mutes.is_empty() && muted.is_empty() {
            let around = match about {
                About::Incident(name) => chosen.named(name).map(|one| chosen.mutes_of(one)),
                About::All(fitting) => Some(chosen.mutes_around(fitting)),
            };
            return Err(said::not_muted(about, &around.unwrap_or_default(), lang));
        }
        let records = mutes.iter().map(|mute| mute.record(chosen.now).name);
        let names: Vec<String> = records.chain(muted.iter().map(|one| one.name.clone())).collect();
        let (policy, now) = (self.policy.clone(), chosen.now);
        Ok(Done {
            decide: Box::new(move |book| book.unmute(&names, &policy, now)),
            told: said::unmuted(by, &mutes, &titles(&muted, lang), lang),
        })
    }
}

fn ack(chosen: &Chosen<'_>, about: Option<&About>, by: &str, lang: Lang) -> Result<Done, String> {
    let taken = match about {
        Some(About::Incident(name)) => {
            let one = chosen.named(name).ok_or_else(|| NO_INCIDENT.of(lang).to_string())?;
            Vec::from_iter(one.is_open().then_some(one))
        }
        Some(About::All(fitting)) => chosen.open_of(&Chosen::mute(fitting, Timestamp::MAX, by)),
        None => match chosen.meant() {
            Ok(one) => vec![one],
            Err(several) if several.is_empty() => Vec::new(),
            Err(several) => return Err(said::which(&several, lang)),
        },
    };
    if taken.is_empty() {
        return Err(said::nothing_open(about, lang));
    }
    let names: Vec<String> = taken.iter().map(|one| one.name.clone()).collect();
    let (told, by, now) = (said::acked(by, &titles(&taken, lang), lang), by.to_string(), chosen.now);
    Ok(Done {
        decide: Box::new(move |book| joined(names.iter().map(|name| book.take(name, &by, now)).collect())),
        told,
    })
}

fn mute(chosen: &Chosen<'_>, about: &About, lasts: Lasts, by: &str, lang: Lang) -> Result<Done, String> {
    let now = chosen.now;
    let until = now.checked_add(lasts.duration()).unwrap_or(now);
    match about {
        About::Incident(name) => {
            let one = chosen.named(name).ok_or_else(|| NO_INCIDENT.of(lang).to_string())?;
            let told = said::muted(by, &words::title_of_call(one, lang), (now, until), None, lang);
            let (name, by) = (name.clone(), by.to_string());
            Ok(Done { decide: Box::new(move |book| book.mute(&name, until, &by, now)), told })
        }
        About::All(fitting) => {
            let mute = Chosen::mute(fitting, until, by);
            if !chosen.reach.may(&mute) {
                return Err(said::beyond(&mute, lang));
            }
            let silent = titles(&chosen.open_of(&mute), lang);
            let told = said::muted(by, &said::what(&mute, lang), (now, until), Some(&silent), lang);
            Ok(Done { decide: Box::new(move |book| book.mute_all(&mute, now)), told })
        }
    }
}

fn titles(incidents: &[&Incident], lang: Lang) -> Vec<String> {
    incidents.iter().map(|one| words::title(one, 0, lang)).collect()
}

#[cfg(test)]
mod tests;
