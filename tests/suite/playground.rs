//! The playground over the wire: every cause is found in it, failures come and go, and the real kubectl works.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

use podwhy_flow::ports::ClusterRead;
use podwhy_kubernetes::{Connection, LiveCluster, Metrics, Secrets, Source};
use podwhy_playground::{Options, Playground};
use podwhy_tests::control_plane::{Binaries, Program};
use podwhy_tests::http::{Response, send};
use serde_json::{Value, json};

struct Started {
    playground: Playground,
    folder: tempfile::TempDir,
}

impl Started {
    async fn new() -> Started {
        let playground = Playground::start(Options::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("kubeconfig"), playground.kubeconfig().to_string()).unwrap();
        Started { playground, folder }
    }

    async fn cluster(&self, name: &str) -> LiveCluster {
        let file = Some(self.folder.path().join("kubeconfig"));
        let connection = Connection {
            source: Source::Kubeconfig { file, context: Some(name.to_string()) },
            secrets: Secrets::Names,
            ..Connection::default()
        };
        LiveCluster::new(&connection, Metrics::default()).await.unwrap()
    }

    async fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let address: SocketAddr = self.playground.address().parse().unwrap();
        let path = format!("/clusters/playground{path}");
        send(address, method, &path, headers, body.as_bytes()).await.unwrap()
    }
}

/// The first cause; the wanted one where that stands beside another, as some only do.
async fn cause(cluster: &LiveCluster, target: &str, wanted: &str) -> String {
    let target = target.parse().unwrap();
    let world = Arc::new(cluster.subject(&target).await.unwrap().into_world());
    let snapshot = podwhy_knowledge::resolve::resolve(&world, &target, None).unwrap();
    let found = podwhy_knowledge::diagnose(&snapshot);
    let beside = wanted == "autoscaler-cannot-help" && found.findings.iter().any(|f| f.cause == wanted);
    if beside { wanted.to_string() } else { found.top().cause.to_string() }
}

#[tokio::test]
async fn every_cause_is_found_and_can_be_mended_and_broken() {
    let started = Started::new().await;
    let scenarios = started.playground.scenarios();
    let known = podwhy_knowledge::causes::catalogue().count();
    assert_eq!(scenarios.len(), known, "a cause has no failing pod in the playground");
    for scenario in scenarios {
        let cluster = started.cluster(&scenario.cluster).await;
        assert_eq!(cause(&cluster, &scenario.target, scenario.cause).await, scenario.cause, "{scenario:?}");
        assert_eq!(started.playground.set(scenario.cause, false), scenario.changes, "{scenario:?}");
        if scenario.changes {
            assert_eq!(
                cause(&cluster, &scenario.target, scenario.cause).await,
                "healthy",
                "{scenario:?} mended"
            );
            assert!(started.playground.set(scenario.cause, true));
            assert_eq!(
                cause(&cluster, &scenario.target, scenario.cause).await,
                scenario.cause,
                "{scenario:?} broken again"
            );
        }
    }
}

#[tokio::test]
async fn a_deleted_pod_comes_back_with_its_fault() {
    let started = Started::new().await;
    let of = |cause: &str| started.playground.scenarios().into_iter().find(|s| s.cause == cause).unwrap();
    let cluster = started.cluster("playground").await;
    // one that never got a node goes at once, one that runs after its grace
    for wanted in ["taint-not-tolerated", "app-exited"] {
        let before = of(wanted);
        let (namespace, name) = before.target.split_once('/').unwrap();
        let path = format!("/api/v1/namespaces/{namespace}/pods/{name}?gracePeriodSeconds=0");
        let deleted = started.raw("DELETE", &path, &[], "").await;
        assert_eq!(deleted.status, 200, "{}", deleted.body);
        let after = of(wanted);
        assert_ne!(after.target, before.target, "nobody took its place");
        assert_eq!(cause(&cluster, &after.target, wanted).await, wanted);
    }
}

