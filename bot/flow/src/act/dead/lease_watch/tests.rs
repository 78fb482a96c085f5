//! The tracker, step by step, with moments that are given to it.

use std::cell::Cell;

use super::super::inputs::{Crowd, LeaseSeen, NodeObject, Ready, Taint};
use super::super::tests::secs;
use super::*;

/// A cluster of nodes `a` and `b`, watched from second 0; `b` goes on renewing.
struct Watching {
    start: Instant,
    watch: LeaseWatch,
    renewals: Cell<u64>,
}

fn listed() -> Watching {
    let mut it = Watching { start: Instant::now(), watch: LeaseWatch::new(), renewals: Cell::new(0) };
    it.list(0, ReadyStatus::True);
    it
}

impl Watching {
    fn at(&self, second: u64) -> Instant {
        self.start + secs(second)
    }

    /// Everything anew, with what node `a` says.
    fn list(&mut self, second: u64, a: ReadyStatus) {
        self.ready(second, a);
        let at = self.at(second);
        self.watch.node_ready("b", "uid-b", Some(ReadyStatus::True), at);
        self.watch.seen(Stream::NodeLeases, "a", "1", at);
        self.watch.seen(Stream::NodeLeases, "b", "1", at);
        for stream in [Stream::Nodes, Stream::NodeLeases, Stream::AgentLeases] {
            self.watch.listed(stream, at);
        }
    }

    fn ready(&mut self, second: u64, status: ReadyStatus) {
        let at = self.at(second);
        self.watch.node_ready("a", "uid-a", Some(status), at);
        self.watch.taint_seen("a", None, at);
    }

    /// Node `b` lives on, which shows that the watches do.
    fn live(&mut self, from: u64, to: u64) {
        for second in (from..=to).step_by(10) {
            self.renewals.set(self.renewals.get() + 1);
            let at = self.at(second);
            self.watch.seen(Stream::NodeLeases, "b", &format!("r{}", self.renewals.get()), at);
            self.watch.heard(Stream::Nodes, at);
            self.watch.heard(Stream::AgentLeases, at);
        }
    }

    fn watched(&self, second: u64) -> Watched {
        self.watch.watched("a", "uid-a", None, self.at(second))
    }

    fn unchanged(&self, second: u64) -> Option<u64> {
        match self.watched(second).lease {
            LeaseSeen::Kept { unchanged_for, .. } => Some(unchanged_for.as_secs()),
            _ => None,
        }
    }
}

#[test]
fn a_silent_node_is_unchanged_since_its_last_renewal() {
    let mut it = listed();
    let at = it.at(10);
    it.watch.seen(Stream::NodeLeases, "a", "2", at);
    it.live(10, 40);
    it.ready(50, ReadyStatus::Unknown);
    it.live(50, 400);
    let found = it.watched(400);
    assert_eq!(found.ready, Ready::Unknown { seen_for: secs(350) });
    let kept = LeaseSeen::Kept { unchanged_for: secs(390), watched_for: secs(400), renewed: Some(secs(390)) };
    assert_eq!((found.lease, found.agent_lease), (kept, LeaseSeen::Never));
    assert_eq!((found.object, found.taint), (NodeObject::Same, Taint::Absent));
    assert_eq!(found.crowd, Some(Crowd { nodes: 2, unknown: 1 }));
    // nothing changed, and the same version again says nothing new
    let at = it.at(400);
    it.watch.seen(Stream::NodeLeases, "a", "2", at);
    assert_eq!(it.unchanged(400), Some(390));
    let at = it.at(401);
    it.watch.seen(Stream::NodeLeases, "a", "3", at);
    assert_eq!(it.unchanged(402), Some(1));
}

#[test]
fn a_gap_starts_every_time_again() {
    let mut it = listed();
    it.ready(10, ReadyStatus::Unknown);
    it.live(10, 400);
    it.watch.gap();
    let found = it.watched(400);
    assert!(matches!(found.lease, LeaseSeen::NotWatched(_)) && matches!(found.taint, Taint::Unread(_)));
    assert!(matches!(found.object, NodeObject::Unread(_)));
    assert_eq!((found.ready, found.crowd), (Ready::Missing, None));
    it.list(410, ReadyStatus::Unknown);
    it.live(410, 700);
    assert_eq!(it.unchanged(700), Some(290));
    assert_eq!(it.watched(700).ready, Ready::Unknown { seen_for: secs(290) });
}

#[test]
fn a_watch_that_brings_nothing_is_one_with_a_gap() {
    let mut it = listed();
    it.ready(10, ReadyStatus::Unknown);
    it.live(10, 400);
    assert_eq!(it.unchanged(490), Some(490));
    assert_eq!(it.unchanged(491), Some(0), "it hangs");
    it.live(500, 560);
    assert_eq!(it.unchanged(560), Some(60), "and began again");
    // that of the nodes too, in its own time
    let at = it.at(2_000);
    it.watch.seen(Stream::NodeLeases, "b", "x", at);
    assert_eq!(it.watched(2_000).ready, Ready::Unknown { seen_for: secs(0) });
    assert_eq!(it.watched(2_000).crowd, None);
}

