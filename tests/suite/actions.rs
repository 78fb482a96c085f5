//! What can be done is offered, agreed to in the chat, done as the one who agreed, and seen to have helped.

mod discord;
mod typed;

use podwhy::Running;
use podwhy_fakes::slack::FakeSlack;
use podwhy_fakes::slack::message::Message;
use podwhy_tests::chat::{Bot, SOON, ask_playground, channel};
use podwhy_tests::http::send;
use serde_json::json;

use crate::incidents::{ALERTMANAGER, alert, firing};
use crate::slack::{said, subscribed, whispered};

/// Evicted for memory, in the playground.
const EVICTED: &str = "search/ranker-7d8f9b5c4-t6wxn";

fn people(groups: &str) -> String {
    let person = |slack: &str, user: &str, groups: &str| {
        format!("[[people]]\nslack = \"{slack}\"\nuser = \"{user}\"\ngroups = [{groups}]\n")
    };
    person("U0ANN", "ann@example.com", groups) + &person("U0BOB", "bob@example.com", "\"podwhy:editors\"")
}

const REMEDIATION: &str =
    "[remediation]\nsigning_key = { env = \"PODWHY_REMEDIATION_KEY\" }\nof = [\"playground:*\"]\n";

async fn bot(slack: &FakeSlack, groups: &str, remediation: &str) -> Running {
    let more = format!("{}{}{remediation}", channel("slack", "C0OPS"), people(groups));
    let running = Bot { slack: Some(slack), more, ..Bot::default() }.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    running
}

async fn offered(slack: &FakeSlack) -> Message {
    slack.slash("U0ANN", "C0OPS", &format!("fix {EVICTED}")).unwrap();
    said(slack, "C0OPS", "One person has to agree").await
}

#[tokio::test]
async fn what_one_person_agreed_to_is_done_as_them_and_helps() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let running = bot(&slack, "\"podwhy:editors\"", REMEDIATION).await;
    let offer = offered(&slack).await;
    let text = offer.everything();
    assert!(text.contains("Delete failed pod") && text.contains(EVICTED), "{text}");
    assert!(text.contains("evicted-memory") && text.contains("ann@example.com"), "{text}");
    slack.click("U0ANN", "C0OPS", &offer.ts, "podwhy_incident_approve").unwrap();
    let done = said(&slack, "C0OPS", "Done, and it helped").await;
    assert_eq!(done.ts, offer.ts, "the offer itself tells the whole story");
    let text = done.everything();
    assert!(text.contains("Agreed: ann@example.com"), "{text}");
    assert!(!text.contains("podwhy_incident_approve"), "its buttons are gone: {text}");
    slack.slash("U0ANN", "C0OPS", "history").unwrap();
    said(&slack, "C0OPS", "• Delete failed pod").await;
    drop(running);
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn nobody_does_more_than_the_cluster_lets_them() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let _running = bot(&slack, "\"podwhy:viewers\"", REMEDIATION).await;
    let offer = offered(&slack).await;
    slack.click("U0ANN", "C0OPS", &offer.ts, "podwhy_incident_approve").unwrap();
    whispered(&slack, "U0ANN", "delete pods in search").await;
    // one who may, declines
    slack.click("U0BOB", "C0OPS", &offer.ts, "podwhy_incident_decline").unwrap();
    let over = said(&slack, "C0OPS", "bob@example.com declined").await;
    assert_eq!(over.ts, offer.ts);
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn what_is_frozen_is_not_agreed_to() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let _running = bot(&slack, "\"podwhy:editors\"", REMEDIATION).await;
    let offer = offered(&slack).await;
    slack.slash("U0BOB", "C0OPS", "freeze 1h").unwrap();
    said(&slack, "C0OPS", "bob@example.com froze every action until").await;
    slack.click("U0BOB", "C0OPS", &offer.ts, "podwhy_incident_approve").unwrap();
    whispered(&slack, "U0BOB", "froze every action").await;
    slack.slash("U0BOB", "C0OPS", "unfreeze").unwrap();
    said(&slack, "C0OPS", "What is approved is done again").await;
    slack.click("U0BOB", "C0OPS", &offer.ts, "podwhy_incident_approve").unwrap();
    said(&slack, "C0OPS", "Done, and it helped").await;
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn podwhy_does_not_start_for_who_may_do_everything_unless_they_are_listed() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let start = async |listed: &str| {
        let more =
            format!("{}{}{REMEDIATION}{listed}", channel("slack", "C0OPS"), people("\"podwhy:admins\""));
        Bot { slack: Some(&slack), more, ..Bot::default() }.start().await
    };
    // a person is listed, and not what anybody could be made by the group
    for listed in ["", "allow_privileged = [\"ann@example.com\"]\n"] {
        let refused = start(listed).await.map(drop).unwrap_err().to_string();
        assert!(refused.contains("the group \"podwhy:admins\" in playground"), "{refused}");
    }
    let _running = start("allow_privileged = [\"podwhy:admins\"]\n").await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    let offer = offered(&slack).await;
    slack.click("U0ANN", "C0OPS", &offer.ts, "podwhy_incident_approve").unwrap();
    said(&slack, "C0OPS", "Done, and it helped").await;
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn who_was_given_everything_meanwhile_is_refused_at_the_click() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let running = bot(&slack, "\"podwhy:editors\"", REMEDIATION).await;
    let offer = offered(&slack).await;
    // bob is given what the group has, which is everything
    let admins = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/podwhy:admins";
    let given = br#"{"subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "bob@example.com"}]}"#;
    let patch = [("content-type", "application/merge-patch+json")];
    let answer = ask_playground(&running, "PATCH", admins, &patch, given).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    slack.click("U0BOB", "C0OPS", &offer.ts, "podwhy_incident_approve").unwrap();
    whispered(&slack, "U0BOB", "may do everything in this cluster").await;
    slack.click("U0ANN", "C0OPS", &offer.ts, "podwhy_incident_approve").unwrap();
    said(&slack, "C0OPS", "Done, and it helped").await;
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn two_agree_where_two_have_to() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let protected = format!("{REMEDIATION}approvals = 2\n");
    let _running = bot(&slack, "\"podwhy:editors\"", &protected).await;
    slack.slash("U0ANN", "C0OPS", &format!("fix {EVICTED}")).unwrap();
    let offer = said(&slack, "C0OPS", "2 people have to agree").await;
    slack.click("U0ANN", "C0OPS", &offer.ts, "podwhy_incident_approve").unwrap();
    said(&slack, "C0OPS", "ann@example.com agreed; 1 more has to").await;
    slack.click("U0ANN", "C0OPS", &offer.ts, "podwhy_incident_approve").unwrap();
    whispered(&slack, "U0ANN", "You agreed already").await;
    slack.click("U0BOB", "C0OPS", &offer.ts, "podwhy_incident_approve").unwrap();
    said(&slack, "C0OPS", "Done, and it helped").await;
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn what_may_be_done_makes_no_alert_be_taken() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let alertmanager =
        "[alertmanager]\nbearer_token = { env = \"SLACK_SIGNING_SECRET\" }\ncluster = \"playground\"\n";
    let running = bot(&slack, "", &format!("{REMEDIATION}{alertmanager}")).await;
    let bearer = [("authorization", "Bearer fake-signing-secret")];
    let answer = send(running.address().unwrap(), "POST", "/alertmanager", &bearer, b"{}").await.unwrap();
    assert_eq!(answer.status, 404, "without a route it would be told nowhere: {}", answer.body);
}