#[tokio::test]
async fn a_pod_that_was_mended_is_not_ended_by_an_earlier_deletion() {
    let started = Started::new().await;
    let pod = "/api/v1/namespaces/tickets/pods/mailer-6d8f7b9c55-x4vtn";
    let marked = started.raw("DELETE", &format!("{pod}?gracePeriodSeconds=1"), &[], "").await.json().unwrap();
    assert_eq!(marked["metadata"]["deletionGracePeriodSeconds"], json!(1));
    assert!(started.playground.set("app-exited", false));
    // the deletion's second passes with another pod's, which does go
    let other = started.playground.scenarios().into_iter().find(|s| s.cause == "oom-killed").unwrap();
    let (namespace, name) = other.target.split_once('/').unwrap();
    let other = format!("/api/v1/namespaces/{namespace}/pods/{name}");
    let version = started.raw("GET", &format!("{other}?gracePeriodSeconds=1"), &[], "").await.json().unwrap();
    let version = version["metadata"]["resourceVersion"].as_str().unwrap();
    started.raw("DELETE", &format!("{other}?gracePeriodSeconds=1"), &[], "").await;
    let watch = format!(
        "/api/v1/namespaces/{namespace}/pods?watch=true&timeoutSeconds=4&resourceVersion={version}&fieldSelector=metadata.name%3D{name}"
    );
    assert!(started.raw("GET", &watch, &[], "").await.body.contains("\"DELETED\""));
    assert_eq!(started.raw("GET", pod, &[], "").await.status, 200, "the mended pod was ended");
}

#[tokio::test]
async fn what_it_cannot_do_it_says() {
    let started = Started::new().await;
    let pods = "/api/v1/namespaces/catalogue/pods";
    let ranker = "/apis/apps/v1/namespaces/catalogue/deployments/ranker";
    for (method, path, content, status) in [
        ("PATCH", ranker, "application/apply-patch+yaml", 415),
        ("POST", pods, "application/json", 405),
        ("PUT", ranker, "application/json", 405),
        ("DELETE", pods, "application/json", 405),
        ("POST", "/api/v1/namespaces/catalogue/pods/x/eviction", "application/json", 400),
        ("GET", "/openapi/v2", "", 404),
    ] {
        let answer = started.raw(method, path, &[("content-type", content)], "{}").await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        let told = answer.json().unwrap();
        assert_eq!((&told["kind"], &told["code"]), (&json!("Status"), &json!(status)), "{method} {path}");
    }
    for patch in [r#"[{"op":"replace","path":"","value":5}]"#, r#"[{"op":"replace","path":"","value":[]}]"#] {
        let answer =
            started.raw("PATCH", ranker, &[("content-type", "application/json-patch+json")], patch).await;
        assert_eq!(answer.status, 422, "{patch}: {}", answer.body);
    }
    // one that waits for its node stays, whatever is written on it
    let waiting = "/api/v1/namespaces/metering/pods/tsdb-1";
    let label = r#"{"metadata":{"labels":{"a":"b"}}}"#;
    started.raw("PATCH", waiting, &[("content-type", "application/merge-patch+json")], label).await;
    let after = started.raw("GET", waiting, &[], "").await.json().unwrap();
    assert!(after["metadata"]["deletionTimestamp"].is_string(), "{after}");
    let still = started.raw("GET", ranker, &[], "").await;
    assert_eq!(still.status, 200, "a refused request changed something");
}

#[tokio::test]
async fn incidents_are_created_and_replaced_as_on_a_real_server() {
    let started = Started::new().await;
    let list = "/apis/podwhy.dev/v1alpha1/namespaces/podwhy/incidents";
    let one = format!("{list}/oom-1");
    let json_type = [("content-type", "application/json")];
    let write = async |method: &str, path: &str, object: &Value| {
        let answer = started.raw(method, path, &json_type, &object.to_string()).await;
        (answer.status, answer.json().unwrap())
    };
    let new = json!({"apiVersion": "podwhy.dev/v1alpha1", "kind": "Incident", "metadata": {"name": "oom-1"},
        "spec": {"episode": 1}, "status": {"phase": "Open"}});
    let (status, made) = write("POST", list, &new).await;
    assert_eq!((status, made.get("status")), (201, None), "a status is not created: {made}");
    let (status, twice) = write("POST", list, &new).await;
    assert_eq!((status, &twice["reason"]), (409, &json!("AlreadyExists")));
    // the status alone, and only from the version that was read
    let mut told = made.clone();
    told["status"] = json!({"phase": "Open"});
    told["spec"] = json!({"episode": 2});
    let (status, stored) = write("PUT", &format!("{one}/status"), &told).await;
    assert_eq!(
        (status, &stored["spec"]["episode"], &stored["status"]["phase"]),
        (200, &json!(1), &json!("Open"))
    );
    let (status, late) = write("PUT", &format!("{one}/status"), &told).await;
    assert_eq!((status, &late["reason"]), (409, &json!("Conflict")));
    let (status, other) = write("PUT", &format!("{list}/oom-2"), &told).await;
    assert_eq!(status, 400, "{other}");
    let discovered = started.raw("GET", "/apis/podwhy.dev/v1alpha1", &[], "").await.json().unwrap();
    assert_eq!(discovered["resources"][1]["name"], "incidents/status");
}

