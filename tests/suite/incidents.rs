//! The whole bot tells what fails unasked: one thread for each root cause, from its own watch and from alerts.

mod two_clusters;

use std::time::Duration;

use podwhy::Running;
use podwhy_fakes::slack::FakeSlack;
use podwhy_fakes::slack::message::Message;
use podwhy_tests::chat::{Bot, RANKER, SOON, ask_playground, channel};
use podwhy_tests::http::{Response, send};
use serde_json::{Value, json};

use crate::slack::{said, subscribed, whispered};

const PEOPLE: &str = "[[people]]\nslack = \"U0ANN\"\nuser = \"ann@example.com\"\n";

pub const ALERTMANAGER: &str =
    "[alertmanager]\nbearer_token = { env = \"SLACK_SIGNING_SECRET\" }\ncluster = \"playground\"\n";

/// What runs out of memory in one namespace, by podwhy's own watch.
const WATCHED: &str = "[[routes]]\napp = \"slack\"\nchannel = \"C0OPS\"\nof = [\"playground:catalogue\"]\nwatch = true\n\
    causes = [\"oom-killed\"]\n";

/// Every alert.
const ALERTED: &str = "[[routes]]\napp = \"slack\"\nchannel = \"C0OPS\"\nof = [\"playground:*\"]\n";

async fn bot(slack: &FakeSlack, more: &str) -> Running {
    let more = format!("{}{PEOPLE}{more}", channel("slack", "C0OPS"));
    let running = Bot { slack: Some(slack), more, ..Bot::default() }.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    running
}

pub fn firing(fingerprint: &str, labels: Value) -> Value {
    json!({"version": "4", "groupKey": "{}:{alertname=\"KubePodCrashLooping\"}", "status": "firing", "receiver": "podwhy",
        "truncatedAlerts": 0, "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "",
        "alerts": [{"status": "firing", "labels": labels, "annotations": {"summary": "it crashes"},
            "startsAt": "2026-11-23T18:42:53.632Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "",
            "fingerprint": fingerprint}]})
}

pub async fn alert(running: &Running, token: &str, group: &Value) -> Response {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = group.to_string();
    send(running.address().unwrap(), "POST", "/alertmanager", &headers, body.as_bytes()).await.unwrap()
}

#[tokio::test]
async fn what_fails_for_too_long_has_a_thread_of_its_own() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let _running = bot(&slack, WATCHED).await;
    let parent = said(&slack, "C0OPS", "Deployment playground:catalogue/ranker").await;
    assert!(parent.everything().contains("oom-killed"), "{}", parent.everything());
    // in its thread, what proves it and what to do
    let answer = said(&slack, "C0OPS", "What to do").await;
    assert_eq!(answer.thread.as_deref(), Some(parent.ts.as_str()));
    // somebody takes it
    slack.click("U0ANN", "C0OPS", &parent.ts, "podwhy_incident_take").unwrap();
    let taken = said(&slack, "C0OPS", "ann@example.com").await;
    assert_eq!(taken.ts, parent.ts, "the message itself says who is on it");
    let own = slack.parents("C0OPS").iter().filter(|m| m.everything().contains("catalogue/ranker")).count();
    assert_eq!(own, 1);
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn an_alert_is_answered_when_it_is_kept_and_told_once() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let running = bot(&slack, &format!("{ALERTED}{ALERTMANAGER}")).await;
    let labels = json!({"alertname": "KubePodCrashLooping", "severity": "critical", "namespace": "catalogue",
        "pod": "ranker-75f9d6c8b4-h6kqs"});
    let group = firing("606fb5d3c70dd9e5", labels);
    assert_eq!(alert(&running, "wrong", &group).await.status, 401);
    let answer = alert(&running, "fake-signing-secret", &group).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let parent = said(&slack, "C0OPS", "oom-killed").await;
    assert!(parent.everything().contains("KubePodCrashLooping"), "{}", parent.everything());
    // sent again it is the same
    assert_eq!(alert(&running, "fake-signing-secret", &group).await.status, 200);
    // and one that Kubernetes knows nothing of is told as it is
    let other = firing("dd8b4f6214d1d221", json!({"alertname": "CheckoutErrorRate", "severity": "critical"}));
    assert_eq!(alert(&running, "fake-signing-secret", &other).await.status, 200);
    let told = said(&slack, "C0OPS", "CheckoutErrorRate").await;
    assert!(told.everything().contains("no Kubernetes cause found"), "{}", told.everything());
    assert_eq!(slack.parents("C0OPS").len(), 2);
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn a_bot_that_is_started_again_goes_on_in_the_same_threads() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let running = bot(&slack, WATCHED).await;
    let parent = said(&slack, "C0OPS", "Deployment playground:catalogue/ranker").await;
    // the cluster outlives the bot
    let kubeconfig = running.kubeconfig().unwrap();
    let more = format!(
        "{}{PEOPLE}[[clusters]]\nname = \"playground\"\nkubeconfig = \"{}\"\ncontext = \"playground\"\n[incidents]\nnamespace = \"podwhy\"\n{WATCHED}",
        channel("slack", "C0OPS"),
        kubeconfig.display()
    );
    let second = Bot { slack: Some(&slack), kubeconfig: Some(kubeconfig), more, ..Bot::default() };
    let second = second.start().await.unwrap();
    slack.click("U0ANN", "C0OPS", &parent.ts, "podwhy_incident_take").unwrap();
    let taken = said(&slack, "C0OPS", "ann@example.com").await;
    assert_eq!(taken.ts, parent.ts);
    second.stop(Duration::from_secs(5)).await;
    let own = slack.parents("C0OPS").iter().filter(|m| m.everything().contains("catalogue/ranker")).count();
    assert_eq!(own, 1, "two bots over one ledger tell it once");
}

