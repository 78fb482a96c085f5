use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use podwhy_flow::ports::{Clock, Lead};
use serde_json::json;
use tokio::time::{Instant, advance, sleep};

use super::{Candidacy, GRACE, LEASE, LeaseLead};
use crate::fake::{FakeApi, Fault};

const PATH: &str = "/apis/coordination.k8s.io/v1/namespaces/podwhy/leases/lead";

fn stand(api: &FakeApi, identity: &str) -> (std::sync::Arc<LeaseLead>, Candidacy) {
    // each replica's own: they are an hour apart, and nobody minds
    let (since, hour) = (Instant::now(), u8::from(identity == "podwhy-1") + 8);
    let start: Timestamp = format!("2026-11-24T0{hour}:00:00Z").parse().unwrap();
    let clock = Clock::new(move || start + since.elapsed());
    LeaseLead::stand(api.requests(), "podwhy", "lead", identity, clock)
}

/// How long it takes until this is so, looked at every 10 ms; a minute at most.
async fn until(is_so: impl Fn() -> bool) -> Duration {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(60), "it did not come to be");
        sleep(Duration::from_millis(10)).await;
    }
    since.elapsed()
}

#[tokio::test(start_paused = true)]
async fn one_of_two_leads_for_as_long_as_it_renews() {
    let api = FakeApi::default();
    let (first, _first) = stand(&api, "podwhy-0");
    let (second, _second) = stand(&api, "podwhy-1");
    until(|| first.leads() || second.leads()).await;
    let (a, b) = (first.leads(), second.leads());
    assert!(a != b);
    for _ in 0..6000 {
        sleep(Duration::from_millis(10)).await;
        assert_eq!((first.leads(), second.leads()), (a, b));
    }
    let spec = api.object(PATH).unwrap()["spec"].clone();
    assert_eq!(spec["leaseTransitions"], json!(0));
    assert_eq!(spec["leaseDurationSeconds"], json!(10));
    // a MicroTime: six digits
    let times = ["renewTime", "acquireTime"].map(|time| spec[time].as_str().unwrap().len());
    assert_eq!(times, ["2026-11-24T09:00:00.000000Z".len(); 2]);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_dies_is_followed_within_fifteen_seconds() {
    let api = FakeApi::default();
    let (first, dies) = stand(&api, "podwhy-0");
    until(|| first.leads()).await;
    let (second, _second) = stand(&api, "podwhy-1");
    sleep(Duration::from_secs(31)).await;
    drop(dies);
    assert!(!first.leads());
    let took = until(|| second.leads()).await;
    assert!(took <= Duration::from_secs(15) && took >= LEASE - Duration::from_secs(3), "{took:?}");
    let spec = api.object(PATH).unwrap()["spec"].clone();
    assert_eq!((&spec["holderIdentity"], &spec["leaseTransitions"]), (&json!("podwhy-1"), &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn a_restarted_container_resumes_at_once() {
    let api = FakeApi::default();
    let (first, dies) = stand(&api, "podwhy-0");
    until(|| first.leads()).await;
    let (_second, _candidacy) = stand(&api, "podwhy-1");
    sleep(Duration::from_secs(5)).await;
    drop(dies);
    let (again, _again) = stand(&api, "podwhy-0");
    assert!(until(|| again.leads()).await < Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn who_stops_gives_the_lead_back() {
    let api = FakeApi::default();
    let (first, stops) = stand(&api, "podwhy-0");
    until(|| first.leads()).await;
    let (second, _second) = stand(&api, "podwhy-1");
    sleep(Duration::from_secs(5)).await;
    stops.release().await;
    assert!(!first.leads());
    assert!(api.object(PATH).unwrap()["spec"].get("holderIdentity").is_none());
    assert!(until(|| second.leads()).await <= Duration::from_secs(2));
    assert!(!first.leads());
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_hears_nothing_stops_before_its_lease_could_end() {
    let api = FakeApi::default();
    let (lead, _candidacy) = stand(&api, "podwhy-0");
    until(|| lead.leads()).await;
    let since = Instant::now();
    api.is_down(true);
    until(|| !lead.leads()).await;
    // the last renewal was sent at most two seconds before
    let after = since.elapsed();
    assert!(after <= LEASE - GRACE && after >= LEASE - GRACE - Duration::from_secs(2), "{after:?}");
    sleep(Duration::from_secs(60)).await;
    assert!(!lead.leads());
    api.is_down(false);
    // nobody took it meanwhile
    assert!(until(|| lead.leads()).await < Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_was_stopped_does_not_lead_when_it_wakes() {
    let api = FakeApi::default();
    let (lead, _candidacy) = stand(&api, "podwhy-0");
    until(|| lead.leads()).await;
    // SIGSTOP: the clock goes on, no task does; another replica takes the Lease
    let mut lease = api.object(PATH).unwrap();
    lease["spec"]["holderIdentity"] = json!("podwhy-1");
    api.put(PATH, lease);
    advance(Duration::from_secs(7)).await;
    assert!(!lead.leads());
    for _ in 0..500 {
        sleep(Duration::from_millis(10)).await;
        assert!(!lead.leads());
    }
}

#[tokio::test(start_paused = true)]
async fn one_lost_renewal_costs_no_lead() {
    for fault in [Fault::LosesAnswer, Fault::Breaks, Fault::Hangs, Fault::Refuses(500), Fault::Refuses(409)] {
        let api = FakeApi::default();
        let (lead, _candidacy) = stand(&api, "podwhy-0");
        until(|| lead.leads()).await;
        api.fails(Method::PUT, fault);
        for _ in 0..1500 {
            sleep(Duration::from_millis(10)).await;
            assert!(lead.leads(), "{fault:?}");
        }
    }
}
