use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use podwhy_knowledge::Lang;
use tokio::time::{Duration, timeout};

use super::*;
use crate::chat::Platform;
use crate::chat::policy::Area;
use crate::incident::alert::Alert;
use crate::incident::looks::testing::{Fake, Mood, deployment, oom};
use crate::incident::mute::Mute;
use crate::incident::policy::Route;
use crate::incident::record::{Phase, Taken};
use crate::incident::testing::{
    Boarded, Dice, FakeBoard, FakeLead, FakeLedger, Office, PlainAnswers, card_text, clock, incident, route,
    spot, start,
};
use crate::incident::{Book, Found, Keeper, Options, Policy, Store, Told};
use crate::ports::Clock;

fn area(namespace: Option<&str>) -> Area {
    Area { cluster: "prod".to_string(), namespace: namespace.map(str::to_string) }
}

/// Each day at 15:04, when these tests begin, a Thursday, and at 07:00.
fn daily() -> Schedule {
    Schedule {
        to: spot(Platform::Slack, "C1"),
        areas: vec![area(Some("shop"))],
        minutes: [7 * 60, 15 * 60 + 4].into(),
        days: Default::default(),
        zone: TimeZone::UTC,
        lang: Lang::En,
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_slot_is_the_last_time_it_was_due() {
    let of = |schedule: &Schedule, now: &str| schedule.slot(time(now)).map(|slot| slot.to_string());
    let daily = daily();
    for (now, slot) in [
        ("2026-01-01T15:04:00Z", "2026-01-01T15:04:00Z"),
        ("2026-01-01T15:03:59Z", "2026-01-01T07:00:00Z"),
        ("2026-01-01T06:59:59Z", "2025-12-31T15:04:00Z"),
    ] {
        assert_eq!(of(&daily, now).as_deref(), Some(slot), "{now}");
    }
    assert_eq!(daily.before(start()), Some(time("2026-01-01T07:00:00Z")));
    let mondays = Schedule { days: [0].into(), minutes: [7 * 60].into(), ..daily.clone() };
    assert_eq!(of(&mondays, "2026-01-01T15:04:00Z").as_deref(), Some("2025-12-29T07:00:00Z"));
    assert_eq!(of(&mondays, "2026-01-05T06:00:00Z").as_deref(), Some("2025-12-29T07:00:00Z"));
    assert_eq!(of(&mondays, "2026-01-05T07:00:00Z").as_deref(), Some("2026-01-05T07:00:00Z"));
    assert_eq!(of(&Schedule { minutes: Default::default(), ..daily.clone() }, "2026-01-01T15:04:00Z"), None);
    let other = Schedule { areas: vec![area(None)], ..daily.clone() };
    assert_ne!(daily.record_of(start()), other.record_of(start()), "two digests of one channel and time");
}

#[test]
fn a_slot_is_by_the_clocks_of_its_zone_also_on_the_days_they_are_changed() {
    let zone = |name: &str| TimeZoneDatabase::bundled().get(name).unwrap();
    let at = |place: &str, minutes: &[u16], now: &str| {
        let schedule = Schedule { zone: zone(place), minutes: minutes.iter().copied().collect(), ..daily() };
        schedule.slot(time(now)).map(|slot| slot.to_string())
    };
    for (place, minutes, now, slot) in [
        ("Europe/Berlin", [7 * 60].as_slice(), "2026-01-15T12:00:00Z", "2026-01-15T06:00:00Z"),
        ("Europe/Berlin", &[7 * 60], "2026-07-15T12:00:00Z", "2026-07-15T05:00:00Z"),
        // put forward: there is no 02:30 on this day, and 03:15 comes before what stands for it
        ("Europe/Berlin", &[150, 195], "2026-03-29T12:00:00Z", "2026-03-29T01:30:00Z"),
        ("Europe/Berlin", &[150, 195], "2026-03-29T01:20:00Z", "2026-03-29T01:15:00Z"),
        // put back: 02:30 is twice, and told once
        ("Europe/Berlin", &[150], "2026-10-25T12:00:00Z", "2026-10-25T00:30:00Z"),
        // the next day already, and still the last one
        ("Asia/Tokyo", &[7 * 60], "2026-01-14T23:00:00Z", "2026-01-14T22:00:00Z"),
        ("America/Los_Angeles", &[20 * 60], "2026-01-15T05:00:00Z", "2026-01-15T04:00:00Z"),
    ] {
        assert_eq!(at(place, minutes, now).as_deref(), Some(slot), "{place} {now}");
    }
    // Monday in Tokyo is Sunday evening in UTC
    let mondays =
        Schedule { days: [0].into(), minutes: [7 * 60].into(), zone: zone("Asia/Tokyo"), ..daily() };
    assert_eq!(mondays.slot(time("2026-01-05T00:00:00Z")), Some(time("2026-01-04T22:00:00Z")));
}

struct World {
    ledger: FakeLedger,
    slack: FakeBoard,
    clusters: Vec<Arc<Fake>>,
    office: Office,
    clock: Clock,
}

impl World {
    fn new() -> World {
        let (dice, clock) = (Dice::new(1), clock());
        let objects =
            vec![deployment("shop", "cart", 2, 0), oom("shop", "cart", "x2x4z"), oom("pay", "api", "x2x4z")];
        World {
            ledger: FakeLedger::new(dice.clone()),
            slack: FakeBoard::new(Platform::Slack, dice, clock.clone()),
            clusters: vec![Arc::new(Fake::new("prod", objects))],
            office: Office::default(),
            clock,
        }
    }

    /// A replica that makes digests and posts, for so many seconds.
    async fn works(&self, schedules: &[Schedule], seconds: u64) {
        let store = Arc::new(Store::new(Arc::new(self.ledger.clone()), Arc::default()));
        store.load().await.unwrap();
        let bulletins = Bulletins::new(
            self.clusters.clone(),
            schedules.to_vec(),
            Vec::new(),
            Arc::clone(&store),
            self.clock.clone(),
        );
        let keeper = Keeper::new(
            store,
            vec![Arc::new(self.slack.clone())],
            Arc::new(FakeLead { office: self.office.clone(), own: 0 }),
            Arc::new(PlainAnswers),
            Arc::new(Policy::default()),
            self.clock.clone(),
            Options::default(),
        );
        let both = async { tokio::join!(bulletins.run(), keeper.run(std::future::pending())) };
        let _cut_off = timeout(Duration::from_secs(seconds), both).await;
    }

    fn posted(&self) -> Vec<Boarded> {
        self.slack.messages()
    }
}

#[tokio::test(start_paused = true)]
async fn a_digest_is_posted_once_over_replicas_and_restarts() {
    let world = World::new();
    let schedules = [daily()];
    tokio::join!(world.works(&schedules, 20), world.works(&schedules, 20));
    world.works(&schedules, 120).await;
    let posted = world.posted();
    assert_eq!(posted.len(), 1, "{posted:?}");
    assert_eq!((posted[0].place.thread.clone(), posted[0].place.channel.as_str()), (None, "C1"));
    let text = card_text(&posted[0].body);
    let title = "Digest · 2026-01-01 15:04 UTC\n1 root cause fails; 0 are open as incidents, 0 resolved since 2026-01-01 07:00 UTC";
    assert!(text.starts_with(title), "{text}");
    assert!(text.contains("\nFails: oom-killed · Deployment prod:shop/cart · 1 pod"), "{text}");
    assert!(!text.contains("pay"), "{text}");
    assert_eq!(world.ledger.incidents().len(), 1);
    assert!(world.slack.calls("edit").is_empty(), "it tells of a moment");
    // the next one, sixteen hours later
    tokio::time::advance(Duration::from_secs(16 * 60 * 60)).await;
    world.works(&schedules, 60).await;
    let text = card_text(&world.posted()[1].body);
    assert!(
        text.starts_with("Digest · 2026-01-02 07:00 UTC") && text.contains("since 2026-01-01 15:04 UTC"),
        "{text}"
    );
    assert_eq!(world.posted().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_that_was_missed_is_posted_within_an_hour_or_not_at_all() {
    for (minutes, posted) in [(59, 1), (61, 0)] {
        let world = World::new();
        let early = Schedule { minutes: [15 * 60 + 4].into(), ..daily() };
        tokio::time::advance(Duration::from_secs(60 * minutes)).await;
        world.works(&[early], 50).await;
        assert_eq!(world.posted().len(), posted, "{minutes}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_is_away_delays_it_and_a_cluster_that_is_silent_does_not() {
    let world = World::new();
    world.clusters[0].state().mood = Mood::Fails;
    let store = Store::new(Arc::new(world.ledger.clone()), Arc::default());
    assert!(store.incidents().is_empty());
    world.works(&[daily()], 5).await;
    let chinese = Schedule { lang: Lang::Zh, to: spot(Platform::Slack, "C2"), ..daily() };
    world.works(&[daily(), chinese], 60).await;
    let texts: Vec<String> = world.posted().iter().map(|own| card_text(&own.body)).collect();
    assert_eq!(texts.len(), 2);
    assert!(
        texts[0].contains("Nothing fails") && texts[0].contains("Cluster prod did not answer"),
        "{texts:?}"
    );
    assert!(
        texts[1].contains("摘要 · 2026-01-01 15:04 UTC") && texts[1].contains("集群 prod 无应答"),
        "{texts:?}"
    );
    let stands = world
        .ledger
        .incidents()
        .iter()
        .map(|one| one.status.bulletin.as_ref().unwrap().stands)
        .collect::<Vec<_>>();
    assert_eq!(stands, [Stands::Unclear, Stands::Unclear]);
    let away = World::new();
    away.ledger.away(Duration::from_secs(5));
    tokio::time::sleep(Duration::from_secs(6)).await;
    away.works(&[daily()], 30).await;
    assert_eq!(away.posted().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn it_tells_what_is_open_was_resolved_is_muted_and_was_not_told() {
    let world = World::new();
    let earlier = |minutes| start() - SignedDuration::from_mins(minutes);
    let mut open = incident("cart");
    open.spec.opened_at = earlier(125);
    open.status.taken = Some(Taken { by: "Ada".to_string(), at: earlier(100) });
    let mut alone = incident("front");
    alone.spec.opened_at = earlier(30);
    let (mut over, mut long_over, mut elsewhere) = (incident("till"), incident("old"), incident("api"));
    for (one, minutes) in [(&mut over, 60), (&mut long_over, 600)] {
        one.spec.opened_at = earlier(minutes + 12);
        (one.status.phase, one.status.resolved_at) = (Phase::Resolved, Some(earlier(minutes)));
    }
    elsewhere.status.root_cause.blame.namespace = Some("pay".to_string());
    elsewhere.status.members.iter_mut().for_each(|member| member.namespace = "pay".to_string());
    let mute = |namespace: &str| Mute {
        cluster: Some("prod".to_string()),
        cause: Some("oom-killed".to_string()),
        namespace: Some(namespace.to_string()),
        workload: None,
        until: start() + SignedDuration::from_hours(2),
        by: "Ada".to_string(),
    };
    for one in [
        open,
        alone,
        over,
        long_over,
        elsewhere,
        mute("shop").record(earlier(5)),
        mute("pay").record(earlier(5)),
    ] {
        world.ledger.put(Incident {
            status: crate::incident::record::Status { threads: Vec::new(), ..one.status },
            ..one
        });
    }
    let mut book = Book::default();
    for (name, fingerprint) in [("KubeJobFailed", "a"), ("KubeJobFailed", "b"), ("Slow", "c")] {
        book.alert(&told(name, fingerprint, "shop"), &counting(), earlier(10));
    }
    book.incidents().for_each(|one| world.ledger.put(one.clone()));
    world.works(&[daily()], 60).await;
    let text = card_text(&world.posted()[0].body);
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            "Digest · 2026-01-01 15:04 UTC",
            "1 root cause fails; 2 are open as incidents, 1 resolved since 2026-01-01 07:00 UTC",
            "Fails: oom-killed · Deployment prod:shop/cart · 1 pod · open for 2 h 5 min · Ada is on it",
            "Open: oom-killed · Deployment prod:shop/front · 3 pods · open for 30 min",
            "Resolved after 12 min: oom-killed · Deployment prod:shop/till",
            "Alerts without a Kubernetes cause that were not told: KubeJobFailed × 2, Slow × 1",
            "Muted until 2026-01-01 17:04 UTC by Ada: oom-killed · prod / shop",
        ]
    );
}

fn counting() -> Policy {
    let routes: Vec<Route> = vec![route(spot(Platform::Slack, "C1"), Lang::En)];
    Policy { counts_untold: true, routes, ..Policy::default() }
}

/// An alert of no cause in Kubernetes that is not worth a thread.
fn told(name: &str, fingerprint: &str, namespace: &str) -> Told {
    let alert = Alert {
        cluster: "prod".to_string(),
        fingerprint: fingerprint.to_string(),
        starts_at: start(),
        firing: true,
        name: name.to_string(),
        severity: Some("warning".to_string()),
        labels: BTreeMap::from([("namespace".to_string(), namespace.to_string())]),
        summary: String::new(),
        runbook: None,
        link: None,
        about: None,
        group: "g".to_string(),
        truncated: 0,
    };
    Told { alert, found: Found::NoObject }
}

fn untold(book: &Book, namespace: &str, since: Timestamp) -> Vec<(String, usize)> {
    let of = |one: &&Incident| one.spec.root_cause.blame.namespace.as_deref() == Some(namespace);
    let records = book.incidents().filter(of).filter_map(|one| one.status.untold.as_ref());
    records
        .flat_map(|own| {
            own.since(since, &Default::default())
                .map(|(name, count)| (name.to_string(), count))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn alerts_that_are_told_nowhere_are_counted_once_where_a_digest_wants_them() {
    let (mut book, policy) = (Book::default(), counting());
    let after = |minutes: i64| start() + SignedDuration::from_mins(minutes);
    assert_eq!(
        book.alert(&told("Slow", "a", "shop"), &Policy { counts_untold: false, ..policy.clone() }, after(0)),
        []
    );
    assert_eq!(book.alert(&told("Slow", "a", "shop"), &policy, after(0)).len(), 1);
    assert_eq!(book.alert(&told("Slow", "a", "shop"), &policy, after(5)), [], "sent again");
    book.alert(&told("Slow", "b", "shop"), &policy, after(10));
    book.alert(&told("Slow", "c", "pay"), &policy, after(10));
    assert_eq!(untold(&book, "shop", after(-1)), [("Slow".to_string(), 2)]);
    assert_eq!(untold(&book, "shop", after(5)), [("Slow".to_string(), 1)], "since the last digest");
    assert_eq!(untold(&book, "pay", after(-1)), [("Slow".to_string(), 1)]);
    assert!(
        book.incidents()
            .all(|one| !one.is_open() && policy.spots(one).is_empty() && one.status.threads.is_empty())
    );
    // a runaway stays small
    for number in 0..3_000 {
        book.alert(&told("Many", &number.to_string(), "shop"), &policy, after(20 + number / 100));
    }
    let record = book.incidents().find(|one| one.status.untold.is_some() && one.size() > 10_000).unwrap();
    assert!(record.size() < 40_000, "{}", record.size());
    book.settle(after(60 * 24 * 8), &policy);
    assert_eq!(book.incidents().count(), 0, "and is forgotten");
}
