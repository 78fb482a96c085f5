use http::Method;
use podwhy_flow::incident::record::{Blamed, RootCause, Spec};
use podwhy_flow::incident::{Incident, Phase};
use podwhy_flow::ports::{Ledger, LedgerError};
use serde_json::{Value, json};

use super::{IncidentLedger, object};
use crate::fake::{FakeApi, Fault};

const LIST: &str = "/apis/podwhy.dev/v1alpha1/namespaces/podwhy/incidents";

fn spec() -> Spec {
    let blame = Blamed {
        kind: "Deployment".to_string(),
        namespace: Some("shop".to_string()),
        name: "cart".to_string(),
    };
    let root_cause = RootCause { cluster: "prod".to_string(), cause: "image-missing".to_string(), blame };
    Spec { root_cause, episode: 1, opened_at: "2026-11-24T09:00:00Z".parse().unwrap() }
}

/// As one looks that was opened a moment ago.
fn incident(name: &str) -> Incident {
    let stored = json!({"metadata": {"name": name}, "spec": spec()});
    let mut incident = object::incident(stored).unwrap();
    incident.status.summary = "the image is missing".to_string();
    incident.status.failing = 3;
    incident
}

fn ledger(api: &FakeApi) -> IncidentLedger {
    IncidentLedger::over(api.requests(), "podwhy")
}

#[tokio::test(start_paused = true)]
async fn an_incident_is_made_with_its_status_and_saved_once_a_version() {
    let (api, new) = (FakeApi::default(), incident("a"));
    let ledger = ledger(&api);
    let made = ledger.create(&new).await.unwrap();
    assert_eq!((made.status.clone(), made.spec.clone()), (new.status.clone(), new.spec.clone()));
    assert_eq!(ledger.get("a").await, Ok(Some(made.clone())));
    assert_eq!(ledger.create(&new).await, Err(LedgerError::Conflict));

    let mut closed = made.clone();
    closed.status.phase = Phase::Resolved;
    closed.status.resolved_at = "2026-11-24T10:00:00Z".parse().ok();
    let closed = ledger.save(&closed).await.unwrap();
    assert!(!closed.is_open() && closed.version != made.version);
    assert_eq!(ledger.save(&made).await, Err(LedgerError::Conflict));
    let stored = api.object(&format!("{LIST}/a")).unwrap();
    let wanted = json!([{"type": "Resolved", "status": "True", "reason": "AllWell", "lastTransitionTime": "2026-11-24T10:00:00Z"}]);
    assert_eq!(stored["status"]["conditions"], wanted);

    assert_eq!(ledger.remove("a").await, Ok(()));
    assert_eq!(ledger.remove("a").await, Ok(()));
    assert_eq!(ledger.get("a").await, Ok(None));
    assert_eq!(ledger.save(&closed).await, Err(LedgerError::Conflict));
}