#[tokio::test]
async fn a_watch_that_comes_too_late_is_told_410() {
    let started = Started::new().await;
    let path = "/api/v1/pods?watch=true&timeoutSeconds=1&resourceVersion=1";
    let answer = started.raw("GET", path, &[], "").await;
    let event = answer.json().unwrap();
    assert_eq!(event["type"], "ERROR");
    assert_eq!((&event["object"]["code"], &event["object"]["reason"]), (&json!(410), &json!("Expired")));
    let expired = started.raw("GET", "/api/v1/pods?limit=1&continue=77.1", &[], "").await;
    assert_eq!((expired.status, &expired.json().unwrap()["reason"]), (410, &json!("Expired")));
    let list = started.raw("GET", "/api/v1/pods?limit=1", &[], "").await.json().unwrap();
    let version = list["metadata"]["resourceVersion"].as_str().unwrap();
    let path = format!(
        "/api/v1/pods?watch=true&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion={version}"
    );
    let bookmark: Value = started.raw("GET", &path, &[], "").await.json().unwrap();
    assert_eq!((&bookmark["type"], &bookmark["object"]["kind"]), (&json!("BOOKMARK"), &json!("Pod")));
    assert_eq!(bookmark["object"]["metadata"]["resourceVersion"], json!(version));
}

#[tokio::test]
async fn a_web_page_of_somewhere_else_is_no_client() {
    let started = Started::new().await;
    for headers in [[("Host", "rebound.example")], [("Origin", "https://evil.example")]] {
        assert_eq!(started.raw("GET", "/api/v1/pods", &headers, "").await.status, 403, "{headers:?}");
    }
    assert_eq!(started.raw("GET", "/api/v1/pods", &[], "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_kubectl_works() {
    let found =
        Binaries::find().and_then(|binaries| binaries.path(Program::Kubectl).map(|path| path.to_path_buf()));
    let kubectl = match found {
        Ok(path) => path,
        Err(missing) if std::env::var("REQUIRE_APISERVER").is_ok_and(|value| value == "1") => {
            panic!("{missing}")
        }
        Err(missing) => {
            eprintln!("left out: kubectl on the playground: {missing}");
            return;
        }
    };
    let started = Started::new().await;
    let run = |arguments: &str| {
        let output = Command::new(&kubectl)
            .args(arguments.split(' '))
            .env("KUBECONFIG", started.folder.path().join("kubeconfig"))
            .env("HOME", started.folder.path())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout) + &text(output.stderr))
    };
    for (arguments, parts) in [
        ("get pods -A", &["CrashLoopBackOff", "ImagePullBackOff", "SchedulingGated", "RESTARTS"][..]),
        ("get pods -A -o wide --field-selector spec.nodeName=", &["Pending", "NOMINATED NODE"]),
        ("get deploy,rs,po -n catalogue", &["deployment.apps/ranker", "replicaset.apps/ranker"]),
        ("get nodes", &["NotReady", "VERSION"]),
        ("get events -n mail", &["secret \"relay-login\" not found"]),
        (
            "describe pod -n catalogue ranker-75f9d6c8b4-h6kqs",
            &["Reason:       OOMKilled", "Back-off restarting failed container"],
        ),
        ("describe node wrk-04", &["NodeStatusUnknown", "Lease"]),
        ("logs -n tickets deploy/mailer --previous", &["error: invalid value"]),
        ("get pods -n catalogue -o jsonpath={.items[*].status.phase}", &["Running"]),
        ("get pods --context no-big-node -A", &["simulate-"]),
        // kubectl sends its reviews as protobuf alone
        ("auth can-i get pods", &["unknown format - accepted media types include: application/json"]),
        ("logs -n catalogue deploy/search", &["trying and failing to pull image"]),
        ("logs -n storefront deploy/catalog-ui", &[]),
        ("label node wrk-02 dry=yes --dry-run=server", &["node/wrk-02 labeled (server dry run)"]),
        ("delete pod -n catalogue -l app=ranker", &["deleted"]),
        ("label node wrk-01 seen=yes", &["node/wrk-01 labeled"]),
        ("get node wrk-01 --show-labels", &["seen=yes"]),
        ("patch deploy ranker -n catalogue --type merge -p {\"spec\":{\"replicas\":2}}", &["patched"]),
        ("patch deploy ranker -n catalogue -p {\"spec\":{\"replicas\":3}}", &["patched"]),
        ("get deploy ranker -n catalogue -o jsonpath={.spec.replicas}", &["3"]),
    ] {
        let (_, out) = run(arguments);
        for part in parts {
            assert!(out.contains(part), "kubectl {arguments}: {out}");
        }
    }
    let (_, out) = run("get pods -n catalogue");
    assert_eq!(out.lines().count(), 3, "the deleted pod was not replaced: {out}");
}