#[test]
fn a_list_that_is_not_in_is_no_absence() {
    let start = Instant::now();
    let mut watch = LeaseWatch::new();
    watch.node_ready("a", "uid-a", Some(ReadyStatus::Unknown), start);
    watch.seen(Stream::NodeLeases, "a", "1", start);
    watch.heard(Stream::NodeLeases, start + secs(80));
    let found = watch.watched("a", "uid-a", None, start + secs(80));
    assert!(matches!(found.agent_lease, LeaseSeen::NotWatched(_)));
    let none = LeaseSeen::Kept { unchanged_for: secs(0), watched_for: secs(0), renewed: None };
    assert_eq!((found.lease, found.crowd), (none, None));
    assert!(matches!(found.object, NodeObject::Unread(_)));
}

#[test]
fn what_was_deleted_is_gone_and_a_lease_is_remembered() {
    let mut it = listed();
    let at = it.at(1);
    it.watch.seen(Stream::AgentLeases, "a", "1", at);
    it.watch.lease_gone(Stream::AgentLeases, "a", at);
    assert_eq!(it.watched(1).agent_lease, LeaseSeen::Gone);
    it.watch.gap();
    it.list(2, ReadyStatus::True);
    assert_eq!(it.watched(2).agent_lease, LeaseSeen::Gone);
    let at = it.at(3);
    it.watch.node_gone("a", at);
    let found = it.watched(3);
    assert_eq!(
        (found.object, found.ready, found.lease),
        (NodeObject::Gone, Ready::Missing, LeaseSeen::Never)
    );
    assert_eq!(found.crowd, Some(Crowd { nodes: 1, unknown: 0 }));
    // a gap hides a deletion; the list after it shows it
    let mut it = listed();
    it.watch.gap();
    let at = it.at(5);
    it.watch.node_ready("b", "uid-b", Some(ReadyStatus::True), at);
    it.watch.listed(Stream::Nodes, at);
    it.watch.listed(Stream::NodeLeases, at);
    assert_eq!((it.watched(5).object, it.watched(5).lease), (NodeObject::Gone, LeaseSeen::Gone));
}

#[test]
fn a_node_that_spoke_since_the_offer_has_rejoined() {
    let mut it = listed();
    it.ready(10, ReadyStatus::Unknown);
    let of = |it: &Watching, uid: &str, offered| {
        it.watch.watched("a", uid, Some(it.at(offered)), it.at(500)).object
    };
    assert_eq!(of(&it, "uid-a", 20), NodeObject::Same);
    it.ready(30, ReadyStatus::False);
    it.ready(40, ReadyStatus::Unknown);
    assert_eq!(of(&it, "uid-a", 20), NodeObject::Rejoined);
    assert_eq!(of(&it, "uid-a", 35), NodeObject::Same);
    assert_eq!(of(&it, "uid-old", 35), NodeObject::Replaced);
    let at = it.at(50);
    it.watch.node_ready("a", "uid-new", Some(ReadyStatus::Unknown), at);
    assert_eq!(of(&it, "uid-a", 35), NodeObject::Replaced);
}

#[test]
fn a_taint_is_dated_by_when_it_was_seen_to_appear() {
    let cloud = vec!["cloud".to_string()];
    let other = vec!["kube-controller-manager".to_string()];
    let taint = |it: &mut Watching, second: u64, writers: Option<&[String]>| {
        let at = it.at(second);
        it.watch.taint_seen("a", writers, at);
        it.watched(100).taint
    };
    let present =
        |appeared: Option<u64>| Taint::Present { appeared: appeared.map(secs), writers: cloud.clone() };
    let mut it = listed();
    assert_eq!(taint(&mut it, 20, Some(&cloud)), present(Some(80)));
    assert_eq!(taint(&mut it, 30, Some(&other)), present(Some(80)), "others write other taints later");
    assert_eq!(taint(&mut it, 40, None), Taint::Absent);
    assert_eq!(taint(&mut it, 50, Some(&cloud)), present(Some(50)));
    it.watch.gap();
    it.watch.node_ready("a", "uid-a", Some(ReadyStatus::Unknown), it.start + secs(60));
    assert_eq!(taint(&mut it, 60, Some(&cloud)), present(None), "nobody saw it appear");
}

#[test]
fn a_moment_that_comes_late_is_no_fault() {
    let mut it = listed();
    it.live(10, 100);
    let early = it.at(5);
    it.watch.seen(Stream::NodeLeases, "a", "9", early);
    assert_eq!(it.watch.watched("a", "uid-a", None, it.start).ready, Ready::True);
    assert_eq!(it.unchanged(0), Some(0));
}
