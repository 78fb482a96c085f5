//! Keeps an incident small enough to be stored: etcd takes no object above 1.5 MiB, and every write sends the whole of it.

use serde::Serialize;

use super::fixed::MOST_FACTS;
use super::links;
use super::name::short;
use super::record::{
    Alerted, BEYOND, Blamed, Incident, Kept, MOST_ALERTS, MOST_ENTRIES, MOST_KEPT, MOST_MEMBERS,
    MOST_NAMESPACES, Member, RootCause, Status,
};

/// A stored incident is below 64 KiB; the rest is the ledger's own (its name, labels and managed fields).
pub const LARGEST: usize = 60 * 1024;

/// The longest text of an excerpt, in bytes, whatever is configured.
pub const LONGEST_EXCERPT: usize = 1_000;

impl Incident {
    /// Cuts texts and lists to their limits, and what is too much even so.
    pub(super) fn fit(&mut self) {
        self.status.cut();
        // a hostile cluster's texts may triple when they are written as JSON
        while self.size() > LARGEST && self.status.halve_largest() {}
    }

    /// How many bytes it has as JSON.
    pub fn size(&self) -> usize {
        bytes(&self.spec) + bytes(&self.status)
    }
}

impl Status {
    fn cut(&mut self) {
        cut(&mut self.summary, 600);
        for (text, most) in [(&mut self.confidence, 32), (&mut self.muted_by, 120), (&mut self.same_as, 63)] {
            text.iter_mut().for_each(|text| cut(text, most));
        }
        self.taken.iter_mut().for_each(|taken| cut(&mut taken.by, 120));
        self.members.truncate(MOST_MEMBERS);
        self.namespaces_at_most();
        // the sort is stable: what fires stays in the order in which it was told
        self.alerts.sort_by_key(|alert| !alert.firing);
        self.alerts.truncate(MOST_ALERTS);
        links::at_most(self.alerts.iter_mut().map(|alert| &mut alert.links));
        self.fixed.truncate(MOST_FACTS);
        self.revisions.truncate(MOST_FACTS);
        self.entries.truncate(MOST_ENTRIES);
        self.kept.truncate(MOST_KEPT);
        for kept in &mut self.kept {
            *kept = tidy_kept(kept, LONGEST_EXCERPT);
        }
    }

    fn namespaces_at_most(&mut self) {
        while self.namespaces.len() > MOST_NAMESPACES {
            let last = self.namespaces.keys().rfind(|name| *name != BEYOND).cloned();
            let Some(count) = last.and_then(|last| self.namespaces.remove(&last)) else { return };
            *self.namespaces.entry(BEYOND.to_string()).or_default() += count;
        }
    }

    /// Whether there was something to take away.
    fn halve_largest(&mut self) -> bool {
        let sizes = [bytes(&self.kept), bytes(&self.alerts), bytes(&self.members), bytes(&self.entries)];
        let largest = sizes.iter().enumerate().max_by_key(|(_, size)| **size).map(|(at, _)| at);
        let half = |len: usize| (len > 0).then_some(len / 2);
        let halved = match largest {
            Some(0) => half(self.kept.len()).map(|len| self.kept.truncate(len)),
            Some(1) => half(self.alerts.len()).map(|len| self.alerts.truncate(len)),
            Some(2) => half(self.members.len()).map(|len| self.members.truncate(len)),
            _ => half(self.entries.len()).map(|len| self.entries.truncate(len)),
        };
        halved.is_some()
    }
}

/// The same root cause, small enough to be stored; every one is made so before it is looked for.
pub(super) fn tidy_cause(root_cause: &RootCause) -> RootCause {
    RootCause {
        cluster: short(&root_cause.cluster, 253),
        cause: short(&root_cause.cause, 63),
        blame: Blamed {
            kind: short(&root_cause.blame.kind, 63),
            namespace: root_cause.blame.namespace.as_ref().map(|name| short(name, 63)),
            name: short(&root_cause.blame.name, 300),
        },
    }
}

/// The same for a member.
pub(super) fn tidy_member(member: &Member) -> Member {
    Member {
        kind: short(&member.kind, 63),
        namespace: short(&member.namespace, 63),
        name: short(&member.name, 253),
    }
}

/// The same for an alert.
pub(super) fn tidy_alert(alert: Alerted) -> Alerted {
    let mut summary = alert.summary;
    cut(&mut summary, 160);
    Alerted {
        fingerprint: short(&alert.fingerprint, 64),
        name: short(&alert.name, 96),
        group: short(&alert.group, 96),
        about: alert.about.as_ref().map(tidy_member),
        labels: alert
            .labels
            .into_iter()
            .take(8)
            .map(|(label, value)| (short(&label, 63), short(&value, 63)))
            .collect(),
        summary,
        ..alert
    }
}

/// The same for a piece of evidence.
pub(super) fn tidy_kept(kept: &Kept, longest: usize) -> Kept {
    let mut kept = kept.clone();
    cut(&mut kept.object, 320);
    cut(&mut kept.source, 32);
    cut(&mut kept.text, longest);
    kept
}

pub(super) fn cut(text: &mut String, most: usize) {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most.saturating_sub('…'.len_utf8())));
        text.push('…');
    }
}

fn bytes(value: &impl Serialize) -> usize {
    serde_json::to_vec(value).map_or(0, |json| json.len())
}
