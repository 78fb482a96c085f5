use http::Method;
use podwhy_flow::act::record::{Phase, Remediation, Step};
use podwhy_flow::ports::{LedgerError, Remediations};
use serde_json::{Value, json};

use super::{RemediationLedger, event, object};
use crate::fake::{FakeApi, Fault};
use crate::server::Seen;

const LIST: &str = "/apis/podwhy.dev/v1alpha1/namespaces/podwhy/remediations";
const EVENTS: &str = "/apis/events.k8s.io/v1/namespaces/podwhy/events";

/// As one looks that was offered a moment ago.
fn offer(name: &str) -> Remediation {
    let spec = json!({
        "rootCause": {"cluster": "prod", "cause": "image-missing", "blame": {"kind": "Deployment", "namespace": "shop", "name": "cart"}},
        "subject": {"kind": "Deployment", "namespace": "shop", "name": "cart"},
        "after": {"kind": "Deployment", "namespace": "shop", "name": "cart"},
        "plan": {"remedy": "roll-back", "verifySeconds": 600,
            "targets": [{"kind": "Deployment", "namespace": "shop", "name": "cart", "uid": "6f6a"}]},
        "floor": {"approvals": 2, "typedName": false},
        "offeredAt": "2026-11-24T09:00:00Z",
    });
    object::remediation(json!({"metadata": {"name": name}, "spec": spec})).unwrap()
}

fn ledger(api: &FakeApi) -> RemediationLedger {
    RemediationLedger {
        guarded: Seen::already(),
        ..RemediationLedger::over(api.requests(), "podwhy", "podwhy-0")
    }
}

fn ended(made: &Remediation, phase: Phase, why: &str) -> Remediation {
    let (at, who) = ("2026-11-24T09:05:00Z".parse().unwrap(), "ann".to_string());
    let mut ended = made.clone();
    ended.status.phase = phase;
    ended.status.history.push(Step { phase, at, who, why: why.to_string() });
    ended
}

