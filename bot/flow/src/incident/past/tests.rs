use super::super::MemoryLedger;
use super::super::change::Change;
use super::super::record::{Member, RootCause};
use super::super::ring::{Remains, Room};
use super::super::testing::{incident, start};
use super::*;
use crate::ask::within::Within;
use crate::ports::Standing;

const POD: &str = "web-5d9c7b6f4-x2x4z";

fn minutes(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

fn web() -> Blamed {
    Blamed { kind: "Deployment".into(), namespace: Some("shop".into()), name: "web".into() }
}

fn kept(object: &str, minute: i64, text: &str) -> Kept {
    Kept { object: object.into(), seen_at: minutes(minute), source: "state".into(), text: text.into() }
}

fn remains(name: &str, uid: &str, minute: i64) -> Remains {
    Remains {
        cluster: "prod".into(),
        namespace: "shop".into(),
        name: name.into(),
        uid: uid.into(),
        owner: Some(web()),
        seen_at: minutes(minute),
        root_cause: RootCause { cluster: "prod".into(), cause: "oom-killed".into(), blame: web() },
        confidence: Some("certain".into()),
        summary: "it ran out of memory".into(),
        evidence: [kept("Pod shop/web", minute, "OOMKilled")].into(),
    }
}

/// At minute 30.
async fn memory(ring: Vec<Remains>, incidents: Vec<Incident>) -> Memory {
    let own = Ring::new(Room::default());
    own.keep(ring);
    let store = Arc::new(Store::new(Arc::new(MemoryLedger::default()), Arc::default()));
    let made: Vec<Change> = incidents.into_iter().map(|one| Change::Create(Box::new(one))).collect();
    let mut made = Some(made);
    store.write(|_| made.take().unwrap_or_default()).await.unwrap();
    Memory::new(Arc::new(own), store, Lang::En, Clock::new(|| minutes(30)))
}

fn sought<'a>(name: &'a str, within: &'a Within) -> Sought<'a> {
    Sought { cluster: "prod", namespace: "shop", kind: None, name, before: None, within, lang: Lang::En }
}

/// What an older process saw: one of its pods, and what proved it.
fn of_ledger() -> Incident {
    let mut one = incident("web");
    one.status.members =
        vec![Member { kind: "Pod".into(), namespace: "shop".into(), name: "web-5d9c7b6f4-zzzzz".into() }];
    one.status.kept = vec![
        kept(&format!("Pod shop/{POD}"), 10, "OOMKilled"),
        kept("Pod pay/api-0", 10, "of another namespace"),
        kept("Node a", 10, "of no namespace"),
        Kept { source: "checked".into(), ..kept(&format!("Pod shop/{POD}"), 11, "payments/api-0 is well") },
    ];
    one.status.last_failing = minutes(12);
    one
}

#[tokio::test]
async fn the_ring_is_asked_first_and_then_what_incidents_keep() {
    let all = Within::ALL;
    let both = memory(vec![remains(POD, "1", 20)], vec![of_ledger()]).await;
    let found = both.last(&sought(POD, &all)).unwrap();
    assert_eq!((found.seen_at, found.age.as_mins(), found.is_exact), (minutes(20), 10, true));
    assert_eq!(found.summary.as_deref(), Some("it ran out of memory"));
    let restarted = memory(Vec::new(), vec![of_ledger()]).await;
    let found = restarted.last(&sought(POD, &all)).unwrap();
    assert_eq!((found.seen_at, found.is_exact, found.cause.as_str()), (minutes(10), true, "oom-killed"));
    assert_eq!(found.owner, Some(blame(&web())), "its workload is the one at fault");
    let texts: Vec<&str> = found.evidence.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["OOMKilled", "of no namespace"]);
    let listed = restarted.last(&sought("web-5d9c7b6f4-zzzzz", &all)).unwrap();
    assert_eq!((listed.seen_at, listed.is_exact), (minutes(12), true));
    assert_eq!(restarted.last(&sought("api-0", &all)), None);
    assert_eq!(restarted.places_of("prod", "web-5d9c7b6f4-zzzzz"), ["shop"]);
}

#[tokio::test]
async fn of_a_pod_that_is_not_known_its_workload_tells() {
    let all = Within::ALL;
    let restarted = memory(Vec::new(), vec![of_ledger()]).await;
    for name in ["web-5d9c7b6f4-bbbbb", "web"] {
        let found = restarted.last(&sought(name, &all)).unwrap();
        assert_eq!((found.name.as_str(), found.is_exact), (POD, false), "{name}");
    }
    let ring = memory(vec![remains(POD, "1", 20)], Vec::new()).await;
    assert_eq!(ring.last(&sought("web", &all)).map(|found| found.is_exact), Some(false));
    let kind = |kind| ring.last(&Sought { kind: Some(kind), ..sought("web", &all) });
    assert!(
        kind(Kind::Deployment).is_some() && kind(Kind::Pod).is_none() && kind(Kind::StatefulSet).is_none()
    );
}

#[tokio::test]
async fn what_may_not_be_told_is_not() {
    let memory = memory(vec![remains(POD, "1", 20)], vec![of_ledger()]).await;
    let hidden = Within { visible: Visible::Only(["pay".to_string()].into()), logs: true };
    assert_eq!(memory.last(&sought(POD, &hidden)), None);
    let all = Within::ALL;
    let chinese = memory.last(&Sought { lang: Lang::Zh, ..sought(POD, &all) }).unwrap();
    assert_eq!(chinese.summary, None, "it was written in another language");
    let own = Within { visible: Visible::Only(["shop".to_string()].into()), logs: true };
    assert_eq!(memory.last(&sought("web-5d9c7b6f4-zzzzz", &own)).unwrap().summary, None);
    let mut elsewhere = remains(POD, "1", 20);
    elsewhere.root_cause.blame =
        Blamed { kind: "Service".into(), namespace: Some("pay".into()), name: "api".into() };
    let memory = self::memory(vec![elsewhere], Vec::new()).await;
    assert_eq!(memory.last(&sought(POD, &own)).unwrap().blame.name, "");
}

#[tokio::test]
async fn before_a_pod_that_stands_is_another_one() {
    let all = Within::ALL;
    let memory = memory(vec![remains("db-0", "1", 10)], Vec::new()).await;
    let before = |uid, made: i64| {
        let before = Some(Standing { uid, made: Some(minutes(made)) });
        memory.last(&Sought { before, ..sought("db-0", &all) }).map(|found| found.seen_at)
    };
    assert_eq!(before("2", 11), Some(minutes(10)));
    assert_eq!(before("1", 5), None, "itself");
    assert_eq!(before("", 5), None, "it was made before");
}
