use podwhy_flow::incident::record::{Blamed, RootCause};
use podwhy_flow::incident::{Incident, MemoryLedger};
use podwhy_flow::ports::{Alone, Ledger};
use prometheus_client::encoding::text::encode;

use super::*;

fn start() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn open(cause: &str) -> Incident {
    let blame = Blamed { kind: "Node".into(), namespace: None, name: "n".into() };
    Incident::opened(RootCause { cluster: "prod".into(), cause: cause.into(), blame }, 1, start())
}

#[tokio::test]
async fn what_is_counted_can_be_read_and_its_labels_are_few() {
    let ledger = MemoryLedger::default();
    for cause in ["oom-killed", "unknown", "<made-up>", "another", "mute"] {
        ledger.create(&open(cause)).await.unwrap();
    }
    let store = Arc::new(Store::new(Arc::new(ledger), Arc::default()));
    store.load().await.unwrap();
    store.counts().from_failure.add(std::time::Duration::from_millis(1_500));
    let lead: Arc<dyn Lead> = Arc::new(Alone);
    let mut registry = Registry::default();
    register(&mut registry, &store, &lead, &Clock::new(start), &[]);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for line in [
        "podwhy_leader 1\n",
        "podwhy_incidents_open{cause=\"oom-killed\"} 1\n",
        "podwhy_incidents_open{cause=\"other\"} 2\n",
        "podwhy_incidents_open{cause=\"unknown\"} 1\n",
        "podwhy_incident_drops_total 0\n",
        "podwhy_incident_queue 0\n",
        "podwhy_incident_queue_oldest_seconds 0\n",
        "podwhy_incident_failure_to_thread_seconds_sum 1.5\n",
        "podwhy_incident_failure_to_thread_seconds_bucket{le=\"1.0\"} 0\n",
        "podwhy_incident_failure_to_thread_seconds_bucket{le=\"2.0\"} 1\n",
        "podwhy_incident_failure_to_thread_seconds_bucket{le=\"+Inf\"} 1\n",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
    assert!(!text.contains("made-up") && !text.contains("mute"), "{text}");
}