#[tokio::test(start_paused = true)]
async fn one_whose_maker_died_before_its_status_can_be_used() {
    let (api, new) = (FakeApi::default(), incident("a"));
    let ledger = ledger(&api);
    api.fails(Method::PUT, Fault::Breaks);
    assert!(matches!(ledger.create(&new).await, Err(LedgerError::Unclear(_))));
    let mut all = ledger.all().await.unwrap();
    let mut found = all.pop().unwrap();
    assert!(found.is_open() && all.is_empty());
    assert_eq!((&found.status.root_cause, found.status.last_failing), (&spec().root_cause, spec().opened_at));
    // what is known of it is written as if nothing had happened
    found.status = new.status.clone();
    assert_eq!(ledger.save(&found).await.unwrap().status, new.status);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_unclear_whether_it_was_done_or_not() {
    for (fault, is_made) in [(Fault::LosesAnswer, true), (Fault::Breaks, false), (Fault::Hangs, false)] {
        let api = FakeApi::default();
        let ledger = ledger(&api);
        api.fails(Method::POST, fault);
        assert!(matches!(ledger.create(&incident("a")).await, Err(LedgerError::Unclear(_))), "{fault:?}");
        assert_eq!(ledger.get("a").await.unwrap().is_some(), is_made, "{fault:?}");
        assert_eq!(api.asked().iter().filter(|asked| asked.starts_with("POST")).count(), 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_refusal_has_its_meaning() {
    type Means = fn(&LedgerError) -> bool;
    let wanted: [(u16, Means); 6] = [
        (422, |error| matches!(error, LedgerError::Refused(_))),
        (403, |error| matches!(error, LedgerError::Forbidden(_))),
        (401, |error| matches!(error, LedgerError::Unclear(_))),
        (409, |error| *error == LedgerError::Conflict),
        (429, |error| matches!(error, LedgerError::Unclear(_))),
        (500, |error| matches!(error, LedgerError::Unclear(_))),
    ];
    for (code, is_it) in wanted {
        let api = FakeApi::default();
        let ledger = ledger(&api);
        let made = ledger.create(&incident("a")).await.unwrap();
        api.fails(Method::PUT, Fault::Refuses(code));
        let error = ledger.save(&made).await.unwrap_err();
        assert!(is_it(&error), "{code}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_resource_it_says_so() {
    let api = FakeApi::default();
    let ledger = ledger(&api);
    api.fails(Method::GET, Fault::Refuses(404));
    assert_eq!(ledger.all().await, Err(LedgerError::NotInstalled));
    // of an object that is not there, the list tells whether the resource is
    api.fails(Method::GET, Fault::Refuses(404));
    api.fails(Method::GET, Fault::Refuses(404));
    assert_eq!(ledger.get("a").await, Err(LedgerError::NotInstalled));
    api.fails(Method::POST, Fault::Refuses(404));
    api.fails(Method::GET, Fault::Refuses(404));
    assert_eq!(ledger.create(&incident("a")).await, Err(LedgerError::NotInstalled));
    api.fails(Method::POST, Fault::Refuses(404));
    let refused = ledger.create(&incident("a")).await;
    assert_eq!(refused, Err(LedgerError::Refused("there is no namespace podwhy".to_string())));
}

#[tokio::test(start_paused = true)]
async fn a_broken_one_hides_no_other_and_a_newer_podwhys_is_read() {
    let api = FakeApi::default();
    let ledger = ledger(&api);
    for name in ["a", "b", "d"] {
        ledger.create(&incident(name)).await.unwrap();
    }
    let broken: Value = json!({"metadata": {"name": "c"}, "spec": {"rootCause": "?"}});
    api.put(&format!("{LIST}/c"), broken);
    let mut newer = api.object(&format!("{LIST}/d")).unwrap();
    newer["status"]["later"] = json!({"more": 1});
    newer["spec"]["later"] = json!(true);
    api.put(&format!("{LIST}/d"), newer);
    for _ in 0..2 {
        let all = ledger.all().await.unwrap();
        assert_eq!(all.iter().map(|incident| incident.name.as_str()).collect::<Vec<_>>(), ["a", "b", "d"]);
    }
    assert_eq!(ledger.0.said().len(), 1);
    assert!(matches!(ledger.get("c").await, Err(LedgerError::Refused(_))));
    // a status that is there but cannot be read is no missing one: it says what was posted
    let mut strange = api.object(&format!("{LIST}/a")).unwrap();
    strange["status"] = json!({"phase": "Dreaming"});
    api.put(&format!("{LIST}/a"), strange);
    assert_eq!(ledger.all().await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_list_whose_next_page_has_expired_is_begun_anew() {
    let api = FakeApi::default();
    let ledger = ledger(&api);
    for name in ["a", "b", "c"] {
        ledger.create(&incident(name)).await.unwrap();
    }
    api.fails(Method::GET, Fault::Refuses(410));
    assert_eq!(ledger.all().await.unwrap().len(), 3);
}
