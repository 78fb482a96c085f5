//! Incidents, the lead and the watch, on a real API server.

use std::time::Duration;

use futures::StreamExt;
use podwhy_flow::incident::record::{Blamed, RootCause, Spec, Status};
use podwhy_flow::incident::{Incident, Phase, Severity};
use podwhy_flow::ports::{ClusterWatch, Lead, Ledger, LedgerError, Seen, What};
use podwhy_kubernetes::{Connection, IncidentLedger, LeaseLead};
use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{Options, control_plane_or_say, eventually};
use podwhy_tests::live::live;
use serde_json::json;

const NAMESPACE: &str = "podwhy";
const PATIENCE: Duration = Duration::from_secs(60);

fn incident(name: &str) -> Incident {
    let blame = Blamed {
        kind: "Deployment".to_string(),
        namespace: Some("shop".to_string()),
        name: "cart".to_string(),
    };
    let root_cause = RootCause { cluster: "prod".to_string(), cause: "image-missing".to_string(), blame };
    let opened_at = "2026-11-24T09:00:00.123456789Z".parse().unwrap();
    let status = json!({"phase": "Open", "rootCause": root_cause, "summary": "the image is missing", "severity": Severity::Critical,
        "failing": 3, "mostFailing": 3, "lastFailing": "2026-11-24T09:01:00Z",
        "members": [{"kind": "Pod", "namespace": "shop", "name": "cart-0"}],
        "taken": {"by": "ana", "at": "2026-11-24T09:02:00Z"},
        "posts": [{"part": "parent", "platform": "slack", "channel": "C1", "message": "1.2"}]});
    let status: Status = serde_json::from_value(status).unwrap();
    Incident {
        name: name.to_string(),
        version: String::new(),
        spec: Spec { root_cause, episode: 1, opened_at },
        status,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_server_keeps_incidents() {
    let options = Options { kubectl: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("incidents in a ledger", options) else { return };
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    server.ensure_namespace(NAMESPACE).await.unwrap();
    let home = live(control_plane.admin_kubeconfig(), Connection::default()).await.unwrap();
    let ledger = IncidentLedger::new(&home, NAMESPACE);
    assert_eq!(ledger.all().await, Err(LedgerError::NotInstalled));
    assert_eq!(ledger.create(&incident("a")).await, Err(LedgerError::NotInstalled));
    control_plane.install(&["deploy/crds/incidents.yaml"], &["incidents"]).unwrap();
    assert_eq!(ledger.all().await, Ok(Vec::new()));

    let new = incident("a");
    let made = ledger.create(&new).await.unwrap();
    assert_eq!((&made.spec, &made.status), (&new.spec, &new.status));
    assert_eq!(ledger.create(&new).await, Err(LedgerError::Conflict));
    assert_eq!(ledger.get("a").await, Ok(Some(made.clone())));

    // the rules of the schema
    let mut undated = made.clone();
    undated.status.phase = Phase::Resolved;
    let refused = ledger.save(&undated).await;
    assert!(matches!(&refused, Err(LedgerError::Refused(why)) if why.contains("resolvedAt")), "{refused:?}");
    let patch = r#"{"spec":{"episode":2}}"#;
    let (done, words) =
        control_plane.say(&["patch", "inc", "a", "-n", NAMESPACE, "--type=merge", "-p", patch]).unwrap();
    assert!(!done && words.contains("never changes"), "{words}");

    let mut closed = made.clone();
    closed.status.phase = Phase::Resolved;
    closed.status.resolved_at = "2026-11-24T10:00:00Z".parse().ok();
    let closed = ledger.save(&closed).await.unwrap();
    assert!(!closed.is_open());
    assert_eq!(ledger.save(&made).await, Err(LedgerError::Conflict));
    let (_, table) = control_plane.say(&["get", "inc", "-n", NAMESPACE]).unwrap();
    for word in ["PHASE", "ON IT", "Resolved", "image-missing", "cart", "ana"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let wait = ["wait", "--for=condition=Resolved", "--timeout=5s", "inc/a", "-n", NAMESPACE];
    let (done, words) = control_plane.say(&wait).unwrap();
    assert!(done, "{words}");

    assert_eq!(ledger.remove("a").await, Ok(()));
    assert_eq!(ledger.get("a").await, Ok(None));
    let elsewhere = IncidentLedger::new(&home, "nowhere").create(&new).await;
    assert!(matches!(elsewhere, Err(LedgerError::Refused(_))), "{elsewhere:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_is_given_from_one_to_the_other() {
    let Some(control_plane) = control_plane_or_say("the lead", Options::default()) else { return };
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    server.ensure_namespace(NAMESPACE).await.unwrap();
    let home = live(control_plane.admin_kubeconfig(), Connection::default()).await.unwrap();
    let (first, leaves) = LeaseLead::start(&home, NAMESPACE, "podwhy", "podwhy-0");
    eventually("the first leads", PATIENCE, async || Ok(first.leads().then_some(()))).await.unwrap();
    let (second, _second) = LeaseLead::start(&home, NAMESPACE, "podwhy", "podwhy-1");
    leaves.release().await;
    eventually("the second leads", PATIENCE, async || Ok(second.leads().then_some(()))).await.unwrap();
    assert!(!first.leads());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_sees_what_a_real_server_has() {
    let Some(control_plane) = control_plane_or_say("the watch", Options::default()) else { return };
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    let pod = |name: &str| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"containers": [{"name": "app", "image": "example.org/app:1"}]}})
    };
    server.ensure_namespace("shop").await.unwrap();
    server.put(&pod("a")).await.unwrap();
    let home = live(control_plane.admin_kubeconfig(), Connection::default()).await.unwrap();
    let seen = home.watch(&[]).filter_map(|seen| async move {
        match seen {
            Seen::Pod(pod) => Some(format!("+{}", pod.name)),
            Seen::PodGone(_) => Some("-".to_string()),
            Seen::Relisting(What::Pods) => Some("relisting".to_string()),
            Seen::Listed(What::Pods) => Some("listed".to_string()),
            Seen::Lost(_, why) => Some(why),
            _ => None,
        }
    });
    let mut seen = std::pin::pin!(seen);
    let mut told = Vec::new();
    while told.last().is_none_or(|last| last != "-") {
        told.push(tokio::time::timeout(PATIENCE, seen.next()).await.unwrap().unwrap());
        match told.last().map(String::as_str) {
            Some("listed") => server.put(&pod("b")).await.unwrap(),
            // its deletion is a change before it is gone
            Some("+b") if told[..told.len() - 1].iter().all(|before| before != "+b") => {
                server.end("Pod", "shop", "b").await.unwrap();
            }
            _ => {}
        }
    }
    assert_eq!(told[..4], ["relisting", "+a", "listed", "+b"], "{told:?}");
}
