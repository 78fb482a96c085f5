use std::sync::Arc;

use futures::stream::{self, BoxStream};
use podwhy_knowledge::Lang;

use super::super::inputs::{LeaseSeen, Ready};
use super::super::lease_watch::ReadyStatus;
use super::super::{Options, Proving, Verdict};
use super::*;
use crate::act::record::Target;
use crate::ports::{NodeSighting, Power, PowerProbe, SetSighting};

/// A cluster of nodes `a` and `b`. `a` has been silent from the start; `b` renews. A gap comes when it is told to.
struct Cluster {
    gap_after: Option<u64>,
}

fn node(name: &str, ready: ReadyStatus) -> Sighting {
    let (uid, name) = (format!("uid-{name}"), name.to_string());
    Sighting::Node(NodeSighting { name, uid, ready: Some(ready), shutdown: None })
}

fn lease(node: &str, version: u64) -> Sighting {
    Sighting::Lease { stream: Stream::NodeLeases, node: node.to_string(), version: version.to_string() }
}

const ALL: [Stream; 3] = [Stream::Nodes, Stream::NodeLeases, Stream::AgentLeases];

impl NodeWatch for Cluster {
    fn nodes(&self) -> BoxStream<'static, Sighting> {
        let begin = ALL.map(Sighting::Relisting).into_iter();
        let all =
            [node("a", ReadyStatus::Unknown), node("b", ReadyStatus::True), lease("a", 1), lease("b", 0)];
        let listed = ALL.map(Sighting::Listed).into_iter();
        let first: Vec<Sighting> = begin.chain(all).chain(listed).collect();
        let gap = self.gap_after;
        let renewals = stream::unfold(1, move |count: u64| async move {
            sleep(Duration::from_secs(10)).await;
            let next = if gap == Some(count * 10) {
                Sighting::Relisting(Stream::NodeLeases)
            } else {
                lease("b", count)
            };
            Some((next, count + 1))
        });
        // node `b` writes its status every now and then, too
        let status = stream::unfold((), |()| async {
            sleep(Duration::from_secs(240)).await;
            Some((node("b", ReadyStatus::True), ()))
        });
        stream::iter(first).chain(stream::select(renewals, status)).boxed()
    }

    fn replica_sets(&self) -> BoxStream<'static, SetSighting> {
        stream::pending().boxed()
    }
}

#[derive(Debug)]
struct Off;

impl PowerProbe for Off {
    fn ask<'a>(&'a self, _: &'a str) -> futures::future::BoxFuture<'a, Power> {
        Box::pin(async { Power::Off { at: now() } })
    }
}

fn now() -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_790_000_000).unwrap()
}

async fn seen(cluster: Cluster, seconds: u64) -> Arc<Eyes> {
    let eyes = Arc::new(Eyes::default());
    let follow = eyes.follow("prod", &cluster);
    let _ = tokio::time::timeout(Duration::from_secs(seconds), follow).await;
    eyes
}

fn watched(eyes: &Eyes) -> Watched {
    eyes.watched("a", "uid-a", None, Instant::now())
}

#[tokio::test(start_paused = true)]
async fn silence_is_counted_while_others_are_heard() {
    let eyes = seen(Cluster { gap_after: None }, 400).await;
    let found = watched(&eyes);
    assert!(
        matches!(found.ready, Ready::Unknown { seen_for } if seen_for >= Duration::from_secs(300)),
        "{found:?}"
    );
    assert!(
        matches!(found.lease, LeaseSeen::Kept { unchanged_for, .. } if unchanged_for >= Duration::from_secs(300))
    );
    assert_eq!(found.agent_lease, LeaseSeen::Never);
}

#[tokio::test(start_paused = true)]
async fn after_a_gap_everything_is_listed_and_counted_anew() {
    let eyes = seen(Cluster { gap_after: Some(350) }, 354).await;
    assert!(matches!(watched(&eyes).lease, LeaseSeen::NotWatched(_)), "within the pause nothing is known");
    let eyes = seen(Cluster { gap_after: Some(350) }, 400).await;
    let found = watched(&eyes);
    assert!(
        matches!(found.lease, LeaseSeen::Kept { unchanged_for, .. } if unchanged_for < Duration::from_secs(60))
    );
    assert!(matches!(found.ready, Ready::Unknown { seen_for } if seen_for < Duration::from_secs(60)));
}

#[tokio::test(start_paused = true)]
async fn what_is_seen_and_a_probe_that_says_off_confirm() {
    let target =
        Target { kind: "Node".into(), namespace: String::new(), name: "a".into(), uid: "uid-a".into() };
    let proof = async |seconds: u64, power: bool| {
        let eyes = seen(Cluster { gap_after: None }, seconds).await;
        let power = power.then(|| Arc::new(Off) as Arc<dyn PowerProbe>);
        Proving::new(eyes, power, Options::default()).at_offer(&target, now()).await
    };
    let whole = proof(310, true).await;
    assert!(whole.is_confirmed() && whole.is_open(), "{:?}", whole.verdict);
    assert!(whole.lacks(Lang::En).is_empty());
    assert!(whole.said()[0].en.starts_with("Confirmed dead") && whole.said()[0].zh.starts_with("已确认宕机"));
    let early = proof(290, true).await;
    assert!(!early.is_confirmed() && !early.is_open(), "no person can make up for time");
    assert!(early.lacks(Lang::En).iter().any(|line| line.contains("5 min")), "{:?}", early.lacks(Lang::En));
    let alone = proof(310, false).await;
    assert!(matches!(alone.verdict, Verdict::NotConfirmed(_)));
    assert!(!alone.is_open(), "without a neighbour a person's word alone is not enough");
    let other = Target { uid: "uid-old".into(), ..target.clone() };
    let eyes = seen(Cluster { gap_after: None }, 310).await;
    let replaced = Proving::new(eyes, Some(Arc::new(Off)), Options::default()).at_offer(&other, now()).await;
    assert!(matches!(replaced.verdict, Verdict::Refused(_)));
}