/// Deletes a pod of the playground, as `kubectl delete --now --force` does.
async fn delete(running: &Running, pod: &str) {
    let (namespace, name) = pod.split_once('/').unwrap();
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}?gracePeriodSeconds=0");
    let answer = ask_playground(running, "DELETE", &path, &[], b"").await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn a_pod_that_is_gone_is_answered_from_what_was_seen_of_it() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let running = bot(&slack, WATCHED).await;
    said(&slack, "C0OPS", "Deployment playground:catalogue/ranker").await;
    delete(&running, RANKER).await;
    slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    let answer = said(&slack, "C0OPS", "GONE").await.everything();
    for part in [
        "is gone. What follows was last seen of it",
        "oom-killed",
        "OOMKilled",
        "In its place stands",
        "why playground:catalogue/ranker-",
    ] {
        assert!(answer.contains(part), "{part:?} is not in {answer}");
    }
    // of one that never was, nothing is remembered
    slack.slash("U0ANN", "C0OPS", "why catalogue/reranker-0").unwrap();
    whispered(&slack, "U0ANN", "catalogue/reranker-0 not found").await;
    assert_eq!(slack.violations(), []);
}

/// An alert about the ranker, which runs out of memory.
fn ranker() -> Value {
    let labels = json!({"alertname": "KubePodCrashLooping", "severity": "critical", "namespace": "catalogue",
        "pod": "ranker-75f9d6c8b4-h6kqs"});
    firing("606fb5d3c70dd9e5", labels)
}

#[tokio::test]
async fn what_is_muted_by_a_line_is_silent_until_it_is_unmuted() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let running = bot(&slack, &format!("{ALERTED}{ALERTMANAGER}")).await;
    slack.slash("U0BOB", "C0OPS", "mute deploy/ranker -n catalogue").unwrap();
    let refused = whispered(&slack, "U0BOB", "people").await;
    assert!(refused.contains("its configuration"), "{refused}");
    slack.slash("U0ANN", "C0OPS", "mute deploy/ranker -n catalogue 2h").unwrap();
    let told =
        said(&slack, "C0OPS", "muted Deployment ranker in playground:catalogue until").await.everything();
    assert!(told.contains("ann@example.com") && told.contains("for 2 h"), "{told}");
    // it is kept, as the 200 says, and silent: what comes after it is told
    assert_eq!(alert(&running, "fake-signing-secret", &ranker()).await.status, 200);
    let other = firing("dd8b4f6214d1d221", json!({"alertname": "CheckoutErrorRate", "severity": "critical"}));
    assert_eq!(alert(&running, "fake-signing-secret", &other).await.status, 200);
    said(&slack, "C0OPS", "CheckoutErrorRate").await;
    slack.slash("U0ANN", "C0OPS", "mutes").unwrap();
    said(&slack, "C0OPS", "Deployment ranker in playground:catalogue: until").await;
    let silent = |message: &Message| !message.everything().contains("oom-killed");
    assert!(slack.messages("C0OPS").iter().all(silent), "{:?}", slack.messages("C0OPS"));
    slack.slash("U0ANN", "C0OPS", "unmute deploy/ranker -n catalogue").unwrap();
    let parent = said(&slack, "C0OPS", "oom-killed").await;
    assert!(parent.everything().contains("KubePodCrashLooping"), "{}", parent.everything());
    said(&slack, "C0OPS", "ann@example.com unmuted this").await;
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn in_its_thread_an_incident_is_taken_by_a_word_and_who_says_wrong_gets_the_dump() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let running = bot(&slack, &format!("{ALERTED}{ALERTMANAGER}")).await;
    assert_eq!(alert(&running, "fake-signing-secret", &ranker()).await.status, 200);
    let parent = said(&slack, "C0OPS", "oom-killed").await;
    slack.mention("U0ANN", "C0OPS", Some(&parent.ts), "ack").unwrap();
    let taken = said(&slack, "C0OPS", "ann@example.com is on it since").await;
    assert_eq!(taken.ts, parent.ts, "the message itself says who is on it");
    slack.click("U0ANN", "C0OPS", &parent.ts, "podwhy_incident_wrong").unwrap();
    let told = whispered(&slack, "U0ANN", "Counted as wrong").await;
    assert!(told.contains("podwhy dump catalogue/pod/ranker-75f9d6c8b4-h6kqs"), "{told}");
    let direct = slack.direct_channel("U0ANN");
    let files = slack.files(&direct);
    let dump = String::from_utf8(files[0].bytes.clone().unwrap()).unwrap();
    assert!(dump.contains("OOMKilled") && dump.contains("kind: List"), "{dump}");
    assert!(slack.files("C0OPS").is_empty(), "nobody else is shown it");
    assert_eq!(slack.violations(), []);
}