#[tokio::test]
async fn without_the_section_nothing_is_changed() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let routed = "[[routes]]\napp = \"slack\"\nchannel = \"C0OPS\"\nof = [\"playground:*\"]\n";
    let _running = bot(&slack, "", routed).await;
    slack.slash("U0ANN", "C0OPS", &format!("fix {EVICTED}")).unwrap();
    whispered(&slack, "U0ANN", "podwhy changes nothing").await;
}

#[tokio::test]
async fn below_an_answer_a_button_offers_what_can_be_done_in_its_thread() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let _running = bot(&slack, "\"podwhy:editors\"", REMEDIATION).await;
    slack.slash("U0ANN", "C0OPS", &format!("why {EVICTED}")).unwrap();
    let answer = said(&slack, "C0OPS", "What to do").await;
    slack.click("U0ANN", "C0OPS", &answer.ts, "podwhy_fix").unwrap();
    let offer = said(&slack, "C0OPS", "One person has to agree").await;
    assert_eq!(offer.thread.as_deref(), Some(answer.ts.as_str()));
    whispered(&slack, "U0ANN", "Delete failed pod").await;
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn below_an_incident_a_button_offers_what_can_be_done_for_it() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let route = "[[routes]]\napp = \"slack\"\nchannel = \"C0OPS\"\nof = [\"playground:*\"]\n";
    let running = bot(&slack, "\"podwhy:editors\"", &format!("{route}{ALERTMANAGER}{REMEDIATION}")).await;
    let (namespace, pod) = EVICTED.split_once('/').unwrap();
    let labels =
        json!({"alertname": "KubePodNotReady", "severity": "critical", "namespace": namespace, "pod": pod});
    let told = alert(&running, "fake-signing-secret", &firing("606fb5d3c70dd9e5", labels)).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let parent = said(&slack, "C0OPS", "evicted-memory").await;
    slack.click("U0ANN", "C0OPS", &parent.ts, "podwhy_incident_fix").unwrap();
    let offer = said(&slack, "C0OPS", "One person has to agree").await;
    assert_eq!(offer.thread.as_deref(), Some(parent.ts.as_str()));
    // the Remediation is the incident's, and goes with it
    let ledger = "/apis/podwhy.dev/v1alpha1/namespaces/podwhy/remediations";
    let stored = ask_playground(&running, "GET", ledger, &[], b"").await.unwrap().json().unwrap();
    assert!(stored["items"][0]["spec"]["incident"].is_string(), "{stored:#}");
    assert_eq!(slack.violations(), []);
}
