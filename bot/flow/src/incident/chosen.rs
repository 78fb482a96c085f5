//! Which incidents and mutes an order is about, of those that may be seen where it was said. Pure.

use std::sync::Arc;

use jiff::Timestamp;
use podwhy_knowledge::Kind;

use super::mute::Mute;
use super::policy::Spot;
use super::reach::Reach;
use super::record::Incident;
use super::wanted::{PARENT, find};
use crate::ask::order::Fitting;

/// What is known, and from where it is looked at.
#[derive(Clone, Debug)]
pub struct Chosen<'k> {
    /// All of the ledger.
    pub known: &'k [Arc<Incident>],
    /// What may be read there.
    pub reach: &'k Reach,
    /// The channel; `None` in a direct message.
    pub spot: Option<Spot>,
    /// The first message of the thread.
    pub thread: Option<&'k str>,
    /// The time.
    pub now: Timestamp,
}

impl<'k> Chosen<'k> {
    /// What fits, as a mute.
    pub fn mute(fitting: &Fitting, until: Timestamp, by: &str) -> Mute {
        let target = fitting.target.as_ref();
        let of_namespace = target.filter(|target| target.kind == Some(Kind::Namespace));
        let object = target.filter(|_| of_namespace.is_none());
        let namespace = of_namespace.map(|target| target.name.clone());
        Mute {
            cluster: fitting.cluster().map(str::to_string),
            cause: fitting.cause.clone(),
            namespace: namespace.or_else(|| object?.namespace.clone()),
            workload: object.map(|target| match target.kind {
                None | Some(Kind::Pod) => target.name.clone(),
                Some(kind) => format!("{}/{}", kind.camel(), target.name),
            }),
            until,
            by: by.to_string(),
        }
    }

    /// An incident by its name.
    pub fn named(&self, name: &str) -> Option<&'k Incident> {
        self.seen().find(|one| one.name == name)
    }

    /// What an order without words is about: the incident in whose thread it was said, else the only open one of the channel
    /// that nobody is on.
    ///
    /// # Errors
    /// All that could be meant.
    pub fn meant(&self) -> Result<&'k Incident, Vec<&'k Incident>> {
        let Some(spot) = &self.spot else { return Err(Vec::new()) };
        let parent = |one: &&Incident| {
            let post = find(&one.status.posts, PARENT, spot);
            post.is_some_and(|post| post.message.is_some() && post.message.as_deref() == self.thread)
        };
        if let Some(one) = self.seen().filter(|one| one.is_open()).find(parent) {
            return Ok(one);
        }
        let is_told = |one: &&Incident| one.thread(spot).is_some_and(|own| own.within.is_none());
        let open: Vec<&Incident> =
            self.seen().filter(|one| one.is_open() && one.status.taken.is_none()).filter(is_told).collect();
        match open.as_slice() {
            [only] => Ok(only),
            _ => Err(open),
        }
    }

    /// Open incidents that a mute holds.
    pub fn open_of(&self, mute: &Mute) -> Vec<&'k Incident> {
        let open = self.seen().filter(|one| one.is_open() && one.is_ordinary());
        open.filter(|one| mute.holds(one, self.now)).collect()
    }

    /// Incidents that are muted themselves.
    pub fn muted(&self) -> Vec<&'k Incident> {
        self.seen().filter(|one| one.is_open() && one.status.is_muted(self.now)).collect()
    }

    /// Mutes of more than one incident, the first to end first.
    pub fn mutes(&self) -> Vec<Mute> {
        let mut mutes = self.all_mutes();
        mutes.retain(|mute| self.reach.sees(mute));
        mutes.sort_by_key(|mute| mute.until);
        mutes
    }

    /// Those that may be ended, of which all is within what fits.
    pub fn mutes_within(&self, fitting: &Fitting) -> Vec<Mute> {
        let whole = Chosen::mute(fitting, Timestamp::MAX, "");
        let mut mutes = self.mutes();
        mutes.retain(|mute| whole.is_around(mute) && self.reach.may(mute));
        mutes
    }

    /// Those that reach further than what fits.
    pub fn mutes_around(&self, fitting: &Fitting) -> Vec<Mute> {
        let part = Chosen::mute(fitting, Timestamp::MAX, "");
        let mut mutes = self.mutes();
        mutes.retain(|mute| mute.is_around(&part));
        mutes
    }

    /// Those that hold an incident.
    pub fn mutes_of(&self, incident: &Incident) -> Vec<Mute> {
        let mut mutes = self.mutes();
        mutes.retain(|mute| mute.holds(incident, self.now));
        mutes
    }

    /// Incidents that are muted themselves and fit.
    pub fn muted_within(&self, fitting: &Fitting) -> Vec<&'k Incident> {
        let whole = Chosen::mute(fitting, Timestamp::MAX, "");
        self.muted().into_iter().filter(|one| whole.holds(one, self.now)).collect()
    }

    fn seen(&self) -> impl Iterator<Item = &'k Incident> {
        let (known, reach, spot) = (self.known, self.reach, self.spot.clone());
        known
            .iter()
            .map(Arc::as_ref)
            .filter(move |one| Mute::of(one).is_none() && reach.shows(one, spot.as_ref()))
    }

    fn all_mutes(&self) -> Vec<Mute> {
        let mutes = self.known.iter().filter_map(|one| Mute::of(one));
        mutes.filter(|mute| self.now < mute.until).collect()
    }
}

#[cfg(test)]
mod tests;