/// What was spawned has run: the clock of a paused runtime goes on only when nothing else can.
async fn settle() {
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn one_is_made_and_saved_once_a_version() {
    let api = FakeApi::default();
    let ledger = ledger(&api);
    let made = ledger.create(&offer("a")).await.unwrap();
    assert!(!made.uid.is_empty() && made.status == offer("a").status && made.spec == offer("a").spec);
    assert_eq!(ledger.get("a").await, Ok(Some(made.clone())));
    assert_eq!(ledger.create(&offer("a")).await, Err(LedgerError::Conflict));
    let stored = api.object(&format!("{LIST}/a")).unwrap();
    let open = json!([{"type": "Finished", "status": "False", "reason": "Offered", "lastTransitionTime": "2026-11-24T09:00:00Z"}]);
    assert_eq!(stored["status"]["conditions"], open);

    let saved = ledger.save(&ended(&made, Phase::Declined, "no")).await.unwrap();
    assert_eq!(saved.status.phase, Phase::Declined);
    assert_eq!(ledger.save(&made).await, Err(LedgerError::Conflict));
    let stored = api.object(&format!("{LIST}/a")).unwrap();
    let over = json!([{"type": "Finished", "status": "True", "reason": "Declined", "lastTransitionTime": "2026-11-24T09:05:00Z"}]);
    assert_eq!(stored["status"]["conditions"], over);
    assert_eq!(ledger.all().await.unwrap(), [saved]);
    assert_eq!(ledger.remove("a").await, Ok(()));
    assert_eq!(ledger.remove("a").await, Ok(()));
    assert_eq!(ledger.get("a").await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn another_of_its_name_is_not_written_to() {
    let api = FakeApi::default();
    let ledger = ledger(&api);
    let made = ledger.create(&offer("a")).await.unwrap();
    let path = format!("{LIST}/a");
    let mut other = api.object(&path).unwrap();
    other["metadata"]["uid"] = json!("another");
    api.put(&path, other);
    let version = api.object(&path).unwrap()["metadata"]["resourceVersion"].as_str().unwrap().to_string();
    let guessed = Remediation { version, ..made };
    assert_eq!(ledger.save(&guessed).await, Err(LedgerError::Conflict));
    for unstored in [
        Remediation { uid: String::new(), ..guessed.clone() },
        Remediation { version: String::new(), ..guessed },
    ] {
        assert!(matches!(ledger.save(&unstored).await, Err(LedgerError::Refused(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn its_incident_owns_it_while_there_is_one() {
    let api = FakeApi::default();
    let ledger = ledger(&api);
    let of = |name: &str, incident: &str| {
        let mut offer = offer(name);
        offer.spec.incident = Some(incident.to_string());
        offer
    };
    let incident = json!({"metadata": {"name": "i", "uid": "0f1e"}});
    api.put("/apis/podwhy.dev/v1alpha1/namespaces/podwhy/incidents/i", incident);
    ledger.create(&of("a", "i")).await.unwrap();
    ledger.create(&of("b", "gone")).await.unwrap();
    let owners =
        |name: &str| api.object(&format!("{LIST}/{name}")).unwrap()["metadata"]["ownerReferences"].clone();
    let wanted =
        json!([{"apiVersion": "podwhy.dev/v1alpha1", "kind": "Incident", "name": "i", "uid": "0f1e"}]);
    assert_eq!((owners("a"), owners("b")), (wanted, Value::Null));
    // what is not known is not taken for gone
    api.fails(Method::GET, Fault::Refuses(403));
    assert!(matches!(ledger.create(&of("c", "i")).await, Err(LedgerError::Forbidden(_))));
}

#[tokio::test(start_paused = true)]
async fn each_step_is_told_once_whichever_replica_tells_it() {
    let api = FakeApi::default();
    let (first, second) = (ledger(&api), ledger(&api));
    let made = first.create(&offer("a")).await.unwrap();
    settle().await;
    let over = ended(&made, Phase::Unclear, "no answer; password=hunter2 was sent");
    second.save(&over).await.unwrap();
    settle().await;
    let told = |number: usize| api.object(&format!("{EVENTS}/remediation-{}-{number}", made.uid));
    assert_eq!(told(0).unwrap()["note"], "roll-back of Deployment shop/cart in prod, by podwhy");
    let unclear = told(1).unwrap();
    assert_eq!((&unclear["type"], &unclear["reason"]), (&json!("Warning"), &json!("Unclear")));
    assert_eq!(unclear["eventTime"], "2026-11-24T09:05:00.000000Z");
    assert_eq!(unclear["regarding"]["uid"], made.uid.as_str());
    let note = unclear["note"].as_str().unwrap();
    assert!(note.contains("by ann: no answer") && !note.contains("hunter2"), "{note}");
    assert!(told(2).is_none());
    let posts = || api.asked().iter().filter(|asked| asked.starts_with(&format!("POST {EVENTS}"))).count();
    assert_eq!(posts(), 3, "the second asked about the offer's, and was told that it is there");
    assert!(second.with_told(|told| told.is_empty()), "of what has ended nothing is kept");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_written_stops_nothing_and_is_told_later() {
    let api = FakeApi::default();
    let ledger = ledger(&api);
    let made = ledger.create(&offer("a")).await.unwrap();
    api.fails(Method::POST, Fault::Refuses(403));
    settle().await;
    let path = format!("{EVENTS}/remediation-{}-0", made.uid);
    assert_eq!(api.object(&path), None);
    ledger.save(&ended(&made, Phase::Declined, "no")).await.unwrap();
    settle().await;
    assert!(api.object(&path).is_some());
}

#[test]
fn a_note_has_room() {
    let mut long = ended(&offer("a"), Phase::Failed, &"é".repeat(2_000));
    long.spec.plan.targets.push(long.spec.plan.targets[0].clone());
    let event = event::event(&long, 1, "podwhy", &"x".repeat(300)).unwrap();
    let note = event["note"].as_str().unwrap();
    assert!(note.len() <= 1024 && note.starts_with("roll-back of Deployment shop/cart and 1 more in prod"));
    assert_eq!(event["reportingInstance"].as_str().unwrap().len(), 128);
    assert_eq!(event::event(&long, 2, "podwhy", "x"), None);
}

#[tokio::test(start_paused = true)]
async fn without_the_resource_it_says_so_and_one_without_a_status_is_offered() {
    let api = FakeApi::default();
    let ledger = ledger(&api);
    api.fails(Method::POST, Fault::Refuses(404));
    api.fails(Method::GET, Fault::Refuses(404));
    assert_eq!(ledger.create(&offer("a")).await, Err(LedgerError::NotInstalled));
    api.fails(Method::PUT, Fault::Breaks);
    assert!(matches!(ledger.create(&offer("a")).await, Err(LedgerError::Unclear(_))));
    let found = ledger.get("a").await.unwrap().unwrap();
    assert_eq!(found.status, offer("a").status);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_offered_that_anybody_could_have_agreed_to() {
    let api = FakeApi::default();
    let ledger = RemediationLedger::over(api.requests(), "podwhy", "podwhy-0");
    match ledger.create(&offer("a")).await {
        Err(LedgerError::Refused(why)) => assert!(why.contains("ValidatingAdmissionPolicy"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(ledger.get("a").await, Ok(None));
    api.fails(Method::GET, Fault::Refuses(500));
    assert!(matches!(ledger.create(&offer("a")).await, Err(LedgerError::Unclear(_))));
}
