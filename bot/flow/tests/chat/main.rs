//! Asking in a chat: who may ask what where, and what is never named.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must stop")]

mod clusters;
mod may;
mod meant;
mod orders;

use std::sync::Arc;
use std::time::Duration;

use clusters::Stub;
use podwhy_flow::answer::WhyAnswer;
use podwhy_flow::ask::desk::{Answer, Desk};
use podwhy_flow::chat::desk::Chat;
use podwhy_flow::chat::policy::{Area, Direct, Person, Place, Policy, ReadAs};
use podwhy_flow::chat::{Answering, Ask, Asker, Content, Intake, Platform, Question, Reply};
use podwhy_flow::ports::KubernetesUser;

/// `prod:shop`, `prod:*`
pub(crate) fn area(text: &str) -> Area {
    let (cluster, namespace) = text.split_once(':').unwrap();
    Area {
        cluster: cluster.to_string(),
        namespace: Some(namespace).filter(|name| *name != "*").map(str::to_string),
    }
}

pub(crate) fn place(channel: &str, read: &[&str]) -> Place {
    Place {
        platform: Platform::Slack,
        channel: channel.to_string(),
        read: read.iter().map(|text| area(text)).collect(),
        cluster: None,
        namespace: None,
        lang: None,
        private: false,
    }
}

pub(crate) fn ann() -> Person {
    Person {
        ids: vec![(Platform::Slack, "U1".to_string())],
        user: KubernetesUser { name: "ann@example.com".into(), groups: vec!["sre".into()] },
    }
}

pub(crate) fn policy(places: Vec<Place>) -> Policy {
    Policy { places, ..Policy::default() }
}

/// A chat over `prod` and `dev`, and what they were asked.
pub(crate) fn chat(policy: Policy) -> (Chat<Stub>, Arc<clusters::Asked>) {
    let asked = Arc::new(clusters::Asked::default());
    let stubs = vec![Stub::new("prod", &asked), Stub::new("dev", &asked)];
    (Chat::new(Desk::new(stubs), policy, Duration::from_secs(5)), asked)
}

pub(crate) fn asker(channel: Option<&str>) -> Asker {
    Asker {
        platform: Platform::Slack,
        channel: channel.map(str::to_string),
        person: "U1".to_string(),
        groups: Vec::new(),
    }
}

pub(crate) async fn ask(chat: &Chat<Stub>, channel: Option<&str>, ask: Ask) -> Reply {
    match chat.intake(&Question { asker: asker(channel), ask, thread: None }) {
        Intake::Now(reply) => reply,
        Intake::Soon(accepted) => chat.answer(&accepted).await,
    }
}

/// The reply to a line, in short: `why prod:shop/cart-0`, or the refusal.
pub(crate) async fn line(chat: &Chat<Stub>, channel: &str, text: &str) -> String {
    let reply = ask(chat, Some(channel), Ask::Line(text.to_string())).await;
    short(&reply)
}

pub(crate) fn short(reply: &Reply) -> String {
    match &reply.content {
        Content::Answer(answer) => of(answer),
        Content::Several(answers) => {
            answers.iter().map(|(_, answer)| of(answer)).collect::<Vec<_>>().join(" + ")
        }
        Content::Refused { why, .. } | Content::Told(why) => why.clone(),
        Content::Fault(id) => panic!("a fault: {id}"),
    }
}

fn of(answer: &Answer) -> String {
    match answer {
        Answer::Why(WhyAnswer { target: Some(target), .. }) => format!("why {}", target.typed()),
        Answer::Triage(cluster, triage) => {
            let pods = triage.groups.iter().flat_map(|group| &group.pods);
            let mut names: Vec<String> = pods.map(|pod| format!("{}/{}", pod.namespace, pod.name)).collect();
            names.sort();
            format!("triage {cluster}: {}", names.join(" "))
        }
        Answer::Logs(logs) => {
            let texts: Vec<&str> = logs.logs.iter().map(|log| log.text.as_str()).collect();
            format!("logs {}: {}", logs.target.typed(), texts.join("|"))
        }
        Answer::Events(events) => format!("events {}", events.target.typed()),
        Answer::Explain(_) => "explain".to_string(),
        Answer::Help => "help".to_string(),
        Answer::Unread(why) => format!("unread: {why}"),
        Answer::Why(_) => "why nothing".to_string(),
    }
}

pub(crate) fn person() -> Policy {
    Policy { read_as: ReadAs::Person, people: vec![ann()], ..policy(vec![place("C1", &["prod:*"])]) }
}

pub(crate) fn direct(read: &[&str], people: &[&str], groups: &[&str]) -> Direct {
    Direct {
        read: read.iter().map(|text| area(text)).collect(),
        people: people.iter().map(|id| (Platform::Slack, (*id).to_string())).collect(),
        groups: groups.iter().map(|group| (*group).to_string()).collect(),
    }
}
