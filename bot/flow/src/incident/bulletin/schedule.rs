//! When a digest is posted.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use podwhy_knowledge::Lang;

use crate::chat::policy::Area;
use crate::incident::name::{BULLETIN, name, short};
use crate::incident::policy::Spot;
use crate::incident::record::{Blamed, Incident, RootCause};

const MINUTE: i64 = 60;

/// A digest that is posted again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Where.
    pub to: Spot,
    /// Of what.
    pub areas: Vec<Area>,
    /// At these minutes after midnight, by the clocks of `zone`. One that a day leaves out, as the clocks are put forward, is an hour
    /// later; one that it has twice is the first.
    pub minutes: BTreeSet<u16>,
    /// On these days, 0 for Monday; empty for every day.
    pub days: BTreeSet<u8>,
    /// Whose clocks and days.
    pub zone: TimeZone,
    /// In this language.
    pub lang: Lang,
}

impl Schedule {
    /// The last time it was to be posted; `None` where it is never.
    pub fn slot(&self, now: Timestamp) -> Option<Timestamp> {
        let today = self.zone.to_datetime(now).date();
        let days = (0..=7).filter_map(|back| today.checked_sub(Span::new().days(back)).ok());
        let slots = days.filter(|day| self.is_on(*day)).flat_map(|day| self.slots_of(day));
        slots.filter(|slot| *slot <= now).max()
    }

    fn slots_of(&self, day: Date) -> impl Iterator<Item = Timestamp> {
        self.minutes.iter().filter_map(move |minute| {
            let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
            self.zone.to_timestamp(day.at(hour, minute, 0, 0)).ok()
        })
    }

    /// The time before a slot.
    pub fn before(&self, slot: Timestamp) -> Option<Timestamp> {
        self.slot(Timestamp::from_second(slot.as_second() - 1).ok()?)
    }

    fn is_on(&self, day: Date) -> bool {
        let weekday = u8::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
        self.days.is_empty() || self.days.contains(&weekday)
    }

    /// What all its records have in common.
    pub(super) fn root_cause(&self) -> RootCause {
        let namespace = |area: &Area| area.namespace.clone().unwrap_or_else(|| "*".to_string());
        let areas = self.areas.iter().map(|area| format!(" {}:{}", area.cluster, namespace(area)));
        let whole = format!("{}{}", self.to.told(), areas.collect::<String>());
        let blame = Blamed { kind: "Channel".to_string(), namespace: None, name: short(&whole, 300) };
        RootCause { cluster: String::new(), cause: BULLETIN.to_string(), blame }
    }

    /// Of which a slot's record is the how-manieth.
    pub(super) fn episode(slot: Timestamp) -> u32 {
        u32::try_from(slot.as_second() / MINUTE).unwrap_or(1).max(1)
    }

    /// The name of a slot's record, whoever makes it.
    pub(super) fn record_of(&self, slot: Timestamp) -> String {
        name(&self.root_cause(), Schedule::episode(slot))
    }

    /// Whether an incident is of what it tells about.
    pub(super) fn holds(&self, incident: &Incident) -> bool {
        let cluster = &incident.status.root_cause.cluster;
        let namespaces = incident.namespaces();
        self.areas
            .iter()
            .filter(|area| area.cluster == *cluster)
            .any(|area| area.namespace.as_deref().is_none_or(|own| namespaces.contains(own)))
    }
}
