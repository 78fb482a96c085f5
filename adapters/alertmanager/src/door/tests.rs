use std::sync::Mutex;

use axum::body::Body;
use axum::http::Request;
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use podwhy_flow::incident::Alert;
use podwhy_flow::ports::AlertsError;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;

/// Keeps alerts, or does not.
#[derive(Debug, Default)]
struct Store {
    kept: Mutex<Vec<Alert>>,
    fails: bool,
    hangs: bool,
}

impl Alerts for Store {
    fn keep(&self, alerts: Vec<Alert>) -> BoxFuture<'_, Result<(), AlertsError>> {
        Box::pin(async move {
            if self.hangs {
                std::future::pending::<()>().await;
            }
            if self.fails {
                return Err(AlertsError("the ledger does not answer".to_string()));
            }
            self.kept.lock().unwrap().extend(alerts);
            Ok(())
        })
    }
}

fn options() -> Options {
    let clusters = Clusters {
        known: vec!["prod".into(), "dev".into()],
        label: "cluster".into(),
        always: None,
        default: "prod".into(),
    };
    Options::new(Credentials::Bearer("t".into()), clusters)
}

async fn send(options: Options, store: &Arc<Store>, token: &str, body: String) -> (u16, String) {
    let router = router(options, Arc::clone(store) as Arc<dyn Alerts>, Metrics::default());
    let request = Request::post(PATH).header("authorization", format!("Bearer {token}"));
    let answer = router.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(text.to_vec()).unwrap())
}

fn firing(labels: Value) -> Value {
    json!({"status": "firing", "labels": labels, "annotations": {"summary": "it is down"},
        "startsAt": "2026-11-23T18:42:53.632Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "",
        "fingerprint": "606fb5d3c70dd9e5"})
}

fn group(alerts: Vec<Value>) -> String {
    json!({"version": "4", "groupKey": "{}:{}", "truncatedAlerts": 2, "status": "firing", "receiver": "r",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "", "alerts": alerts})
    .to_string()
}

#[tokio::test]
async fn what_is_answered_is_kept() {
    let store = Arc::<Store>::default();
    let alert = firing(json!({"alertname": "KubePodCrashLooping", "namespace": "shop", "pod": "cart-0"}));
    let answer = send(options(), &store, "t", group(vec![alert])).await;
    assert_eq!(answer, (200, "kept\n".to_string()));
    let kept = store.kept.lock().unwrap().clone();
    let about = kept[0].about.as_ref().map(ToString::to_string);
    assert_eq!(about.as_deref(), Some("prod:shop/pod/cart-0"));
    assert_eq!((kept[0].summary.as_str(), kept[0].truncated), ("it is down", 2));
}

#[tokio::test]
async fn a_pod_of_a_cluster_that_is_not_known_is_not_looked_for_in_another() {
    let store = Arc::<Store>::default();
    let labels = |cluster: &str| json!({"cluster": cluster, "namespace": "shop", "pod": "cart-0"});
    let both = vec![firing(labels("dev")), firing(labels("elsewhere"))];
    assert_eq!(send(options(), &store, "t", group(both)).await.0, 200);
    let kept = store.kept.lock().unwrap().clone();
    assert_eq!((kept[0].cluster.as_str(), kept[0].about.is_some()), ("dev", true));
    assert_eq!((kept[1].cluster.as_str(), kept[1].about.is_some()), ("elsewhere", false));
}

#[tokio::test]
async fn an_alert_that_cannot_be_read_takes_no_other_with_it() {
    let store = Arc::<Store>::default();
    let (status, text) =
        send(options(), &store, "t", group(vec![json!({"status": 1}), firing(json!({}))])).await;
    assert_eq!((status, store.kept.lock().unwrap().len()), (400, 1));
    assert!(text.starts_with("alerts[0]: "), "{text}");
}

#[tokio::test]
async fn what_cannot_be_read_at_all_is_refused_by_field() {
    let store = Arc::<Store>::default();
    for (body, wanted) in [
        ("not json".to_string(), "the body: "),
        (json!({"version": "3", "groupKey": "", "alerts": []}).to_string(), "version: \"3\""),
        (json!({"version": "4", "groupKey": ""}).to_string(), "the body: missing field `alerts`"),
    ] {
        let (status, text) = send(options(), &store, "t", body).await;
        assert!(status == 400 && text.starts_with(wanted), "{status} {text}");
    }
}

#[tokio::test]
async fn what_is_not_kept_is_sent_again() {
    let body = || group(vec![firing(json!({}))]);
    let failing = Arc::new(Store { fails: true, ..Store::default() });
    assert_eq!(send(options(), &failing, "t", body()).await.0, 503);
    let busy = Options { at_once: 0, ..options() };
    assert_eq!(send(busy, &Arc::default(), "t", body()).await.0, 503);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_forever() {
    let hanging = Arc::new(Store { hangs: true, ..Store::default() });
    assert_eq!(send(options(), &hanging, "t", group(vec![firing(json!({}))])).await.0, 503);
}

#[tokio::test]
async fn strangers_and_what_is_too_large_are_refused() {
    let store = Arc::<Store>::default();
    assert_eq!(send(options(), &store, "x", group(vec![])).await.0, 401);
    let small = Options { largest: 10, ..options() };
    assert_eq!(send(small, &store, "t", group(vec![])).await.0, 413);
    assert!(store.kept.lock().unwrap().is_empty());
}

#[tokio::test]
async fn nothing_secret_is_taken_in() {
    let store = Arc::<Store>::default();
    let mut alert = firing(json!({"alertname": "X", "token": "xoxb-1234567890-abcdefghijkl"}));
    alert["annotations"] = json!({"summary": "psql postgres://u:hunter22@db/x\u{1b}[31m failed",
        "runbook_url": "javascript:alert(1)"});
    alert["generatorURL"] = json!("https://user:pass@prom.example/graph");
    send(options(), &store, "t", group(vec![alert])).await;
    let kept = format!("{:?}", store.kept.lock().unwrap());
    for secret in ["hunter22", "xoxb-1234567890-abcdefghijkl", "user:pass", "javascript", "\u{1b}"] {
        assert!(!kept.contains(secret), "{kept}");
    }
}
